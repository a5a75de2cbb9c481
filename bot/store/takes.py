"""Takes: jobs that share one card, the leader's, each with a request and a price of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.domain.ids import JobId, MessageId
from bot.domain.job import Job, State
from bot.store.rows import job_of
from bot.store.schema import jobs

_its_leader = sa.bindparam("its_leader", type_=sa.BigInteger())
_TAKES = (
    sa.select(jobs)
    .where(sa.or_(jobs.c.id == _its_leader, jobs.c.leader_id == _its_leader))
    .order_by(jobs.c.id)
)
_its_leaders = sa.bindparam("its_leaders", expanding=True, type_=sa.BigInteger())
_TAKES_OF_MANY = (
    sa.select(jobs)
    .where(sa.or_(jobs.c.id.in_(_its_leaders), jobs.c.leader_id.in_(_its_leaders)))
    .order_by(jobs.c.id)
)
_AT_ONCE = 500
_LOCKED = _TAKES.with_for_update()
_THEIRS = sa.update(jobs).where(jobs.c.leader_id == _its_leader).values(version=jobs.c.version + 1)
_WAITING = _THEIRS.where(jobs.c.state == State.ACCEPTED.value)
_UNDER_WAY = _THEIRS.where(jobs.c.state != State.ACCEPTED.value)


def takes(conn: sa.Connection, leader_id: JobId, *, lock: bool = False) -> list[Job]:
    """List a leader and its takes, in the order of their parts; a lone job is its own leader.

    With `lock`, nobody else changes them before the transaction is over. SQLite, where one writes
    at a time, needs no lock and knows none.
    """
    rows = conn.execute(_LOCKED if lock else _TAKES, {"its_leader": leader_id})
    return [job_of(row) for row in rows]


def takes_of(conn: sa.Connection, leader_ids: Sequence[JobId]) -> list[list[Job]]:
    """List what `takes` gives of each of these leaders that there is."""
    found: dict[JobId, list[Job]] = {}
    for begin in range(0, len(leader_ids), _AT_ONCE):
        some = leader_ids[begin : begin + _AT_ONCE]
        for row in conn.execute(_TAKES_OF_MANY, {"its_leaders": some}):
            job = job_of(row)
            found.setdefault(job.card_owner, []).append(job)
    return [found[leader] for leader in leader_ids if leader in found]


def share_card(conn: sa.Connection, leader_id: JobId, message_id: MessageId, now: datetime) -> None:
    """Tell a leader's takes which message their card is; those accepted wait for a turn then."""
    shared = {"its_leader": leader_id, "card_id": message_id, "updated_at": now}
    waits = {"lease_owner": None, "lease_until": None, "next_run_at": now}
    conn.execute(_WAITING, shared | waits)
    conn.execute(_UNDER_WAY, shared)
