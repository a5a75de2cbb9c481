"""What a job costs in transactions, counted: a figure that grows unnoticed is slow one day."""

from __future__ import annotations

from collections import Counter

from bot.domain.job import State
from bot.providers.base import Finished, Queued, Running
from tests.jobs.world import World
from tests.postgres import on_both_engines

pytestmark = on_both_engines

JOBS = 10

STEPS = {"accept_all": 1, "set_card": 1, "move": 3, "amend": 2, "finish_together": 1}
"""Accepted; its card; submitted, running, generated; its place in line, and its files;
delivered. The turn is one more."""

LOOKS = Counter(_takes_and_ping=6, takes=3)
"""What its card shows, at each stage and where its place in line changes, and once more before the
last look."""

MOST_POLLS = 6
"""Looks for work, by whatever wakes the runner, for each job that there is."""


async def test_every_step_of_a_job_is_one_transaction(world: World) -> None:
    """Nothing is written twice, and nothing in between that nobody needs."""
    world.provider.instantly = False
    world.max_active = JOBS
    await world.restart()
    world.db.done.clear()

    asked = [await world.ask(f"rain {number}") for number in range(JOBS)]
    for job in asked:
        await world.reaches(job, State.SUBMITTED)
    for request in world.provider.requests.values():
        await world.provider.change(request, Running(log=None))
        await world.settle()
        await world.provider.change(request, Finished())
    for job in asked:
        await world.reaches(job, State.DELIVERED)

    done = world.db.done
    assert {name: done[name] / JOBS for name in STEPS} == STEPS
    for name, most in LOOKS.items():
        assert done[name] / JOBS <= most, name
    for name in ("claim", "take_turn", "waiting"):
        assert done[name] / JOBS <= MOST_POLLS, name


async def test_a_place_in_line_that_stays_the_same_costs_nothing(world: World) -> None:
    """A provider may say ten times that nothing has changed; it is written once."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    await world.provider.change(world.provider.only, Queued(position=3))
    await world.settle()
    world.db.done.clear()

    for _ in range(10):
        await world.provider.change(world.provider.only, Queued(position=3))
        await world.settle()

    assert world.db.done["amend"] == 0
