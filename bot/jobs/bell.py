"""Waking the takes of a card when one of them gets further."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from bot.domain.ids import JobId


class Bell:
    """Rung per card. Between processes nothing rings, so whoever waits also looks now and then."""

    def __init__(self) -> None:
        self._events: dict[JobId, asyncio.Event] = {}

    def listen(self, leader_id: JobId) -> asyncio.Event:
        """Give what the next ring sets; take it before reading how things stand."""
        return self._events.setdefault(leader_id, asyncio.Event())

    def ring(self, leader_id: JobId) -> None:
        """Wake everybody who listens."""
        if event := self._events.pop(leader_id, None):
            event.set()

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Wait for a ring, but not longer than so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
