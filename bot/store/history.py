"""A guild's pieces as they are offered while a member types, and the channels they stand in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from bot.domain.ids import ChannelId, GuildId, JobId
from bot.domain.job import Kind, State
from bot.domain.viewer import Viewer
from bot.store.lineage import Family, family, speaks_for_card
from bot.store.looking import LAST_ID, SCAN
from bot.store.matching import candidates, confirmed, spelled
from bot.store.schema import jobs
from bot.store.text import Asked

__all__ = [
    "Family",
    "Suggested",
    "channels",
    "family",
    "is_readable_to",
    "suggest_sources",
]

RECENT = 400
"""So many pieces are looked through for any part of a word; older ones are found by whole words,
and by beginnings of `SHORTEST_BEGINNING` letters: shorter ones match too much to be quick."""

SHORTEST_BEGINNING = 3

_SIGNS = re.compile(r"[\W_]+")
_is_heard = (jobs.c.state == State.DELIVERED.value, jobs.c.result.is_not(None))
"""Matches what can be listened to. Of a piece that was deleted there is no result any more."""


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
    asked = Asked.of(typed)
    if asked is None and typed.strip():
        return []
    newest = conn.execute(_offered(guild_id, viewer).limit(recent if asked else limit)).all()
    parts = [_evened(word) for word in asked.words] if asked else []
    found = []
    for row in newest:
        text = _evened(row.words) if parts else ""
        if all(part in text for part in parts):
            found.append(row)
    if asked and len(found) < limit and len(newest) == recent and _is_telling(asked):
        before, left = newest[-1].id, limit - len(found)
        found += _older(conn, guild_id, viewer, asked, before=before, limit=left)
    return _suggested(conn, found[:limit])


def _evened(text: str) -> str:
    """Leave letters and single blanks, so that parts of words compare."""
    return _SIGNS.sub(" ", text.casefold())


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
    columns = (jobs.c.id, jobs.c.prompt, jobs.c.kind, jobs.c.created_at, jobs.c.parent_id)
    return (
        sa.select(*columns, spelled.label("words"))
        .where(jobs.c.guild_id == guild_id, *_is_offered_to(viewer))
        .order_by(jobs.c.id.desc())
    )


def _is_telling(asked: Asked) -> bool:
    """Say whether the last word, which may be a beginning, has few enough continuations."""
    last = asked.words[-1]
    return len(last) >= SHORTEST_BEGINNING or not last.isascii()


def _older(
    conn: sa.Connection,
    guild_id: GuildId,
    viewer: Viewer | None,
    asked: Asked,
    *,
    before: JobId,
    limit: int,
) -> Sequence[sa.Row[Any]]:
    named = candidates(conn, guild_id, asked, down_from=JobId(before - 1), limit=SCAN).down
    offered = sa.select(jobs.c.id).where(jobs.c.guild_id == guild_id, *_is_offered_to(viewer))
    found = list(islice(confirmed(conn, named, asked, offered), limit))
    if not found:
        return []
    return list(conn.execute(_offered(guild_id, viewer).where(jobs.c.id.in_(found))))


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
