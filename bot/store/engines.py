"""Connections as each of the two databases wants them."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import URL, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

log = logging.getLogger(__name__)

BUSY_MS = 5_000
SILENT_SECONDS = 1.0
WAL_RESET_FIXED = (3, 51, 3)

_BOTH = (f"PRAGMA busy_timeout={BUSY_MS}", "PRAGMA temp_store=MEMORY")
_WRITER = (
    *_BOTH,
    "PRAGMA journal_mode=WAL",
    # Costs one flush per transaction, and loses nothing to a power failure.
    "PRAGMA synchronous=FULL",
    "PRAGMA cache_size=-65536",
    "PRAGMA wal_autocheckpoint=1000",
    "PRAGMA journal_size_limit=67108864",
)
# Readers never checkpoint: one connection that both writes and checkpoints stays clear of the
# WAL-reset bug of SQLite before 3.51.3 (SQLite docs, Write-Ahead Logging).
_READER = (*_BOTH, "PRAGMA query_only=ON", "PRAGMA wal_autocheckpoint=0")

_TENDING = (
    "PRAGMA analysis_limit=400",
    "PRAGMA optimize",
    # It would wait for readers otherwise, and every job with it.
    "PRAGMA busy_timeout=0",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    f"PRAGMA busy_timeout={BUSY_MS}",
)


def sqlite_writer(url: URL, *, foreign_keys: bool = True) -> sa.Engine:
    """Make the engine with the one connection that writes. Its transactions lock at once."""
    enforced = f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}"
    return _sqlite(url, pragmas=(*_WRITER, enforced), begin="BEGIN IMMEDIATE", connections=1)


def sqlite_reader(url: URL, *, connections: int) -> sa.Engine:
    """Make the engine whose connections only read, each transaction from one snapshot."""
    return _sqlite(url, pragmas=_READER, begin="BEGIN", connections=connections)


def postgres(url: URL, *, connections: int) -> AsyncEngine:
    """Make the engine for PostgreSQL; it locks rows where SQLite locks the file."""
    engine = create_async_engine(url, json_serializer=dump, pool_size=connections, max_overflow=0)
    _ask_after_silence(engine.sync_engine)
    return engine


def _ask_after_silence(engine: sa.Engine) -> None:
    """Look whether a connection that was idle for a while still works, before it is used.

    SQLAlchemy's own way is to ask before every use, which is a journey to the server each time.
    """

    @event.listens_for(engine, "checkin")
    def note(_: Any, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: Any, record: ConnectionPoolEntry, _: object) -> None:
        used_at = record.info.get("used_at")
        if used_at is None or time.monotonic() - used_at < SILENT_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            # The pool takes another connection then (SQLAlchemy docs, Connection Pooling).
            raise DisconnectionError from error


def postgres_reader(engine: AsyncEngine) -> AsyncEngine:
    """Let transactions on the same connections only read, each from one snapshot."""
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def tend_sqlite(writer: sa.Engine) -> None:
    """Optimize, and checkpoint as far as nobody is in the way. By the writer: see `_READER`.

    Raises:
        SQLAlchemyError, sqlite3.Error: The database could not do it.
    """
    with writer.connect() as connection:
        # Past SQLAlchemy, which would begin a transaction: no checkpoint works in one.
        cursor = connection.connection.cursor()
        for pragma in _TENDING:
            cursor.execute(pragma).fetchall()
        cursor.close()


def warn_about_version() -> None:
    """Log which SQLite is in use, and whether it has the WAL-reset bug."""
    log.info("SQLite %s", sqlite3.sqlite_version)
    if sqlite3.sqlite_version_info < WAL_RESET_FIXED:
        log.warning(
            "SQLite %s can damage a database that two processes write at once (fixed in 3.51.3):"
            " let nothing but the bot write this file",
            sqlite3.sqlite_version,
        )


def dump(value: object) -> str:
    """Write JSON compactly, with half characters replaced: no database stores those."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()


def _sqlite(url: URL, *, pragmas: tuple[str, ...], begin: str, connections: int) -> sa.Engine:
    engine = sa.create_engine(
        url,
        json_serializer=dump,
        pool_size=connections,
        max_overflow=0,
        connect_args={"timeout": BUSY_MS / 1000},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        # The driver would begin transactions lazily and deferred; ours begin as we say.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
