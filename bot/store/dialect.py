"""The few statements that SQLite and PostgreSQL spell alike but SQLAlchemy keeps apart."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


@cache
def unless_there(table: sa.Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    """Build the statement that inserts a row unless its key exists; values come when it is run."""
    keys = list(table.primary_key.columns)
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing(index_elements=keys)


def insert_once(conn: sa.Connection, table: sa.Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless its key exists; say whether it was inserted."""
    made = conn.execute(unless_there(table, conn.dialect.name), dict(values))
    return made.rowcount == 1


def upsert(conn: sa.Connection, table: sa.Table, values: Mapping[str, object]) -> None:
    """Insert a row, or overwrite the given columns of the one that has its key."""
    keys = list(table.primary_key.columns)
    names = {column.name for column in keys}
    changed = {name: value for name, value in values.items() if name not in names}
    if conn.dialect.name == "postgresql":
        conn.execute(
            postgresql.insert(table)
            .values(values)
            .on_conflict_do_update(index_elements=keys, set_=changed)
        )
    else:
        conn.execute(
            sqlite.insert(table)
            .values(values)
            .on_conflict_do_update(index_elements=keys, set_=changed)
        )
