"""All that is kept about one member of one server, for them to take along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bot.domain.ids import GuildId, JobId, UserId
from bot.limits import Scope
from bot.store.schema import cards, job_events, jobs, ledger, quota

Row = dict[str, Any]
"""A row by its columns' names."""

_OURS = ("interaction_token", "lease_owner", "lease_until", "next_run_at", "version", "search_text")
"""How the bot gets its work done; says nothing about anybody."""


def jobs_of(
    conn: sa.Connection, guild_id: GuildId, user_id: UserId, *, after: JobId, limit: int
) -> list[Row]:
    """List a member's requests with all that is kept of them, in order of their ids."""
    kept = [column for column in jobs.c if column.name not in _OURS]
    rows = conn.execute(
        sa.select(*kept)
        .where(jobs.c.guild_id == guild_id, jobs.c.user_id == user_id, jobs.c.id > after)
        .order_by(jobs.c.id)
        .limit(limit)
    )
    found = [dict(row) for row in rows.mappings()]
    ids = [row["id"] for row in found]
    moves, messages = _moves(conn, ids), _messages(conn, ids)
    return [
        row | {"moves": moves.get(row["id"], []), "messages": messages.get(row["id"], [])}
        for row in found
    ]


def bookings_of(conn: sa.Connection, guild_id: GuildId, user_id: UserId) -> list[Row]:
    """List what was booked for a member, in order."""
    rows = conn.execute(
        sa.select(ledger)
        .where(ledger.c.guild_id == guild_id, ledger.c.user_id == user_id)
        .order_by(ledger.c.at, ledger.c.job_id, ledger.c.kind)
    )
    return [dict(row) for row in rows.mappings()]


def counters_of(conn: sa.Connection, guild_id: GuildId, user_id: UserId) -> Row | None:
    """Give what counts against a member's limits."""
    row = (
        conn.execute(
            sa.select(quota).where(
                quota.c.scope == Scope.USER.value,
                quota.c.guild_id == guild_id,
                quota.c.user_id == user_id,
            )
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else dict(row)


def _moves(conn: sa.Connection, ids: Sequence[JobId]) -> dict[JobId, list[Row]]:
    rows = conn.execute(
        sa.select(job_events.c.job_id, job_events.c.at, job_events.c.state, job_events.c.note)
        .where(job_events.c.job_id.in_(ids))
        .order_by(job_events.c.job_id, job_events.c.version)
    )
    return _by_job(rows)


def _messages(conn: sa.Connection, ids: Sequence[JobId]) -> dict[JobId, list[Row]]:
    rows = conn.execute(
        sa.select(cards.c.job_id, cards.c.channel_id, cards.c.message_id)
        .where(cards.c.job_id.in_(ids))
        .order_by(cards.c.message_id)
    )
    return _by_job(rows)


def _by_job(rows: sa.CursorResult[Any]) -> dict[JobId, list[Row]]:
    found: dict[JobId, list[Row]] = {}
    for row in rows.mappings():
        found.setdefault(JobId(row["job_id"]), []).append(
            {name: value for name, value in row.items() if name != "job_id"}
        )
    return found
