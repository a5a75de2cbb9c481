"""Forms in the page, with a scripted far end behind it."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.sandbox.web.conftest import Room
from tests.sandbox.web.far_end import Json

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def _form(*fields: Json) -> Json:
    return {
        "title": "A form",
        "custom_id": "form",
        "components": [
            {"type": 18, "label": f"Field {at}", "component": field}
            for at, field in enumerate(fields)
        ],
    }


async def test_form_opens_in_the_window_that_asked_for_it(room: Room, chromium: Browser) -> None:
    """Another window of the same person stays as it is; keys pressed there would fill the form."""
    room.far.modal = _form({"type": 4, "custom_id": "text"})
    await room.enter()
    other = await chromium.new_page()
    async with other.expect_websocket():
        await other.goto(room.far.base_url)
    await other.get_by_test_id("channel-music").wait_for(state="attached")

    await room.page.bring_to_front()
    await room.page.get_by_test_id("composer").fill("/sfx prompt: a song")
    await room.page.keyboard.press("Enter")
    await expect(room.page.get_by_test_id("modal")).to_be_visible()
    # What comes later over the same stream shows that the form has passed there, too.
    await room.far.post(room.far.message("later", id="4000"))
    await expect(other.get_by_test_id("message-4000")).to_be_visible()

    await expect(other.get_by_test_id("modal")).to_be_hidden()
    await other.close()


async def test_list_in_a_small_form_is_seen_whole(room: Room) -> None:
    """The form grows with its list instead of cutting it off."""
    options = [{"label": f"Kind {at}", "value": str(at)} for at in range(5)]
    room.far.modal = _form({"type": 3, "custom_id": "kind", "options": options})
    await room.enter()
    await room.page.get_by_test_id("composer").fill("/sfx prompt: a song")
    await room.page.keyboard.press("Enter")

    await room.page.get_by_test_id("field-kind").click()

    await expect(room.page.get_by_role("option", name="Kind 4")).to_be_in_viewport(ratio=1)
    foot = await room.page.get_by_test_id("modal-submit").bounding_box()
    last = await room.page.get_by_role("option", name="Kind 4").bounding_box()
    assert foot is not None
    assert last is not None
    assert last["y"] + last["height"] <= foot["y"]


async def test_long_form_shows_at_once_that_it_was_not_taken(room: Room) -> None:
    """The sentence stands by the buttons, however far the fields are scrolled."""
    await room.page.set_viewport_size({"width": 390, "height": 500})
    long = {"type": 4, "style": 2, "required": False}
    room.far.modal = _form(*({**long, "custom_id": f"text{at}"} for at in range(5)))
    await room.enter()
    await room.page.get_by_test_id("composer").fill("/sfx prompt: a song")
    await room.page.keyboard.press("Enter")
    modal = room.page.get_by_test_id("modal")
    await modal.get_by_label("Field 0").fill("la la")

    room.far.status = "failed"
    await room.page.get_by_test_id("modal-submit").click()

    await expect(modal.get_by_role("alert").last).to_contain_text("What you wrote is still here")
    await expect(modal.get_by_role("alert").last).to_be_in_viewport(ratio=1)
