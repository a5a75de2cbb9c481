"""The history as one member may see it: page by page, narrowed down, newest first.

Pages are found by key: ids grow with time, so a page costs what it shows, however far back it
lies, and a date is an id. What narrows without an index looks through a bounded number of rows;
a page may then be short and still have older ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.ids import GuildId, JobId, UserId, snowflake_at
from bot.domain.job import Job, Kind, State
from bot.domain.takes import as_one
from bot.domain.viewer import Viewer
from bot.store.history import is_readable_to
from bot.store.looking import Search
from bot.store.rows import job_of
from bot.store.schema import favourites, jobs
from bot.store.text import Asked

_take = jobs.alias("take")


def _has_audio(state: State) -> sa.ColumnElement[bool]:
    """Match cards of which a take stands so, and has a result; a deleted piece has none."""
    return sa.or_(
        sa.and_(jobs.c.state == state.value, jobs.c.result.is_not(None)),
        sa.exists().where(
            _take.c.leader_id == jobs.c.id,
            # Tells SQLite that the partial index holds all there is to find.
            _take.c.leader_id.is_not(None),
            _take.c.state == state.value,
            _take.c.result.is_not(None),
        ),
    )


_IS_DELIVERED = _has_audio(State.DELIVERED)
_IS_UNDELIVERED = _has_audio(State.UNDELIVERED)
"""Built once: that takes longer than to look a page up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a member looks for among a server's pieces; None leaves it open.

    Attributes:
        user_id: Who asked for the piece.
        since: The first moment that counts.
        until: The first that does not any more.
        text: Words, of which all must be in it.
        favourites: Only what the member who looks has marked.
    """

    guild_id: GuildId
    user_id: UserId | None = None
    kind: Kind | None = None
    model: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None
    favourites: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One piece.

    Attributes:
        job: The card's job, as it stands for all of its takes.
        is_favourite: Whether the member who looks has marked it.
    """

    job: Job
    is_favourite: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some pieces, newest first.

    Attributes:
        older: Where the next page begins; None where there is none.
        has_newer: Whether there is a page above, or may be one.
    """

    entries: tuple[Entry, ...] = ()
    older: JobId | None = None
    has_newer: bool = False


def browse(
    conn: sa.Connection,
    wanted: Wanted,
    viewer: Viewer,
    *,
    top: JobId | None = None,
    limit: int = 10,
) -> Page:
    """Give a page that begins at a job or below it; at the newest without one."""
    search = _search(conn, wanted, viewer)
    if search is None:
        return Page()
    down, up = search.around(top, limit + 1)
    return Page(
        entries=_entries(conn, down.found[:limit], viewer),
        older=down.found[limit] if len(down.found) > limit else down.end,
        has_newer=bool(up.found) or up.end is not None,
    )


def browse_up(
    conn: sa.Connection, wanted: Wanted, viewer: Viewer, *, above: JobId, limit: int = 10
) -> Page:
    """Give the page that ends just above a job; the newest where there is nothing above."""
    search = _search(conn, wanted, viewer)
    if search is None:
        return Page()
    up = search.above(above, limit + 1)
    if not up.found or (len(up.found) < limit and up.end is None):
        return browse(conn, wanted, viewer, limit=limit)
    down = search.below(above)
    return Page(
        entries=_entries(conn, up.found[:limit][::-1], viewer),
        older=down.found[0] if down.found else down.end,
        has_newer=len(up.found) > limit or up.end is not None,
    )


def find(conn: sa.Connection, guild_id: GuildId, viewer: Viewer, job_id: JobId) -> Entry | None:
    """Give one piece of a server, if this member may see it."""
    query = sa.select(jobs.c.id).where(
        jobs.c.id == job_id, jobs.c.guild_id == guild_id, _is_shown_to(viewer)
    )
    found = list(conn.execute(query).scalars())
    return _entries(conn, found, viewer)[0] if found else None


def _search(conn: sa.Connection, wanted: Wanted, viewer: Viewer) -> Search | None:
    """Put a question; None where its text has no word in it, and so nothing is found."""
    asked = None if wanted.text is None else Asked.of(wanted.text)
    if wanted.text is not None and asked is None:
        return None
    rows, key = _rows(wanted, viewer)
    return Search(
        conn=conn,
        guild_id=wanted.guild_id,
        rows=rows,
        key=key,
        filters=_filters(wanted, viewer),
        asked=asked,
    )


def _rows(wanted: Wanted, viewer: Viewer) -> tuple[sa.Select[Any], sa.ColumnElement[int]]:
    """Select the ids of the fewest rows that an index finds in order, and give what orders them."""
    key: sa.ColumnElement[int] = favourites.c.job_id if wanted.favourites else jobs.c.id
    query = sa.select(key.label("id"))
    if wanted.favourites:
        query = query.select_from(favourites.join(jobs, jobs.c.id == key)).where(
            favourites.c.guild_id == wanted.guild_id, favourites.c.user_id == viewer.user_id
        )
    else:
        query = query.where(jobs.c.guild_id == wanted.guild_id)
        if wanted.user_id is not None:
            query = query.where(jobs.c.user_id == wanted.user_id)
    if wanted.since is not None:
        query = query.where(key >= snowflake_at(wanted.since))
    if wanted.until is not None:
        query = query.where(key < snowflake_at(wanted.until))
    return query, key


def _filters(wanted: Wanted, viewer: Viewer) -> list[sa.ColumnElement[bool]]:
    """Give the conditions that each row is held to, beside those that an index answers."""
    found = [jobs.c.leader_id.is_(None), _is_shown_to(viewer)]
    if wanted.kind is not None:
        found.append(jobs.c.kind == wanted.kind.value)
    if wanted.model is not None:
        found.append(jobs.c.model == wanted.model)
    return found


def _is_shown_to(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Match cards that this member may see, and that can be heard."""
    is_own = jobs.c.user_id == viewer.user_id
    return sa.or_(_IS_DELIVERED & is_readable_to(viewer), _IS_UNDELIVERED & is_own)


def _entries(conn: sa.Connection, ids: Sequence[JobId], viewer: Viewer) -> tuple[Entry, ...]:
    """Read cards with their takes, in the order given."""
    if not ids:
        return ()
    together: dict[JobId, list[Job]] = {job_id: [] for job_id in ids}
    rows = conn.execute(
        sa.select(jobs)
        .where(sa.or_(jobs.c.id.in_(ids), jobs.c.leader_id.in_(ids)))
        .order_by(jobs.c.id)
    )
    for row in rows:
        job = job_of(row)
        together[job.card_owner].append(job)
    marked = set(
        conn.execute(
            sa.select(favourites.c.job_id).where(
                favourites.c.user_id == viewer.user_id, favourites.c.job_id.in_(ids)
            )
        ).scalars()
    )
    return tuple(
        Entry(job=as_one(takes), is_favourite=job_id in marked)
        for job_id, takes in together.items()
    )
