"""The sandbox put together: one application on one port."""

from __future__ import annotations

import errno
import json
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from aiohttp import web
from pydantic import ValidationError

from bot.domain.clock import Clock, SystemClock
from bot.errors import StartupError
from sandbox.child import BotProcess
from sandbox.discord import Discord
from sandbox.fal import Fal
from sandbox.faults import Fault, Faults
from sandbox.novakit import NovaKit
from sandbox.nur import Nur
from sandbox.recording import Recording
from sandbox.web import Page

LARGEST_REQUEST_BYTES = 128 * 1024 * 1024


Record = Callable[[dict[str, object]], None]


class Sandbox:
    """The far ends, listening. An async context manager.

    Args:
        port: 0 takes a free one; `base_url` tells which.
        record: Gets an entry for each request, response and gateway frame.
    """

    def __init__(
        self,
        *,
        port: int,
        host: str = "127.0.0.1",
        clock: Clock | None = None,
        record: Record | None = None,
    ) -> None:
        self._host = host
        self._port = port
        clock = clock or SystemClock()
        record = record or Recording()
        self.faults = Faults()
        self.bot: BotProcess | None = None
        self.discord = Discord(
            clock=clock, faults=self.faults, base_url=lambda: self.base_url, record=record
        )
        self.fal = Fal(
            clock=clock, faults=self.faults, base_url=lambda: self.base_url, record=record
        )
        self.novakit = NovaKit(clock=clock, faults=self.faults, shelf=self.fal.shelf, record=record)
        self.nur = Nur(
            clock=clock,
            faults=self.faults,
            shelf=self.fal.shelf,
            base_url=lambda: self.base_url,
            record=record,
        )
        self._app = web.Application(
            client_max_size=LARGEST_REQUEST_BYTES, middlewares=[_from_this_machine]
        )
        for part in (Page(), self.discord, self.fal, self.novakit, self.nur):
            part.add_routes(self._app)
        self._add_control()
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=0.05)

    @property
    def base_url(self) -> str:
        """Where the sandbox is, once it listens."""
        return f"http://{self._host}:{self._port}"

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            if error.errno == errno.EADDRINUSE:
                raise StartupError(
                    f"Port {self._port} is in use, perhaps by another sandbox. Close that one, or "
                    "set MINSTREL_SANDBOX_PORT to another port."
                ) from error
            raise
        # With port 0 the system chose one.
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.bot is not None:
            await self.bot.stop()
        await self.discord.close()
        await self.novakit.close()
        await self.nur.close()
        await self.fal.close()
        await self._runner.cleanup()

    def _add_control(self) -> None:
        router = self._app.router
        router.add_get("/control/faults", self._list_faults)
        router.add_post("/control/faults", self._add_fault)
        router.add_delete("/control/faults", self._clear_faults)
        router.add_post("/control/bot", self._act_on_bot)

    async def _list_faults(self, _request: web.Request) -> web.Response:
        pending = [fault.model_dump() for fault in self.faults.pending]
        return web.json_response({"pending": pending, "struck": len(self.faults.struck)})

    async def _add_fault(self, request: web.Request) -> web.Response:
        try:
            self.faults.add(Fault.model_validate_json(await request.read()))
        except ValidationError as error:
            return web.json_response({"error": _sentence(error)}, status=400)
        return await self._list_faults(request)

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self.faults.clear()
        return await self._list_faults(request)

    async def _act_on_bot(self, request: web.Request) -> web.Response:
        if self.bot is None:
            return web.json_response({"error": "This sandbox runs without a bot."}, status=409)
        try:
            action = (await request.json()).get("action")
        except (json.JSONDecodeError, AttributeError):
            action = None
        if action not in {"start", "stop", "kill"}:
            return web.json_response({"error": "The action is start, stop or kill."}, status=400)
        await self.bot.act(action)
        return web.json_response({"pid": self.bot.pid})


def _sentence(error: ValidationError) -> str:
    """Say what is wrong with a fault, and what would be right."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    fields = ", ".join(Fault.model_fields)
    match first["type"]:
        case "missing":
            return f"A fault needs the field {field}. Its fields are {fields}."
        case "extra_forbidden":
            return f"A fault has no field {field}. Its fields are {fields}."
        case _ if field:
            expected = first["msg"].removeprefix("Input should be ")
            return f"The field {field} of a fault should be {expected}."
        case _:
            return f"A fault is sent as a JSON object. Its fields are {fields}."


@web.middleware
async def _from_this_machine(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Keep pages of other origins in the same browser from using the sandbox."""
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.host:
        return web.json_response({"error": "The sandbox serves its own page only."}, status=403)
    return await handler(request)
