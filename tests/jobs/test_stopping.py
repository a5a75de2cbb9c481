"""Stopping in order: everything is parked, within its time, and goes on after the start."""

from __future__ import annotations

import asyncio
import time

from bot.domain.job import State
from bot.errors import Busy, DiscordUnavailable
from bot.providers.base import Finished
from bot.store import jobs
from tests.jobs.fakes import LOST
from tests.jobs.world import World


async def test_everything_is_parked_and_goes_on(world: World) -> None:
    """One job in each place where it can be; all survive, and nothing is sent twice."""
    world.max_active = 9
    world.provider.instantly = False
    await world.restart()
    following = await world.ask("followed")
    await world.reaches(following, State.SUBMITTED)
    world.provider.submit_faults.append(LOST)
    unknown = await world.ask("unknown")
    await world.reaches(unknown, State.UNKNOWN)
    world.provider.submit_faults.append(Busy("Busy.", retry_after=100))
    waiting = await world.ask("waiting")
    await world.passes(2)
    world.provider.instantly = True
    world.board.settle_faults.extend([DiscordUnavailable("Down.")] * 9)
    generated = await world.ask("generated")
    await world.reaches(generated, State.GENERATED)

    began = time.monotonic()
    await world.stop()
    assert time.monotonic() - began < 5

    world.board.settle_faults.clear()
    await world.start(frees_leases=False)
    await world.provider.change(world.request_of(following), Finished())
    for job in (following, generated, waiting):
        await world.reaches(job, State.DELIVERED)
    await world.reaches(unknown, State.FAILED)
    assert world.provider.sent == 5


async def test_a_stop_gives_every_lease_back(world: World) -> None:
    """The next process need not wait for them to run out."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)

    await world.runner.stop()

    assert (await world.job(job)).lease_owner is None


async def test_a_post_on_its_way_is_awaited(world: World) -> None:
    """Its answer says whether money was spent; a stop waits for it."""
    answered = asyncio.Event()
    world.provider.instantly = False
    world.provider.submit_faults.append(answered)
    job = await world.ask()
    await world.reaches(job, State.DISPATCHING)

    stopping = asyncio.create_task(world.runner.stop())
    await world.settle()
    assert not stopping.done()
    answered.set()
    await stopping

    parked = await world.job(job)
    assert parked.state is State.SUBMITTED
    assert parked.handle == world.provider.only.handle


async def test_a_post_that_never_ends_does_not_hold_up_the_stop(world: World) -> None:
    """After a few seconds it is left to be looked up after the restart."""
    world.provider.submit_faults.append(asyncio.Event())
    job = await world.ask()
    await world.reaches(job, State.DISPATCHING)

    stopping = asyncio.create_task(world.runner.stop())
    await world.settle()
    world.clock.advance(6.1)
    await asyncio.wait_for(stopping, 5)

    assert (await world.job(job)).state is State.DISPATCHING
    await world.restart()
    await world.reaches(job, State.DELIVERED)
    assert world.provider.sent == 1


async def test_a_turn_that_was_just_taken_is_still_sent(world: World) -> None:
    """A stop in the very moment of taking a turn leaves no intent that was never sent."""
    for attempt in range(8):
        world.provider.instantly = True
        job = await world.ask(f"tune {attempt}")
        for _ in range(attempt * 2):
            await asyncio.sleep(0)
        await world.runner.stop()
        stood = await world.job(job)
        assert stood.state is not State.DISPATCHING, f"after {attempt * 2} turns of the loop"
        await world.restart()
        await world.reaches(job, State.DELIVERED)


async def test_nothing_is_dispatched_once_the_stop_has_begun(world: World) -> None:
    """What waits in line waits on."""
    world.provider.submit_faults.append(asyncio.Event())
    world.max_active = 1
    await world.restart()
    first = await world.ask("first")
    await world.reaches(first, State.DISPATCHING)
    second = await world.ask("second")

    stopping = asyncio.create_task(world.runner.stop())
    await world.passes(7)
    await stopping

    assert (await world.job(second)).state is State.ACCEPTED
    assert world.provider.sent == 1


async def test_stopping_twice_is_stopping_once(world: World) -> None:
    """The order of closing may ask for it again."""
    await world.runner.stop()
    await world.runner.stop()

    assert await world.db.read(jobs.open_jobs) == []
