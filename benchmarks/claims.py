"""Claims of due jobs by four processes on one PostgreSQL, against one process alone.

    python -m benchmarks.claims

Every job is to be claimed once. Claims are taken twenty at a time, as the bot does.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime

import sqlalchemy as sa

from benchmarks import databases
from benchmarks.figures import compare, title
from bot.domain.ids import JobId, WorkerId
from bot.jobs.runner import CLAIM_AT_ONCE
from bot.store import Database, jobs
from bot.store.rows import new_columns
from bot.store.schema import jobs as table
from tests.store.builders import new_job

JOBS = 10_000
PROCESSES = 4
NOW = datetime.now(UTC)


async def _prepare(url: str) -> None:
    """Put jobs up that all need a worker now."""
    async with Database.open(url) as db:
        await db.write(lambda conn: conn.execute(sa.delete(table)))
        rows = [new_columns(new_job(number), now=NOW) for number in range(1, JOBS + 1)]
        await db.write(lambda conn: conn.execute(sa.insert(table), rows))


def _claim_all(url: str, number: int) -> list[JobId]:
    """Claim until nothing is left."""

    async def run() -> list[JobId]:
        claimed: list[JobId] = []
        async with Database.open(url) as db:
            while True:
                found = await db.write(
                    jobs.claim,
                    WorkerId(f"worker-{number}"),
                    now=NOW,
                    lease_seconds=300,
                    limit=CLAIM_AT_ONCE,
                )
                if not found:
                    return claimed
                claimed += [job.id for job in found]

    return asyncio.run(run())


def claims_per_second(url: str, processes: int) -> float:
    """Let so many processes claim everything, see that none was claimed twice, and time it."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        asyncio.run(_prepare(url))
        list(pool.map(_claim_all, [url] * processes, range(processes)))  # imports, connections
        asyncio.run(_prepare(url))
        before = time.perf_counter()
        claimed = list(pool.map(_claim_all, [url] * processes, range(processes)))
        seconds = time.perf_counter() - before
    every = [job for some in claimed for job in some]
    if len(every) != JOBS or len(set(every)) != JOBS:
        raise SystemExit(f"{len(every)} claims of {JOBS} jobs, {len(set(every))} of them distinct")
    print(f"{processes} processes: {JOBS / seconds:,.0f} claims/s, none twice")
    return JOBS / seconds


def main() -> int:
    """Measure, and print."""
    if not databases.has_postgresql():
        print("PostgreSQL is not installed (Debian's package postgresql)")
        return 1
    title(f"{JOBS:,} claims, {CLAIM_AT_ONCE} at a time")
    with databases.postgresql() as url:
        alone = claims_per_second(url, 1)
        together = claims_per_second(url, PROCESSES)
    compare(f"{PROCESSES} processes", together, alone, unit="claims/s", aim="at least 1,000/s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
