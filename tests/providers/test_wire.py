"""HTTP to a provider, whoever it is."""

from __future__ import annotations

import gc

import httpx
import pytest
from pydantic import SecretStr

from bot.providers.wire import Wire

from .far_end import Script, answer

URL = "https://queue.fal.run/x"


@pytest.mark.parametrize("status", [200, 500])
async def test_an_exchange_leaves_nothing_to_search_for(status: int) -> None:
    """A thousand jobs ask dozens of times a second: what httpx ties in circles is untied."""
    transport = httpx.MockTransport(Script(answer(status, {"status": "IN_PROGRESS"})))
    async with Wire(SecretStr("id:secret"), transport=transport) as wire:
        await wire.ask("GET", URL)
        gc.collect()

        for _ in range(10):
            await wire.ask("GET", URL)
            await wire.post_once(URL, {})

        assert gc.collect() < 10
