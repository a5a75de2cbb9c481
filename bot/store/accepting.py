"""Taking jobs in: rows, places in the quotas and reservations, or nothing at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa

from bot.domain.ids import JobId
from bot.domain.job import Job, Json, NewJob
from bot.domain.money import Micros
from bot.errors import StoreError, UserError
from bot.limits import Policy, Scope, refusal
from bot.store import drafts, quota
from bot.store.dialect import unless_there
from bot.store.rows import job_of, new_columns
from bot.store.schema import jobs
from bot.store.writes import record

TAKES_FROM = 2**62
"""Takes have ids that no interaction gets: Discord's reach this in 2049."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A question as it was read, and as it is once it is answered."""

    draft_id: int
    before: Mapping[str, Json]
    after: Mapping[str, Json]


def accept(
    conn: sa.Connection,
    job: NewJob,
    *,
    policy: Policy | None,
    now: datetime,
    hold_seconds: float = 0,
) -> Job | None:
    """Take one job in; see `accept_all`."""
    accepted = accept_all(conn, [job], policy=policy, now=now, hold_seconds=hold_seconds)
    return accepted[0] if accepted else None


def accept_all(
    conn: sa.Connection,
    new: Sequence[NewJob],
    *,
    policy: Policy | None,
    now: datetime,
    hold_seconds: float = 0,
    answered: Answered | None = None,
) -> list[Job] | None:
    """Take in a leader and the takes that share its card, or none of them.

    Each has its own row, counts against the limits and reserves its own estimate. The leader keeps
    its id; the takes get the next free ones far above it, where other interactions have none.
    Without a policy there are no limits; what is used is counted all the same. `hold_seconds` is
    how long the caller has for posting the card before a worker does it in its stead. `answered` is
    the question that this is the answer to, if it is one.

    Returns:
        The jobs, leader first, or None when the leader was accepted before (Discord repeats
        interactions), or the question answered.

    Raises:
        LimitReached, BudgetExceeded: With a sentence for the member; nothing was written.
        StoreError: The leader's id was given to somebody's take; asking again gives another.
    """
    if answered is not None and not drafts.change(
        conn, answered.draft_id, answered.before, answered.after
    ):
        return None
    leader, *takes = new
    post_by = now + timedelta(seconds=hold_seconds)
    inserted = _insert(conn, leader, now=now, post_by=post_by)
    if inserted is None:
        _check_repeated(conn, leader)
        return None
    accepted = [inserted]
    for take in takes:
        numbered = replace(take, leader_id=leader.id, id=JobId(leader.id | TAKES_FROM))
        while (inserted := _insert(conn, numbered, now=now, post_by=post_by)) is None:
            numbered = replace(numbered, id=JobId(numbered.id + 1))
        accepted.append(inserted)
    if takes and policy is not None and (reason := foresee(conn, new, policy=policy, now=now)):
        # One by one they would be refused with what one of them costs.
        raise reason
    for job in accepted:
        quota.reserve(conn, job, policy=policy, now=now)
        record(conn, job, now=now)
    return accepted


def foresee(
    conn: sa.Connection, new: Sequence[NewJob], *, policy: Policy, now: datetime
) -> UserError | None:
    """Say why jobs would be refused if they were accepted now; None where they would not be.

    Only accepting them decides, one by one, whatever others do meanwhile.
    """
    leader, estimate = new[0], Micros(sum(job.estimate for job in new))
    for scope, caps, standing in (
        (Scope.GUILD, policy.guild, quota.standing(conn, leader.guild_id)),
        (Scope.USER, policy.user, quota.standing(conn, leader.guild_id, leader.user_id)),
    ):
        reason = refusal(scope, standing, caps, estimate=estimate, now=now, count=len(new))
        if reason is not None:
            return reason
    return None


@cache
def _unless_there(dialect: str) -> sa.Executable:
    return unless_there(jobs, dialect).returning(*jobs.c)


def _insert(conn: sa.Connection, job: NewJob, *, now: datetime, post_by: datetime) -> Job | None:
    """Write a job's row; give the job, or None where its id is taken."""
    row = conn.execute(
        _unless_there(conn.dialect.name), new_columns(job, now=now) | {"next_run_at": post_by}
    ).one_or_none()
    return None if row is None else job_of(row)


def _check_repeated(conn: sa.Connection, job: NewJob) -> None:
    """Tell an interaction that came twice from one whose id a take was given."""
    found = conn.execute(sa.select(jobs.c.leader_id).where(jobs.c.id == job.id)).scalar_one()
    if found is not None:
        raise StoreError("This could not be taken in. Please ask again; nothing was charged.")
