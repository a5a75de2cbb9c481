"""How the latest jobs ended, by model."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.domain.job import State
from bot.store.schema import job_events, jobs

LATEST = 500
"""Jobs that are looked at; there is no index by the time of their end."""

_TOLD = (State.DELIVERED, State.FAILED, State.TIMED_OUT)
"""Ends that say something about a model; cancelling does not."""


def recent(conn: sa.Connection, *, since: datetime) -> list[tuple[str, str | None, datetime]]:
    """List model, failure code and end of the latest jobs that ended since then, oldest first.

    The code is None where the job went well.
    """
    latest = sa.select(jobs.c.id).order_by(jobs.c.id.desc()).limit(LATEST)
    rows = conn.execute(
        sa.select(jobs.c.model, jobs.c.failure_code, jobs.c.finished_at)
        .where(
            jobs.c.id.in_(latest),
            jobs.c.finished_at >= since,
            jobs.c.state.in_([state.value for state in _TOLD]),
        )
        .order_by(jobs.c.finished_at, jobs.c.id)
    )
    return [(row.model, row.failure_code, row.finished_at) for row in rows]


def run_times(conn: sa.Connection) -> list[tuple[str, float]]:
    """List model and seconds of the latest runs that ended well, oldest first."""
    latest = sa.select(jobs.c.id).order_by(jobs.c.id.desc()).limit(LATEST)
    rows = conn.execute(
        sa.select(jobs.c.model, jobs.c.started_at, job_events.c.at)
        .join(job_events, job_events.c.job_id == jobs.c.id)
        .where(
            jobs.c.id.in_(latest),
            jobs.c.started_at.is_not(None),
            job_events.c.state == State.GENERATED.value,
        )
        .order_by(jobs.c.id)
    )
    return [(row.model, (row.at - row.started_at).total_seconds()) for row in rows]
