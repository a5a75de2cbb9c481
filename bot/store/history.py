"""A guild's jobs, newest first: page by page, by the words of their prompts, and while typing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.ids import ChannelId, GuildId, JobId, UserId
from bot.domain.job import Job, Kind, State
from bot.domain.viewer import Viewer
from bot.store.lineage import Family, family, speaks_for_card
from bot.store.rows import job_of
from bot.store.schema import jobs
from bot.store.text import words

__all__ = [
    "Family",
    "Suggested",
    "family",
    "is_readable_to",
    "matching",
    "page",
    "search",
    "suggest_sources",
]

RECENT = 400
"""So many pieces are looked through for any part of a word; older ones are found by whole words,
and by beginnings of `SHORTEST_BEGINNING` letters: shorter ones match too much to be quick."""

SHORTEST_BEGINNING = 3
LAST_ID = 2**63 - 1

_SIGNS = re.compile(r"[\W_]+")
_is_heard = (jobs.c.state == State.DELIVERED.value, jobs.c.result.is_not(None))
"""Matches what can be listened to. Of a piece that was deleted there is no result any more."""

_fts = sa.table("job_fts", sa.column("rowid"), sa.column("job_fts"))


def page(
    conn: sa.Connection,
    guild_id: GuildId,
    *,
    user_id: UserId | None = None,
    kind: Kind | None = None,
    model: str | None = None,
    state: State | None = None,
    before: JobId | None = None,
    limit: int = 10,
) -> list[Job]:
    """List a guild's jobs, newest first; `before` is the last job of the page above."""
    query = sa.select(jobs).where(
        *_wanted(guild_id, user_id=user_id, kind=kind, model=model, state=state)
    )
    if before is not None:
        query = query.where(jobs.c.id < before)
    rows = conn.execute(query.order_by(jobs.c.id.desc()).limit(limit))
    return [job_of(row) for row in rows]


