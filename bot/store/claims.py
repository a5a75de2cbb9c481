"""A request of the provider's that turns out to be a job's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from bot.domain.ids import JobId
from bot.domain.job import Handle, Job, State
from bot.store import jobs

HandleFor = Callable[[str, str], Handle]
"""Gives a request's handle from its endpoint and id."""

_WITHOUT_REQUEST = frozenset({State.ACCEPTED, State.DISPATCHING, State.UNKNOWN})


def claim_request(
    conn: sa.Connection,
    job_id: JobId,
    request_id: str,
    *,
    handle_for: HandleFor,
    now: datetime,
) -> Job | None:
    """Write down which request a job sent, if that is not known yet; give the job as it stands.

    A job that waits for another turn, because its submit was thought to have failed, gets none.
    Nothing changes where the job is over, has its request, or where another job has this one.

    Returns:
        The job, or None when there is none.

    Raises:
        LostRace: Somebody else changed it; ask again.
    """
    job = jobs.get(conn, job_id)
    if job is None or job.state not in _WITHOUT_REQUEST:
        return job
    if jobs.claimed_request(conn, job.provider, request_id):
        return job
    if job.state is State.ACCEPTED:
        job = jobs.move(conn, job, State.UNKNOWN, now=now, note="the provider has called about it")
    return jobs.move(
        conn,
        job,
        State.SUBMITTED,
        now=now,
        note="the provider has called about it",
        handle=handle_for(job.model, request_id),
        submit_at=job.submit_at or now,
        next_run_at=now,
    )
