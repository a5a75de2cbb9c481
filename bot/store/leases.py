"""Which process works on which job. A lease that ran out is anybody's.

Claiming raises the job's version: a process that slept through its own lease loses the race on its
next write, whatever it believes to hold.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.ids import JobId, WorkerId
from bot.domain.job import Job, State
from bot.store.dialect import upsert
from bot.store.rows import job_of
from bot.store.schema import jobs, owes_work, workers

_FREED = {"lease_owner": None, "lease_until": None}


FARTHEST = timedelta(minutes=6)
"""No lease is longer, and no wait for another attempt. What lies further ahead was written while the
clock was wrong, and would hold a job up until that time really comes."""


def is_free(now: datetime) -> sa.ColumnElement[bool]:
    """Match jobs that nobody holds."""
    return sa.or_(
        jobs.c.lease_owner.is_(None),
        jobs.c.lease_until.is_(None),
        jobs.c.lease_until <= now,
        jobs.c.lease_until > now + FARTHEST,
    )


def is_due(now: datetime) -> sa.ColumnElement[bool]:
    """Match jobs whose time to be worked on has come."""
    return sa.or_(jobs.c.next_run_at <= now, jobs.c.next_run_at > now + FARTHEST)


def claim(
    conn: sa.Connection, worker: WorkerId, *, now: datetime, lease_seconds: float, limit: int
) -> list[Job]:
    """Take up to `limit` due jobs that nobody holds, the longest due first.

    These are open jobs, and final ones whose card does not show their end yet. Accepted jobs that
    have their card are left out: they wait for a turn, not for a worker. So are takes without a
    card: their leader's is posted for them.
    """
    due = (
        sa.select(jobs.c.id)
        .where(
            owes_work,
            is_due(now),
            is_free(now),
            sa.or_(
                jobs.c.state != State.ACCEPTED.value,
                jobs.c.card_id.is_(None) & jobs.c.leader_id.is_(None),
            ),
        )
        .order_by(jobs.c.next_run_at, jobs.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = conn.execute(
        sa.update(jobs)
        .where(jobs.c.id.in_(due))
        .values(
            lease_owner=worker,
            lease_until=now + timedelta(seconds=lease_seconds),
            version=jobs.c.version + 1,
        )
        .returning(*jobs.c)
    )
    return sorted((job_of(row) for row in rows), key=lambda job: (job.next_run_at, job.id))


def renew(
    conn: sa.Connection,
    worker: WorkerId,
    now: datetime,
    lease_seconds: float,
    *,
    only: Collection[JobId] | None = None,
) -> int:
    """Prolong the leases of a worker and note that it lives; give the number of leases.

    `only` names the jobs that are really being worked on: what a worker holds without working on
    it becomes free that way.
    """
    alive = conn.execute(sa.update(workers).where(workers.c.id == worker).values(seen_at=now))
    if not alive.rowcount:
        upsert(conn, workers, {"id": worker, "started_at": now, "seen_at": now})
    held = (
        sa.update(jobs)
        .where(owes_work, jobs.c.lease_owner == worker)
        .values(lease_until=now + timedelta(seconds=lease_seconds))
    )
    if only is not None:
        held = held.where(jobs.c.id.in_(only))
    return conn.execute(held).rowcount


def at_work(conn: sa.Connection, since: datetime) -> list[WorkerId]:
    """List the workers that have renewed their leases since a moment."""
    rows = conn.execute(sa.select(workers.c.id).where(workers.c.seen_at >= since))
    return [WorkerId(row.id) for row in rows]


def release(conn: sa.Connection, worker: WorkerId) -> int:
    """Give up every lease of a worker, so that others need not wait for them to run out."""
    conn.execute(sa.delete(workers).where(workers.c.id == worker))
    freed = conn.execute(
        sa.update(jobs).where(owes_work, jobs.c.lease_owner == worker).values(**_FREED)
    )
    return freed.rowcount


def release_all(conn: sa.Connection) -> int:
    """Free every job. Only for the start of a process that owns the database alone."""
    conn.execute(sa.delete(workers))
    freed = conn.execute(
        sa.update(jobs).where(owes_work, jobs.c.lease_owner.is_not(None)).values(**_FREED)
    )
    return freed.rowcount
