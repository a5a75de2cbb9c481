"""The database as the rest of the bot sees it: two ways to run a function in a transaction.

    async with Database.open(url) as db:
        job = await db.write(jobs.accept, new, policy=policy, now=clock.now())

A data function is plain: it takes a connection first, calls nothing asynchronous, and returns
domain objects. One call is one transaction, committed when the function returns and rolled back
when it raises.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import StartupError, StoreError
from bot.store import engines
from bot.store.faults import fault_of
from bot.store.location import is_sqlite, parse, path_of, sole_owner
from bot.store.migration import migrate, require_head

__all__ = ["Database", "migrate"]

P = ParamSpec("P")
T = TypeVar("T")


class Database:
    """An open database. Made by `Database.open`."""

    def __init__(
        self,
        *,
        writer: AsyncEngine,
        reader: AsyncEngine,
        turnstile: asyncio.Semaphore,
        is_shared: bool,
    ) -> None:
        self.is_shared = is_shared
        """Whether other processes may work on it, too."""
        self._writer = writer
        self._reader = reader
        self._turnstile = turnstile

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
        if is_sqlite(where):
            path = path_of(where)
            owned: AbstractContextManager[None] = sole_owner(path) if exclusive else nullcontext()
            writer = engines.sqlite_writer(where)
            reader = engines.sqlite_reader(where, connections=connections)
            turnstile = asyncio.Semaphore(1)
            engines.warn_about_version()
        else:
            owned = nullcontext()
            writer = engines.postgres(where, connections=connections)
            reader = engines.postgres_reader(writer)
            turnstile = asyncio.Semaphore(connections)
        with owned:
            database = cls(
                writer=writer,
                reader=reader,
                turnstile=turnstile,
                is_shared=not is_sqlite(where),
            )
            try:
                await database._check()
                yield database
            finally:
                await reader.dispose()
                await writer.dispose()

    async def read(
        self, fn: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a function that only reads, from one snapshot of the data.

        Raises:
            StoreError: The database could not do it.
        """
        return await _to_the_end(self._run(self._reader, fn, *args, **kwargs))

    async def write(
        self, fn: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a function in a transaction; when this returns, what it wrote is on the disk.

        On SQLite one function runs at a time. On PostgreSQL they run side by side, so what is read
        in order to be written must be locked, or guarded by the write's own condition.
        Whoever is cancelled in here leaves once the transaction is over, one way or the other.

        Raises:
            StoreError: The database could not do it, and holds nothing of it.
        """
        async with self._turnstile:
            return await _to_the_end(self._run(self._writer, fn, *args, **kwargs))

    async def tend(self) -> None:
        """Renew what the query planner knows, and fold the write-ahead log into the file.

        PostgreSQL does both by itself.

        Raises:
            StoreError: The database could not do it.
        """
        if self._writer.dialect.name == "sqlite":
            async with self._turnstile:
                await _to_the_end(engines.tend_sqlite(self._writer))

    async def _check(self) -> None:
        try:
            # The writer comes first: it is the one that may make the file and its WAL.
            await self._run(self._writer, require_head)
        except StoreError as error:
            raise StartupError(error.sentence) from error

    @staticmethod
    async def _run(
        engine: AsyncEngine,
        fn: Callable[Concatenate[sa.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(fn, *args, **kwargs)
        except (SQLAlchemyError, OSError) as error:
            raise fault_of(error) from error


async def _to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Await a transaction; one that is cancelled meanwhile is still seen through."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            # A transaction is short and bounded by the busy time-out; nobody cancels it halfway.
            with suppress(asyncio.CancelledError):
                await asyncio.wait({task})
        if not task.cancelled():
            task.exception()
        raise
