"""Dear requests are asked about first, and what a server does not allow is refused everywhere."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.catalogue import Ask
from bot.config import Settings
from bot.domain.ids import ChannelId, UserId
from bot.domain.job import AudioFormat, Kind, State
from bot.domain.money import Micros
from bot.errors import (
    BudgetExceeded,
    InvalidInput,
    MissingPermissions,
    NotAllowed,
    NotFound,
    NotYours,
)
from bot.jobs.questions import NeedsConfirming
from bot.store import drafts, guilds
from bot.store.guilds import GuildSettings, Tier
from tests.jobs.world import MODEL, PRICE, SEEDLESS, World

MUSIC = Ask(kind=Kind.MUSIC, prompt="rain on a tin roof", model=MODEL)


async def test_below_what_is_dear_nobody_is_asked(world: World) -> None:
    """The price from which on a server asks is the first that is asked about."""
    await rules(world, dear=Micros(PRICE + 1))
    await world.ask()

    await rules(world, dear=Micros(PRICE))
    with pytest.raises(NeedsConfirming) as asked:
        await world.ask()

    assert asked.value.price == PRICE
    await world.settle()
    assert "$0.20" in asked.value.sentence
    assert "Stable Audio 2.5" in asked.value.sentence
    assert asked.value.prompt == "rain on a tin roof"
    assert len(world.provider.requests) == 1


async def test_variations_are_priced_together(world: World) -> None:
    """Four at a third of what is dear are dear; the sentence says how many."""
    await rules(world, dear=Micros(PRICE * 3))

    with pytest.raises(NeedsConfirming, match="4 variations") as asked:
        await world.jobs.ask(replace(MUSIC, variations=4), world.asker())
    job = await world.jobs.confirm(asked.value.question_id, world.asker())

    await world.reaches(job, State.DELIVERED)
    assert await world.charged() == PRICE * 4


async def test_a_yes_becomes_a_job_with_all_that_was_asked_for(world: World) -> None:
    """The press is the job's interaction; format, seed and lineage are as they were asked for."""
    await rules(world, dear=Micros(1))
    asking, pressing = world.asker(), world.asker()
    with pytest.raises(NeedsConfirming) as asked:
        await world.jobs.ask(
            replace(MUSIC, seed=7), asking, audio_format=AudioFormat.FLAC, parent=None
        )
    await world.restart()

    job = await world.jobs.confirm(asked.value.question_id, pressing)

    assert asked.value.question_id == asking.interaction_id
    assert job.id == pressing.interaction_id
    assert (job.seed, job.format, job.prompt) == (7, AudioFormat.FLAC, "rain on a tin roof")
    await world.reaches(job, State.DELIVERED)


async def test_pressing_twice_is_one_job(world: World) -> None:
    """At once or later, by whatever press: the question becomes one job, and is told so."""
    await rules(world, dear=Micros(1))
    question = await ask_about(world)

    first, second = await asyncio.gather(
        world.jobs.confirm(question, world.asker()), world.jobs.confirm(question, world.asker())
    )
    third = await world.jobs.confirm(question, world.asker())

    assert first.id == second.id == third.id
    await world.reaches(first, State.DELIVERED)
    assert await world.charged() == PRICE


async def test_only_who_asked_may_answer(world: World) -> None:
    """Neither another member nor another server can spend somebody's money, or decline it."""
    await rules(world, dear=Micros(1))
    question = await ask_about(world)

    with pytest.raises(NotYours, match="Only the member who asked"):
        await world.jobs.confirm(question, world.asker(user=201))
    with pytest.raises(NotYours):
        await world.jobs.decline(question, world.asker(user=201, moderates=True))
    with pytest.raises(NotFound):
        await world.jobs.confirm(question, world.asker(guild=101))


