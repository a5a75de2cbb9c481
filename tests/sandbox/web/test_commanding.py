"""Choosing and leaving commands in the page, with a scripted far end behind it."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.sandbox.web.conftest import Room

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_send_takes_the_command_that_enter_would_take(room: Room) -> None:
    """A name without a space after it is chosen from the list, and not called unknown."""
    await room.enter()

    await room.page.get_by_test_id("composer").fill("/settings view")
    await room.page.get_by_test_id("send").click()
    await room.page.get_by_test_id("send").click()

    ran = await room.far.asked_for("run")
    assert ran["options"] == [{"name": "view", "type": 1, "options": []}]


async def test_escape_leaves_a_command_without_options(room: Room) -> None:
    """Its focus is on the send button, where Escape works as in an option."""
    await room.enter()
    await room.page.keyboard.type("/settings view ")
    await expect(room.page.get_by_test_id("command-bar")).to_contain_text("/settings view")

    await room.page.keyboard.press("Escape")

    await expect(room.page.get_by_test_id("command-bar")).to_be_hidden()
    await expect(room.page.get_by_test_id("composer")).to_be_focused()


async def test_command_with_all_its_options_shows_nothing_behind_them(room: Room) -> None:
    """No button for more of them, and no number of how many are left."""
    await room.enter()

    await room.page.get_by_test_id("composer").fill("/sfx prompt: a door")

    bar = room.page.get_by_test_id("command-bar")
    await expect(bar.get_by_test_id("option-input-prompt")).to_have_value("a door")
    await expect(bar).to_have_text("/sfxprompt")


@pytest.mark.parametrize(("kind", "typed"), [(8, "bar"), (9, "bar")])
async def test_roles_can_be_chosen(room: Room, kind: int, typed: str) -> None:
    """Options for roles, and for anything that can be mentioned, list the server's roles."""
    room.far.roles.append({"id": "250", "name": "bards"})
    options = [{"type": kind, "name": "who", "description": "Who may play", "required": True}]
    room.far.commands = [
        {"id": "910", "type": 1, "name": "allow", "description": "Allow", "options": options}
    ]
    await room.enter()

    await room.page.get_by_test_id("composer").fill("/allow ")
    await room.page.keyboard.type(typed)
    await expect(room.page.get_by_role("option", name="@bards")).to_be_visible()
    await room.page.keyboard.press("Enter")
    await room.page.keyboard.press("Enter")

    ran = await room.far.asked_for("run")
    assert ran["options"] == [{"name": "who", "type": kind, "value": "250"}]


async def test_controls_keep_their_names_on_a_telephone(room: Room) -> None:
    """Where the label does not fit, those who listen still hear what a button does."""
    await room.page.set_viewport_size({"width": 390, "height": 844})
    await room.enter()

    for name in ("Backstage", "Channels", "Members", "Send", "Attach files"):
        await expect(room.page.get_by_role("button", name=name, exact=True)).to_be_visible()
