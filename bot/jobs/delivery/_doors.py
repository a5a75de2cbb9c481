"""Where new messages, most of them cards, wait for their turn, one door for each channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.domain.clock import Clock
from bot.domain.ids import ChannelId
from bot.jobs.pacing import EDITS, WINDOW_SECONDS
from bot.jobs.peers import Peers


@dataclass(slots=True)
class _Post:
    """A card on its way; answered at some moment, once it is."""

    answered_at: float | None = None


@dataclass(slots=True)
class _Door:
    counted: list[_Post] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Doors:
    """Lets in as many new cards as Discord takes, in the order of asking.

    It takes as many new messages of a channel as edits. discord.py keeps to what Discord's answers
    say, but asks too early where many ask at once, and every 429 counts towards a ban. A card
    counts from its answer on: Discord has counted it by then, however long it was on its way.
    """

    def __init__(self, clock: Clock, peers: Peers) -> None:
        self._clock = clock
        self._peers = peers
        self._doors: dict[ChannelId, _Door] = {}

    @asynccontextmanager
    async def entering(self, channel_id: ChannelId) -> AsyncIterator[None]:
        """Wait until a card may be posted; post it within."""
        door = self._doors.setdefault(channel_id, _Door())
        post = _Post()
        async with door.lock:
            while (wait := self._wait(door)) > 0:
                await self._clock.sleep(wait)
            door.counted.append(post)
        try:
            yield
        finally:
            post.answered_at = self._clock.monotonic()

    def _wait(self, door: _Door) -> float:
        """Give the seconds until there may be room, forgetting what no longer counts."""
        now, window = self._clock.monotonic(), WINDOW_SECONDS * self._peers.count
        ends = [
            (post, window + (now if post.answered_at is None else post.answered_at))
            for post in door.counted
        ]
        door.counted = [post for post, end in ends if end > now]
        if len(door.counted) < EDITS:
            return 0.0
        return min(end for _, end in ends if end > now) - now
