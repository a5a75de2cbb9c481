"""How far one look into the history goes, and where it has to end.

A look begins at a row and goes down or up from there by an index, in strides that grow: a page is
mostly full after the first, and what narrows without an index is held against a bounded number of
rows. Words are looked for so among the nearest rows only, where common ones soon fill a page and
small servers are through; for all others the full-text index is asked, once for both ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa

from bot.domain.ids import GuildId, JobId
from bot.store.matching import candidates, confirmed, may_have, spelled
from bot.store.text import Asked

SCAN = 5000
"""So many rows, or so many that the index names, are looked through at most in one look."""

STRIDE = 200
"""So many rows are looked through first."""

NEAR = 1000
"""So many rows are looked through for words before the index is asked."""

COMMON = 20
"""Words that so many of the first stride have are not asked for in the index."""

WHOLE = 3000
"""Where no more rows than this are left, they are looked through, and the index is not asked."""

LAST_ID = JobId(2**63 - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was found, nearest first.

    Attributes:
        end: The first row that was not looked at any more, if there is one and less was found
            than was wanted.
        is_indexed: Whether the index of words is to say what there is from the end on.
    """

    found: Sequence[JobId] = ()
    end: JobId | None = None
    is_indexed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A question in the database's terms.

    Attributes:
        rows: The ids of rows that an index finds in order, of one server.
        key: What orders them.
        filters: What else must be true of them.
        asked: The words that must be in them.
    """

    conn: sa.Connection
    guild_id: GuildId
    rows: sa.Select[Any]
    key: sa.ColumnElement[int]
    filters: Sequence[sa.ColumnElement[bool]]
    asked: Asked | None = None

    def around(self, top: JobId | None, limit: int) -> tuple[Look, Look]:
        """Find so many from `top` down, from the newest without one; and one above it."""
        down = self._near(LAST_ID if top is None else top, limit, is_up=False)
        up = Look()
        if top is not None:
            up = self._near(JobId(top + 1), 1, is_up=True, is_indexed=down.is_indexed)
        return self._further(down, limit, up, 1)

    def above(self, job_id: JobId, limit: int) -> Look:
        """Find so many above a job."""
        up = self._near(JobId(job_id + 1), limit, is_up=True)
        return self._further(Look(), 0, up, limit)[1]

    def below(self, job_id: JobId) -> Look:
        """Find one from a job down."""
        return self._further(self._near(job_id, 1, is_up=False), 1, Look(), 0)[0]

    def _near(self, start: JobId, limit: int, *, is_up: bool, is_indexed: bool = False) -> Look:
        """Look through the rows on one side, as far as is sensible without the index of words.

        That is less far where it `is_indexed`: where the index is to be asked anyway.
        """
        edge = self._past(start, STRIDE, is_up=is_up).correlate(None).scalar_subquery()
        found = self._among(start, edge, limit, is_up=is_up)
        if len(found) == limit:
            return Look(found=found)
        first, near = self._edges(start, STRIDE, NEAR, is_up=is_up)
        if first is None or is_indexed:
            return Look(found=found, end=first, is_indexed=first is not None)
        found += self._among(first, near, limit - len(found), is_up=is_up)
        if len(found) == limit or near is None:
            return Look(found=found)
        whole, far = self._edges(near, WHOLE - NEAR, SCAN - NEAR, is_up=is_up)
        if self.asked and whole and not self._is_common(start, is_up=is_up):
            return Look(found=found, end=near, is_indexed=True)
        found += self._among(near, far, limit - len(found), is_up=is_up)
        return Look(found=found, end=far if len(found) < limit else None)

    def _is_common(self, start: JobId, *, is_up: bool) -> bool:
        """Say whether the words are everywhere here, so that the index would name too much."""
        edge = self._past(start, STRIDE, is_up=is_up).correlate(None).scalar_subquery()
        return len(self._among(start, edge, COMMON, is_up=is_up, filters=())) == COMMON

    def _further(self, down: Look, most_down: int, up: Look, most_up: int) -> tuple[Look, Look]:
        """Ask the index of words for what lies beyond either look, where too little was found."""
        if self.asked is None or not (down.is_indexed or up.is_indexed):
            return down, up
        named = candidates(
            self.conn,
            self.guild_id,
            self.asked,
            down_from=down.end if down.is_indexed else None,
            up_from=up.end if up.is_indexed else None,
            limit=SCAN + 1,
        )
        return (
            self._confirmed(self.asked, down, named.down, most_down),
            self._confirmed(self.asked, up, named.up, most_up),
        )

    def _confirmed(self, asked: Asked, look: Look, named: Sequence[JobId], most: int) -> Look:
        if not look.is_indexed:
            return look
        those = confirmed(self.conn, named[:SCAN], asked, self.rows.where(*self.filters))
        found = [*look.found, *islice(those, most - len(look.found))]
        is_cut = len(found) < most and len(named) > SCAN
        return Look(found=found, end=named[SCAN] if is_cut else None)

    def _among(
        self,
        start: JobId,
        edge: sa.ColumnElement[int] | JobId | None,
        limit: int,
        *,
        is_up: bool,
        filters: Sequence[sa.ColumnElement[bool]] | None = None,
    ) -> list[JobId]:
        """Look through the rows up to an edge, if there is one."""
        last = sa.func.coalesce(edge, LAST_ID if is_up else -1)
        within = self.key < last if is_up else self.key > last
        query = self._from(start, is_up=is_up).where(within)
        query = query.where(*(self.filters if filters is None else filters))
        if self.asked is None:
            return [JobId(one) for one in self.conn.execute(query.limit(limit)).scalars()]
        query = query.add_columns(spelled).where(*may_have(self.conn, self.asked))
        with self.conn.execute(query) as rows:
            those = (JobId(row[0]) for row in rows if self.asked.is_in(row[1]))
            return list(islice(those, limit))

    def _edges(
        self, start: JobId, one: int, other: int, *, is_up: bool
    ) -> tuple[JobId | None, JobId | None]:
        """Give the first rows that so many rows, and so many, do not reach."""
        past = (self._past(start, stride, is_up=is_up) for stride in (one, other))
        row = self.conn.execute(sa.select(*(edge.scalar_subquery() for edge in past))).one()
        return row[0], row[1]

    def _past(self, start: JobId, stride: int, *, is_up: bool) -> sa.Select[Any]:
        return self._from(start, is_up=is_up).offset(stride).limit(1)

    def _from(self, start: JobId, *, is_up: bool) -> sa.Select[Any]:
        if is_up:
            return self.rows.where(self.key >= start).order_by(self.key.asc())
        return self.rows.where(self.key <= start).order_by(self.key.desc())
