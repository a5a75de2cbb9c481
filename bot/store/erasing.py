"""A member's wish to be forgotten on a server, and how it is fulfilled.

It is written down first, so that it is fulfilled whatever happens meanwhile: words go at once, rows
once the cards in Discord are gone, too. Bookings stay: what was paid has to add up. They hold ids
and amounts, and no words.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.ids import GuildId, JobId, UserId
from bot.domain.inheritance import own_part
from bot.domain.job import Job
from bot.store import drafts, meta, queries
from bot.store.retiring import WISHES, is_over, with_takes
from bot.store.rows import job_of
from bot.store.schema import favourites, is_open, job_events, jobs
from bot.store.schema import meta as meta_table

BLANK: Mapping[str, Any] = {
    "prompt": "",
    "search_text": None,
    "arguments": {},
    "options": {},
    "result": None,
    "files": [],
    "interaction_token": None,
    "request_id": None,
    "status_url": None,
    "response_url": None,
    "cancel_url": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody's wish to be forgotten on a server; what they ask for afterwards is not meant."""

    guild_id: GuildId
    user_id: UserId
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """What others made of erased pieces, or erased pieces were made of.

    Attributes:
        job_ids: Cards that may name an erased piece.
        is_waiting: Whether one is still being made, so that its words are needed.
    """

    job_ids: frozenset[JobId] = frozenset()
    is_waiting: bool = False


# -- a member's wish -----------------------------------------------------------------------------


def wish(conn: sa.Connection, guild_id: GuildId, user_id: UserId, *, now: datetime) -> Wish:
    """Write a wish down; a newer one takes the place of an older."""
    meta.put(conn, _key(guild_id, user_id), json.dumps({"asked_at": now.isoformat()}))
    return Wish(guild_id=guild_id, user_id=user_id, asked_at=now)


def wishes(conn: sa.Connection) -> list[Wish]:
    """List the wishes that are not fulfilled yet."""
    rows = conn.execute(
        sa.select(meta_table.c.key, meta_table.c.value)
        .where(meta_table.c.key >= WISHES, meta_table.c.key < WISHES + "~")
        .order_by(meta_table.c.key)
    )
    found = []
    for key, value in rows:
        guild_id, user_id = key.removeprefix(WISHES).split(":")
        asked_at = datetime.fromisoformat(json.loads(value)["asked_at"]).astimezone(UTC)
        found.append(
            Wish(guild_id=GuildId(int(guild_id)), user_id=UserId(int(user_id)), asked_at=asked_at)
        )
    return found


def fulfil(conn: sa.Connection, wished: Wish) -> bool:
    """Strike a wish out, unless something is left or a newer one came; say whether it is done."""
    if conn.execute(_theirs(wished, jobs.c.id).limit(1)).first() is not None:
        return False
    if wished not in wishes(conn):
        return True
    conn.execute(
        sa.delete(meta_table).where(meta_table.c.key == _key(wished.guild_id, wished.user_id))
    )
    return True


def count(conn: sa.Connection, guild_id: GuildId, user_id: UserId) -> tuple[int, int]:
    """Give the number of a member's cards on a server, and of their marks."""
    cards_count = conn.execute(
        sa.select(sa.func.count()).where(
            jobs.c.guild_id == guild_id, jobs.c.user_id == user_id, jobs.c.leader_id.is_(None)
        )
    ).scalar_one()
    marks = conn.execute(
        sa.select(sa.func.count()).where(
            favourites.c.guild_id == guild_id, favourites.c.user_id == user_id
        )
    ).scalar_one()
    return cards_count, marks


def open_cards(conn: sa.Connection, wished: Wish) -> list[JobId]:
    """List the cards of which something is still being made."""
    owner = sa.func.coalesce(jobs.c.leader_id, jobs.c.id)
    rows = conn.execute(_theirs(wished, owner).where(is_open).distinct())
    return [JobId(one) for one in rows.scalars()]


