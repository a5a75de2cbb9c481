"""How transactions are run: in threads on SQLite, side by side on a server.

A thread makes one journey from the loop and back for a whole transaction. A driver that is awaited
makes one for each statement, and waits for its turn in the loop every time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store import engines

T = TypeVar("T")

TOGETHER = 32
"""How many transactions may share one flush to the disk; the first of them waits for the last."""


class Transactions(Protocol):
    """Runs functions in transactions of their own."""

    async def run(self, work: Callable[[sa.Connection], T]) -> T:
        """Run a function, and give what it returns; what it wrote is on the disk by then.

        Raises:
            SQLAlchemyError, OSError: The database could not do it, and holds nothing of it.
        """
        ...

    async def close(self) -> None:
        """Finish what was begun, and let go of the connections."""
        ...


@dataclass(slots=True)
class _Order:
    """A function that waits for its transaction, with the caller's context for the log."""

    work: Callable[[sa.Connection], Any]
    context: Context = field(default_factory=copy_context)
    done: Future[Any] = field(default_factory=Future)

    def begins(self) -> bool:
        """Say whether it is still wanted; from then on it is seen through."""
        return self.done.set_running_or_notify_cancel()

    def run(self, conn: sa.Connection) -> Any:
        return self.context.run(self.work, conn)


class FileWriter:
    """The one thread that writes a SQLite file.

    A transaction costs a flush to the disk and a journey between threads; what has come up by the
    time that one is through is committed along with it, each function in a savepoint, so that one
    which raises takes nothing of the others along. Nobody hears of a result before the commit.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database-writer")
        self._waiting: deque[_Order] = deque()

    async def run(self, work: Callable[[sa.Connection], T]) -> T:
        """Run a function after those that came before it; see `Transactions.run`."""
        order = _Order(work)
        self._waiting.append(order)
        self._thread.submit(self._write)
        outcome: asyncio.Future[T] = asyncio.wrap_future(order.done)
        try:
            return await asyncio.shield(outcome)
        except asyncio.CancelledError:
            if not order.done.cancel():
                await _see_through(outcome)
            raise

    async def tend(self) -> None:
        """Renew what the planner knows, and fold the log into the file; between transactions."""
        await asyncio.wrap_future(self._thread.submit(engines.tend_sqlite, self._engine))

    async def close(self) -> None:
        """Write what waits, and close the connection where it was opened."""
        await asyncio.wrap_future(self._thread.submit(self._engine.dispose))
        self._thread.shutdown()

    def _write(self) -> None:
        """Commit what waits. Comes once per order; the later turns find nothing left to do."""
        first = self._next()
        if first is None:
            return
        through: list[tuple[_Order, Any]] = []
        try:
            with self._engine.begin() as conn:
                through.append((first, first.run(conn)))
                while len(through) < TOGETHER and (order := self._next()) is not None:
                    self._run_along(conn, order, through)
        except _Undone as undone:
            undone.order.done.set_exception(undone.reason)
        except BaseException as error:  # noqa: BLE001 - whoever waits for it hears of it
            if len(through) < 2:
                first.done.set_exception(error)
                return
        else:
            for order, result in through:
                order.done.set_result(result)
            return
        for order, _ in through:
            self._write_alone(order)

    def _run_along(
        self, conn: sa.Connection, order: _Order, through: list[tuple[_Order, Any]]
    ) -> None:
        try:
            conn.exec_driver_sql("SAVEPOINT alone")
            result = order.run(conn)
            conn.exec_driver_sql("RELEASE alone")
        except BaseException as error:  # noqa: BLE001 - as above
            try:
                conn.exec_driver_sql("ROLLBACK TO alone")
            except SQLAlchemyError:
                # A full or broken disk makes SQLite take back the whole transaction at once.
                raise _Undone(order, error) from error
            order.done.set_exception(error)
        else:
            through.append((order, result))

    def _write_alone(self, order: _Order) -> None:
        """Write once more what was taken back for no fault of its own, or learn its own fault."""
        try:
            with self._engine.begin() as conn:
                result = order.run(conn)
        except BaseException as error:  # noqa: BLE001 - as above
            order.done.set_exception(error)
        else:
            order.done.set_result(result)

    def _next(self) -> _Order | None:
        while self._waiting:
            order = self._waiting.popleft()
            if order.begins():
                return order
        return None


class _Undone(Exception):
    """A function's fault that cost the whole transaction."""

    def __init__(self, order: _Order, reason: BaseException) -> None:
        super().__init__()
        self.order = order
        self.reason = reason


class FileReader:
    """Threads that read a SQLite file, each transaction from one snapshot."""

    def __init__(self, engine: sa.Engine, *, connections: int) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="database-reader")

    async def run(self, work: Callable[[sa.Connection], T]) -> T:
        """Run a function beside others; see `Transactions.run`.

        Whoever is cancelled leaves at once: nothing hangs on what was read.
        """
        return await asyncio.wrap_future(self._threads.submit(copy_context().run, self._read, work))

    async def close(self) -> None:
        """Let what is being read be read to the end, and close the connections."""
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()

    def _read(self, work: Callable[[sa.Connection], T]) -> T:
        with self._engine.begin() as conn:
            return work(conn)


class ServerTransactions:
    """Transactions on a server, as many at once as there are connections.

    Whoever is cancelled leaves once the transaction is over, one way or the other.
    """

    def __init__(self, engine: AsyncEngine, *, connections: int) -> None:
        self._engine = engine
        self._turnstile = asyncio.Semaphore(connections)

    async def run(self, work: Callable[[sa.Connection], T]) -> T:
        """Run a function beside others; see `Transactions.run`."""
        async with self._turnstile:
            task = asyncio.create_task(self._transact(work))
            try:
                return await asyncio.shield(task)
            except asyncio.CancelledError:
                await _see_through(task)
                raise

    async def close(self) -> None:
        """Let go of the connections."""
        await self._engine.dispose()

    async def _transact(self, work: Callable[[sa.Connection], T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)


async def _see_through(work: asyncio.Future[T]) -> None:
    while not work.done():
        # A transaction is short and bounded by the busy time-out; nobody cancels it halfway.
        with suppress(asyncio.CancelledError):
            await asyncio.wait({work})
    if not work.cancelled():
        work.exception()
