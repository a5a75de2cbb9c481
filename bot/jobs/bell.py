"""Waking the takes of a card when one of them gets further."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from bot.domain.ids import JobId

RANG = "rang"
"""The word that a ring is told other processes with."""


def to_nobody(_notice: str) -> None:
    """Hear what a process tells that is alone."""


class Bell:
    """Rung per card. A ring from another process may be missed, so whoever waits also looks."""

    def __init__(self, tell: Callable[[str], None] = to_nobody) -> None:
        self._tell = tell
        self._events: dict[JobId, asyncio.Event] = {}

    def listen(self, leader_id: JobId) -> asyncio.Event:
        """Give what the next ring sets; take it before reading how things stand."""
        return self._events.setdefault(leader_id, asyncio.Event())

    def ring(self, leader_id: JobId) -> None:
        """Wake everybody who listens, in the other processes too."""
        self.wake(leader_id)
        self._tell(f"{RANG}:{leader_id}")

    def wake(self, leader_id: JobId) -> None:
        """Wake those in this process who listen."""
        if event := self._events.pop(leader_id, None):
            event.set()

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Wait for a ring, but not longer than so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
