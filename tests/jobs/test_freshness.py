"""What another process has finished is not written over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.clock import SystemClock
from bot.domain.ids import WorkerId
from bot.domain.job import Failure, Job, State
from bot.domain.money import ZERO
from bot.jobs.freshness import Freshness
from bot.store import Database, jobs, migrate
from tests.store.builders import NOW, queue, reread

OVER = Failure(code="cancelled", sentence="Cancelled.")


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    """A fresh database."""
    url = f"sqlite:///{tmp_path / 'minstrel.db'}"
    await migrate(url)
    async with Database.open(url) as db:
        yield db


async def _shown_end(db: Database) -> tuple[Job, Job]:
    """Give a job as one process last saw it, and as another one has ended and shown it."""
    seen = await queue(db)
    ended = await db.write(jobs.finish, seen, State.CANCELLED, cost=ZERO, failure=OVER, now=NOW)
    return seen, await db.write(jobs.amend, ended, now=NOW, shown_at=NOW)


async def test_a_job_on_its_way_may_be_shown(db: Database) -> None:
    """Nobody has ended it."""
    assert await Freshness(db, SystemClock()).holds(await queue(db))


async def test_a_job_whose_end_is_shown_is_left_alone(db: Database) -> None:
    """The state that this process knows is older than what everybody can read."""
    seen, _ = await _shown_end(db)

    assert not await Freshness(db, SystemClock()).holds(seen)


async def test_an_end_that_was_written_over_is_shown_once_more(db: Database) -> None:
    """It owes its channel the last words again, and any worker may claim it."""
    seen, ended = await _shown_end(db)

    await Freshness(db, SystemClock()).mend(seen)

    assert ended.shown_at is not None
    assert (await reread(db, seen)).shown_at is None
    claimed = await db.write(
        jobs.claim, WorkerId("worker"), now=SystemClock().now(), lease_seconds=30, limit=5
    )
    assert [job.id for job in claimed] == [seen.id]
