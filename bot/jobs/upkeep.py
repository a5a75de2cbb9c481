"""What has to be done every now and then, whoever asks for music meanwhile.

`STEPS` is the list. A step is a coroutine function of the runtime; it may be repeated and cut off
anywhere, and what it raises is logged and tried again within the hour. When a step was done last
stands in the database: one that was missed while the bot was down is made up for after the start,
and of several processes one takes it on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.jobs import retention
from bot.jobs.restoring import sweep_restored
from bot.jobs.runtime import Runtime
from bot.store import audit, drafts, jobs, pings, upkeep

log = logging.getLogger(__name__)

HOURLY = timedelta(hours=1)
DAILY = timedelta(days=1)
RETRY = timedelta(hours=1)
"""When a step that failed, or whose process died over it, is tried again."""

LOOK_SECONDS = 300

KEEP_EVENTS = timedelta(days=30)
KEEP_DRAFTS = timedelta(days=1)
KEEP_PINGS = timedelta(days=7)
TRIM_AT_ONCE = 200
"""Jobs whose events go in one transaction, so that nobody who asks for music waits for long."""

BOOKS = "books"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to be done every so often.

    Attributes:
        name: Stands in the database, so it stays.
        is_local: About this machine's own disk, so each process does it, and again after a start.
    """

    name: str
    every: timedelta
    act: Callable[[Runtime], Awaitable[None]]
    is_local: bool = False


class Upkeep:
    """Does the steps when they are due."""

    def __init__(self, runtime: Runtime, steps: Sequence[Step] | None = None) -> None:
        self._rt = runtime
        self._steps = STEPS if steps is None else steps
        self._due_at: dict[str, datetime] = {}

    async def run(self) -> None:
        """Go on for ever."""
        while True:
            await self.do_what_is_due()
            await self._rt.clock.sleep(LOOK_SECONDS)

    async def do_what_is_due(self) -> None:
        """Do one round, one step after the other."""
        for step in self._steps:
            try:
                if await self._claim(step):
                    await step.act(self._rt)
                    await self._done(step)
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("upkeep: %s failed, and is tried again within the hour", step.name)

    async def _claim(self, step: Step) -> bool:
        now = self._rt.clock.now()
        if not step.is_local:
            return await self._rt.db.write(
                upkeep.claim, step.name, now=now, every=step.every, retry=RETRY
            )
        due_at = self._due_at.get(step.name, now)
        if now < due_at:
            return False
        self._due_at[step.name] = now + min(step.every, RETRY)
        return True

    async def _done(self, step: Step) -> None:
        due_at = self._rt.clock.now() + step.every
        if step.is_local:
            self._due_at[step.name] = due_at
        else:
            await self._rt.db.write(upkeep.done, step.name, due_at=due_at)


async def sweep_files(rt: Runtime) -> None:
    """Remove kept files that are older, or take more room, than the operator wants."""
    spare = {job.id for job in await rt.db.read(jobs.open_jobs)}
    swept = await asyncio.to_thread(
        rt.shelf.sweep,
        rt.clock.now(),
        keep_days=rt.keeping.days,
        keep_bytes=rt.keeping.limit_bytes,
        spare=spare,
    )
    if swept.jobs:
        log.info("removed the files of %d old jobs", len(swept.jobs))


async def check_books(rt: Runtime) -> None:
    """Compare the counters and bookings with the jobs, and tell the operator of what is wrong."""
    findings = await rt.db.read(audit.check)
    if not findings:
        await rt.alarms.calm(BOOKS, "Minstrel's books add up again.")
        return
    for finding in findings:
        log.warning("the books: %s", finding)
    await rt.alarms.ring(
        BOOKS,
        f"Minstrel's books do not add up: {len(findings)} mistakes, first: {findings[0]} "
        "Nobody is charged for that. See all of them with: minstrel doctor.",
    )


async def forget_drafts(rt: Runtime) -> None:
    """Forget requests that nobody put right within a day."""
    oldest = snowflake_of(rt.clock.now() - KEEP_DRAFTS)
    if gone := await rt.db.write(drafts.forget_before, oldest):
        log.info("forgot %d drafts", gone)


async def forget_pings(rt: Runtime) -> None:
    """Forget who wanted to be told of cards that have long been over."""
    await rt.db.write(pings.forget_before, snowflake_of(rt.clock.now() - KEEP_PINGS))


async def trim_events(rt: Runtime) -> None:
    """Forget how jobs went that have long been over."""
    trimmed = 0
    while True:
        before = rt.clock.now() - KEEP_EVENTS
        gone = await rt.db.write(upkeep.trim_events, before=before, limit=TRIM_AT_ONCE)
        trimmed += gone
        if gone < TRIM_AT_ONCE:
            break
        await rt.clock.sleep(0)
    if trimmed:
        log.info("forgot the moves of %d old jobs", trimmed)


async def tend_database(rt: Runtime) -> None:
    """Let the database tidy up after itself."""
    await rt.db.tend()


def snowflake_of(moment: datetime) -> int:
    """Give the smallest id that Discord could have given out at a moment (Discord docs, Reference).

    >>> from datetime import UTC, datetime
    >>> snowflake_of(datetime(2015, 1, 1, tzinfo=UTC))
    0
    """
    return max(int(moment.timestamp() * 1000) - 1_420_070_400_000, 0) << 22


STEPS: tuple[Step, ...] = (
    Step(name="kept-files", every=HOURLY, act=sweep_files, is_local=True),
    Step(name="books", every=DAILY, act=check_books),
    Step(name="drafts", every=DAILY, act=forget_drafts),
    Step(name="pings", every=DAILY, act=forget_pings),
    Step(name="events", every=DAILY, act=trim_events),
    # Also right after a start: what the backup says of when it was done last means nothing.
    Step(name="restored", every=HOURLY, act=sweep_restored, is_local=True),
    Step(name="retention", every=DAILY, act=retention.retire),
    Step(name="left-servers", every=HOURLY, act=retention.forget_left),
    Step(name="orphans", every=DAILY, act=retention.sweep_orphans, is_local=True),
    Step(name="queries", every=DAILY, act=retention.forget_queries),
    Step(name="database", every=DAILY, act=tend_database),
)
"""In this order. Add a step here, and a test of it to tests/jobs/test_upkeep.py."""
