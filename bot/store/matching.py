"""Which pieces have the words that a member looks for.

`Asked.is_in` decides. What is here names the pieces that may have them: for a few rows a condition
that spares reading most of their texts, and for all others the full-text index of the database.
The last word may be the beginning of one, and for that both engines gather the pieces of all
servers with a word that begins so, before they look at the server. The index is therefore asked
only where looking through rows does not do, without the last word if the others say enough, and
otherwise once, whichever way a page is turned.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from bot.domain.ids import GuildId, JobId
from bot.store.schema import jobs
from bot.store.text import Asked, has_case

FEW = 3000
"""So many pieces that have all words but the last are looked through for that one."""

CHUNK = 100
"""So many candidates are held against their rows at once, and then ten times as many."""

spelled: sa.ColumnElement[str] = sa.func.coalesce(jobs.c.search_text, jobs.c.prompt)
"""The text that is indexed."""

_GUILD = "qzg"
"""What a server is called in PostgreSQL's index, before its id; no word begins so."""

_SIGNS = "".join(char for char in map(chr, range(0x21, 0x7F)) if not char.isalnum())
_simple: sa.ColumnElement[str] = sa.literal_column("'simple'")
_indexed = sa.func.to_tsvector(
    _simple,
    sa.literal_column(f"'{_GUILD}'")
    .op("||")(sa.cast(jobs.c.guild_id, sa.Text))
    .op("||")(sa.literal_column("' '"))
    .op("||")(
        sa.func.translate(
            spelled,
            sa.literal_column("'{}'".format(_SIGNS.replace("'", "''"))),
            sa.literal_column("'{}'".format(" " * len(_SIGNS))),
        )
    ),
)
"""What PostgreSQL indexes, to the letter: with bound values it would not know its index."""

_ROOM = "SET LOCAL work_mem = '32MB'"
"""For what has a word that begins so: with less room PostgreSQL remembers pages instead of rows, and
parts the words of each row on them once more. At a million pieces 8 MB were enough."""

_fts = sa.table("job_fts", sa.column("rowid", sa.Integer), sa.column("job_fts"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Ids of a server's pieces that may have the words, the nearest first, on two sides."""

    down: Sequence[JobId] = ()
    up: Sequence[JobId] = ()


def may_have(conn: sa.Connection, asked: Asked) -> list[sa.ColumnElement[bool]]:
    """Give conditions that every text with these words meets, and most others do not."""
    is_server = conn.dialect.name == "postgresql"
    # SQLite's LIKE knows the case of ASCII only; here the server is asked to know no more.
    text = sa.func.lower(sa.collate(spelled, "C")) if is_server else spelled
    return [text.like(f"%{token}%") for token in asked.tokens if not has_case(token)]


def candidates(
    conn: sa.Connection,
    guild_id: GuildId,
    asked: Asked,
    *,
    down_from: JobId | None = None,
    up_from: JobId | None = None,
    limit: int,
) -> Candidates:
    """Ask the index, for so many pieces from an id on down, and from another on up.

    Without an id there is nothing on that side.
    """
    ids = _by_all_but_the_last(conn, guild_id, asked) if len(asked.words) > 1 else None
    if ids is None:
        ids = _by_all(conn, guild_id, asked, down_from=down_from, up_from=up_from, limit=limit)
    return Candidates(
        down=[one for one in reversed(ids) if down_from is not None and one <= down_from],
        up=[one for one in ids if up_from is not None and one >= up_from],
    )


def confirmed(
    conn: sa.Connection, ids: Sequence[JobId], asked: Asked, among: sa.Select[Any]
) -> Iterator[JobId]:
    """Yield those of the candidates that do have the words, in order.

    They must be some of those whose ids `among` selects.
    """
    texts = among.add_columns(spelled)
    at, size = 0, CHUNK
    while some := ids[at : at + size]:
        rows = conn.execute(texts.where(_is_one_of(conn, some)))
        found: dict[int, str] = {row[0]: row[1] for row in rows}
        yield from (one for one in some if one in found and asked.is_in(found[one]))
        at, size = at + size, 10 * CHUNK


def _is_one_of(conn: sa.Connection, ids: Sequence[JobId]) -> sa.ColumnElement[bool]:
    """Match some jobs; their number does not change the statement, which is prepared once."""
    if conn.dialect.name == "postgresql":
        return jobs.c.id == sa.any_(sa.literal(ids, postgresql.ARRAY(sa.BigInteger)))
    listed = sa.func.json_each(json.dumps(ids)).table_valued("value")
    return jobs.c.id.in_(sa.select(listed.c.value))


def _by_all_but_the_last(
    conn: sa.Connection, guild_id: GuildId, asked: Asked
) -> list[JobId] | None:
    """List pieces with all words but the last, oldest first; None where they are not few."""
    query = _in_index(conn, guild_id, asked.words[:-1], star=False)
    found = conn.execute(query.limit(FEW + 1)).scalars().all()
    return sorted(JobId(one) for one in found) if len(found) <= FEW else None


def _by_all(
    conn: sa.Connection,
    guild_id: GuildId,
    asked: Asked,
    *,
    down_from: JobId | None,
    up_from: JobId | None,
    limit: int,
) -> list[JobId]:
    """List pieces with all words, oldest first."""
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql(_ROOM)
    # Within, there must be neither an order nor a limit: the server would rather walk through
    # all rows in that order, and part the words of each, than use the index that there is.
    found = _in_index(conn, guild_id, asked.words, star=asked.may_go_on).cte("found")
    found = found.prefix_with("MATERIALIZED", dialect="postgresql")
    sides = []
    if down_from is not None:
        down = sa.select(found.c.id).where(found.c.id <= down_from).order_by(found.c.id.desc())
        sides.append(sa.select(down.limit(limit).subquery().c.id))
    if up_from is not None:
        up = sa.select(found.c.id).where(found.c.id >= up_from).order_by(found.c.id)
        sides.append(sa.select(up.limit(limit).subquery().c.id))
    return sorted(JobId(one) for one in conn.execute(sa.union_all(*sides)).scalars())


def _in_index(
    conn: sa.Connection, guild_id: GuildId, words: Sequence[str], *, star: bool
) -> sa.Select[Any]:
    """Select the ids of what may have the words; with a star the last may be a beginning."""
    if conn.dialect.name == "postgresql":
        return _in_index_postgresql(guild_id, words, star=star)
    phrases = " AND ".join(f'"{word}"' for word in words)
    match = f'guild : "g{guild_id}" AND words : ({phrases}{"*" if star else ""})'
    return sa.select(_fts.c.rowid.label("id")).where(
        _fts.c.job_fts.op("MATCH", is_comparison=True)(match)
    )


def _in_index_postgresql(guild_id: GuildId, words: Sequence[str], *, star: bool) -> sa.Select[Any]:
    """Ask for all tokens, in whatever order: their order would have each row's text parted again.

    A token of nothing but letters and digits stays a literal inside of its quotes.
    """
    tokens = [f"'{token}'" for word in words for token in word.split()]
    match = " & ".join([f"'{_GUILD}{guild_id}'", *tokens]) + (":*" if star else "")
    return sa.select(jobs.c.id).where(
        _indexed.op("@@", is_comparison=True)(sa.func.to_tsquery(_simple, match))
    )
