"""When each step of the upkeep is due next, and the tidying of tables that only grow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bot.store.dialect import insert_once
from bot.store.schema import job_events, jobs, meta

_PREFIX = "upkeep:"


def claim(
    conn: sa.Connection, step: str, *, now: datetime, every: timedelta, retry: timedelta
) -> bool:
    """Take on a step that is due, for this process alone; it is due again after `retry`.

    A step that nobody has ever done is due. So is one that lies further ahead than it ever would
    by itself: a clock was wrong when that was written.
    """
    key = _PREFIX + step
    if insert_once(conn, meta, {"key": key, "value": _written(now + retry)}):
        return True
    is_due = sa.or_(meta.c.value <= _written(now), meta.c.value > _written(now + max(every, retry)))
    taken = conn.execute(
        sa.update(meta).where(meta.c.key == key, is_due).values(value=_written(now + retry))
    )
    return taken.rowcount == 1


def done(conn: sa.Connection, step: str, *, due_at: datetime) -> None:
    """Note when a step that went well is due next."""
    conn.execute(sa.update(meta).where(meta.c.key == _PREFIX + step).values(value=_written(due_at)))


def trim_events(conn: sa.Connection, *, before: datetime, limit: int) -> int:
    """Forget the moves of up to `limit` jobs that were over before then; give their number.

    How a job ended, and what it cost, stands in its row and in the ledger.
    """
    old = (
        sa.select(job_events.c.job_id)
        .join(jobs, jobs.c.id == job_events.c.job_id)
        .where(jobs.c.finished_at < before)
        .distinct()
        .limit(limit)
    )
    ids = list(conn.execute(old).scalars())
    if ids:
        conn.execute(sa.delete(job_events).where(job_events.c.job_id.in_(ids)))
    return len(ids)


def _written(moment: datetime) -> str:
    """Write a moment so that texts sort as moments do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