async def test_a_no_is_the_end_of_it(world: World) -> None:
    """Nothing was spent, and nothing can be any more."""
    await rules(world, dear=Micros(1))
    question = await ask_about(world)

    await world.jobs.decline(question, world.asker())

    with pytest.raises(NotFound, match="no longer open"):
        await world.jobs.confirm(question, world.asker())
    assert world.provider.requests == {}


async def test_a_question_is_open_for_a_day(world: World) -> None:
    """By then the price, or the mood, is another one."""
    await rules(world, dear=Micros(1))
    question = await ask_about(world)

    await world.passes(24 * 3600, step=3600)

    with pytest.raises(NotFound, match="a day has gone by"):
        await world.jobs.confirm(question, world.asker())


async def test_what_is_over_a_limit_is_refused_rather_than_asked_about(world: World) -> None:
    """Nobody says yes in vain."""
    await limited(world, minstrel_user_daily_usd="0.5")
    await rules(world, dear=Micros(1))

    with pytest.raises(BudgetExceeded, match=r"more than all of your \$0.50 for the day"):
        await world.jobs.ask(replace(MUSIC, variations=3), world.asker())


async def test_a_limit_that_is_reached_meanwhile_leaves_the_question_open(world: World) -> None:
    """The member may say yes again once there is room."""
    await limited(world)
    await rules(world, dear=Micros(PRICE * 2))
    with pytest.raises(NeedsConfirming) as asked:
        await world.jobs.ask(replace(MUSIC, variations=2), world.asker())
    question = asked.value.question_id
    await limited(world, minstrel_user_daily_usd="0.1")
    with pytest.raises(BudgetExceeded):
        await world.jobs.confirm(question, world.asker())

    await limited(world, minstrel_user_daily_usd="5")
    job = await world.jobs.confirm(question, world.asker())

    await world.reaches(job, State.DELIVERED)


async def test_a_price_that_went_up_is_asked_about_again(world: World) -> None:
    """A yes is to the price that was said, and to none above it."""
    await rules(world, dear=Micros(1))
    question = await ask_about(world)
    content = await world.db.read(_kept, question)
    await world.db.write(_keep, question, content | {"price": PRICE - 1})

    with pytest.raises(NeedsConfirming) as asked:
        await world.jobs.confirm(question, world.asker())
    assert (asked.value.question_id, asked.value.price) == (question, PRICE)
    job = await world.jobs.confirm(question, world.asker())

    assert job.estimate == PRICE


async def test_a_card_that_cannot_stand_leaves_the_question_open(world: World) -> None:
    """The job was withdrawn, so that the yes is still to be given."""
    await rules(world, dear=Micros(1))
    question = await ask_about(world)
    world.board.post_faults.append(MissingPermissions("No.", names=["Send Messages"]))
    with pytest.raises(MissingPermissions):
        await world.jobs.confirm(question, world.asker())

    job = await world.jobs.confirm(question, world.asker())

    await world.reaches(job, State.DELIVERED)
    assert await world.charged() == PRICE


async def test_again_is_asked_about_too(world: World) -> None:
    """Every way to spend is the same way."""
    job = await world.reaches(await world.ask(), State.DELIVERED)
    await rules(world, dear=Micros(1))

    with pytest.raises(NeedsConfirming):
        await world.jobs.again(job.id, world.asker())


@pytest.mark.parametrize(
    ("cheap", "is_told"), [(None, True), (PRICE - 1, True), (PRICE, False), (PRICE + 1, False)]
)
async def test_a_card_tells_prices_above_what_is_cheap(
    world: World, cheap: int | None, *, is_told: bool
) -> None:
    """After a restart, too: the server's settings are looked up for the cards that are there."""
    await rules(world, cheap=None if cheap is None else Micros(cheap))
    job = await world.ask()
    before = world.last_look(job).state.tells_price
    await world.restart()

    await world.reaches(job, State.DELIVERED)

    assert before is is_told
    assert world.last_look(job).state.tells_price is is_told


