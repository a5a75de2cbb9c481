"""The listener for providers' calls; it is there only where MINSTREL_PUBLIC_URL is set."""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.errors import ProviderError, StoreError
from bot.jobs.calls import Calls
from bot.listening import listen
from bot.providers.base import Forged

log = logging.getLogger(__name__)

LIMIT_BYTES = 8 * 1024 * 1024
"""Most that is read of a call. A model's output is a few kilobytes."""

BODY_SECONDS = 10


class WebhookServer:
    """A small HTTP server for calls; none without a port.

    It listens on all of the machine's addresses, so that a proxy in another container reaches it.
    All it does for a stranger is to say no.
    """

    def __init__(self, port: int | None, calls: Calls) -> None:
        self._port = port
        self._calls = calls
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        if self._port is None:
            return self
        app = web.Application(client_max_size=LIMIT_BYTES)
        # A proxy may pass the path on with or without what MINSTREL_PUBLIC_URL ends in.
        app.router.add_post("/{before:(?:.*/)?}{place:[^/]+/[^/]+/[^/]+}", self._take)
        self._runner = await listen(
            app,
            host=None,
            port=self._port,
            taken=f"MINSTREL_WEBHOOK_PORT {self._port} is in use. Choose another one, or unset "
            "MINSTREL_PUBLIC_URL to do without calls from the provider.",
        )
        log.info("taking the provider's calls on port %d", self._port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Take no more calls; the provider makes those again that were not taken."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        """Answer at once: what is to be done about a call is done elsewhere."""
        place = request.match_info["place"]
        if not self._calls.is_expected(place):
            return web.Response(status=404)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await request.read()
            await self._calls.take(place, request.headers, body)
        except TimeoutError:
            return web.Response(status=408)
        except Forged as error:
            log.warning("%s It was not taken.", error.sentence)
            return web.Response(status=401)
        except (ProviderError, StoreError) as error:
            log.warning("a call cannot be taken at the moment: %s", error.sentence)
            return web.Response(status=503)
        return web.Response(status=204)
