"""Facts that the bot keeps about itself, by key."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.dialect import insert_once, upsert
from bot.store.schema import meta

_VALUE = sa.select(meta.c.value).where(meta.c.key == sa.bindparam("its_key"))


def get(conn: sa.Connection, key: str) -> str | None:
    """Read a value; None when nothing was put there."""
    value: str | None = conn.execute(_VALUE, {"its_key": key}).scalar_one_or_none()
    return value


def put(conn: sa.Connection, key: str, value: str) -> None:
    """Keep a value, in place of an earlier one."""
    upsert(conn, meta, {"key": key, "value": value})


def put_once(conn: sa.Connection, key: str, value: str) -> str:
    """Keep a value unless there is one, and give the one that is kept."""
    insert_once(conn, meta, {"key": key, "value": value})
    return get(conn, key) or value