def search(
    conn: sa.Connection,
    guild_id: GuildId,
    text: str,
    *,
    user_id: UserId | None = None,
    kind: Kind | None = None,
    model: str | None = None,
    state: State | None = None,
    before: JobId | None = None,
    limit: int = 10,
) -> list[Job]:
    """List a guild's jobs whose prompts have all the words, newest first.

    Words match whole and whatever their case or accents, the last one also as a beginning;
    a word in a script without spaces matches anywhere. Nothing a member types is taken for an
    operator. Text without any letter or digit finds nothing.
    """
    wanted = words(text)
    if not wanted:
        return []
    query, key = matching(conn, guild_id, wanted)
    query = query.where(*_wanted(guild_id, user_id=user_id, kind=kind, model=model, state=state))
    if before is not None:
        query = query.where(key < before)
    rows = conn.execute(query.order_by(key.desc()).limit(limit))
    return [job_of(row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """A piece that can be picked as a source.

    Attributes:
        prompt: Its own, or that of what it was made from where it has none.
    """

    id: JobId
    prompt: str
    kind: Kind
    created_at: datetime


def suggest_sources(
    conn: sa.Connection,
    guild_id: GuildId,
    typed: str,
    *,
    viewer: Viewer | None = None,
    limit: int = 25,
    recent: int = RECENT,
) -> list[Suggested]:
    """List a guild's delivered pieces that match what was typed so far, newest first.

    Only those that the viewer may see, if one is given.

    Among recent pieces every word may be part of a longer one; among all of them, the last may be
    a beginning. A job's id finds that job. Meant to answer within milliseconds at any size.
    """
    if typed.strip().isdecimal() and int(typed.strip()[:20]) <= LAST_ID:
        exact = conn.execute(_offered(guild_id, viewer).where(jobs.c.id == int(typed))).all()
        if exact:
            return _suggested(conn, exact)
    wanted = words(typed)
    if typed.strip() and not wanted:
        return []
    newest = conn.execute(_offered(guild_id, viewer).limit(recent if wanted else limit)).all()
    parts = [_evened(word) for word in wanted]
    found = []
    for row in newest:
        text = _evened(row.words) if parts else ""
        if all(part in text for part in parts):
            found.append(row)
    if len(found) < limit and len(newest) == recent and _is_telling(wanted):
        before, left = newest[-1].id, limit - len(found)
        found += _older(conn, guild_id, viewer, wanted, before=before, limit=left)
    return _suggested(conn, found[:limit])


def _evened(spelled: str) -> str:
    """Leave letters and single blanks, so that parts of words compare."""
    return _SIGNS.sub(" ", spelled.casefold())


def is_readable_to(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Match what a member asked for, or what stands where they may read."""
    if viewer.channels is None:
        return sa.true()
    is_own = jobs.c.user_id == viewer.user_id
    return sa.or_(is_own, jobs.c.channel_id.in_(sorted(viewer.channels)))


def _is_offered_to(viewer: Viewer | None) -> tuple[sa.ColumnElement[bool], ...]:
    readable = () if viewer is None else (is_readable_to(viewer),)
    return (*_is_heard, speaks_for_card, *readable)


def _offered(guild_id: GuildId, viewer: Viewer | None) -> sa.Select[Any]:
    spelled = sa.func.coalesce(jobs.c.search_text, jobs.c.prompt).label("words")
    return (
        sa.select(
            jobs.c.id, jobs.c.prompt, jobs.c.kind, jobs.c.created_at, jobs.c.parent_id, spelled
        )
        .where(jobs.c.guild_id == guild_id, *_is_offered_to(viewer))
        .order_by(jobs.c.id.desc())
    )


def _is_telling(wanted: list[str]) -> bool:
    """Say whether the last word, which may be a beginning, has few enough continuations."""
    return bool(wanted) and (len(wanted[-1]) >= SHORTEST_BEGINNING or not wanted[-1].isascii())


def _older(
    conn: sa.Connection,
    guild_id: GuildId,
    viewer: Viewer | None,
    wanted: list[str],
    *,
    before: JobId,
    limit: int,
) -> Sequence[sa.Row[Any]]:
    query, key = matching(conn, guild_id, wanted)
    narrow = query.with_only_columns(
        jobs.c.id, jobs.c.prompt, jobs.c.kind, jobs.c.created_at, jobs.c.parent_id
    )
    older = narrow.where(jobs.c.guild_id == guild_id, *_is_offered_to(viewer), key < before)
    return list(conn.execute(older.order_by(key.desc()).limit(limit)))


def _suggested(conn: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[Suggested]:
    """Name the pieces; stems and the like bear the name of what they were made from."""
    nameless = {row.parent_id for row in rows if not row.prompt} - {None}
    named = conn.execute(sa.select(jobs.c.id, jobs.c.prompt).where(jobs.c.id.in_(nameless)))
    names = {row.id: row.prompt for row in named} if nameless else {}
    return [
        Suggested(
            id=JobId(row.id),
            prompt=row.prompt or names.get(row.parent_id, ""),
            kind=Kind(row.kind),
            created_at=row.created_at,
        )
        for row in rows
    ]


def _wanted(
    guild_id: GuildId,
    *,
    user_id: UserId | None,
    kind: Kind | None,
    model: str | None,
    state: State | None,
) -> list[sa.ColumnElement[bool]]:
    wanted = [jobs.c.guild_id == guild_id, jobs.c.leader_id.is_(None)]
    if user_id is not None:
        wanted.append(jobs.c.user_id == user_id)
    if kind is not None:
        wanted.append(jobs.c.kind == kind.value)
    if model is not None:
        wanted.append(jobs.c.model == model)
    if state is not None:
        wanted.append(jobs.c.state == state.value)
    return wanted


_Found = tuple[sa.Select[Any], sa.ColumnElement[int]]


def channels(conn: sa.Connection, guild_id: GuildId, *, among: int, limit: int) -> list[ChannelId]:
    """List the channels of a guild's newest jobs, so many of them, the latest used first."""
    newest = (
        sa.select(jobs.c.channel_id, jobs.c.id)
        .where(jobs.c.guild_id == guild_id)
        .order_by(jobs.c.id.desc())
        .limit(among)
        .subquery()
    )
    rows = conn.execute(
        sa.select(newest.c.channel_id)
        .group_by(newest.c.channel_id)
        .order_by(sa.func.max(newest.c.id).desc())
        .limit(limit)
    )
    return [ChannelId(row.channel_id) for row in rows]


def matching(conn: sa.Connection, guild_id: GuildId, wanted: list[str]) -> _Found:
    """Select a guild's jobs that have all words (of `text.words`), and give what orders them."""
    if conn.dialect.name == "postgresql":
        return _found_postgresql(guild_id, wanted)
    return _found_sqlite(guild_id, wanted)


def _found_sqlite(guild_id: GuildId, wanted: list[str]) -> _Found:
    """Match in the index; its row ids come in order, so a page costs what it shows."""
    phrases = " AND ".join(f'"{word}"' for word in wanted)
    match = f'guild : "g{guild_id}" AND words : ({phrases}*)'
    query = (
        sa.select(jobs)
        .select_from(_fts.join(jobs, jobs.c.id == _fts.c.rowid))
        .where(_fts.c.job_fts.op("MATCH", is_comparison=True)(match))
    )
    return query, _fts.c.rowid


def _found_postgresql(guild_id: GuildId, wanted: list[str]) -> _Found:
    """Match by the index on guild and words; the guild's own condition is the caller's."""
    phrases = (" <-> ".join(f"'{token}'" for token in word.split()) for word in wanted)
    match = " & ".join(f"({phrase})" for phrase in phrases).removesuffix(")") + ":*)"
    simple: sa.ColumnElement[str] = sa.literal_column("'simple'")
    indexed = sa.func.to_tsvector(simple, sa.func.coalesce(jobs.c.search_text, jobs.c.prompt))
    query = sa.select(jobs).where(
        indexed.op("@@", is_comparison=True)(sa.func.to_tsquery(simple, match))
    )
    return query, jobs.c.id
