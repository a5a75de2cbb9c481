"""Songs without words are never stuck: somebody writes them, or the sentence says who would."""

from __future__ import annotations

import pytest

from bot.catalogue import Ask
from bot.domain.ids import GuildId
from bot.domain.job import Kind
from bot.jobs.reworks import Reworks
from bot.jobs.singing import FlawedWords, NoWords, Singing
from bot.jobs.sources import Sources
from bot.store import guilds
from bot.store.guilds import GuildSettings
from tests.jobs.quarry import Cdn, Messages
from tests.jobs.world import World

ACE = "fal-ai/ace-step"
WRITER = "fal-ai/minimax-music/v2.6"
STYLE = "a waltz about kettles"


def singing(world: World) -> Singing:
    """What takes in songs."""
    sources = Sources.of(world.runtime, Messages(Cdn()))
    return Singing(world.jobs, Reworks(world.runtime, world.jobs, sources))


async def test_a_style_alone_goes_to_a_model_that_writes_words(world: World) -> None:
    """The default would have nothing to sing."""
    job = await singing(world).sing(Ask(kind=Kind.SONG, style=STYLE), world.asker())

    assert job.model == WRITER
    assert "lyrics" not in job.arguments


@pytest.mark.parametrize("write_lyrics", [None, True])
async def test_the_writer_is_one_that_can_do_all_that_was_asked(
    world: World, write_lyrics: bool | None
) -> None:
    """The first one takes no duration."""
    ask = Ask(kind=Kind.SONG, style=STYLE, duration=30, write_lyrics=write_lyrics)

    job = await singing(world).sing(ask, world.asker())

    assert (job.model, job.arguments["music_length_ms"]) == ("fal-ai/elevenlabs/music", 30_000)


async def test_a_servers_own_writer_is_asked_first(world: World) -> None:
    """It is what the admin chose."""
    mine = "sonauto/v2/text-to-music"
    settings = GuildSettings(models={Kind.SONG: mine})
    await world.db.write(guilds.save, GuildId(100), settings, now=world.clock.now())

    job = await singing(world).sing(Ask(kind=Kind.SONG, style=STYLE), world.asker())

    assert job.model == mine


async def test_a_chosen_model_that_needs_words_says_who_would_write_them(world: World) -> None:
    """Nothing is changed behind anybody's back, and nothing is spent."""
    with pytest.raises(NoWords, match=r"or have them written by .+ \(about \$") as refusal:
        await singing(world).sing(Ask(kind=Kind.SONG, style=STYLE, model=ACE), world.asker())

    assert refusal.value.writer == "MiniMax Music 2.6"
    assert world.provider.sent == 0


async def test_an_instrumental_needs_no_words(world: World) -> None:
    """Silence was asked for."""
    ask = Ask(kind=Kind.SONG, style=STYLE, model=ACE, instrumental=True)

    assert (await singing(world).sing(ask, world.asker())).model == ACE


async def test_flawed_words_come_back_mended(world: World) -> None:
    """As far as that needs no judgement."""
    ask = Ask(kind=Kind.SONG, style=STYLE, model=ACE, lyrics="[verse\nla la", duration=30)

    with pytest.raises(FlawedWords, match="not closed") as refusal:
        await singing(world).sing(ask, world.asker())

    assert refusal.value.mended == "[verse]\nla la"
