"""Several processes on one file: whatever the interleaving, the sums are exact."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from bot.domain.ids import WorkerId
from bot.domain.job import Job, State
from bot.errors import BudgetExceeded, LimitReached, LostRace
from bot.limits import Policy
from bot.store import Database, audit, jobs, quota
from tests.store.builders import GUILD, NOW, USER, accept, new_job, policy, queue

PROCESSES, TRIES = 3, 8

Work = Callable[[str, int], int]


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    """Processes that share nothing with this one but the file."""
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize(
    ("limits", "estimate", "admitted"),
    [
        (policy(user_at_once=7), 0, 7),
        (policy(guild_at_once=9), 0, 9),
        (policy(user_per_hour=10), 0, 10),
        (policy(guild_monthly=1_000), 90, 11),
        (policy(guild_daily=1_000), 110, 9),
        (policy(user_monthly=1_000), 125, 8),
        (policy(user_daily=1_000), 100, 10),
    ],
    ids=[
        "at once, member",
        "at once, server",
        "per hour",
        "month, server",
        "day, server",
        "month, member",
        "day, member",
    ],
)
def test_no_process_admits_what_another_one_has_given_away(
    pool: ProcessPoolExecutor, url: str, limits: Policy, estimate: int, admitted: int
) -> None:
    """All ask at the same time; as many get in as the limit says, not one more or less."""
    work = partial(accept_many, limits=limits, estimate=estimate)

    counts = in_processes(pool, url, work)

    assert sum(counts) == admitted
    assert asyncio.run(_audit(url)) == []


async def test_connections_side_by_side_admit_no_more_than_there_is(url: str) -> None:
    """Every limit is near at once; whichever comes first holds, whatever the interleaving."""
    limits = policy(user_at_once=9, guild_per_hour=8, guild_monthly=700, user_daily=650)
    async with (
        Database.open(url) as one,
        Database.open(url, exclusive=False) as two,
        Database.open(url, exclusive=False) as three,
    ):
        outcomes = await asyncio.gather(
            *(
                accept(db, new_job(estimate=100), limits=limits)
                for db in (one, two, three)
                for _ in range(6)
            ),
            return_exceptions=True,
        )
        found = await one.read(audit.check)

    assert sum(isinstance(outcome, Job) for outcome in outcomes) == 6
    assert {type(one) for one in outcomes if not isinstance(one, Job)} == {BudgetExceeded}
    assert found == []


async def test_an_interaction_that_comes_several_times_at_once_is_one_job(db: Database) -> None:
    """Discord repeats events; the job is taken in, counted and reserved once."""
    new = new_job(77, estimate=40)

    outcomes = await asyncio.gather(
        *(db.write(jobs.accept, new, policy=policy(user_at_once=1), now=NOW) for _ in range(8)),
    )

    assert sum(job is not None for job in outcomes) == 1
    standing = await db.read(quota.standing, GUILD, USER)
    assert (standing.active, standing.reserved, standing.day_reserved) == (1, 40, 40)
    assert await db.read(audit.check) == []


def test_turns_are_never_given_twice(pool: ProcessPoolExecutor, url: str) -> None:
    """Each place at the provider goes to one process, and each job to one place."""
    asyncio.run(_queue_many(url, 10))

    turns = in_processes(pool, url, take_turns)

    assert sum(turns) == 6


def test_a_due_job_is_claimed_by_one_process(pool: ProcessPoolExecutor, url: str) -> None:
    """Claims add up to the jobs there are."""
    asyncio.run(_accept_some(url, 10))

    assert sum(in_processes(pool, url, claim_all)) == 10


async def test_of_two_who_move_a_job_at_once_one_wins(db: Database) -> None:
    """The other one is told, and money is settled once."""
    job = await queue(db)

    outcomes = await asyncio.gather(
        *(db.write(jobs.finish, job, State.CANCELLED, now=NOW) for _ in range(5)),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, LostRace) for outcome in outcomes) == 4
    assert await db.read(audit.check) == []


def in_processes(pool: ProcessPoolExecutor, url: str, work: Work) -> list[int]:
    """Run work in several processes at once, each with a number of its own."""
    return list(pool.map(partial(work, url), range(PROCESSES)))


def accept_many(url: str, number: int, *, limits: Policy, estimate: int) -> int:
    """Ask again and again; give how often it was accepted."""

    async def run() -> int:
        accepted = 0
        async with Database.open(url, exclusive=False) as db:
            for each in range(TRIES):
                new = new_job(number * 1_000 + each, guild=GUILD, estimate=estimate)
                try:
                    await accept(db, new, limits=limits)
                except (LimitReached, BudgetExceeded):
                    continue
                accepted += 1
        return accepted

    return asyncio.run(run())


def take_turns(url: str, number: int) -> int:
    """Take turns until there is no place left; give how many."""

    async def run() -> int:
        taken = 0
        async with Database.open(url, exclusive=False) as db:
            for each in range(TRIES):
                now = NOW + timedelta(seconds=each)
                job = await db.write(
                    jobs.take_turn,
                    places={"fal": 6},
                    worker=WorkerId(str(number)),
                    now=now,
                    lease_seconds=30,
                )
                taken += job is not None
        return taken

    return asyncio.run(run())


def claim_all(url: str, number: int) -> int:
    """Claim two at a time until nothing is left; give how many."""

    async def run() -> int:
        claimed = 0
        async with Database.open(url, exclusive=False) as db:
            for _ in range(TRIES):
                claimed += len(
                    await db.write(
                        jobs.claim, WorkerId(str(number)), now=NOW, lease_seconds=30, limit=2
                    )
                )
        return claimed

    return asyncio.run(run())


async def _audit(url: str) -> list[str]:
    async with Database.open(url) as db:
        return await db.read(audit.check)


async def _queue_many(url: str, count: int) -> None:
    async with Database.open(url) as db:
        for _ in range(count):
            await queue(db)


async def _accept_some(url: str, count: int) -> None:
    async with Database.open(url) as db:
        for _ in range(count):
            await accept(db)
