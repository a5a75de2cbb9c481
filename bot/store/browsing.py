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
from bot.store.history import LAST_ID, is_readable_to, matching
from bot.store.rows import job_of
from bot.store.schema import favourites, jobs
from bot.store.text import words

SCAN = 5000
"""So many rows are looked through for one page."""

_take = jobs.alias("take")


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
        has_newer: Whether there is a page above.
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
    search = _Search.of(conn, wanted, viewer)
    if search is None:
        return Page()
    found, further = search.down(top or JobId(LAST_ID), limit + 1)
    older = found[limit] if len(found) > limit else further
    return Page(
        entries=_entries(conn, found[:limit], viewer),
        older=older,
        has_newer=top is not None and search.is_above(top),
    )


def browse_up(
    conn: sa.Connection, wanted: Wanted, viewer: Viewer, *, above: JobId, limit: int = 10
) -> Page:
    """Give the page that ends just above a job; the newest where there is nothing above."""
    search = _Search.of(conn, wanted, viewer)
    if search is None:
        return Page()
    found = search.up(above, limit)
    return browse(conn, wanted, viewer, top=found[-1] if len(found) == limit else None, limit=limit)


def find(conn: sa.Connection, guild_id: GuildId, viewer: Viewer, job_id: JobId) -> Entry | None:
    """Give one piece of a server, if this member may see it."""
    query = sa.select(jobs.c.id).where(
        jobs.c.id == job_id, jobs.c.guild_id == guild_id, _is_shown_to(viewer)
    )
    found = list(conn.execute(query).scalars())
    return _entries(conn, found, viewer)[0] if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """A question in the database's terms.

    Attributes:
        candidates: Ids of rows that an index finds in order.
        key: What orders them.
        filters: What else must be true of them.
    """

    conn: sa.Connection
    candidates: sa.Select[Any]
    key: sa.ColumnElement[int]
    filters: tuple[sa.ColumnElement[bool], ...]

    @classmethod
    def of(cls, conn: sa.Connection, wanted: Wanted, viewer: Viewer) -> _Search | None:
        """Put a question; None where its text has no word in it, and so nothing is found."""
        query: sa.Select[Any]
        key: sa.ColumnElement[int]
        if wanted.text is not None:
            spelled = words(wanted.text)
            if not spelled:
                return None
            found, key = matching(conn, wanted.guild_id, spelled)
            query = found.with_only_columns(key.label("id"))
        elif wanted.favourites:
            key = favourites.c.job_id
            query = sa.select(key.label("id")).select_from(
                favourites.join(jobs, jobs.c.id == favourites.c.job_id)
            )
        else:
            key = jobs.c.id
            query = sa.select(key.label("id"))
        return cls(
            conn=conn,
            candidates=query.where(*_indexed(wanted, viewer, key)),
            key=key,
            filters=tuple(_filters(wanted, viewer)),
        )

    def down(self, top: JobId, limit: int) -> tuple[list[JobId], JobId | None]:
        """List ids from `top` down, and where to go on if looking had to end before the last."""
        at_most = self.candidates.where(self.key <= top)
        floor = self._at(at_most.order_by(self.key.desc()), SCAN)
        query = at_most.where(*self.filters)
        if floor is not None:
            query = query.where(self.key > floor)
        found = list(self.conn.execute(query.order_by(self.key.desc()).limit(limit)).scalars())
        return [JobId(one) for one in found], floor

    def up(self, above: JobId, limit: int) -> list[JobId]:
        """List ids above another, the nearest first, as far as one look reaches."""
        return [JobId(one) for one in self.conn.execute(self._upwards(above, limit)).scalars()]

    def is_above(self, job_id: JobId) -> bool:
        """Say whether there is something above, as far as one look reaches."""
        return self.conn.execute(self._upwards(job_id, 1)).first() is not None

    def _upwards(self, above: JobId, limit: int) -> sa.Select[Any]:
        at_least = self.candidates.where(self.key > above)
        ceiling = self._at(at_least.order_by(self.key.asc()), SCAN)
        query = at_least.where(*self.filters)
        if ceiling is not None:
            query = query.where(self.key < ceiling)
        return query.order_by(self.key.asc()).limit(limit)

    def _at(self, ordered: sa.Select[Any], place: int) -> JobId | None:
        found: int | None = self.conn.execute(ordered.offset(place).limit(1)).scalar_one_or_none()
        return None if found is None else JobId(found)


def _indexed(
    wanted: Wanted, viewer: Viewer, key: sa.ColumnElement[int]
) -> list[sa.ColumnElement[bool]]:
    """Give the conditions that an index answers."""
    found: list[sa.ColumnElement[bool]] = []
    if wanted.text is None and wanted.favourites:
        found += [
            favourites.c.guild_id == wanted.guild_id,
            favourites.c.user_id == viewer.user_id,
        ]
    else:
        found.append(jobs.c.guild_id == wanted.guild_id)
        if wanted.text is None and wanted.user_id is not None:
            found.append(jobs.c.user_id == wanted.user_id)
    if wanted.since is not None:
        found.append(key >= snowflake_at(wanted.since))
    if wanted.until is not None:
        found.append(key < snowflake_at(wanted.until))
    return found


def _filters(wanted: Wanted, viewer: Viewer) -> list[sa.ColumnElement[bool]]:
    """Give the conditions that each row is held to."""
    found = [jobs.c.leader_id.is_(None), _is_shown_to(viewer)]
    if wanted.user_id is not None:
        found.append(jobs.c.user_id == wanted.user_id)
    if wanted.kind is not None:
        found.append(jobs.c.kind == wanted.kind.value)
    if wanted.model is not None:
        found.append(jobs.c.model == wanted.model)
    if wanted.favourites and wanted.text is not None:
        found.append(
            sa.exists().where(
                favourites.c.guild_id == wanted.guild_id,
                favourites.c.user_id == viewer.user_id,
                favourites.c.job_id == jobs.c.id,
            )
        )
    return found


def _is_shown_to(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Match cards that this member may see, and that can be heard."""
    is_own = jobs.c.user_id == viewer.user_id
    delivered = _has_audio(State.DELIVERED)
    return sa.or_(delivered & is_readable_to(viewer), _has_audio(State.UNDELIVERED) & is_own)


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
