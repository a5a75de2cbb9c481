"""A local fal on a real port, quick unless a test wants to watch it wait."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.domain.clock import SystemClock
from sandbox.fal import Fal, Settings
from sandbox.faults import Fault, Faults

KEY = {"Authorization": "Key someone:secret"}
MUSIC = "cassetteai/music-generator"
ACE = "fal-ai/ace-step/prompt-to-audio"


@dataclass
class Rig:
    """A running local fal and a client for it."""

    fal: Fal
    faults: Faults
    http: aiohttp.ClientSession
    base: str
    events: list[dict[str, object]]

    def fault(self, where: str, what: Any, **more: Any) -> None:
        """Set a fault."""
        self.faults.add(Fault(where=where, what=what, **more))

    async def call(self, method: str, url: str, **more: Any) -> tuple[int, Any, Any]:
        """Make a call with the key; gives status, headers, and JSON or text."""
        more.setdefault("headers", KEY)
        url = url if url.startswith("http") else f"{self.base}{url}"
        async with self.http.request(method, url, **more) as answer:
            is_json = answer.content_type == "application/json"
            return answer.status, answer.headers, await (answer.json() if is_json else answer.text())

    async def submit(self, endpoint: str = MUSIC, **arguments: Any) -> dict[str, Any]:
        """Submit a request that is accepted."""
        body = arguments or {"prompt": "a short tune", "duration": 10}
        status, _, answer = await self.call("POST", f"/fal/queue/{endpoint}", json=body)
        assert status == 200, answer
        return dict(answer)

    async def finish(self, submitted: dict[str, Any]) -> dict[str, Any]:
        """Follow the stream of a request to its end; gives the last status."""
        *_, last = [status async for status in self.stream(submitted)]
        return last

    async def stream(self, submitted: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """Yield the statuses that the stream sends."""
        import json

        url = f"{submitted['status_url']}/stream?logs=1"
        async with self.http.get(url, headers=KEY) as answer:
            assert answer.status == 200
            assert answer.content_type == "text/event-stream"
            async for line in answer.content:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])

    async def result(self, endpoint: str = MUSIC, **arguments: Any) -> tuple[int, Any, Any]:
        """Submit, wait, and fetch the result."""
        submitted = await self.submit(endpoint, **arguments)
        await self.finish(submitted)
        return await self.call("GET", submitted["response_url"])

    async def control(self, **change: Any) -> dict[str, Any]:
        """Change settings, or without any give the counts."""
        method = "POST" if change else "GET"
        _, _, answer = await self.call(method, "/control/fal", json=change or None)
        return dict(answer)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Run a local fal without waits of its own."""
    server: TestServer
    faults, events = Faults(), []
    fal = Fal(
        clock=SystemClock(),
        faults=faults,
        base_url=lambda: str(server.make_url("")).rstrip("/"),
        record=events.append,
        settings=Settings(queue_seconds=0, run_seconds=0),
    )
    app = web.Application(client_max_size=200 * 2**20)
    fal.add_routes(app)
    server = TestServer(app)
    await server.start_server()
    async with aiohttp.ClientSession() as http:
        yield Rig(fal, faults, http, str(server.make_url("")).rstrip("/"), events)
    await fal.close()
    await server.close()
