"""Accepting a request, against the bare statements it comes to, at a hundred per second.

    python -m benchmarks.accept

Ours checks and counts for server and member, books the reservation, writes the job and its history,
and gives the job back. The other side is the same statements by hand in one transaction, without
rules, objects or a policy. Requests come at random moments (Poisson), whether or not the earlier
ones are through; times are from the moment of asking.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import sqlalchemy as sa

from benchmarks import databases
from benchmarks.figures import Spread, compare, title
from bot.domain.job import NewJob
from bot.limits import period_of
from bot.store import Database, jobs
from bot.store.dialect import insert_once
from bot.store.quota import NEVER
from bot.store.rows import new_columns
from bot.store.schema import job_events, ledger, quota
from bot.store.schema import jobs as table
from tests.store.builders import new_job, policy

RATE_PER_SECOND = 100
SECONDS = 15
SERVERS = 50


def _bare(conn: sa.Connection, new: NewJob, now: datetime) -> None:
    """Write what accepting writes, without asking whether it may be."""
    conn.execute(sa.insert(table).values(new_columns(new, now=now) | {"next_run_at": now}))
    for scope, user in (("guild", 0), ("user", new.user_id)):
        row: dict[str, Any] = {
            "scope": scope, "guild_id": new.guild_id, "user_id": user, "tat_us": 0, "active": 0,
            "period": period_of(now), "reserved": 0, "spent": 0, "served_at": NEVER,
        }  # fmt: skip
        insert_once(conn, quota, row)
        conn.execute(
            sa.update(quota)
            .where(
                quota.c.scope == scope,
                quota.c.guild_id == new.guild_id,
                quota.c.user_id == user,
            )
            .values(active=quota.c.active + 1, reserved=quota.c.reserved + new.estimate)
        )
    conn.execute(
        sa.insert(ledger).values(
            job_id=new.id, kind="reserve", guild_id=new.guild_id, user_id=new.user_id,
            period=period_of(now), amount=new.estimate, at=now,
        )
    )  # fmt: skip
    conn.execute(
        sa.insert(job_events).values(
            job_id=new.id, version=1, at=now, state="accepted", worker=None, note=""
        )
    )


async def _open_loop(work: Callable[[], Awaitable[object]], seed: int) -> Spread:
    """Ask at random moments, as many members do, and time each from its moment."""
    loop = asyncio.get_running_loop()
    dice = random.Random(seed)
    times: list[float] = []
    running: set[asyncio.Task[None]] = set()

    async def one(due: float) -> None:
        await work()
        times.append(loop.time() - due)

    due = loop.time()
    ends = due + SECONDS
    while (due := due + dice.expovariate(RATE_PER_SECOND)) < ends:
        await asyncio.sleep(due - loop.time())
        task = asyncio.create_task(one(due))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    return Spread.of(times)


async def measure(url: str) -> tuple[Spread, Spread]:
    """Give the times of ours and of the bare statements."""
    numbers = count(1)
    limits = policy()

    def next_job() -> NewJob:
        number = next(numbers)
        return new_job(number, guild=100 + number % SERVERS, user=1000 + number % 997)

    async with Database.open(url, connections=10) as db:
        now = datetime.now(UTC)

        async def ours() -> object:
            return await db.write(jobs.accept, next_job(), policy=limits, now=now)

        async def bare() -> object:
            return await db.write(_bare, next_job(), now)

        for work in (ours, bare):  # the first ones compile statements
            for _ in range(20):
                await work()
        return await _open_loop(ours, 1), await _open_loop(bare, 1)


def main() -> int:
    """Measure on both engines, and print."""
    engines = {"SQLite": databases.sqlite}
    if databases.has_postgresql():
        engines["PostgreSQL"] = databases.postgresql
    for name, database in engines.items():
        title(f"accept at {RATE_PER_SECOND}/s for {SECONDS} s on {name}")
        with database() as url:
            ours, bare = asyncio.run(measure(url))
        print(f"ours: {ours}\nbare: {bare}")
        compare("p50", ours.at(0.5), bare.at(0.5), unit="ms", aim="at most 3")
        compare("p99", ours.at(0.99), bare.at(0.99), unit="ms", aim="at most 25 ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
