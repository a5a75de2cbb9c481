"""Jobs in the database: accepting, moving, finishing, finding.

Every function takes the connection of a running transaction first; `Database.write` and
`Database.read` supply it. Functions that take a `Job` write only if it is still as it was read,
give it back as it stands afterwards, and raise `LostRace` otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Unpack

import sqlalchemy as sa

from bot.domain.ids import ChannelId, JobId, MessageId
from bot.domain.job import AT_PROVIDER, MOVES, Failure, Job, State
from bot.domain.money import ZERO, Micros
from bot.errors import LostRace
from bot.store import quota
from bot.store.accepting import accept, accept_all
from bot.store.dialect import insert_once
from bot.store.leases import at_work, claim, release, release_all, renew
from bot.store.rows import Changes, changed_columns, failure_columns, job_of
from bot.store.schema import cards, is_open, job_events, jobs
from bot.store.takes import share_card, takes, takes_of
from bot.store.turns import InLine, take_turn, waiting
from bot.store.writes import record, write

__all__ = [
    "Changes",
    "Event",
    "InLine",
    "accept",
    "accept_all",
    "add_message",
    "amend",
    "at_work",
    "by_card",
    "cancel",
    "claim",
    "claimed_request",
    "events",
    "finish",
    "finish_together",
    "get",
    "leave_end_to_others",
    "move",
    "open_jobs",
    "release",
    "release_all",
    "renew",
    "set_card",
    "take_turn",
    "takes",
    "takes_of",
    "waiting",
    "withdraw",
]


_FREED: Mapping[str, object] = {"lease_owner": None, "lease_until": None}
_BY_ID = sa.select(jobs).where(jobs.c.id == sa.bindparam("its_id"))
_BY_CARD = (
    sa.select(jobs)
    .join(cards, cards.c.job_id == jobs.c.id)
    .where(cards.c.message_id == sa.bindparam("its_id"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One move in a job's life."""

    version: int
    at: datetime
    state: State
    worker: str | None
    note: str


def get(conn: sa.Connection, job_id: JobId) -> Job | None:
    """Find a job."""
    return _one(conn, _BY_ID, job_id)


def by_card(conn: sa.Connection, message_id: MessageId) -> Job | None:
    """Find the job that one of the bot's messages is about."""
    return _one(conn, _BY_CARD, message_id)


def set_card(conn: sa.Connection, job: Job, message_id: MessageId, now: datetime) -> Job:
    """Make a message the card of a job and of its takes.

    Those of them that were accepted wait for their turns from then on.
    """
    waits = {**_FREED, "next_run_at": now} if job.state is State.ACCEPTED else {}
    changed = write(conn, job, now=now, card_id=message_id, **waits)
    if job.leader_id is None:
        share_card(conn, job.id, message_id, now)
    add_message(conn, job.card_owner, message_id, job.channel_id)
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


def finish_together(
    conn: sa.Connection,
    costs: Sequence[tuple[Job, Micros]],
    to: State,
    *,
    now: datetime,
    failure: Failure | None = None,
    shown_at: datetime | None = None,
    card_id: MessageId | None = None,
) -> list[Job]:
    """End generated jobs that share a card, each at its own cost, all of them or none.

    `card_id` is the message that carries them where it is not their card of before.

    Raises:
        LostRace: One of them was ended by somebody else; nothing was written.
    """
    leader_id = costs[0][0].card_owner
    standing = {take.id: take for take in takes(conn, leader_id, lock=True)}
    if any(standing[job.id].state is not State.GENERATED for job, _ in costs):
        raise LostRace("The job was ended by somebody else in the meantime.")
    changes: Changes = {} if shown_at is None else {"shown_at": shown_at}
    ended = [
        finish(conn, standing[job.id], to, cost=cost, failure=failure, now=now, **changes)
        for job, cost in costs
    ]
    leader = get(conn, leader_id)
    if card_id is None or leader is None:
        return ended
    set_card(conn, leader, card_id, now)
    return [job for job in takes(conn, leader_id) if job.id in {one.id for one in ended}]


def withdraw(
    conn: sa.Connection,
    leader_id: JobId,
    *,
    failure: Failure,
    now: datetime,
    shown_at: datetime | None = None,
) -> list[Job]:
    """Cancel a leader and its takes as far as they still wait for a turn; give those."""
    changes: Changes = {} if shown_at is None else {"shown_at": shown_at}
    return [
        finish(conn, take, State.CANCELLED, failure=failure, now=now, **changes)
        for take in takes(conn, leader_id, lock=True)
        if take.state is State.ACCEPTED
    ]


def cancel(
    conn: sa.Connection, leader_id: JobId, *, failure: Failure, now: datetime
) -> list[Job] | None:
    """Cancel what waits, and ask for the cancellation of what is at the provider.

    Returns:
        The jobs that are over now or for which it had not been asked before; None where it is too
        late for all of them.
    """
    changed = withdraw(conn, leader_id, failure=failure, now=now)
    under_way = [take for take in takes(conn, leader_id) if take.state in AT_PROVIDER]
    if not changed and not under_way:
        return None
    asked = [take for take in under_way if take.cancel_at is None]
    return changed + [amend(conn, take, now=now, cancel_at=now) for take in asked]


def leave_end_to_others(conn: sa.Connection, job: Job, *, now: datetime) -> Job | None:
    """Count a job's end as shown, if another job of its card shows it, and give the job then.

    That is so while the end of another is still to be shown, and when another was delivered, since
    its card tells of this one. Of several that end at once exactly the last is left with it, and
    nobody has anything to say on the card after it.

    Raises:
        LostRace: Somebody else changed the job.
    """
    others = [take for take in takes(conn, job.card_owner, lock=True) if take.id != job.id]
    if any(other.shown_at is None or other.state is State.DELIVERED for other in others):
        return amend(conn, job, now=now, shown_at=now)
    return None


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


def _one(conn: sa.Connection, query: sa.Select[Any], its_id: int) -> Job | None:
    row = conn.execute(query, {"its_id": its_id}).one_or_none()
    return None if row is None else job_of(row)


def _check_move(job: Job, to: State) -> None:
    if to not in MOVES[job.state]:
        raise ValueError(f"no move leads from {job.state} to {to}")
