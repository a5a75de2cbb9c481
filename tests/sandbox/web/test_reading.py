"""What is read in the page: links, long words, several files, and who used what."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.sandbox.web.conftest import Room
from tests.sandbox.web.far_end import YOU

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_link_to_a_message_goes_there_on_this_page(room: Room) -> None:
    """The real Discord has no such message; older ones are loaded until it is there."""
    for at in range(120):
        await room.far.post(room.far.message(f"message {at}", id=str(4000 + at)))
    link = "https://discord.com/channels/200/300/4003"
    await room.far.post(room.far.message(f"made from [this]({link}) and {link}", id="4900"))
    await room.enter()
    last = room.page.get_by_test_id("message-4900")
    await expect(last.get_by_role("link")).to_have_text(["this", "#music › message"])

    await last.get_by_role("link", name="this").click()

    await expect(room.page.get_by_test_id("message-4003")).to_be_focused()
    await expect(room.page.get_by_test_id("message-4003")).to_be_in_viewport()
    assert len(room.page.context.pages) == 1


async def test_link_to_a_message_that_is_gone_says_so(room: Room) -> None:
    """Instead of doing nothing, or leaving the page."""
    await room.enter()
    await room.far.post(
        room.far.message("[this](https://discord.com/channels/200/300/1)", id="4000")
    )

    await room.page.get_by_role("link", name="this").click()

    await expect(room.page.get_by_text("That message is gone.")).to_be_visible()


async def test_six_files_of_a_card_fit_a_screen(room: Room) -> None:
    """Players stand closer where there are several, and each has all its controls."""
    await room.enter()
    files = [room.far.attachment("tone.wav", str(700 + at)) for at in range(6)]
    await room.far.post(room.far.message("stems", id="4000", attachments=files))

    players = room.page.get_by_test_id("message-4000").locator(".player")
    await expect(players).to_have_count(6)
    heights = await players.evaluate_all("all => all.map((one) => one.offsetHeight)")
    assert max(heights) <= 80
    await expect(players.last.get_by_role("button", name="Play")).to_be_visible()
    await expect(players.last.get_by_role("slider", name="Position")).to_be_visible()
    await expect(players.last.get_by_role("link", name="Download")).to_be_visible()


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"type": 2, "name": "song", "command_type": 1}, "You used /song"),
        ({"type": 2, "name": "Remix this", "command_type": 3}, "You used Remix this"),
        ({"type": 3}, "You used a button"),
        (
            {
                "type": 5,
                "triggering_interaction_metadata": {
                    "type": 2,
                    "name": "song",
                    "command_type": 1,
                    "user": YOU,
                },
            },
            "You used /song",
        ),
    ],
)
async def test_answer_says_what_it_answers(
    room: Room, metadata: dict[str, object], said: str
) -> None:
    """A slash stands before slash commands alone, and a form is known by what opened it."""
    await room.enter()
    origin = {"user": YOU, **metadata}
    await room.far.post(room.far.message("done", id="4000", interaction_metadata=origin))

    context = room.page.get_by_test_id("message-4000").locator(".message-context")
    await expect(context).to_contain_text(said)


async def test_long_private_answer_is_read_from_its_beginning(room: Room) -> None:
    """Whoever asks for a long list wants its first line, even from far up in the channel."""
    for at in range(60):
        await room.far.post(room.far.message(f"message {at}", id=str(4000 + at)))
    await room.enter()
    await room.page.locator("#scroller").evaluate("node => node.scrollTo(0, 0)")
    await expect(room.page.get_by_test_id("message-4010")).to_be_in_viewport()

    text = "\n".join(f"line {at}" for at in range(80))
    answer = room.far.message(id="4900", flags=64 | 128, type=20)
    await room.far.post(answer)
    await room.far.post({**answer, "content": text, "flags": 64})

    message = room.page.get_by_test_id("message-4900")
    await expect(message.locator(".author")).to_be_in_viewport()


async def test_failed_press_is_forgotten_when_the_card_changes(room: Room) -> None:
    """The complaint belongs to buttons that are no longer there."""
    await room.enter()
    cancel = {"type": 2, "style": 2, "label": "Cancel", "custom_id": "cancel:1"}
    again = {"type": 2, "style": 2, "label": "Again", "custom_id": "again:1"}
    card = await room.far.post(
        room.far.message("card", id="4000", components=[{"type": 1, "components": [cancel]}])
    )
    message = room.page.get_by_test_id("message-4000")
    room.far.status = "failed"
    await room.page.get_by_role("button", name="Cancel").click()
    await expect(message).to_contain_text("interaction failed")

    await room.far.post({**card, "components": [{"type": 1, "components": [again]}]})

    await expect(room.page.get_by_role("button", name="Again")).to_be_visible()
    await expect(message).not_to_contain_text("interaction failed")
