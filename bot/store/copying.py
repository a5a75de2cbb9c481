"""Moving everything from one database to another, of whichever kind.

Rows go over in the order of their keys, a batch per transaction, and how far each table has come is
written down in the same transaction: a copy that was broken off goes on from there. In the end the
rows of both sides are counted.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.errors import StartupError
from bot.store import meta as notes
from bot.store.database import Database
from bot.store.dialect import upsert
from bot.store.schema import jobs, meta, metadata, workers

BATCH = 1_000

_NOTE = "copy:"
"""Begins the names of the notes on how far a table has come; the target's own, never copied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """How far one table has come.

    Attributes:
        rows: Rows that this run has copied so far.
        is_done: Whether every row of the table is there.
    """

    table: str
    rows: int
    is_done: bool = False


async def copy_all(source: Database, target: Database) -> AsyncGenerator[Copied, None]:
    """Copy what is in one database into another one with fresh tables, telling how it goes.

    Neither may be in use meanwhile. The processes that were running are not copied, and nobody
    holds a job afterwards.

    Raises:
        StartupError: The target holds something else already, or misses rows in the end.
        StoreError: One of the two does not work; starting again goes on from there.
    """
    await target.write(_begin)
    tables = [table for table in metadata.sorted_tables if table is not workers]
    for table in tables:
        rows = 0
        after = await target.read(_how_far, table)
        while batch := await source.read(_read_after, table, after):
            after = [batch[-1][column.name] for column in table.primary_key.columns]
            await target.write(_put, table, batch, after)
            rows += len(batch)
            yield Copied(table=table.name, rows=rows)
        yield Copied(table=table.name, rows=rows, is_done=True)
    for table in tables:
        here, there = await source.read(_count, table), await target.read(_count, table)
        if here != there:
            raise StartupError(
                f"The copy is not whole: of {table.name}, {there} of {here} rows are there. Make"
                " the target anew and copy once more, with no bot running."
            )
    await target.write(_end)


def _begin(conn: sa.Connection) -> None:
    """Refuse a target that holds anything but an unfinished copy."""
    begun = conn.execute(
        sa.select(meta.c.key).where(meta.c.key.startswith(_NOTE)).limit(1)
    ).one_or_none()
    if begun is None and conn.execute(sa.select(jobs.c.id).limit(1)).one_or_none() is not None:
        raise StartupError(
            "The target database holds jobs already, and a copy would mix them up. Name an empty"
            " one."
        )
    notes.put(conn, f"{_NOTE}begun", "true")


def _end(conn: sa.Connection) -> None:
    conn.execute(sa.delete(meta).where(meta.c.key.startswith(_NOTE)))
    # A lease means a process that could renew it, and none has come along.
    conn.execute(
        sa.update(jobs)
        .where(jobs.c.lease_owner.is_not(None))
        .values(lease_owner=None, lease_until=None)
    )


def _how_far(conn: sa.Connection, table: sa.Table) -> list[Any] | None:
    """Give the key of the last row that is there; None before the first."""
    note = notes.get(conn, f"{_NOTE}{table.name}")
    return None if note is None else list(json.loads(note))


def _read_after(
    conn: sa.Connection, table: sa.Table, after: Sequence[Any] | None
) -> list[dict[str, Any]]:
    key = list(table.primary_key.columns)
    query = sa.select(table).order_by(*key).limit(BATCH)
    if table is meta:
        query = query.where(~meta.c.key.startswith(_NOTE))
    if after is not None:
        query = query.where(sa.tuple_(*key) > sa.tuple_(*after))
    return [dict(row) for row in conn.execute(query).mappings()]


def _put(
    conn: sa.Connection, table: sa.Table, batch: Sequence[dict[str, Any]], after: Sequence[Any]
) -> None:
    if table is meta:
        # A fresh database has notes of its own; the source's are the ones that count.
        for row in batch:
            upsert(conn, table, row)
    else:
        conn.execute(sa.insert(table), list(batch))
    notes.put(conn, f"{_NOTE}{table.name}", json.dumps(list(after)))


def _count(conn: sa.Connection, table: sa.Table) -> int:
    query = sa.select(sa.func.count()).select_from(table)
    if table is meta:
        query = query.where(~meta.c.key.startswith(_NOTE))
    return int(conn.execute(query).scalar_one())
