"""Takes: jobs that share one card, the leader's, each with a request and a price of its own."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.domain.ids import JobId, MessageId
from bot.domain.job import Job, State
from bot.store.rows import job_of
from bot.store.schema import jobs


def takes(conn: sa.Connection, leader_id: JobId, *, lock: bool = False) -> list[Job]:
    """List a leader and its takes, in the order of their parts; a lone job is its own leader.

    With `lock`, nobody else changes them before the transaction is over. SQLite, where one writes
    at a time, needs no lock and knows none.
    """
    query = (
        sa.select(jobs)
        .where(sa.or_(jobs.c.id == leader_id, jobs.c.leader_id == leader_id))
        .order_by(jobs.c.id)
    )
    return [job_of(row) for row in conn.execute(query.with_for_update() if lock else query)]


def share_card(conn: sa.Connection, leader_id: JobId, message_id: MessageId, now: datetime) -> None:
    """Tell a leader's takes which message their card is; those accepted wait for a turn then."""
    theirs = jobs.c.leader_id == leader_id
    changed = {"card_id": message_id, "version": jobs.c.version + 1, "updated_at": now}
    waits = {"lease_owner": None, "lease_until": None, "next_run_at": now}
    is_accepted = jobs.c.state == State.ACCEPTED.value
    conn.execute(sa.update(jobs).where(theirs, is_accepted).values(**changed, **waits))
    conn.execute(sa.update(jobs).where(theirs, ~is_accepted).values(**changed))
