"""A guild's jobs, newest first: page by page, and by the words of their prompts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.domain.ids import GuildId, JobId, UserId
from bot.domain.job import Job, Kind, State
from bot.store.rows import job_of
from bot.store.schema import jobs
from bot.store.text import words

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
    found = _found_postgresql if conn.dialect.name == "postgresql" else _found_sqlite
    query, key = found(guild_id, wanted)
    query = query.where(*_wanted(guild_id, user_id=user_id, kind=kind, model=model, state=state))
    if before is not None:
        query = query.where(key < before)
    rows = conn.execute(query.order_by(key.desc()).limit(limit))
    return [job_of(row) for row in rows]


def _wanted(
    guild_id: GuildId,
    *,
    user_id: UserId | None,
    kind: Kind | None,
    model: str | None,
    state: State | None,
) -> list[sa.ColumnElement[bool]]:
    wanted = [jobs.c.guild_id == guild_id]
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
