"""The few statements that SQLite and PostgreSQL spell alike but SQLAlchemy keeps apart."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


def insert_once(conn: sa.Connection, table: sa.Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless its key exists; say whether it was inserted."""
    keys = list(table.primary_key.columns)
    if conn.dialect.name == "postgresql":
        made = conn.execute(
            postgresql.insert(table).values(values).on_conflict_do_nothing(index_elements=keys)
        )
    else:
        made = conn.execute(
            sqlite.insert(table).values(values).on_conflict_do_nothing(index_elements=keys)
        )
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
