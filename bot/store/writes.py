"""The guarded write that every change of a job goes through.

The statements are built once: SQLAlchemy takes longer to build one than the database to run it.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.domain.job import Job
from bot.errors import LostRace
from bot.store.rows import job_of
from bot.store.schema import job_events, jobs

_GUARDED = (
    sa.update(jobs)
    .where(
        jobs.c.id == sa.bindparam("its_id"),
        jobs.c.version == sa.bindparam("its_version"),
        jobs.c.state == sa.bindparam("its_state"),
    )
    .returning(*jobs.c)
)
_RECORD = sa.insert(job_events)


def write(conn: sa.Connection, job: Job, *, now: datetime, **columns: object) -> Job:
    """Write columns of a job that nobody else has written since it was read.

    Raises:
        LostRace: Somebody has.
    """
    row = conn.execute(
        _GUARDED,
        {
            "its_id": job.id,
            "its_version": job.version,
            "its_state": job.state.value,
            "version": job.version + 1,
            "updated_at": now,
            **columns,
        },
    ).one_or_none()
    if row is None:
        raise LostRace("The job was changed by somebody else in the meantime.")
    return job_of(row)


def record(
    conn: sa.Connection, job: Job, *, now: datetime, worker: str | None = None, note: str = ""
) -> None:
    """Add the job's present state to its history."""
    conn.execute(
        _RECORD,
        {
            "job_id": job.id,
            "version": job.version,
            "at": now,
            "state": job.state.value,
            "worker": worker or job.lease_owner,
            "note": note,
        },
    )
