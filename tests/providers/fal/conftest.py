"""A provider on a wire that the test plays the other end of, and time wound by hand."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.domain.job import Handle, Json
from bot.providers.fal import FalProvider

KEY = "key-id:very-secret-half"
BASE = "https://queue.fal.run"
ENDPOINT = "fal-ai/ace-step/prompt-to-audio"
REQUEST_ID = "764cabcf-b745-4b3e-ae38-1200304cf45b"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class ManualClock:
    """A clock that jumps over every wait and remembers how long it would have been."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=sum(self.slept))

    def monotonic(self) -> float:
        return sum(self.slept)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Script:
    """Plays fal: answers request after request, the last answer over and over, and remembers."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def paths(self) -> list[str]:
        return [f"{request.method} {request.url.path}" for request in self.seen]


def answer(status: int, body: Json | bytes = None, **headers: str) -> httpx.Response:
    """Make an answer: JSON, or bytes as they are; header names with underscores for hyphens."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=named, content=content)


def handle(base: str = BASE) -> Handle:
    """Give the handle that fal's answer to a submit amounts to."""
    url = f"{base}/fal-ai/ace-step/requests/{REQUEST_ID}"
    return Handle(
        request_id=REQUEST_ID,
        status_url=f"{url}/status",
        response_url=url,
        cancel_url=f"{url}/cancel",
    )


Connect = Callable[..., Awaitable[FalProvider]]
Serve = Callable[[web.Application], Awaitable[str]]


@pytest.fixture
def clock() -> ManualClock:
    """Give the clock that the provider is run by."""
    return ManualClock()


@pytest.fixture
async def connect(clock: ManualClock) -> AsyncIterator[Connect]:
    """Open a provider on a handler of requests, or on a base URL of a server in the test."""
    async with AsyncExitStack() as stack:

        async def open_provider(
            far_end: Callable[[httpx.Request], httpx.Response] | str, **options: str | float
        ) -> FalProvider:
            if isinstance(far_end, str):
                options |= {"queue_url": far_end, "rest_url": far_end, "api_url": far_end}
            provider = FalProvider(
                key=SecretStr(KEY),
                clock=clock,
                transport=None if isinstance(far_end, str) else httpx.MockTransport(far_end),
                **options,  # type: ignore[arg-type]
            )
            return await stack.enter_async_context(provider)

        yield open_provider


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve an aiohttp application on loopback and give its base URL."""
    async with AsyncExitStack() as stack:

        async def start(app: web.Application) -> str:
            runner = web.AppRunner(app, shutdown_timeout=0.1)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            host, port = runner.addresses[0][:2]
            return f"http://{host}:{port}"

        yield start
