"""Accepting a request, against the bare statements it comes to, at a hundred per second.

    python -m benchmarks.accept

Ours checks and counts for server and member, books the reservation, writes the job and its history,
and gives the job back. The other side is the bare SQL in one transaction by the bare driver
(aiosqlite, asyncpg), without rules, objects or a policy. Requests come at random moments (Poisson),
whether or not the earlier ones are through; times are from the moment of asking.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count

import aiosqlite
import asyncpg

from benchmarks import databases
from benchmarks.figures import Spread, compare, title
from bot.domain.job import NewJob
from bot.limits import period_of
from bot.store import Database, jobs
from tests.store.builders import new_job, policy

CONNECTIONS = 10
RATE_PER_SECOND = 100
SECONDS = 15
SERVERS = 50


_JOB = """
INSERT INTO jobs (id, guild_id, user_id, channel_id, kind, provider, model, prompt, arguments,
    options, format, estimate, part, state, version, attempt, files, created_at, updated_at,
    next_run_at, priced_by, interaction_token)
VALUES ($1, $2, $3, $4, 'music', 'fal', $5, $6, $7, '{}', 'mp3', $8, 0, 'accepted', 1, 0, '[]',
    $9, $9, $9, 'catalogue', $10)
"""
_USAGE = """
INSERT INTO quota (scope, guild_id, user_id, tat_us, active, period, reserved, spent, served_at)
VALUES ($1, $2, $3, 0, 0, $4, 0, 0, 0) ON CONFLICT DO NOTHING
"""
_COUNT = """
UPDATE quota SET active = active + 1, reserved = reserved + $4
WHERE scope = $1 AND guild_id = $2 AND user_id = $3
"""
_BOOK = """
INSERT INTO ledger (job_id, kind, guild_id, user_id, period, amount, at)
VALUES ($1, 'reserve', $2, $3, $4, $5, $6)
"""
_EVENT = """
INSERT INTO job_events (job_id, version, at, state, note) VALUES ($1, 1, $2, 'accepted', '')
"""


def _statements(new: NewJob, now: datetime) -> list[tuple[str, tuple[object, ...]]]:
    """Give what accepting writes, without asking whether it may be."""
    at, period = int(now.timestamp() * 1000), period_of(now)
    job = (
        new.id, new.guild_id, new.user_id, new.channel_id, new.model, new.prompt,
        json.dumps(dict(new.arguments)), new.estimate, at, new.interaction_token,
    )  # fmt: skip
    counts = [
        statement
        for scope, user in (("guild", 0), ("user", new.user_id))
        for statement in (
            (_USAGE, (scope, new.guild_id, user, period)),
            (_COUNT, (scope, new.guild_id, user, new.estimate)),
        )
    ]
    booking = (new.id, new.guild_id, new.user_id, period, new.estimate, at)
    return [(_JOB, job), *counts, (_BOOK, booking), (_EVENT, (new.id, at))]


_Bare = Callable[[NewJob, datetime], Awaitable[None]]


@asynccontextmanager
async def _bare_sqlite(url: str) -> AsyncIterator[_Bare]:
    """Write by aiosqlite, one transaction at a time."""
    turn = asyncio.Lock()
    path = url.removeprefix("sqlite:///")
    async with aiosqlite.connect(path, isolation_level=None) as conn:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            await conn.execute(f"PRAGMA {pragma}")

        async def write(new: NewJob, now: datetime) -> None:
            async with turn:
                await conn.execute("BEGIN IMMEDIATE")
                for sql, values in _statements(new, now):
                    await conn.execute(sql.replace("$", "?"), values)
                await conn.execute("COMMIT")

        yield write


@asynccontextmanager
async def _bare_postgresql(url: str) -> AsyncIterator[_Bare]:
    """Write by asyncpg, on as many connections as ours has."""
    plain = url.replace("postgresql+asyncpg", "postgresql")
    async with asyncpg.create_pool(plain, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:

        async def write(new: NewJob, now: datetime) -> None:
            async with pool.acquire() as conn, conn.transaction():
                for sql, values in _statements(new, now):
                    await conn.execute(sql, *values)

        yield write


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
    now = datetime.now(UTC)

    def next_job() -> NewJob:
        number = next(numbers)
        return new_job(number, guild=100 + number % SERVERS, user=1000 + number % 997)

    async def timed(write: Callable[[NewJob], Awaitable[object]]) -> Spread:
        for _ in range(50):  # the first ones compile statements
            await write(next_job())
        return await _open_loop(lambda: write(next_job()), seed=1)

    async with Database.open(url, connections=CONNECTIONS) as db:
        ours = await timed(lambda new: db.write(jobs.accept, new, policy=limits, now=now))
    opened = _bare_sqlite(url) if url.startswith("sqlite") else _bare_postgresql(url)
    async with opened as write:
        return ours, await timed(lambda new: write(new, now))


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
