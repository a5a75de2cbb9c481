"""Letting go: what is older than a server keeps it, servers that are gone, and files of nobody.

Bookings stay: what was paid has to add up. They hold ids and amounts, and no words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.domain.ids import GuildId, JobId, snowflake_at
from bot.limits import Scope
from bot.store import queries
from bot.store.schema import favourites, guilds, is_open, jobs, ledger, quota
from bot.store.schema import meta as meta_table

NOBODY = 0
"""Whose bookings are those of a server that is gone."""

WISHES = "erase:"
"""What the keys of members' wishes to be forgotten begin with; see `bot.store.erasing`."""

_take = jobs.alias("take")
is_over = ~is_open & ~sa.exists().where(
    _take.c.leader_id == jobs.c.id,
    # Tells SQLite that the partial index holds all there is to find.
    _take.c.leader_id.is_not(None),
    _take.c.finished_at.is_(None),
)
"""Matches leaders that are over together with all of their takes."""


def guilds_with_jobs(conn: sa.Connection) -> list[GuildId]:
    """List the servers that something is kept of, by one look into the index for each."""
    found: list[GuildId] = []
    last = -1
    while True:
        next_id = conn.execute(
            sa.select(sa.func.min(jobs.c.guild_id)).where(jobs.c.guild_id > last)
        ).scalar_one()
        if next_id is None:
            return found
        found.append(GuildId(next_id))
        last = next_id


def expired(conn: sa.Connection, guild_id: GuildId, *, before: datetime, limit: int) -> list[JobId]:
    """List cards asked for before a moment, all of whose takes are over and shown."""
    rows = conn.execute(
        sa.select(jobs.c.id)
        .where(
            jobs.c.guild_id == guild_id,
            jobs.c.id < snowflake_at(before),
            jobs.c.created_at < before,
            jobs.c.leader_id.is_(None),
            jobs.c.shown_at.is_not(None),
            is_over,
        )
        .order_by(jobs.c.id)
        .limit(limit)
    )
    return [JobId(one) for one in rows.scalars()]


def with_takes(conn: sa.Connection, job_ids: Sequence[JobId]) -> list[JobId]:
    """Add the takes of these cards: each has files of its own."""
    rows = conn.execute(
        sa.select(jobs.c.id)
        .where(sa.or_(jobs.c.id.in_(job_ids), jobs.c.leader_id.in_(job_ids)))
        .order_by(jobs.c.id)
    )
    return [JobId(one) for one in rows.scalars()]


def drop(conn: sa.Connection, job_ids: Iterable[JobId]) -> int:
    """Remove cards with all that belongs to them, but for their bookings; give the rows' number."""
    every = with_takes(conn, list(job_ids))
    return conn.execute(sa.delete(jobs).where(jobs.c.id.in_(every), ~is_open)).rowcount


def over_in(conn: sa.Connection, guild_id: GuildId, *, limit: int) -> list[JobId]:
    """List cards of a server all of whose takes are over."""
    rows = conn.execute(
        sa.select(jobs.c.id)
        .where(jobs.c.guild_id == guild_id, jobs.c.leader_id.is_(None), is_over)
        .order_by(jobs.c.id)
        .limit(limit)
    )
    return [JobId(one) for one in rows.scalars()]


def forget_guild(conn: sa.Connection, guild_id: GuildId, *, left_before: datetime) -> bool:
    """Forget a server of which no job is left: its settings, its members' notes and counters.

    The server's own counter and its bookings stay, as nobody's, so that the books add up and nobody
    gets a new month by inviting the bot again. Nothing happens, and False is given, where jobs are
    left or the bot has come back.
    """
    left = guilds.c.guild_id == guild_id, guilds.c.left_at < left_before
    query = sa.select(guilds.c.guild_id).where(*left).with_for_update()
    if conn.execute(query).first() is None:
        return False
    if conn.execute(sa.select(jobs.c.id).where(jobs.c.guild_id == guild_id).limit(1)).first():
        return False
    queries.forget_of(conn, guild_id)
    conn.execute(sa.delete(favourites).where(favourites.c.guild_id == guild_id))
    conn.execute(
        sa.delete(quota).where(quota.c.guild_id == guild_id, quota.c.scope == Scope.USER.value)
    )
    conn.execute(sa.update(ledger).where(ledger.c.guild_id == guild_id).values(user_id=NOBODY))
    conn.execute(sa.delete(guilds).where(guilds.c.guild_id == guild_id))
    own_wishes = f"{WISHES}{guild_id}:"
    conn.execute(
        sa.delete(meta_table).where(
            meta_table.c.key >= own_wishes, meta_table.c.key < own_wishes + "~"
        )
    )
    return True


def unneeded(conn: sa.Connection, kept: Sequence[JobId]) -> list[JobId]:
    """Say whose kept files nobody will ask for: there is no such job, or it is over without any."""
    needed = {
        row.id
        for row in conn.execute(
            sa.select(jobs.c.id, jobs.c.files, jobs.c.finished_at).where(jobs.c.id.in_(kept))
        )
        if row.files or row.finished_at is None
    }
    return [job_id for job_id in kept if job_id not in needed]
