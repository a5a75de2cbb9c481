"""A provider on a wire that the test plays the other end of, and time wound by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.domain.job import Handle
from bot.providers.fal import FalProvider
from tests.providers.far_end import START, ManualClock, Script, answer

__all__ = [
    "BASE",
    "ENDPOINT",
    "KEY",
    "REQUEST_ID",
    "START",
    "Connect",
    "ManualClock",
    "Script",
    "Serve",
    "answer",
    "handle",
]

KEY = "key-id:very-secret-half"
BASE = "https://queue.fal.run"
ENDPOINT = "fal-ai/ace-step/prompt-to-audio"
REQUEST_ID = "764cabcf-b745-4b3e-ae38-1200304cf45b"


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
