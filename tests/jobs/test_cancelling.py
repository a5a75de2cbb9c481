"""Cancelling, at every moment of a job's life."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.job import State
from bot.errors import Busy, DiscordUnavailable, InvalidInput, NotFound, NotYours, Unreachable
from bot.providers.base import Finished, Running
from tests.jobs.fakes import LOST, Held
from tests.jobs.world import PRICE, World
from tests.postgres import on_both_engines

pytestmark = on_both_engines


async def test_a_job_in_line_is_cancelled_at_once_and_free_of_charge(world: World) -> None:
    """Nothing was sent, so nothing is asked of the provider."""
    world.max_active = 1
    world.provider.instantly = False
    await world.restart()
    ahead, job = await world.ask("ahead"), await world.ask("behind")
    await world.reaches(ahead, State.SUBMITTED)

    await world.jobs.cancel(job.id, world.asker())
    done = await world.reaches(job, State.CANCELLED)

    assert world.provider.sent == 1
    assert world.provider.cancels == []
    assert world.last_look(job).state.job.state is State.CANCELLED
    assert done.cost == 0


async def test_cancelling_during_the_post_does_not_lose_what_it_bought(world: World) -> None:
    """The answer is awaited and written down; only then is the request called off."""
    answered = asyncio.Event()
    world.provider.instantly = False
    world.provider.submit_faults.append(answered)
    job = await world.ask()
    await world.reaches(job, State.DISPATCHING)

    await world.jobs.cancel(job.id, world.asker())
    await world.passes(2)
    answered.set()
    done = await world.reaches(job, State.CANCELLED)

    assert world.provider.cancels == ["request-1"]
    assert done.handle == world.provider.only.handle
    assert await world.charged() == 0


async def test_cancelling_during_a_post_that_is_not_taken_sends_no_other(world: World) -> None:
    """Put back and called off: it must not be dispatched once more."""
    answered = asyncio.Event()
    world.provider.submit_faults.append(Held(answered, Busy("Busy.")))
    job = await world.ask()
    await world.reaches(job, State.DISPATCHING)
    await world.jobs.cancel(job.id, world.asker())
    answered.set()

    done = await world.reaches(job, State.CANCELLED, within=5)

    assert world.provider.sent == 1
    assert done.cost == 0


async def test_cancelling_while_an_attempt_is_waited_out_sends_no_other(world: World) -> None:
    """Between two attempts a job is in line like any other."""
    world.provider.submit_faults.append(Busy("Busy.", retry_after=60))
    job = await world.ask()
    await world.passes(3)

    await world.jobs.cancel(job.id, world.asker())
    await world.reaches(job, State.CANCELLED, within=5)
    await world.passes(70)

    assert world.provider.sent == 1


async def test_removed_from_the_providers_queue_is_cancelled_and_free(world: World) -> None:
    """It had not started, so the provider bills nothing."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)

    await world.jobs.cancel(job.id, world.asker())
    done = await world.reaches(job, State.CANCELLED, within=5)

    assert done.failure is not None
    assert done.failure.sentence == "Cancelled."
    assert await world.charged() == 0


async def test_too_late_is_delivered_because_it_was_paid_for(world: World) -> None:
    """It was over before the cancellation came."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    world.provider.only.progress = Finished()  # nobody was told yet

    await world.jobs.cancel(job.id, world.asker())
    done = await world.reaches(job, State.DELIVERED, within=10)

    assert world.provider.cancels == ["request-1"]
    assert done.cost == PRICE


async def test_running_goes_on_and_is_delivered_when_the_provider_finishes_it(
    world: World,
) -> None:
    """A run is billed whether we like it or not, so its result is shown."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    await world.provider.change(world.provider.only, Running())
    await world.reaches(job, State.RUNNING)

    await world.jobs.cancel(job.id, world.asker())
    await world.passes(20)
    assert (await world.job(job)).state is State.RUNNING
    assert world.last_look(job).state.job.cancel_at is not None
    await world.provider.change(world.provider.only, Finished())
    await world.reaches(job, State.DELIVERED)

    assert await world.charged() == PRICE


async def test_a_cancellation_that_does_not_get_through_is_repeated(world: World) -> None:
    """The network may be away at that moment."""
    world.provider.instantly = False
    world.provider.cancel_faults.extend([Unreachable("Away."), Busy("Busy.")])
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)

    await world.jobs.cancel(job.id, world.asker())
    await world.reaches(job, State.CANCELLED)

    assert len(world.provider.cancels) == 3


async def test_a_request_the_provider_does_not_know_is_cancelled(world: World) -> None:
    """There is nothing left to call off."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    world.provider.requests.clear()

    await world.jobs.cancel(job.id, world.asker())

    await world.reaches(job, State.CANCELLED)
    assert await world.charged() == 0


async def test_a_cancellation_survives_a_crash(world: World) -> None:
    """It is in the row, so the next process calls the request off."""
    world.provider.instantly = False
    world.provider.cancel_faults.extend([Unreachable("Away.")] * 50)
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    await world.jobs.cancel(job.id, world.asker())
    await world.passes(2)

    await world.crash()
    world.provider.cancel_faults.clear()
    await world.start()

    await world.reaches(job, State.CANCELLED)


async def test_cancelling_twice_is_cancelling_once(world: World) -> None:
    """A double-click is one action."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)

    await asyncio.gather(
        world.jobs.cancel(job.id, world.asker()),
        world.jobs.cancel(job.id, world.asker()),
    )
    await world.reaches(job, State.CANCELLED)

    assert len(world.provider.cancels) == 1


async def test_cancelling_during_an_unforeseen_mishap_does_not_strand_the_job(
    world: World,
) -> None:
    """The job's task waits to try again when it is told; it must go on, not die."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    world.provider.follow_faults.append(RuntimeError("nobody foresaw this"))
    await world.restart()
    await world.settle()

    await world.jobs.cancel(job.id, world.asker())

    await world.reaches(job, State.CANCELLED, within=20)


@pytest.mark.parametrize("when", ["unknown", "generated", "over"])
async def test_what_cannot_be_cancelled_any_more_says_so(world: World, when: str) -> None:
    """Whoever presses too late is told, and nothing changes."""
    if when == "unknown":
        world.provider.submit_faults.append(LOST)
    if when == "generated":
        world.board.settle_faults.extend([DiscordUnavailable("Down.")] * 9)
    job = await world.ask()
    state = {
        "unknown": State.UNKNOWN,
        "generated": State.GENERATED,
        "over": State.DELIVERED,
    }[when]
    await world.reaches(job, state)

    with pytest.raises(InvalidInput):
        await world.jobs.cancel(job.id, world.asker())

    assert (await world.job(job)).cancel_at is None


async def test_only_the_asker_and_moderators_may_cancel(world: World) -> None:
    """Nobody else, and nobody from another server."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)

    with pytest.raises(NotYours):
        await world.jobs.cancel(job.id, world.asker(user=999))
    with pytest.raises(NotFound):
        await world.jobs.cancel(job.id, world.asker(guild=999))
    await world.jobs.cancel(job.id, world.asker(user=999, moderates=True))

    await world.reaches(job, State.CANCELLED)


async def test_a_follow_up_that_is_left_early_is_closed(world: World) -> None:
    """Every open one holds a connection to the provider."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    assert world.provider.following == 1

    await world.jobs.cancel(job.id, world.asker())
    await world.provider.change(world.provider.only, Running())
    await world.settle()

    assert world.provider.following <= 1
    await world.provider.change(world.provider.only, Finished())
    await world.reaches(job, State.DELIVERED, State.CANCELLED)
    assert world.provider.following == 0
