"""Answers to whoever watches the process: is it alive, is it ready."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.errors import StartupError, StoreError
from bot.store import Database, meta


class Health:
    """A small HTTP server on the loopback interface; none when no port is given."""

    def __init__(self, port: int | None, is_ready: Callable[[], bool], db: Database) -> None:
        self._port = port
        self._is_ready = is_ready
        self._db = db
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        if self._port is None:
            return self
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise StartupError(
                f"MINSTREL_HEALTH_PORT {self._port} is in use. Choose another one."
            ) from error
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _healthz(self, _request: web.Request) -> web.Response:
        """The event loop turns; that is all a restart could mend."""
        return web.Response(text="alive\n")

    async def _readyz(self, _request: web.Request) -> web.Response:
        """Discord is connected and the database answers."""
        if not self._is_ready():
            return web.Response(status=503, text="not connected to Discord\n")
        try:
            await self._db.read(meta.get, "health")
        except StoreError as error:
            return web.Response(status=503, text=f"{error.sentence}\n")
        return web.Response(text="ready\n")
