"""Answers to whoever watches the process: is it alive, is it ready, what does it count."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from bot import metrics
from bot.domain.clock import Clock
from bot.errors import StoreError
from bot.listening import listen
from bot.store import Database, census

LAG_EVERY_SECONDS = 0.5
STUCK_SECONDS = 5.0
"""An event loop that late is not slow, but stuck; a restart is the cure."""


class Health:
    """A small HTTP server on the loopback interface; none when no port is given.

    `/livez` (and `/healthz`, its old name) says whether a restart would help, `/readyz` whether
    people are served, and `/metrics` is for Prometheus.
    """

    def __init__(
        self, port: int | None, is_ready: Callable[[], bool], db: Database, clock: Clock
    ) -> None:
        self._port = port
        self._is_ready = is_ready
        self._db = db
        self._clock = clock
        self._runner: web.AppRunner | None = None
        self._measuring: asyncio.Task[None] | None = None
        self._lag = 0.0

    async def __aenter__(self) -> Self:
        if self._port is None:
            return self
        app = web.Application()
        app.router.add_get("/livez", self._livez)
        app.router.add_get("/healthz", self._livez)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        self._runner = await listen(
            app,
            host="127.0.0.1",
            port=self._port,
            taken=f"MINSTREL_HEALTH_PORT {self._port} is in use. Choose another one.",
        )
        self._measuring = asyncio.create_task(self._measure_lag(), name="event-loop-lag")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._measuring is not None:
            self._measuring.cancel()
            await asyncio.gather(self._measuring, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    async def _measure_lag(self) -> None:
        """Ask to be woken now and then, and see how late it gets."""
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(LAG_EVERY_SECONDS)
            self._lag = loop.time() - before - LAG_EVERY_SECONDS
            metrics.loop_lagged(self._lag)

    async def _livez(self, _request: web.Request) -> web.Response:
        """The event loop turns; that is all a restart could mend."""
        if self._lag > STUCK_SECONDS:
            return web.Response(status=503, text=f"the process is {self._lag:.0f} s behind\n")
        return web.Response(text="alive\n")

    async def _readyz(self, _request: web.Request) -> web.Response:
        """Discord is connected and the database answers."""
        if not self._is_ready():
            return web.Response(status=503, text="not connected to Discord\n")
        try:
            await self._db.read(census.take)
        except StoreError as error:
            return web.Response(status=503, text=f"{error.sentence}\n")
        return web.Response(text="ready\n")

    async def _metrics(self, _request: web.Request) -> web.Response:
        """What was counted, and how many jobs there are at this moment."""
        try:
            found = await self._db.read(census.take)
        except StoreError:
            metrics.database_is_down()
        else:
            now = self._clock.now()
            age = 0.0 if found.oldest_at is None else (now - found.oldest_at).total_seconds()
            metrics.jobs_open(found.by_state, oldest_seconds=age)
        return web.Response(
            body=metrics.exposition(), headers={"Content-Type": metrics.CONTENT_TYPE}
        )
