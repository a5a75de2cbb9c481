"""NovaKit on a wire that the test plays the other end of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest
from pydantic import SecretStr

from bot.domain.job import Json
from bot.providers.novakit import NovaKitProvider
from tests.providers.far_end import ManualClock

KEY = "sk_very-secret"
BASE = "https://www.novakit.ai/api/v1"
MODEL = "fal-ai/stable-audio"
ENDPOINT = f"novakit/{MODEL}"
JOB_ID = "job_abc123"
SONG = "https://fal.media/files/music123.mp3"


def job(status: str = "completed", **more: Json) -> dict[str, Json]:
    """Give a job as NovaKit's docs show one."""
    shown: dict[str, Json] = {
        "id": JOB_ID,
        "orgId": "org_xyz",
        "userId": "api",
        "tool": "music",
        "status": status,
        "progress": 100,
        "inputParams": {"prompt": "rain"},
        "outputData": {"audio": {"url": SONG}} if status == "completed" else None,
        "estimatedCredits": 15,
        "createdAt": "2026-03-01T12:00:00Z",
        "model": MODEL,
        "modelTier": "standard",
    }
    return shown | more


class Cupboard:
    """A storage that remembers what was put into it."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    async def upload(self, data: bytes, *, content_type: str, file_name: str) -> str:
        """Keep it."""
        self.kept.append(data)
        return f"https://v3.fal.media/{file_name}"


Connect = Callable[[Callable[[httpx.Request], httpx.Response]], Awaitable[NovaKitProvider]]


@pytest.fixture
def clock() -> ManualClock:
    """Give the clock that the provider is run by."""
    return ManualClock()


@pytest.fixture
def cupboard() -> Cupboard:
    """Give the storage that sources go into."""
    return Cupboard()


@pytest.fixture
async def connect(clock: ManualClock, cupboard: Cupboard) -> AsyncIterator[Connect]:
    """Open a provider on a handler of requests."""
    async with AsyncExitStack() as stack:

        async def open_provider(
            far_end: Callable[[httpx.Request], httpx.Response],
        ) -> NovaKitProvider:
            provider = NovaKitProvider(
                key=SecretStr(KEY),
                clock=clock,
                url=BASE,
                storage=cupboard,
                transport=httpx.MockTransport(far_end),
            )
            return await stack.enter_async_context(provider)

        yield open_provider
