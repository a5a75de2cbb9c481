"""A server's own model that is gone makes no command refuse; another one stands in, and says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.catalogue import NO_NEWS, Ask, default, models
from bot.domain.ids import GuildId
from bot.domain.job import AudioFormat, Kind, State
from bot.errors import InvalidInput
from bot.jobs.board import CardState
from bot.jobs.defaults import usual_model, with_own_model
from bot.store import guilds
from bot.store.guilds import GuildSettings
from bot.ui.card import render
from tests.jobs.world import MODEL, World
from tests.ui.test_card import words_of

GONE = "fal-ai/once-upon-a-time"
RAIN = Ask(kind=Kind.MUSIC, prompt="rain")


async def choose(world: World, model: str) -> None:
    """Have an admin choose a model."""
    settings = GuildSettings(models={Kind.MUSIC: model})
    await world.db.write(guilds.save, GuildId(100), settings, now=world.clock.now())


@pytest.mark.parametrize("model", [GONE, MODEL])
async def test_another_model_stands_in_for_one_that_is_gone(world: World, model: str) -> None:
    """Be it out of the catalogue, or off the platform; the card names both."""
    await choose(world, model)
    shop = world.runtime.shop
    shop.market = shop.market.without(model)

    job = await world.jobs.ask(RAIN, world.asker())

    assert job.model == default(Kind.MUSIC).about.endpoint
    made = await world.reaches(job, State.DELIVERED)
    for state in (CardState(job=job), CardState(job=made)):
        words = words_of(render(state))
        assert "no longer available" in words
        assert "/settings" in words


async def test_what_is_asked_for_again_does_not_speak_of_it_for_ever(world: World) -> None:
    """An admin may have chosen another one since."""
    await choose(world, GONE)
    job = await world.jobs.ask(RAIN, world.asker())
    await world.reaches(job, State.DELIVERED)
    await choose(world, MODEL)

    again = await world.jobs.again(job.id, world.asker())

    assert again.model == MODEL
    assert "no longer available" not in words_of(render(CardState(job=again)))


async def test_whoever_names_a_model_is_not_told(world: World) -> None:
    """It has nothing to do with them."""
    await choose(world, GONE)

    job = await world.jobs.ask(replace(RAIN, model=MODEL), world.asker())

    assert "no longer available" not in words_of(render(CardState(job=job)))


def test_a_servers_model_gives_way_to_one_that_writes_words() -> None:
    """Where the words are to be written, and it writes none."""
    chosen = GuildSettings(models={Kind.SONG: "fal-ai/ace-step"})
    written = Ask(kind=Kind.SONG, style="waltz", write_lyrics=True)
    typed = Ask(kind=Kind.SONG, style="waltz", lyrics="la la")

    assert with_own_model(written, chosen, NO_NEWS).model is None
    assert with_own_model(typed, chosen, NO_NEWS).model == "fal-ai/ace-step"


async def test_what_is_called_usual_is_what_a_request_gets(world: World) -> None:
    """With a model of the server's own, once that is gone, and where few are allowed."""
    shop, few = world.runtime.shop, frozenset({MODEL, "fal-ai/lyria2"})
    for settings in (
        GuildSettings(),
        GuildSettings(models={Kind.MUSIC: MODEL}),
        GuildSettings(models={Kind.MUSIC: GONE}),
        GuildSettings(models={Kind.MUSIC: "fal-ai/lyria3"}, allowed_models=few),
        GuildSettings(allowed_models=frozenset({"fal-ai/lyria2"})),
    ):
        await world.db.write(guilds.save, GuildId(100), settings, now=world.clock.now())

        usual = usual_model(settings, Kind.MUSIC, shop.market)
        job = await world.jobs.ask(RAIN, world.asker())

        assert job.model == usual.about.endpoint
        assert await world.jobs.usual_in(GuildId(100), Kind.MUSIC) is usual
        await world.reaches(job, State.DELIVERED)


async def test_a_servers_format_is_for_those_who_name_none(world: World) -> None:
    """Whoever names one gets it."""
    settings = GuildSettings(format=AudioFormat.OGG)
    await world.db.write(guilds.save, GuildId(100), settings, now=world.clock.now())

    plain = await world.jobs.ask(RAIN, world.asker())
    named = await world.jobs.ask(RAIN, world.asker(), audio_format=AudioFormat.FLAC)

    assert (plain.format, named.format) == (AudioFormat.OGG, AudioFormat.FLAC)


def test_nothing_is_usual_where_nothing_is_allowed() -> None:
    """The sentence says who can change that."""
    music = models(Kind.MUSIC)[0].about.endpoint
    chosen = GuildSettings(allowed_models=frozenset({music}))

    with pytest.raises(InvalidInput, match="/settings"):
        usual_model(chosen, Kind.STEMS, NO_NEWS)
