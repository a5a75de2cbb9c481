"""Each way in which a job can end, and what stands in the ledger then.

`reserve` is what was set aside, `settle` what the provider billed, `refund` what was given back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from bot.catalogue import Ask
from bot.domain.ids import JobId
from bot.domain.job import Job, Json, Kind, State
from bot.errors import (
    BadResult,
    ChannelGone,
    GenerationFailed,
    MissingPermissions,
    ProviderError,
    ProviderTimedOut,
    Refused,
)
from bot.providers.base import Cancelled, Finished, Result, Running
from bot.store import audit, jobs, quota
from bot.store.schema import ledger
from tests.jobs.fakes import DONE, LOST
from tests.jobs.world import MODEL, PRICE, World
from tests.postgres import on_both_engines

pytestmark = on_both_engines

NOTHING = {"reserve": PRICE, "refund": PRICE}
ALL = {"reserve": PRICE, "settle": PRICE}
QUARTER = PRICE // 4

Story = Callable[[World], Awaitable[Job]]


def billed(error: ProviderError, units: str | None) -> ProviderError:
    """An error of a provider that bills for it, by so many units if it says how many."""
    error.charged = units is None or Decimal(units) > 0
    error.billable_units = None if units is None else Decimal(units)
    return error


def made(units: str | None = None, output: Json = None) -> Result:
    """A result, and what is billed for it."""
    return Result(
        output=output if isinstance(output, dict) else DONE,
        billable_units=None if units is None else Decimal(units),
    )


def ends_with(outcome: Result | ProviderError, state: State) -> Story:
    """The provider runs the request and then says this."""

    async def story(world: World) -> Job:
        job = await at_provider(world, runs=True)
        await world.provider.change(world.provider.only, Finished(), outcome)
        return await world.reaches(job, state)

    return story


async def cancelled_while_it_waits_here(world: World) -> Job:
    """Another job has the only place."""
    world.provider.instantly = False
    world.max_active = 1
    await world.restart()
    await world.ask("something else")
    job = await world.ask(by=world.asker(user=201))
    await world.jobs.cancel(job.id, world.asker(user=201))
    return await world.reaches(job, State.CANCELLED)


async def cancelled_in_the_providers_queue(world: World) -> Job:
    """The provider drops it."""
    job = await at_provider(world)
    await world.jobs.cancel(job.id, world.asker())
    return await world.reaches(job, State.CANCELLED)


def cancelled_while_it_runs(outcome: Result | ProviderError, state: State) -> Story:
    """The provider is told, and ends it in its own way."""

    async def story(world: World) -> Job:
        job = await at_provider(world, runs=True)
        await world.jobs.cancel(job.id, world.asker())
        await world.passes(5)
        await world.provider.change(world.provider.only, Finished(), outcome)
        return await world.reaches(job, state)

    return story


def overdue(*, runs: bool, outcome: Result | ProviderError | None, state: State) -> Story:
    """Nothing is heard until the deadline; what was told to stop then ends in its own way."""

    async def story(world: World) -> Job:
        job = await at_provider(world, runs=runs)

        async def told_to_stop() -> bool | None:
            return bool(world.provider.cancels) or None

        await world.until(told_to_stop, "the end of all patience", step=20, within=1_300)
        if outcome is not None:
            await world.provider.change(world.provider.only, Finished(), outcome)
        return await world.reaches(job, state)

    return story


async def never_arrived(world: World) -> Job:
    """The answer to the submit was lost, and the request with it."""
    world.provider.submit_faults.append(LOST)
    return await world.reaches(await world.ask(), State.FAILED)


async def without_a_card(world: World) -> Job:
    """It may not be posted, so nothing is sent."""
    world.board.post_faults.append(MissingPermissions("No.", names=["Send Messages"]))
    by = world.asker()
    with pytest.raises(MissingPermissions):
        await world.ask(by=by)
    return await world.reaches(await world.job(JobId(by.interaction_id)), State.CANCELLED)


async def without_a_channel(world: World) -> Job:
    """It was made, and there is nowhere to show it."""
    world.board.settle_faults.extend([ChannelGone("The channel is gone.")] * 9)
    return await world.reaches(await world.ask(), State.UNDELIVERED)


async def by_an_error_of_ours(world: World) -> Job:
    """It was made and billed by a quarter, and cannot be shown."""
    world.board.settle_faults.extend([RuntimeError("odd")] * 5)
    job = await at_provider(world, runs=True)
    await world.provider.change(world.provider.only, Finished(), made("0.25"))
    return await world.reaches(job, State.UNDELIVERED)


ENDS: dict[str, tuple[Story, dict[str, int]]] = {
    "delivered": (ends_with(made(), State.DELIVERED), ALL),
    "delivered, billed less": (
        ends_with(made("0.25"), State.DELIVERED),
        {"reserve": PRICE, "settle": QUARTER, "refund": PRICE - QUARTER},
    ),
    "delivered, billed more": (
        ends_with(made("2"), State.DELIVERED),
        {"reserve": PRICE, "settle": 2 * PRICE},
    ),
    "refused": (ends_with(Refused("No."), State.FAILED), NOTHING),
    "refused after it ran": (ends_with(billed(Refused("No."), None), State.FAILED), ALL),
    "refused after it ran a little": (
        ends_with(billed(Refused("No."), "0.25"), State.FAILED),
        {"reserve": PRICE, "settle": QUARTER, "refund": PRICE - QUARTER},
    ),
    "refused, nothing billed": (ends_with(billed(Refused("No."), "0"), State.FAILED), NOTHING),
    "broke": (ends_with(GenerationFailed("Broke."), State.FAILED), NOTHING),
    "ran too long there": (ends_with(ProviderTimedOut("Late."), State.TIMED_OUT), NOTHING),
    "came to nothing usable": (ends_with(BadResult("Empty."), State.FAILED), ALL),
    "came without audio": (ends_with(made(output={"audio": None}), State.FAILED), ALL),
    "came without audio, billed less": (
        ends_with(made("0.25", output={"audio": None}), State.FAILED),
        {"reserve": PRICE, "settle": QUARTER, "refund": PRICE - QUARTER},
    ),
    "cancelled while waiting here": (cancelled_while_it_waits_here, NOTHING),
    "cancelled while waiting there": (cancelled_in_the_providers_queue, NOTHING),
    "cancelled, and stopped": (
        cancelled_while_it_runs(Cancelled("Stopped."), State.CANCELLED),
        NOTHING,
    ),
    "cancelled, and made in spite": (cancelled_while_it_runs(made(), State.DELIVERED), ALL),
    "cancelled, and billed in spite": (
        cancelled_while_it_runs(billed(Cancelled("Stopped."), "0.25"), State.FAILED),
        {"reserve": PRICE, "settle": QUARTER, "refund": PRICE - QUARTER},
    ),
    "overdue in the queue": (overdue(runs=False, outcome=None, state=State.TIMED_OUT), NOTHING),
    "overdue, and silent": (overdue(runs=True, outcome=None, state=State.TIMED_OUT), NOTHING),
    "overdue, and stopped": (
        overdue(runs=True, outcome=Cancelled("Stopped."), state=State.TIMED_OUT),
        NOTHING,
    ),
    "overdue, and made in spite": (
        overdue(runs=True, outcome=made(), state=State.DELIVERED),
        ALL,
    ),
    "overdue, and billed in spite": (
        overdue(runs=True, outcome=billed(Cancelled("Stopped."), "0.25"), state=State.FAILED),
        {"reserve": PRICE, "settle": QUARTER, "refund": PRICE - QUARTER},
    ),
    "never arrived": (never_arrived, NOTHING),
    "without a card": (without_a_card, NOTHING),
    "without a channel": (without_a_channel, ALL),
    "by an error of ours": (
        by_an_error_of_ours,
        {"reserve": PRICE, "settle": QUARTER, "refund": PRICE - QUARTER},
    ),
}


@pytest.mark.parametrize(("story", "booked"), ENDS.values(), ids=list(ENDS))
async def test_what_an_end_leaves_in_the_ledger(
    world: World, story: Story, booked: dict[str, int]
) -> None:
    """Settled at what was billed, refunded where nothing was; nothing stays reserved."""
    job = await story(world)

    assert await bookings(world, job) == booked
    assert job.cost == booked.get("settle", 0)
    assert await world.db.read(audit.check) == []
    standing = await world.db.read(quota.standing, job.guild_id, job.user_id)
    assert (standing.active, standing.reserved, standing.day_reserved) == (0, 0, 0)
    assert (standing.spent, standing.day_spent) == (job.cost, job.cost)


async def test_variations_are_settled_one_by_one(world: World) -> None:
    """Of three one is refused, one billed less, and one as it was estimated."""
    world.provider.instantly = False
    world.max_active = 3
    await world.restart()
    wanted = Ask(kind=Kind.MUSIC, prompt="slow waltz", model=MODEL, variations=3)
    leader = await world.jobs.ask(wanted, world.asker())

    async def all_sent() -> bool | None:
        return len(world.provider.requests) == 3 or None

    await world.until(all_sent, "three requests")
    first, second, third = world.provider.requests.values()
    await world.provider.change(first, Finished(), Refused("No."))
    await world.provider.change(second, Finished(), made("0.25"))
    await world.provider.change(third, Finished(), made())

    async def over() -> list[Job] | None:
        takes = await world.db.read(jobs.takes, leader.id)
        return takes if all(take.shown_at is not None for take in takes) else None

    takes = await world.until(over, "the end of all three")

    ends = {(take.state, take.cost) for take in takes}
    assert ends == {
        (State.FAILED, 0),
        (State.DELIVERED, QUARTER),
        (State.DELIVERED, PRICE),
    }
    assert await world.charged() == PRICE + QUARTER
    standing = await world.db.read(quota.standing, leader.guild_id, leader.user_id)
    assert (standing.active, standing.reserved, standing.spent) == (0, 0, PRICE + QUARTER)


async def at_provider(world: World, *, runs: bool = False) -> Job:
    """Bring a job to the provider, and have it run there if wanted."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    if runs:
        await world.provider.change(world.provider.only, Running())
        await world.reaches(job, State.RUNNING)
    return job


async def bookings(world: World, job: Job) -> dict[str, int]:
    """What the ledger says of a job, by the kind of booking."""

    def read(conn: Any) -> dict[str, int]:
        rows = conn.execute(sa.select(ledger).where(ledger.c.job_id == job.id))
        return {row.kind: row.amount for row in rows}

    return await world.db.read(read)
