"""Taking a request in: once, within the limits, and never without a card."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.config import Settings
from bot.domain.job import Job, State
from bot.errors import (
    BudgetExceeded,
    ChannelGone,
    DeliveryError,
    DiscordUnavailable,
    InvalidInput,
    LimitReached,
    MissingPermissions,
    NotAllowed,
    NotFound,
)
from bot.store import jobs
from bot.store.rows import job_of
from bot.store.schema import jobs as table
from tests.jobs.world import World
from tests.postgres import on_both_engines

pytestmark = on_both_engines

NO_CARD = [
    MissingPermissions('Minstrel needs "Send Messages".', names=("Send Messages",)),
    ChannelGone("The channel is gone."),
    DeliveryError("Discord did not accept the message."),
]


async def test_the_same_interaction_twice_is_one_job(world: World) -> None:
    """Discord may deliver an event more than once, at the same time or much later."""
    by = world.asker()

    first, second = await asyncio.gather(world.ask(by=by), world.ask(by=by))
    await world.reaches(first, State.DELIVERED)
    third = await world.ask(by=by)

    assert first.id == second.id == third.id
    assert third.state is State.DELIVERED
    assert world.provider.sent == 1
    assert len(world.board.looks) == 1


@pytest.mark.parametrize("error", NO_CARD, ids=lambda error: error.code)
async def test_without_a_card_there_is_no_job(world: World, error: DeliveryError) -> None:
    """The member is told why, the reservation is gone, and nothing is ever sent."""
    world.board.post_faults.append(error)
    by = world.asker()

    with pytest.raises(type(error)) as caught:
        await world.ask(by=by)

    assert caught.value.sentence == error.sentence
    await world.passes(30, step=5)
    assert world.provider.sent == 0
    assert world.board.looks == {}
    (withdrawn,) = await world.db.read(_all)
    assert withdrawn.state is State.CANCELLED
    assert await world.charged() == 0


async def test_an_outage_at_the_post_delays_the_card_and_loses_nothing(world: World) -> None:
    """The post may have got through all the same: the runner repeats it under the same nonce."""
    world.board.post_faults.append(DiscordUnavailable("Discord is down."))

    job = await world.ask()
    await world.reaches(job, State.DELIVERED)

    assert world.provider.sent == 1
    assert len(world.board.looks) == 1


def _all(conn: sa.Connection) -> list[Job]:
    return [job_of(row) for row in conn.execute(sa.select(table))]


async def test_a_card_that_takes_long_is_posted_by_the_runner_meanwhile(world: World) -> None:
    """After ten seconds the runner posts it in the command's stead; it stays one card."""
    slow = asyncio.Event()
    world.board.slow_posts.append(slow)
    asking = asyncio.create_task(world.ask())
    await world.passes(15)
    slow.set()

    job = await asking
    await world.reaches(job, State.DELIVERED)

    assert len(world.board.looks) == 1
    assert world.provider.sent == 1


async def test_a_card_that_fails_after_the_runner_posted_it_is_no_failure(world: World) -> None:
    """The command gave up, but the card stands: the job goes on."""
    slow = asyncio.Event()
    world.board.slow_posts.append(slow)
    asking = asyncio.create_task(world.ask())
    await world.passes(15)
    world.board.post_faults.append(DiscordUnavailable("Discord is down."))
    slow.set()

    job = await asking
    await world.reaches(job, State.DELIVERED)

    assert len(world.board.looks) == 1


async def test_what_the_catalogue_refuses_leaves_no_trace(world: World) -> None:
    """A wrong option is told before anything is written."""
    with pytest.raises(InvalidInput):
        await world.ask(model="no-such/model")

    assert await world.db.read(_all) == []


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"minstrel_user_at_once": 2}, LimitReached, "under way"),
        ({"minstrel_guild_at_once": 2}, LimitReached, "under way"),
        ({"minstrel_user_per_hour": 2}, LimitReached, "<t:"),
        ({"minstrel_guild_per_hour": 2}, LimitReached, "<t:"),
        ({"minstrel_guild_monthly_usd": "0.5"}, BudgetExceeded, "$0.20"),
    ],
    ids=["user at once", "guild at once", "user per hour", "guild per hour", "money"],
)
async def test_limits_refuse_with_a_sentence_that_says_when(
    world: World, settings: dict[str, object], error: type[Exception], words: str
) -> None:
    """The third request is over the limit: refused, free of charge, and nobody else is hurt."""
    world.settings = Settings(_env_file=None, **settings)  # type: ignore[arg-type]
    world.provider.instantly = False
    await world.restart()
    for number in range(2):
        await world.ask(f"tune {number}")

    with pytest.raises(error) as caught:
        await world.ask("one too many")

    assert words in str(caught.value)
    assert len(await world.db.read(_all)) == 2
    if "user_at_once" in str(settings) or "user_per_hour" in str(settings):
        await world.ask("somebody else", by=world.asker(user=999))
    await world.ask("another server", by=world.asker(user=999, guild=999))


async def test_money_that_was_given_back_can_be_spent(world: World) -> None:
    """A reservation that came to nothing does not count against the month."""
    world.settings = Settings(_env_file=None, minstrel_guild_monthly_usd="0.2")
    world.provider.instantly = False
    await world.restart()
    job = await world.ask()
    with pytest.raises(BudgetExceeded):
        await world.ask()

    await world.reaches(job, State.SUBMITTED)
    await world.jobs.cancel(job.id, world.asker())
    await world.reaches(job, State.CANCELLED)

    await world.ask()


async def test_limits_switched_off_refuse_nobody(world: World) -> None:
    """For load tests and private servers."""
    world.provider.instantly = False

    for number in range(40):
        await world.ask(f"tune {number}")

    assert len(await world.db.read(jobs.open_jobs)) == 40


async def test_nothing_is_taken_in_while_stopping(world: World) -> None:
    """Whoever asks in the last second is told to ask again."""
    world.jobs.close()

    with pytest.raises(NotAllowed, match="restarting"):
        await world.ask()


async def test_again_of_another_servers_job_is_not_found(world: World) -> None:
    """Jobs do not leave their server."""
    job = await world.ask()
    await world.reaches(job, State.DELIVERED)

    with pytest.raises(NotFound):
        await world.jobs.again(job.id, world.asker(guild=999))


async def test_a_wish_does_not_wait_for_its_acknowledgement_to_be_durable(world: World) -> None:
    """The longer that takes to reach Discord, the surer no crash in that time loses the wish."""
    seen: list[tuple[State, int]] = []
    asker = world.asker()

    async def is_heard() -> bool:
        (job,) = await world.db.read(_all)
        seen.append((job.state, len(world.board.looks)))
        return True

    await world.ask(by=replace(asker, is_heard=is_heard))

    assert seen == [(State.ACCEPTED, 0)]


async def test_a_wish_of_which_discord_said_that_it_failed_is_withdrawn(world: World) -> None:
    """Its member asks again, and is not to get, and pay for, two."""

    async def is_heard() -> bool:
        return False

    with pytest.raises(NotAllowed, match="too slow"):
        await world.ask(by=replace(world.asker(), is_heard=is_heard))
    await world.passes(20)

    assert world.provider.sent == 0
    assert world.board.looks == {}
    assert await world.charged() == 0
