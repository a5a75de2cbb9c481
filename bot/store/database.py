"""The database as the rest of the bot sees it: two ways to run a function in a transaction.

    async with Database.open(url) as db:
        job = await db.write(jobs.accept, new, policy=policy, now=clock.now())

A data function is plain: it takes a connection first, calls nothing asynchronous, touches nothing
but the database, and returns domain objects. One call is one transaction, committed when the
function returns and rolled back when it raises. It may run in another thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from typing import Concatenate, ParamSpec, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import StartupError, StoreError
from bot.store import engines
from bot.store.faults import fault_of
from bot.store.location import is_sqlite, parse, path_of, sole_owner
from bot.store.migration import migrate, require_head
from bot.store.transactions import FileReader, FileWriter, ServerTransactions, Transactions

__all__ = ["Database", "migrate"]

P = ParamSpec("P")
T = TypeVar("T")


class Database:
    """An open database. Made by `Database.open`."""

    def __init__(self, *, writer: Transactions, reader: Transactions, is_shared: bool) -> None:
        self.is_shared = is_shared
        """Whether other processes may work on it, too."""
        self._writer = writer
        self._reader = reader

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, *, exclusive: bool = True, connections: int = 4
    ) -> AsyncIterator[Self]:
        """Open a database whose tables `migrate` has brought up to date.

        Args:
            url: As in DATABASE_URL.
            exclusive: Own a SQLite file alone. Only tools that read beside a running bot may
                say no.
            connections: How many may read at once; on PostgreSQL, read and write.

        Raises:
            StartupError: It cannot be opened, is owned by another process, or its tables are
                older or newer than this program.
        """
        where = parse(url)
        owned: AbstractContextManager[None] = nullcontext()
        if is_sqlite(where):
            path = path_of(where)
            if exclusive:
                owned = sole_owner(path)
            engines.warn_about_version()
        with owned:
            writer, reader = _transactions(where, connections)
            database = cls(writer=writer, reader=reader, is_shared=not is_sqlite(where))
            try:
                await database._check()
                yield database
            finally:
                await reader.close()
                await writer.close()

    async def read(
        self, fn: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a function that only reads, from one snapshot of the data.

        Raises:
            StoreError: The database could not do it.
        """
        with _faults():
            return await self._reader.run(lambda conn: fn(conn, *args, **kwargs))

    async def write(
        self, fn: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a function in a transaction; when this returns, what it wrote is on the disk.

        On SQLite one function runs at a time, in a thread of its own, and again if what was
        committed along with it failed. On PostgreSQL they run side by side, so what is read
        in order to be written must be locked, or guarded by the write's own condition.
        Whoever is cancelled in here leaves once the transaction is over, one way or the other.

        Raises:
            StoreError: The database could not do it, and holds nothing of it.
        """
        with _faults():
            return await self._writer.run(lambda conn: fn(conn, *args, **kwargs))

    async def tend(self) -> None:
        """Renew what the query planner knows, and fold the write-ahead log into the file.

        PostgreSQL does both by itself.

        Raises:
            StoreError: The database could not do it.
        """
        if isinstance(self._writer, FileWriter):
            with _faults():
                await self._writer.tend()

    async def _check(self) -> None:
        try:
            # The writer comes first: it is the one that may make the file and its WAL.
            await self.write(require_head)
        except StoreError as error:
            raise StartupError(error.sentence) from error


def _transactions(where: URL, connections: int) -> tuple[Transactions, Transactions]:
    """Give what writes and what reads."""
    if is_sqlite(where):
        reading = engines.sqlite_reader(where, connections=connections)
        return (
            FileWriter(engines.sqlite_writer(where)),
            FileReader(reading, connections=connections),
        )
    # Both on the same connections, and each waits for a free one by itself.
    engine = engines.postgres(where, connections=connections)
    return (
        ServerTransactions(engine, connections=connections),
        ServerTransactions(engines.postgres_reader(engine), connections=connections),
    )


@contextmanager
def _faults() -> Iterator[None]:
    """Say what the database's errors mean."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise fault_of(error) from error
