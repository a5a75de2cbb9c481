"""Jobs in the database: accepting, moving, finishing, finding.

Every function takes the connection of a running transaction first; `Database.write` and
`Database.read` supply it. Functions that take a `Job` write only if it is still as it was read,
give it back as it stands afterwards, and raise `LostRace` otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Unpack

import sqlalchemy as sa

from bot.domain.ids import ChannelId, JobId, MessageId
from bot.domain.job import MOVES, Failure, Job, NewJob, State
from bot.domain.money import ZERO, Micros
from bot.limits import Policy
from bot.store import quota
from bot.store.dialect import insert_once
from bot.store.leases import claim, release, release_all, renew
from bot.store.rows import Changes, changed_columns, failure_columns, job_of, new_columns
from bot.store.schema import cards, is_open, job_events, jobs
from bot.store.turns import take_turn, waiting
from bot.store.writes import record, write

__all__ = [
    "Changes",
    "Event",
    "accept",
    "add_message",
    "amend",
    "by_card",
    "claim",
    "claimed_request",
    "events",
    "finish",
    "get",
    "move",
    "open_jobs",
    "release",
    "release_all",
    "renew",
    "set_card",
    "take_turn",
    "waiting",
]


_FREED: Mapping[str, object] = {"lease_owner": None, "lease_until": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One move in a job's life."""

    version: int
    at: datetime
    state: State
    worker: str | None
    note: str


def accept(
    conn: sa.Connection,
    job: NewJob,
    *,
    policy: Policy | None,
    now: datetime,
    hold_seconds: float = 0,
) -> Job | None:
    """Take a job in: its row, its place in the quotas and its reservation, or nothing at all.

    Without a policy there are no limits; what is used is counted all the same. `hold_seconds` is
    how long the caller has for posting the card before a worker does it in its stead.

    Returns:
        The job, or None when it was accepted before (Discord repeats interactions).

    Raises:
        LimitReached, BudgetExceeded: With a sentence for the member; nothing was written.
    """
    columns = new_columns(job, now=now)
    columns["next_run_at"] = now + timedelta(seconds=hold_seconds)
    if not insert_once(conn, jobs, columns):
        return None
    quota.reserve(conn, job, policy=policy, now=now)
    accepted = job_of(conn.execute(sa.select(jobs).where(jobs.c.id == job.id)).one())
    record(conn, accepted, now=now)
    return accepted


def get(conn: sa.Connection, job_id: JobId) -> Job | None:
    """Find a job."""
    return _one(conn, sa.select(jobs).where(jobs.c.id == job_id))


def by_card(conn: sa.Connection, message_id: MessageId) -> Job | None:
    """Find the job that one of the bot's messages is about."""
    return _one(
        conn,
        sa.select(jobs)
        .join(cards, cards.c.job_id == jobs.c.id)
        .where(cards.c.message_id == message_id),
    )


def set_card(conn: sa.Connection, job: Job, message_id: MessageId, now: datetime) -> Job:
    """Make a message the job's card. A job that was accepted waits for its turn from then on."""
    waits = {**_FREED, "next_run_at": now} if job.state is State.ACCEPTED else {}
    changed = write(conn, job, now=now, card_id=message_id, **waits)
    add_message(conn, job.id, message_id, job.channel_id)
    return changed


def add_message(
    conn: sa.Connection, job_id: JobId, message_id: MessageId, channel_id: ChannelId
) -> None:
    """Remember that a message is about a job, without making it the card."""
    insert_once(conn, cards, {"message_id": message_id, "job_id": job_id, "channel_id": channel_id})