async def test_a_blocked_member_gets_nothing_by_any_door(world: World) -> None:
    """Not by a command, not by a button, and the refusal says whom to talk to."""
    job = await world.ask(by=world.asker(user=7))
    await rules(world, blocked_users=frozenset({UserId(200)}))

    for attempt in (world.ask(), world.jobs.again(job.id, world.asker())):
        with pytest.raises(NotAllowed, match="admin of this server has blocked you"):
            await attempt
    await world.ask(by=world.asker(user=201))


async def test_requests_are_taken_in_the_channels_for_them(world: World) -> None:
    """A thread counts as its channel."""
    await rules(world, channels=frozenset({ChannelId(300), ChannelId(301)}))
    elsewhere = replace(world.asker(), channel_id=ChannelId(9))

    with pytest.raises(NotAllowed, match="ask in <#300> or <#301>"):
        await world.ask(by=elsewhere)
    await world.ask(by=replace(elsewhere, parent_channel_id=ChannelId(301)))


async def test_a_model_that_is_not_allowed_is_refused_with_one_that_is(world: World) -> None:
    """And where nobody chose a model, an allowed one is used."""
    await rules(world, allowed_models=frozenset({SEEDLESS}))

    with pytest.raises(NotAllowed, match=r"does not allow Stable Audio 2.5\. Choose CassetteAI"):
        await world.ask()
    job = await world.jobs.ask(replace(MUSIC, model=None), world.asker())

    assert job.model == SEEDLESS


async def test_what_no_allowed_model_does_is_refused_in_so_many_words(world: World) -> None:
    """The member cannot change it, but an admin can."""
    await rules(world, allowed_models=frozenset({SEEDLESS}))

    with pytest.raises(InvalidInput, match="None of the models that this server allows"):
        await world.jobs.ask(Ask(kind=Kind.SONG, lyrics="la la la", style="pop"), world.asker())


async def test_too_long_is_refused_naming_the_longest(world: World) -> None:
    """What was asked for is never cut short in silence."""
    await rules(world, longest_seconds=60)

    with pytest.raises(InvalidInput, match=r"90 seconds long.*up to 60 seconds.*60 or less"):
        await world.jobs.ask(replace(MUSIC, duration=90), world.asker())
    job = await world.jobs.ask(replace(MUSIC, duration=60), world.asker())
    assert job.arguments["seconds_total"] == 60


async def test_a_length_that_nobody_chose_is_the_servers_longest(world: World) -> None:
    """A model that makes three minutes by itself is told to make one."""
    await rules(world, longest_seconds=60)

    job = await world.ask()

    assert job.arguments["seconds_total"] == 60
    assert "duration" not in job.options


async def test_a_role_has_its_own_numbers(world: World) -> None:
    """They come along with whoever asks."""
    await limited(world)
    await rules(world, user_at_once=1, tiers={5: Tier(at_once=2)})
    artist = world.asker()
    artist = replace(artist, role_ids=frozenset({5}))

    await world.ask(by=artist)
    await world.ask(by=replace(artist, interaction_id=world.asker().interaction_id))

    with pytest.raises(Exception, match="already have 2 under way"):
        await world.ask(by=replace(artist, interaction_id=world.asker().interaction_id))


async def rules(world: World, **changes: Any) -> None:
    """Set a server's rules."""
    settings = GuildSettings(**changes)
    await world.db.write(guilds.save, world.asker().guild_id, settings, now=world.clock.now())


async def limited(world: World, **settings: Any) -> None:
    """Start anew with limits on."""
    world.settings = Settings(_env_file=None, **settings)
    await world.restart()


async def ask_about(world: World) -> int:
    """Ask for something dear; give the question."""
    with pytest.raises(NeedsConfirming) as asked:
        await world.ask(by=world.asker())
    return asked.value.question_id


def _kept(conn: Any, question: int) -> dict[str, Any]:
    content = drafts.get(conn, question)
    assert content is not None
    return content


def _keep(conn: Any, question: int, content: dict[str, Any]) -> None:
    drafts.save(conn, question, content)
