"""Which servers the bot is in, and since when it is no longer in the others."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

import sqlalchemy as sa

from bot.domain.ids import GuildId
from bot.store.dialect import insert_once
from bot.store.retiring import guilds_with_jobs
from bot.store.schema import guilds


def leave(conn: sa.Connection, guild_id: GuildId, *, now: datetime) -> None:
    """Note that the bot is no longer in a server; the first such note counts."""
    insert_once(conn, guilds, {"guild_id": guild_id, "settings": {}, "updated_at": now})
    conn.execute(
        sa.update(guilds)
        .where(guilds.c.guild_id == guild_id, guilds.c.left_at.is_(None))
        .values(left_at=now)
    )


def join(conn: sa.Connection, guild_id: GuildId) -> bool:
    """Note that the bot is in a server; say whether it had left."""
    back = conn.execute(
        sa.update(guilds)
        .where(guilds.c.guild_id == guild_id, guilds.c.left_at.is_not(None))
        .values(left_at=None)
    )
    return back.rowcount == 1


def reconcile(
    conn: sa.Connection,
    present: Collection[GuildId],
    *,
    is_ours: Callable[[GuildId], bool],
    now: datetime,
) -> tuple[list[GuildId], list[GuildId]]:
    """Compare what is known of servers with those that the bot is in.

    Returns:
        Those that it left unnoticed, and those that it came back to.
    """
    rows = {
        GuildId(row.guild_id): row.left_at
        for row in conn.execute(sa.select(guilds.c.guild_id, guilds.c.left_at))
    }
    here = set(present)
    known = rows.keys() | set(guilds_with_jobs(conn))
    gone = sorted(one for one in known - here if rows.get(one) is None and is_ours(one))
    back = sorted(one for one, left_at in rows.items() if one in here and left_at is not None)
    for guild_id in gone:
        leave(conn, guild_id, now=now)
    for guild_id in back:
        join(conn, guild_id)
    return gone, back


def left_before(conn: sa.Connection, moment: datetime) -> list[GuildId]:
    """List the servers that the bot left before a moment and has not come back to."""
    rows = conn.execute(
        sa.select(guilds.c.guild_id).where(guilds.c.left_at < moment).order_by(guilds.c.guild_id)
    )
    return [GuildId(one) for one in rows.scalars()]


def has_left(conn: sa.Connection, guild_id: GuildId, *, before: datetime) -> bool:
    """Say whether the bot left a server before a moment and has not come back to it."""
    query = sa.select(guilds.c.guild_id).where(
        guilds.c.guild_id == guild_id, guilds.c.left_at < before
    )
    return conn.execute(query).first() is not None
