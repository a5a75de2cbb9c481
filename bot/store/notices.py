"""What processes on one PostgreSQL tell each other at once, by LISTEN and NOTIFY.

A notice saves waiting and nothing else: whoever misses one finds the same in the database at its
next look. So none is kept, none is repeated, and while the connection is down there are none.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.store.location import is_sqlite, parse

log = logging.getLogger(__name__)

CHANNEL = "minstrel"
RETRY_SECONDS = 5.0
WAITING_AT_MOST = 1_000
"""Notices that wait to be sent; with more than that, the looks at the database are as quick."""

Hear = Callable[[str], None]


class Notices:
    """Sends notices to the other processes, and hears theirs. On SQLite there are no others.

    Its own notices come back to a process too, as PostgreSQL has it.
    """

    def __init__(self, url: str) -> None:
        where = parse(url)
        self._engine = (
            None
            if is_sqlite(where)
            else create_async_engine(where, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        )
        self._unsent: asyncio.Queue[str] = asyncio.Queue(WAITING_AT_MOST)

    @asynccontextmanager
    async def heard_by(self, hear: Hear) -> AsyncIterator[None]:
        """Send and hear while the block runs.

        `hear` gets each notice, and "" after a time in which some may have been missed.
        """
        if self._engine is None:
            yield
            return
        task = asyncio.create_task(self._stay_connected(self._engine, hear), name="notices")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._engine.dispose()

    def send(self, notice: str) -> None:
        """Tell the other processes, soon; never waits, never fails."""
        if self._engine is not None:
            with suppress(asyncio.QueueFull):
                self._unsent.put_nowait(notice)

    async def _stay_connected(self, engine: AsyncEngine, hear: Hear) -> None:
        while True:
            try:
                async with engine.connect() as connection:
                    await self._converse(connection, hear)
            except (SQLAlchemyError, OSError) as error:
                log.warning("no notices between processes for now: %s", type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    async def _converse(self, connection: AsyncConnection, hear: Hear) -> None:
        """Listen and send on one connection until it breaks."""
        broken = asyncio.Event()
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        driver.add_termination_listener(lambda _connection: broken.set())
        await driver.add_listener(CHANNEL, lambda *heard: hear(str(heard[-1])))
        hear("")
        sending = asyncio.create_task(self._send_all(connection), name="notices-out")
        breaking = asyncio.create_task(broken.wait(), name="notices-lost")
        try:
            await asyncio.wait({sending, breaking}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                await sending
        finally:
            sending.cancel()
            breaking.cancel()
            await asyncio.gather(sending, breaking, return_exceptions=True)

    async def _send_all(self, connection: AsyncConnection) -> None:
        while True:
            notices = {await self._unsent.get()}
            while not self._unsent.empty():
                notices.add(self._unsent.get_nowait())
            for notice in sorted(notices):
                await connection.execute(sa.select(sa.func.pg_notify(CHANNEL, notice)))
