"""The real cards on a real discord.py client, in a small Discord whose time the test winds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

import aiohttp
import discord
import pytest

from bot.domain.ids import ChannelId, GuildId, JobId, UserId
from bot.domain.job import Job, Kind, State
from bot.domain.money import Micros
from bot.jobs.board import CardState
from bot.jobs.delivery import Cards
from bot.ui.card import render
from tests.clock import ManualClock
from tests.sandbox.discord.conftest import open_town
from tests.sandbox.discord.town import Town


@dataclass
class Gallery:
    """Cards in a channel.

    Attributes:
        edits: Every edit that came: which message, how many files it had then, and when.
        on_the_way: Requests that Discord has not answered yet.
        requests: All requests so far, by method and path.
    """

    town: Town
    cards: Cards
    clock: ManualClock
    client: discord.Client
    ids: count[int]
    edits: list[tuple[int, int, datetime]]
    on_the_way: set[int]
    requests: list[str]

    def job(self, state: State = State.ACCEPTED, **more: Any) -> Job:
        """A job in the town's channel."""
        now = self.clock.now()
        job_id = more.pop("id", None) or next(self.ids)
        details: dict[str, Any] = {
            "id": JobId(job_id),
            "guild_id": GuildId(int(self.town.guild)),
            "user_id": UserId(7),
            "channel_id": ChannelId(int(self.town.channel)),
            "kind": Kind.MUSIC,
            "provider": "fal",
            "model": "fal-ai/stable-audio-25/text-to-audio",
            "prompt": f"tune {job_id}",
            "arguments": {"prompt": "tune", "seed": 7},
            "estimate": Micros(200_000),
            "state": state,
            "version": 1,
            "created_at": now,
            "updated_at": now,
            "next_run_at": now,
        }
        return Job(**details | more)

    async def posted(self, **more: Any) -> Job:
        """A job whose card stands."""
        job = self.job(**more)
        card_id = await self.through(self.cards.post(CardState(job=job)))
        return self.at(job, State.ACCEPTED, card_id=card_id)

    def at(self, job: Job, state: State, **more: Any) -> Job:
        """The same job at another stage."""
        details = {name: getattr(job, name) for name in Job.__dataclass_fields__}
        return Job(**details | {"state": state} | more)

    async def through(self, work: Any) -> Any:
        """Await something while time passes."""
        task = asyncio.ensure_future(work)
        async with asyncio.timeout(600):
            while not task.done():
                await self._pass()
        return await task

    async def _pass(self) -> None:
        """Let a fifth of a second pass, unless something is on its way to Discord."""
        await asyncio.sleep(0.001)
        if not self.on_the_way:
            self.clock.advance(0.2)

    async def quiet(self, seconds: float = 15) -> None:
        """Let so much time pass."""
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            await self._pass()

    async def messages(self) -> list[dict[str, Any]]:
        """What stands in the channel."""
        return await self.town.messages()

    @property
    def refused(self) -> int:
        """How many requests were answered with 429."""
        return self.town.discord.world.tally.rate_limited


@pytest.fixture
async def gallery(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gallery]:
    """An empty channel."""
    clock = ManualClock()
    async with open_town(clock=clock) as town:
        monkeypatch.setattr(discord.http.Route, "BASE", f"{town.base}/api/v10")
        edits: list[tuple[int, int, datetime]] = []

        def note(event: dict[str, Any], *_: Any) -> None:
            if event.get("type") == "message_update":
                message = event["message"]
                edits.append((int(message["id"]), len(message["attachments"]), clock.now()))

        stop: Callable[[], None] = town.discord.world.listen(note)
        trace, on_the_way, requests = _tracing()
        async with discord.Client(intents=discord.Intents.none(), http_trace=trace) as client:
            await client.login("a-token")
            gallery = Gallery(
                town=town,
                cards=Cards(client, render, clock),
                clock=clock,
                client=client,
                ids=count(1_000_000_000_000_000_000),
                edits=edits,
                on_the_way=on_the_way,
                requests=requests,
            )
            yield gallery
            await gallery.through(gallery.cards.flush())
        stop()


def _tracing() -> tuple[aiohttp.TraceConfig, set[int], list[str]]:
    """Give a trace for the client, and where it keeps what is on its way, and what there was."""
    on_the_way: set[int] = set()
    requests: list[str] = []
    trace = aiohttp.TraceConfig()

    async def begin(
        _session: object, context: Any, params: aiohttp.TraceRequestStartParams
    ) -> None:
        on_the_way.add(id(context))
        requests.append(f"{params.method} {params.url.path}")

    async def end(_session: object, context: Any, _params: object) -> None:
        on_the_way.discard(id(context))

    trace.on_request_start.append(begin)
    trace.on_request_end.append(end)
    trace.on_request_exception.append(end)
    return trace, on_the_way, requests
