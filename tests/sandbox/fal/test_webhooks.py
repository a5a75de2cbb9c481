"""The local fal's calls: signed so that the bot believes them, and repeated until taken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from multidict import CIMultiDict
from pydantic import SecretStr

from bot.providers.base import Forged
from bot.providers.fal import FalProvider

from .conftest import KEY, SOUND, Rig


@dataclass
class Listener:
    """Somebody who is called, and answers as told; 204 unless told otherwise."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    calls: list[tuple[CIMultiDict[str], bytes]] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        """Take a call."""
        self.calls.append((CIMultiDict(request.headers), await request.read()))
        self.called.set()
        return web.Response(status=self.answers.pop(0) if self.answers else 204)

    async def wait(self) -> None:
        """Wait for the next call."""
        async with asyncio.timeout(10):
            await self.called.wait()
        self.called.clear()


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    """Listen on a port of its own."""
    listener = Listener()
    app = web.Application()
    app.router.add_post("/hook", listener.take)
    async with TestServer(app) as server:
        listener.url = str(server.make_url("/hook"))
        yield listener


async def submit(rig: Rig, listener: Listener, duration: int = 1) -> dict[str, Any]:
    """Submit with an address to call."""
    status, _, said = await rig.call(
        "POST",
        f"/fal/queue/{SOUND}",
        params={"fal_webhook": listener.url},
        json={"prompt": "laser", "duration": duration},
        headers=KEY,
    )
    assert status == 200
    return dict(said)


def provider(rig: Rig) -> FalProvider:
    """The bot's own way to the local fal."""
    return FalProvider(
        key=SecretStr("someone:secret"),
        clock=rig.clock,
        queue_url=f"{rig.base}/fal/queue",
        rest_url=f"{rig.base}/fal/rest",
        api_url=f"{rig.base}/fal/v1",
    )


async def made(rig: Rig, count: int) -> list[dict[str, Any]]:
    """Wait until so many attempts were made, and give all there were."""
    async with asyncio.timeout(10):
        while len(calls := (await rig.control())["webhooks"]) < count:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.005)
    return list(calls)


async def test_the_bot_believes_a_call(rig: Rig, listener: Listener) -> None:
    """It is signed by the key that the local fal publishes."""
    submitted = await submit(rig, listener)
    await rig.finish(submitted)
    await listener.wait()

    headers, body = listener.calls[0]
    async with provider(rig) as fal:
        assert await fal.request_of(headers, body) == submitted["request_id"]
    assert [call["status"] for call in await made(rig, 1)] == [204]


async def test_a_lying_call_is_not_believed(rig: Rig, listener: Listener) -> None:
    """It is signed by nobody's key."""
    rig.fault("fal.webhook", "lie")
    await rig.finish(await submit(rig, listener))
    await listener.wait()

    async with provider(rig) as fal:
        with pytest.raises(Forged):
            await fal.request_of(*listener.calls[0])


async def test_a_call_that_is_not_taken_comes_again(rig: Rig, listener: Listener) -> None:
    """After a while, until it is; one whose answer is lost comes twice."""
    listener.answers = [204, 503]
    rig.fault("fal.webhook", "drop_after")
    await rig.finish(await submit(rig, listener))

    for count, seconds in enumerate((1, 2, 3600), start=1):
        assert len(await made(rig, count)) == count
        await rig.clock.advance(seconds)

    assert [call["status"] for call in await made(rig, 3)] == [None, 503, 204]
    assert len(listener.calls) == 3


async def test_a_call_about_a_failure_says_so(rig: Rig, listener: Listener) -> None:
    """With the model's own words as its payload."""
    await rig.finish(await submit(rig, listener, duration=9999))
    await listener.wait()

    assert b'"status": "ERROR"' in listener.calls[0][1]


async def test_nobody_is_called_who_did_not_ask(rig: Rig, listener: Listener) -> None:
    """Most do not."""
    await rig.finish(await rig.submit())
    await asyncio.sleep(0.02)

    assert listener.calls == []
