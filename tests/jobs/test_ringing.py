"""A member is pinged only after a long wait, or because they asked for it."""

from __future__ import annotations

import pytest

from bot.domain.job import State
from bot.errors import GenerationFailed, InvalidInput, NotYours
from bot.providers.base import Finished, Running
from tests.jobs.world import World


async def test_whoever_asks_to_be_told_is_told(world: World) -> None:
    """However short the wait; and nobody else is."""
    world.provider.instantly = False
    asked, other = await world.ask("rain"), await world.ask("snow", by=world.asker(user=201))
    await world.reaches(asked, State.SUBMITTED)
    await world.reaches(other, State.SUBMITTED)

    await world.jobs.toggle_ping(asked.id, world.asker())
    assert world.last_look(asked).state.rings
    for request in world.provider.requests.values():
        await world.provider.change(request, Finished())
    await world.reaches(asked, State.DELIVERED)
    await world.reaches(other, State.DELIVERED)

    assert world.board.rung == [asked.id]
    assert not world.last_look(other).state.rings


async def test_a_wish_to_be_told_outlives_a_restart(world: World) -> None:
    """Who looked away does not see that the bot was started anew."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    await world.jobs.toggle_ping(job.id, world.asker())

    await world.restart()
    await world.provider.change(world.provider.only, Running())
    await world.reaches(job, State.RUNNING)
    assert world.last_look(job).state.rings
    await world.provider.change(world.provider.only, Finished())
    await world.reaches(job, State.DELIVERED)

    assert world.board.rung == [job.id]


async def test_a_second_press_takes_it_back(world: World) -> None:
    """It is a switch."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    for _ in range(2):
        await world.jobs.toggle_ping(job.id, world.asker())
    await world.provider.change(world.provider.only, Finished())

    await world.reaches(job, State.DELIVERED)

    assert world.board.rung == []


async def test_that_nothing_came_of_it_is_told_to_whoever_asked(world: World) -> None:
    """They wait for an end, and this is one."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    await world.jobs.toggle_ping(job.id, world.asker())
    await world.provider.change(world.provider.only, Finished(), GenerationFailed("It broke."))

    await world.reaches(job, State.FAILED)
    await world.settle()

    assert world.board.rung == [job.id]


async def test_whoever_cancels_is_not_told(world: World) -> None:
    """They know."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    await world.jobs.toggle_ping(job.id, world.asker())

    await world.jobs.cancel(job.id, world.asker())
    await world.reaches(job, State.CANCELLED)
    await world.settle()

    assert world.board.rung == []


async def test_the_bell_is_for_whoever_asked_and_while_they_wait(world: World) -> None:
    """A moderator would be told nothing by it, and afterwards there is nothing to tell."""
    job = await world.ask()

    with pytest.raises(NotYours):
        await world.jobs.toggle_ping(job.id, world.asker(user=201, moderates=True))
    await world.reaches(job, State.DELIVERED)
    with pytest.raises(InvalidInput, match="over already"):
        await world.jobs.toggle_ping(job.id, world.asker())
