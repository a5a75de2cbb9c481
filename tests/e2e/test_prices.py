"""What is dear is asked about first, wherever it was asked for."""

from __future__ import annotations

import pytest
import pytest_asyncio

from tests.e2e.rig import House, Member, Message, text_of, until

pytestmark = pytest.mark.e2e

shared = pytest.mark.asyncio(loop_scope="module")

DEAR: dict[str, str | float] = {
    "prompt": "a brass fanfare",
    "model": "fal-ai/elevenlabs/music",
    "duration": 10,
    "variations": 2,
}
"""Twice sixty cents: a minute is begun."""
YES = "Confirm for $1.20"


@pytest_asyncio.fixture(loop_scope="module")
async def owner(house: House) -> Member:
    """Who owns the server, in a channel where nothing was said yet."""
    await house.owner.new_channel("prices")
    return house.owner


async def question(member: Member) -> Message:
    """Wait for a question about a price, and give it."""

    async def look() -> Message | None:
        found = [one for one in await member.messages() if "would cost about" in one["content"]]
        return found[-1] if found else None

    return await until(look, "a question about a price")


async def answered(member: Member) -> None:
    """Wait until no question is left."""

    async def look() -> bool | None:
        found = [one for one in await member.messages() if "would cost about" in one["content"]]
        return not found or None

    await until(look, "the end of the question")


@shared
async def test_a_dear_command_is_made_once_it_is_confirmed(house: House, owner: Member) -> None:
    """The question is its member's alone, outlives the process, and goes away with its answer."""
    before = len(await owner.submits())
    await owner.slash("music", **DEAR)
    asked = await question(owner)
    assert asked in await owner.hidden()
    assert "> a brass fanfare" in asked["content"]
    assert "2 variations would cost about $1.20" in asked["content"]
    await owner.cut_power(house.bot)
    assert await owner.cards() == []
    assert len(await owner.submits()) == before

    await owner.press(asked, YES)
    await owner.press(asked, YES)

    card = await owner.finished()
    assert len([one for one in card["attachments"] if one["filename"].endswith(".mp3")]) == 2
    await answered(owner)
    assert len(await owner.cards()) == 1
    assert len(await owner.submits()) == before + 2


@shared
async def test_a_dear_reply_is_answered_by_who_wrote_it(house: House, owner: Member) -> None:
    """Everybody sees the question; only one may say yes, and the others are told so."""
    del house
    await owner.slash("music", prompt="a march", model="beatoven/music-generation", duration=5)
    await owner.finished()
    await owner.slash("music", **DEAR)
    await owner.press(await question(owner), YES)
    (first,) = [one for one in await owner.cards() if "march" in text_of(one)]
    dear = await owner.finished(after={first["id"]})
    other = await owner.join("Robin")
    await owner.say("again", reply_to=dear)
    asked = await question(owner)
    count = len(await owner.submits())

    await other.press(asked, YES)
    assert "Only the member who asked" in await other.told()
    assert len(await owner.submits()) == count
    await owner.press(asked, "Not now")

    await answered(owner)
    assert len(await owner.submits()) == count
    assert len(await owner.cards()) == 2


@shared
async def test_usage_is_for_who_asked(house: House, owner: Member) -> None:
    """Who owns the server reads the server's part, too; this one has no limits."""
    del house
    await owner.slash("usage")

    async def look() -> Message | None:
        found = [one for one in await owner.messages() if "Your use here" in text_of(one)]
        return found[-1] if found else None

    page = await until(look, "a page of what was used")

    assert "lifted all limits" in text_of(page)
    assert "This server" in text_of(page)
    assert page not in await owner.cards()
