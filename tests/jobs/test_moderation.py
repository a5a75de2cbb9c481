"""Holding requests to the words that a server allows: every text, through every door."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from bot.catalogue import Ask, Mode, Original
from bot.domain.ids import GuildId
from bot.domain.job import Kind, State
from bot.errors import ContentBlocked
from bot.jobs import moderation
from bot.store import guilds
from bot.store.guilds import GuildSettings
from tests.jobs.world import World

BAD = "grumblewort"
PLAIN = Ask(kind=Kind.MUSIC, prompt="rain on a tin roof")
SOURCE = "https://files.example/source.wav"

TEXTS = {
    "title": (Ask(kind=Kind.SONG, style="pop", lyrics="la", title=f"My {BAD}"), "the title"),
    "prompt": (Ask(kind=Kind.MUSIC, prompt=f"a song of {BAD.upper()}"), "the prompt"),
    "style": (Ask(kind=Kind.SONG, style=f"{BAD} pop", lyrics="la"), "the style"),
    "lyrics": (
        Ask(kind=Kind.SONG, style="pop", lyrics="la la\n" * 400 + BAD),
        "the lyrics",
    ),
    "negative_prompt": (replace(PLAIN, negative_prompt=f"no {BAD}"), "negative_prompt"),
    "genre": (replace(PLAIN, genre=BAD), "genre"),
    "key": (replace(PLAIN, key=BAD), "key"),
    "advanced": (replace(PLAIN, advanced=f'negative_prompt="{BAD}"'), "the advanced options"),
    "source_name": (
        Ask(kind=Kind.STEMS, source_url=SOURCE, source_name=f"{BAD}.wav"),
        "the name of the file",
    ),
    "original_tags": (
        Ask(kind=Kind.STEMS, source_url=SOURCE, original=Original(tags=BAD)),
        "the style of the piece",
    ),
    "original_lyrics": (
        Ask(kind=Kind.STEMS, source_url=SOURCE, original=Original(lyrics=BAD)),
        "the lyrics of the piece",
    ),
}
NO_TEXT = {"kind", "model", "mode", "source_url", "original"}
"""Chosen from lists, or made by the bot itself; the original's texts are looked at on their own."""


async def block(world: World, *words: str, guild: int = 100) -> None:
    """Have moderators block words."""
    settings = GuildSettings(blocked_words=words)
    await world.db.write(guilds.save, GuildId(guild), settings, now=world.clock.now())


@pytest.mark.parametrize("name", TEXTS)
async def test_a_blocked_word_is_refused_wherever_it_stands(name: str) -> None:
    """The sentence names the text and what to do, and does not repeat the word."""
    ask, place = TEXTS[name]

    with pytest.raises(ContentBlocked) as caught:
        await moderation.check_words(ask, (BAD,))

    assert place in caught.value.sentence
    assert "nothing was charged" in caught.value.sentence
    assert BAD not in caught.value.sentence.lower()
    assert caught.value.word == BAD
    await moderation.check_words(ask, ())
    await moderation.check_words(ask, ("something else",))


def test_every_text_of_a_request_is_looked_at() -> None:
    """An option that is added later is looked at, too, or this says so."""
    texts = {
        field.name
        for field in fields(Ask)
        if "str" in str(field.type) or field.name in {"original", "mode"}
    }

    assert texts - NO_TEXT == {name for name in TEXTS if not name.startswith("original")}


async def test_a_blocked_request_leaves_no_trace(world: World) -> None:
    """No job, no card, no money; and the word is a matter of the one server."""
    await block(world, BAD)

    with pytest.raises(ContentBlocked):
        await world.ask(f"a {BAD} waltz")
    elsewhere = await world.ask(f"a {BAD} waltz", by=world.asker(guild=101))

    await world.reaches(elsewhere, State.DELIVERED)
    assert world.provider.sent == 1
    assert len(world.board.looks) == 1


async def test_again_on_an_older_piece_keeps_to_what_is_blocked_since(world: World) -> None:
    """Buttons go the same way as commands."""
    old = await world.ask(f"a {BAD} waltz")
    await world.reaches(old, State.DELIVERED)
    await block(world, BAD)

    with pytest.raises(ContentBlocked):
        await world.jobs.again(old.id, world.asker())

    assert world.provider.sent == 1


async def test_a_request_can_be_checked_before_anything_is_done_for_it(world: World) -> None:
    """A source is not uploaded for a request that will be refused."""
    await block(world, BAD)
    ask = Ask(kind=Kind.REMIX, mode=Mode.RESTYLE, prompt=BAD)

    with pytest.raises(ContentBlocked):
        await world.jobs.approve(ask, world.asker())
    await world.jobs.approve(replace(ask, prompt="fine"), world.asker())