def forget_notes(conn: sa.Connection, wished: Wish) -> None:
    """Forget what a member marked, looked for, and began to ask for."""
    conn.execute(
        sa.delete(favourites).where(
            favourites.c.guild_id == wished.guild_id, favourites.c.user_id == wished.user_id
        )
    )
    drafts.forget_of(conn, wished.user_id)
    queries.forget_of(conn, wished.guild_id, wished.user_id)


def worded(conn: sa.Connection, wished: Wish, *, limit: int) -> list[JobId]:
    """List cards that are over, with all of their takes, and still have their words."""
    rows = conn.execute(
        _theirs(wished, jobs.c.id)
        .where(jobs.c.prompt != "", jobs.c.leader_id.is_(None), is_over)
        .order_by(jobs.c.id)
        .limit(limit)
    )
    return [JobId(one) for one in rows.scalars()]


def blank(conn: sa.Connection, job_ids: Collection[JobId]) -> None:
    """Take the words, results and moves of jobs that are over; what stays is that there were some."""
    conn.execute(sa.delete(job_events).where(job_events.c.job_id.in_(job_ids)))
    told = jobs.c.failure_sentence
    conn.execute(
        sa.update(jobs)
        .where(jobs.c.id.in_(job_ids), ~is_open)
        .values(
            **BLANK,
            failure_sentence=sa.case((told.is_(None), None), else_=""),
            version=jobs.c.version + 1,
        )
    )


def blanked(conn: sa.Connection, wished: Wish, *, after: JobId, limit: int) -> list[JobId]:
    """List cards without words, in order of their ids."""
    rows = conn.execute(
        _theirs(wished, jobs.c.id)
        .where(jobs.c.prompt == "", jobs.c.leader_id.is_(None), jobs.c.id > after)
        .order_by(jobs.c.id)
        .limit(limit)
    )
    return [JobId(one) for one in rows.scalars()]


def scrub(conn: sa.Connection, job_id: JobId) -> Kin:
    """Take an erased card's words out of whatever was made from it, by whomever, further down too."""
    erased = with_takes(conn, [job_id])
    touched: set[JobId] = set()
    is_waiting = False
    frontier = set(erased)
    seen = set(erased)
    direct = True
    kin = _parents(conn, erased)
    while frontier:
        children = [job_of(row) for row in conn.execute(_children(frontier))]
        frontier = {child.id for child in children} - seen
        seen |= frontier
        for child in children:
            if child.finished_at is None:
                is_waiting = True
            else:
                _take_inherited(conn, child)
                touched.add(child.card_owner)
        if direct:
            kin |= {child.card_owner for child in children}
            direct = False
    return Kin(job_ids=frozenset(kin), is_waiting=is_waiting)


def _theirs(wished: Wish, column: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return sa.select(column).where(
        jobs.c.guild_id == wished.guild_id,
        jobs.c.user_id == wished.user_id,
        jobs.c.created_at <= wished.asked_at,
    )


def _children(parent_ids: Collection[JobId]) -> sa.Select[Any]:
    return sa.select(jobs).where(jobs.c.parent_id.in_(parent_ids), jobs.c.parent_id.is_not(None))


def _parents(conn: sa.Connection, job_ids: Collection[JobId]) -> set[JobId]:
    """Find what pieces were made from: a copy of its card may name them."""
    rows = conn.execute(
        sa.select(jobs.c.parent_id)
        .where(jobs.c.id.in_(job_ids), jobs.c.parent_id.is_not(None))
        .distinct()
    )
    return {JobId(one) for one in rows.scalars()}


def _take_inherited(conn: sa.Connection, job: Job) -> None:
    own = own_part(job)
    values: dict[str, object] = {
        "options": dict(own.options),
        "arguments": dict(own.arguments),
        "result": None if own.result is None else dict(own.result),
    }
    conn.execute(
        sa.update(jobs)
        .where(jobs.c.id == job.id, ~is_open)
        .values(**values, version=jobs.c.version + 1)
    )


def _key(guild_id: GuildId, user_id: UserId) -> str:
    return f"{WISHES}{guild_id}:{user_id}"
