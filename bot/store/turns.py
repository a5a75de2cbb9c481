"""Turns at the provider: how many jobs are there, and who goes next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.ids import GuildId, JobId, UserId, WorkerId
from bot.domain.job import AT_PROVIDER, Job, State
from bot.limits import Scope, Share, Waiting, fair_order
from bot.store import quota
from bot.store.leases import is_due, is_free
from bot.store.rows import job_of
from bot.store.schema import TURN_LOCK, is_open, jobs, meta
from bot.store.schema import quota as quota_table
from bot.store.writes import record, write

_is_there = jobs.c.state.in_(sorted(state.value for state in AT_PROVIDER))

_LINES = sa.select(jobs.c.id, jobs.c.leader_id, jobs.c.provider, jobs.c.card_id).where(
    is_open, jobs.c.state == State.ACCEPTED.value
)

_Guilds = dict[GuildId, Share]
_Users = dict[tuple[GuildId, UserId], Share]


def take_turn(
    conn: sa.Connection,
    *,
    places: Mapping[str, int],
    worker: WorkerId,
    now: datetime,
    lease_seconds: float,
) -> Job | None:
    """Give the next waiting job its turn, if a place at its provider is free.

    `places` says how many each provider has; jobs of one that is missing there wait. The job comes
    back as `dispatching`, with `submit_at` set and leased to the worker: the intent to submit is
    durable once the transaction is.
    """
    _lock(conn)
    taken_places = _taken_places(conn)
    free = [name for name, count in places.items() if taken_places[name] < count]
    if not free:
        return None
    ready = (
        jobs.c.provider.in_(free),
        jobs.c.card_id.is_not(None),
        is_due(now),
        is_free(now),
    )
    guilds, users = _shares(conn, _active(conn))
    chosen = next(fair_order(_queue(conn, *ready), guilds=guilds, users=users), None)
    if chosen is None:
        return None
    job = job_of(conn.execute(sa.select(jobs).where(jobs.c.id == chosen)).one())
    taken = write(
        conn,
        job,
        now=now,
        state=State.DISPATCHING.value,
        submit_at=now,
        attempt=job.attempt + 1,
        lease_owner=worker,
        lease_until=now + timedelta(seconds=lease_seconds),
    )
    quota.served(conn, taken, now=now)
    record(conn, taken, now=now)
    return taken


@dataclass(frozen=True, slots=True)
class InLine:
    """A card's place among those that wait.

    Attributes:
        card_owner: The leader of the jobs on it.
        ahead: How many jobs have their turn first, at the same provider.
        is_posted: Whether the card is there to be seen.
    """

    card_owner: JobId
    ahead: int
    is_posted: bool


def waiting(conn: sa.Connection) -> list[InLine]:
    """List the cards that wait for a turn, in the order they would get it.

    Jobs whose card is not posted yet, or that wait out a delay, are counted in their place. Takes
    are counted one by one, but listed once, as their leader, where the first of them stands.
    """
    guilds, users = _shares(conn, _active(conn))
    order = fair_order(_queue(conn), guilds=guilds, users=users)
    rows = conn.execute(_LINES)
    lines = {job: (leader or job, provider, card) for job, leader, provider, card in rows}
    ahead: Counter[str] = Counter()
    found: dict[JobId, InLine] = {}
    for job_id in order:
        leader, provider, card = lines[job_id]
        found.setdefault(leader, InLine(JobId(leader), ahead[provider], is_posted=card is not None))
        ahead[provider] += 1
    return list(found.values())


def _lock(conn: sa.Connection) -> None:
    # Counting and taking must not interleave with another process. SQLite's BEGIN IMMEDIATE has
    # seen to that already, and the clause vanishes there.
    conn.execute(sa.select(meta.c.key).where(meta.c.key == TURN_LOCK).with_for_update()).one()


def _taken_places(conn: sa.Connection) -> Counter[str]:
    rows = conn.execute(
        sa.select(jobs.c.provider, sa.func.count())
        .where(is_open, _is_there)
        .group_by(jobs.c.provider)
    )
    found: Counter[str] = Counter()
    for provider, count in rows:
        found[provider] = count
    return found


def _active(conn: sa.Connection) -> dict[tuple[GuildId, UserId], int]:
    rows = conn.execute(
        sa.select(jobs.c.guild_id, jobs.c.user_id, sa.func.count())
        .where(is_open, _is_there)
        .group_by(jobs.c.guild_id, jobs.c.user_id)
    )
    return {(GuildId(guild), UserId(user)): count for guild, user, count in rows}


def _queue(conn: sa.Connection, *ready: sa.ColumnElement[bool]) -> list[Waiting]:
    rows = conn.execute(
        sa.select(jobs.c.id, jobs.c.guild_id, jobs.c.user_id)
        .where(is_open, jobs.c.state == State.ACCEPTED.value, *ready)
        .order_by(jobs.c.created_at, jobs.c.id)
    )
    return [Waiting(JobId(job), GuildId(guild), UserId(user)) for job, guild, user in rows]


def _shares(
    conn: sa.Connection, active: dict[tuple[GuildId, UserId], int]
) -> tuple[_Guilds, _Users]:
    """Give what the guilds and members with waiting jobs have had so far."""
    guilds: _Guilds = {}
    users: _Users = {}
    in_guild: Counter[GuildId] = Counter()
    for (guild, _), count in active.items():
        in_guild[guild] += count
    waits = sa.select(jobs.c.guild_id).where(is_open, jobs.c.state == State.ACCEPTED.value)
    columns = quota_table.c
    for row in conn.execute(sa.select(quota_table).where(columns.guild_id.in_(waits))):
        guild, user = GuildId(row.guild_id), UserId(row.user_id)
        served_at_ms = (row.served_at - quota.NEVER) // timedelta(milliseconds=1)
        if row.scope == Scope.GUILD:
            guilds[guild] = Share(in_guild[guild], served_at_ms)
        else:
            users[guild, user] = Share(active.get((guild, user), 0), served_at_ms)
    return guilds, users
