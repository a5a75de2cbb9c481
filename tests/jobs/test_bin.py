"""What was deleted can be had back for a moment, by whoever deleted it; then its sound is gone."""

from __future__ import annotations

from bot.domain.ids import UserId
from bot.domain.job import Job, State
from bot.jobs.bin import GRACE, Bin
from tests.jobs.world import World

MINE, THEIRS = UserId(200), UserId(201)


async def made(world: World) -> Job:
    """A piece whose sound is kept."""
    job = await world.ask()
    return await world.reaches(job, State.DELIVERED)


def is_kept(world: World, job: Job) -> bool:
    """Whether there is still a sound."""
    return job.id in world.runtime.shelf.jobs()


async def test_the_sound_goes_when_the_moment_is_over(world: World) -> None:
    """Not before, and whatever nobody took back."""
    job, waste = await made(world), Bin(world.runtime)

    until = waste.put([job], MINE)

    assert until - world.clock.now() == GRACE
    await world.passes(GRACE.total_seconds() - 1)
    assert is_kept(world, job)
    await world.passes(2)
    assert not is_kept(world, job)
    assert waste.take_back(job.id, MINE) is None


async def test_only_whoever_deleted_it_has_it_back(world: World) -> None:
    """As it was; and then its sound stays."""
    job, waste = await made(world), Bin(world.runtime)
    waste.put([job], MINE)

    assert waste.take_back(job.id, THEIRS) is None
    assert waste.take_back(job.id, MINE) == [job]
    assert waste.take_back(job.id, MINE) is None

    await world.passes(GRACE.total_seconds() + 1)
    assert is_kept(world, job)


async def test_nothing_lies_around_when_the_bot_stops(world: World) -> None:
    """Deleted is deleted."""
    job, waste = await made(world), Bin(world.runtime)
    waste.put([job], MINE)

    await waste.empty()

    assert not is_kept(world, job)
    assert not waste.has(job.id)


async def test_what_is_deleted_again_has_its_whole_moment(world: World) -> None:
    """The first one's end is not the second one's."""
    job, waste = await made(world), Bin(world.runtime)
    waste.put([job], MINE)
    await world.passes(GRACE.total_seconds() * 2 / 3)
    waste.take_back(job.id, MINE)
    waste.put([job], MINE)

    await world.passes(GRACE.total_seconds() * 2 / 3)

    assert waste.take_back(job.id, MINE) == [job]
    assert is_kept(world, job)
