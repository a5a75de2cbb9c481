"""The small Discord on a port of its own, a person using it, and a real discord.py bot in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord.gateway
import discord.http
import pytest
import yarl
from aiohttp import web

from bot.domain.clock import SystemClock
from sandbox.discord import Discord
from sandbox.faults import Faults
from tests.sandbox.discord.town import Town
from tests.sandbox.discord.troubadour import Troubadour


@asynccontextmanager
async def open_town(**options: Any) -> AsyncIterator[Town]:
    """Serve a small Discord on a free port."""
    faults, records = Faults(), list[dict[str, object]]()
    base: list[str] = []
    server = Discord(
        clock=options.pop("clock", SystemClock()),
        faults=faults,
        base_url=lambda: base[0],
        record=records.append,
        **options,
    )
    app = web.Application()
    server.add_routes(app)
    runner = web.AppRunner(app, shutdown_timeout=0.05)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    base.append(f"http://127.0.0.1:{port}")
    try:
        async with aiohttp.ClientSession(base[0]) as http:
            yield Town(discord=server, base=base[0], http=http, faults=faults, records=records)
    finally:
        await server.close()
        await runner.cleanup()


@pytest.fixture
async def town(request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    """Give a town; its parameter is how many seconds the bot has to acknowledge."""
    async with open_town(ack_seconds=getattr(request, "param", 3.0)) as opened:
        yield opened


@pytest.fixture
def pointed(town: Town) -> Iterator[Town]:
    """Point discord.py at the town, and back afterwards."""
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    discord.http.Route.BASE = f"{town.base}/api/v10"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(
        town.base.replace("http", "ws") + "/gateway"
    )
    yield town
    discord.http.Route.BASE = base
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway


@pytest.fixture
async def bot(pointed: Town) -> AsyncIterator[Troubadour]:
    """Give a real bot, logged in and ready, with its commands registered."""
    troubadour = Troubadour()
    running = asyncio.create_task(troubadour.start("a-token"))
    await asyncio.wait_for(troubadour.ready.wait(), 15)
    await pointed.learn()
    yield troubadour
    await troubadour.close()
    await running
