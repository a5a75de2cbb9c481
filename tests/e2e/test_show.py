"""/show brings a piece back, with its family, for as long as it is kept."""

from __future__ import annotations

import pytest

from tests.e2e.rig import Member, audio_of, text_of

pytestmark = pytest.mark.e2e


async def test_a_shown_piece_names_its_family_and_can_be_remixed(member: Member) -> None:
    """The new message has the audio, links to parent and children, and working buttons."""
    await member.slash("music", prompt="the first of its line", duration=10)
    first = await member.finished()
    await member.say("the second, with bells", reply_to=first)
    second = await member.card(
        lambda one: "second" in text_of(one) and bool(audio_of(one)), "a remix"
    )
    assert "Made from" in text_of(second)
    assert first["id"] in text_of(second)

    await member.slash("show", id=first["nonce"])
    shown = await member.card(
        lambda one: one["id"] not in {first["id"], second["id"]} and bool(audio_of(one)),
        "the first piece again",
    )

    assert "Became" in text_of(shown)
    assert second["id"] in text_of(shown)
    await member.say("the third, from the copy", reply_to=shown)
    third = await member.card(
        lambda one: "third" in text_of(one) and bool(audio_of(one)), "a remix of the copy"
    )
    assert first["id"] in text_of(third)


async def test_what_is_not_here_is_not_shown(member: Member) -> None:
    """An id of nothing, or of another server, gets a sentence."""
    await member.slash("show", id="123456789012345678")

    assert "no such piece" in await member.told()
    assert await member.cards() == []
