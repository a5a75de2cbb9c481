"""What a piece was made from, what was made from it, and which messages carry it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from bot.domain.ids import ChannelId, JobId, MessageId
from bot.domain.job import Job, State
from bot.store.rows import job_of
from bot.store.schema import cards, jobs

MAX_PARENTS = 10

_leader = jobs.alias("leader")
speaks_for_card = sa.or_(
    jobs.c.leader_id.is_(None),
    ~sa.exists().where(_leader.c.id == jobs.c.leader_id, _leader.c.state == State.DELIVERED.value),
)
"""Matches one job per card as a rule: its leader, or takes whose leader has nothing to be heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A piece's relations, all of its own server.

    Attributes:
        parents: What it was made from, and what that was made from, nearest first.
        children: What was made from it directly, newest first.
    """

    parents: tuple[Job, ...]
    children: tuple[Job, ...]


def family(conn: sa.Connection, job: Job, *, max_children: int = 25) -> Family:
    """Find a piece's relations, as far as they still exist and belong to its server."""
    return Family(parents=parents(conn, job), children=_children(conn, job, max_children))


def parents(conn: sa.Connection, job: Job, *, limit: int = MAX_PARENTS) -> tuple[Job, ...]:
    """Find what a piece was made from, nearest first. The line ends where a parent is erased."""
    found: dict[JobId, Job] = {}
    nearest = job
    while nearest.parent_id is not None and len(found) < limit:
        row = conn.execute(
            sa.select(jobs).where(jobs.c.id == nearest.parent_id, jobs.c.guild_id == job.guild_id)
        ).one_or_none()
        if row is None or row.id in found or row.id == job.id:
            break
        nearest = job_of(row)
        found[nearest.id] = nearest
    return tuple(found.values())


def messages(conn: sa.Connection, job_id: JobId) -> list[tuple[ChannelId, MessageId]]:
    """List the bot's messages about a job, newest first: its card, and later copies of it."""
    rows = conn.execute(
        sa.select(cards.c.channel_id, cards.c.message_id)
        .where(cards.c.job_id == job_id)
        .order_by(cards.c.message_id.desc())
    )
    return [(ChannelId(row.channel_id), MessageId(row.message_id)) for row in rows]


def _children(conn: sa.Connection, job: Job, limit: int) -> tuple[Job, ...]:
    rows = conn.execute(
        sa.select(jobs)
        .where(
            jobs.c.parent_id == job.id,
            # Tells SQLite that the partial index holds all there is to find.
            jobs.c.parent_id.is_not(None),
            jobs.c.guild_id == job.guild_id,
            jobs.c.id != job.id,
            jobs.c.leader_id.is_(None),
        )
        .order_by(jobs.c.id.desc())
        .limit(limit)
    )
    return tuple(job_of(row) for row in rows)
