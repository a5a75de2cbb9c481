"""A forwarded card has no words of its own; a button asks for them."""

from __future__ import annotations

import pytest

from tests.e2e.rig import Member, audio_of, text_of

pytestmark = pytest.mark.e2e


async def test_a_forwarded_card_is_answered_with_a_remix_button(member: Member) -> None:
    """Pressing it opens the form that asks what should change, and remixes the card."""
    await member.slash("music", prompt="sent onwards", duration=10)
    card = await member.finished()

    path = f"/client/channels/{member.channel_id}/messages"
    await member.send("POST", path, {"content": "", "forward_of": card["id"]})

    answer = await member.card(lambda one: "Press Remix" in text_of(one), "an answer")
    opened = await member.press(answer, "Remix")
    await member.fill(opened, wish="slower, with a cello", model="")
    remix = await member.card(
        lambda one: "cello" in text_of(one) and bool(audio_of(one)), "a remix"
    )
    assert card["id"] in text_of(remix)
