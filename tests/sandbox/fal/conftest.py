"""A local fal on a real port, with a clock that is wound by hand."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.fal import Fal, Settings
from sandbox.faults import Fault, Faults

KEY = {"Authorization": "Key someone:secret"}
MUSIC = "cassetteai/music-generator"
SOUND = "cassetteai/sound-effects-generator"
BODY = {"prompt": "laser", "duration": 1}
START = datetime(2026, 6, 1, 12, tzinfo=UTC)


class HandClock:
    """Time that passes only when a test says so."""

    def __init__(self) -> None:
        self.passed = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.passed + seconds, woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Let time pass, waking everyone in order."""
        end = self.passed + seconds
        await self._settle()
        while due := [sleeper for sleeper in self._sleepers if sleeper[0] <= end]:
            at, woken = min(due, key=lambda sleeper: sleeper[0])
            self._sleepers.remove((at, woken))
            self.passed = max(self.passed, at)
            if not woken.done():
                woken.set_result(None)
            await self._settle()
        self.passed = end

    async def _settle(self) -> None:
        for _ in range(8):
            await asyncio.sleep(0)


@dataclass
class Rig:
    """A running local fal and a client for it."""

    fal: Fal
    clock: HandClock
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
            return (
                answer.status,
                answer.headers,
                await (answer.json() if is_json else answer.text()),
            )

    async def submit(self, endpoint: str = SOUND, **arguments: Any) -> dict[str, Any]:
        """Submit a request that is accepted."""
        status, _, answer = await self.call(
            "POST", f"/fal/queue/{endpoint}", json=arguments or BODY
        )
        assert status == 200, answer
        return dict(answer)

    async def status(self, submitted: dict[str, Any]) -> dict[str, Any]:
        """Give the status object of a request."""
        _, _, answer = await self.call("GET", f"{submitted['status_url']}?logs=1")
        return dict(answer)

    async def stream(self, submitted: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """Yield the statuses that the stream sends."""
        url = f"{submitted['status_url']}/stream?logs=1"
        async with self.http.get(url, headers=KEY) as answer:
            assert (answer.status, answer.content_type) == (200, "text/event-stream")
            async for line in answer.content:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])

    async def finish(self, submitted: dict[str, Any]) -> dict[str, Any]:
        """Follow the stream of a request to its end; gives the last status."""
        statuses = [status async for status in self.stream(submitted)]
        return statuses[-1]

    async def result(self, endpoint: str = SOUND, **arguments: Any) -> tuple[int, Any, Any]:
        """Submit, wait, and fetch the result."""
        submitted = await self.submit(endpoint, **arguments)
        await self.finish(submitted)
        return await self.call("GET", submitted["response_url"])

    async def download(self, url: str) -> tuple[npt.NDArray[np.float32], int]:
        """Fetch and decode a file; gives samples and rate."""
        async with self.http.get(url) as answer:
            assert answer.status == 200
            samples, rate = soundfile.read(io.BytesIO(await answer.read()), dtype="float32")
            return samples, rate

    async def upload(self, data: bytes, name: str = "source.wav") -> str:
        """Put a file into the storage; gives its address."""
        _, _, promised = await self.call(
            "POST",
            "/fal/rest/storage/upload/initiate?storage_type=fal-cdn-v3",
            json={"file_name": name, "content_type": "audio/wav"},
        )
        status, _, _ = await self.call(
            "PUT", promised["upload_url"], data=io.BytesIO(data), headers={}
        )
        assert status == 200
        return str(promised["file_url"])

    async def struck(self) -> None:
        """Wait until a fault has struck."""
        async with asyncio.timeout(10):
            while not self.faults.struck:  # noqa: ASYNC110 - the faults have no event to wait for
                await asyncio.sleep(0.005)

    async def control(self, **change: Any) -> dict[str, Any]:
        """Change settings, or without any give the counts."""
        method = "POST" if change else "GET"
        _, _, answer = await self.call(method, "/control/fal", json=change or None)
        return dict(answer)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Run a local fal without waits of its own."""
    server: TestServer
    clock, faults = HandClock(), Faults()
    events: list[dict[str, object]] = []
    fal = Fal(
        clock=clock,
        faults=faults,
        base_url=lambda: str(server.make_url("")).rstrip("/"),
        record=events.append,
        settings=Settings(queue_seconds=0, run_seconds=0),
    )
    app = web.Application(client_max_size=200 * 2**20)
    fal.add_routes(app)
    server = TestServer(app)
    await server.start_server()
    base = str(server.make_url("")).rstrip("/")
    async with aiohttp.ClientSession() as http:
        yield Rig(fal=fal, clock=clock, faults=faults, http=http, base=base, events=events)
    await fal.close()
    await server.close()
