"""Locks that all processes on one PostgreSQL share; on SQLite there is one process only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.store.faults import fault_of
from bot.store.location import is_sqlite, parse


@asynccontextmanager
async def held(url: str, number: int) -> AsyncIterator[None]:
    """Hold the lock of a number; whoever else wants it waits.

    It has a connection of its own, so PostgreSQL lets go of it when the process dies.

    Raises:
        StoreError: The database cannot be reached.
    """
    where = parse(url)
    if is_sqlite(where):
        yield
        return
    engine = create_async_engine(where, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        connection = await _lock(engine, number)
        try:
            yield
        finally:
            await connection.close()
    finally:
        await engine.dispose()


async def _lock(engine: AsyncEngine, number: int) -> AsyncConnection:
    try:
        connection = await engine.connect()
        await connection.execute(sa.select(sa.func.pg_advisory_lock(number)))
    except (SQLAlchemyError, OSError) as error:
        raise fault_of(error) from error
    return connection
