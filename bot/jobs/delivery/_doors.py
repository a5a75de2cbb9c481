"""Where new cards wait for their turn, one door for each channel."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bot.domain.clock import Clock
from bot.domain.ids import ChannelId
from bot.jobs.pacing import Pace
from bot.jobs.peers import Peers


@dataclass(slots=True)
class _Door:
    pace: Pace = field(default_factory=Pace)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Doors:
    """Lets in as many new cards as Discord takes, in the order of asking.

    It takes as many new messages of a channel as edits. discord.py keeps to what Discord's answers
    say, but asks too early where many ask at once, and every 429 counts towards a ban.
    """

    def __init__(self, clock: Clock, peers: Peers) -> None:
        self._clock = clock
        self._peers = peers
        self._doors: dict[ChannelId, _Door] = {}

    async def enter(self, channel_id: ChannelId) -> None:
        """Wait until a card may be posted."""
        door = self._doors.setdefault(channel_id, _Door())
        async with door.lock:
            while True:
                now = self._clock.monotonic()
                wait = door.pace.delay(now, processes=self._peers.count)
                if wait <= 0:
                    break
                await self._clock.sleep(wait)
            door.pace.take(now)
