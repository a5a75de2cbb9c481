"""What members have marked, to find it again."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.domain.ids import GuildId, JobId, UserId
from bot.store.dialect import insert_once
from bot.store.schema import favourites as table

MOST = 1000
"""So many a member may mark on a server."""


def add(
    conn: sa.Connection, guild_id: GuildId, user_id: UserId, job_id: JobId, *, now: datetime
) -> bool:
    """Mark a card's job; say whether there was room. Marking twice is marking once."""
    count = conn.execute(
        sa.select(sa.func.count()).where(
            table.c.guild_id == guild_id, table.c.user_id == user_id, table.c.job_id != job_id
        )
    ).scalar_one()
    if count >= MOST:
        return False
    values = {"guild_id": guild_id, "user_id": user_id, "job_id": job_id, "at": now}
    insert_once(conn, table, values)
    return True


def remove(conn: sa.Connection, guild_id: GuildId, user_id: UserId, job_id: JobId) -> None:
    """Take a mark away, if there is one."""
    conn.execute(
        sa.delete(table).where(
            table.c.guild_id == guild_id, table.c.user_id == user_id, table.c.job_id == job_id
        )
    )


def of(conn: sa.Connection, guild_id: GuildId, user_id: UserId) -> list[tuple[JobId, datetime]]:
    """List what a member has marked on a server, and when, newest piece first."""
    rows = conn.execute(
        sa.select(table.c.job_id, table.c.at)
        .where(table.c.guild_id == guild_id, table.c.user_id == user_id)
        .order_by(table.c.job_id.desc())
    )
    return [(JobId(row.job_id), row.at) for row in rows]


def is_marked(conn: sa.Connection, guild_id: GuildId, user_id: UserId, job_id: JobId) -> bool:
    """Say whether a member has marked a card's job."""
    found = conn.execute(
        sa.select(table.c.job_id).where(
            table.c.guild_id == guild_id, table.c.user_id == user_id, table.c.job_id == job_id
        )
    )
    return found.first() is not None