def move(
    conn: sa.Connection,
    job: Job,
    to: State,
    *,
    now: datetime,
    note: str = "",
    **changes: Unpack[Changes],
) -> Job:
    """Move a job to another state that is not the end of it.

    An undelivered job may also be moved to `delivered`; its money was settled before. A job that
    goes back to `accepted` gives up its lease and waits for another turn. The first move to
    `running` sets `started_at`.

    Raises:
        LostRace: Somebody else was faster; nothing was written.
        ValueError: There is no such move, or it must go through `finish`.
    """
    _check_move(job, to)
    if to.is_final and not job.state.is_final:
        raise ValueError(f"{job.state} to {to} settles money: use finish")
    columns = changed_columns(changes)
    if to is State.ACCEPTED:
        columns |= _FREED
    if to is State.RUNNING and job.started_at is None:
        columns.setdefault("started_at", now)
    if to is State.DELIVERED:
        columns |= failure_columns(None)
    moved = write(conn, job, now=now, state=to.value, **columns)
    record(conn, moved, now=now, worker=job.lease_owner, note=note)
    return moved


def finish(
    conn: sa.Connection,
    job: Job,
    to: State,
    *,
    cost: Micros = ZERO,
    failure: Failure | None = None,
    now: datetime,
    note: str = "",
    **changes: Unpack[Changes],
) -> Job:
    """End a job: count it out of the quotas, settle its money, drop its interaction token.

    `cost` is what the provider charged; the rest of the estimate is refunded. With `shown_at` the
    lease goes too; without, whoever holds it still has to write the end onto the card, and if
    nobody does, the job is due to be claimed at once. Delivering an undelivered job later is the
    one end that comes twice: it moves no money.

    Raises:
        LostRace: Somebody else was faster; nothing was written.
        ValueError: There is no such move, or the cost is negative.
    """
    _check_move(job, to)
    if not to.is_final or cost < 0:
        raise ValueError(f"{job.state} to {to} at {cost} does not end a job")
    if job.state.is_final:
        return move(conn, job, to, now=now, note=note, **changes)
    columns = {"next_run_at": now} | changed_columns(changes) | failure_columns(failure)
    columns |= {"interaction_token": None, "finished_at": now, "cost": cost}
    if changes.get("shown_at") is not None:
        columns |= _FREED
    finished = write(conn, job, now=now, state=to.value, **columns)
    quota.settle(conn, finished, cost=cost, now=now)
    record(conn, finished, now=now, worker=job.lease_owner, note=note)
    return finished


def amend(conn: sa.Connection, job: Job, *, now: datetime, **changes: Unpack[Changes]) -> Job:
    """Change details of a job that stays where it is. With `shown_at`, a final one is let go.

    Raises:
        LostRace: Somebody else was faster; nothing was written.
        ValueError: The end of an open job cannot have been shown.
    """
    columns = changed_columns(changes)
    if changes.get("shown_at") is not None:
        if not job.state.is_final:
            raise ValueError(f"the end of a job that is {job.state} cannot have been shown")
        columns |= _FREED
    return write(conn, job, now=now, **columns)


def events(conn: sa.Connection, job_id: JobId) -> list[Event]:
    """List a job's moves, oldest first."""
    rows = conn.execute(
        sa.select(job_events).where(job_events.c.job_id == job_id).order_by(job_events.c.version)
    )
    return [
        Event(
            version=row.version,
            at=row.at,
            state=State(row.state),
            worker=row.worker,
            note=row.note,
        )
        for row in rows
    ]


def open_jobs(conn: sa.Connection) -> list[Job]:
    """List the jobs that are not over, oldest first."""
    rows = conn.execute(sa.select(jobs).where(is_open).order_by(jobs.c.created_at, jobs.c.id))
    return [job_of(row) for row in rows]


def claimed_request(conn: sa.Connection, provider: str, request_id: str) -> bool:
    """Say whether a request at a provider belongs to a job already."""
    found = conn.execute(
        sa.select(jobs.c.id).where(jobs.c.provider == provider, jobs.c.request_id == request_id)
    ).first()
    return found is not None


def _one(conn: sa.Connection, query: sa.Select[Any]) -> Job | None:
    row = conn.execute(query).one_or_none()
    return None if row is None else job_of(row)


def _check_move(job: Job, to: State) -> None:
    if to not in MOVES[job.state]:
        raise ValueError(f"no move leads from {job.state} to {to}")
