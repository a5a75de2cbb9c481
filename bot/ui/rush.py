"""Keeping first answers quick while many people ask at once.

Taking a request in costs many times what acknowledging it does. A thousand that come together would
slow each other down until Discord gives all of them up, so only some are taken in at a time, and who
finds a line is acknowledged before standing in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

AT_ONCE = 16
"""Requests that are being taken in at a time; the database writes one after another anyway."""

LONGEST_SECONDS = 1.0
"""After that it is somebody else's turn: some wait for a file that is being fetched."""


class Rush:
    """A door that lets a few in at a time, in the order in which they came."""

    def __init__(self, at_once: int = AT_ONCE, *, longest_seconds: float = LONGEST_SECONDS) -> None:
        self._door = asyncio.Semaphore(at_once)
        self._longest_seconds = longest_seconds

    @property
    def has_line(self) -> bool:
        """Whether whoever comes now has to wait."""
        return self._door.locked()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Callable[[], None]]:
        """Wait for one's turn. It ends with the block, by calling what is given, or after a time."""
        await self._door.acquire()
        is_held = True

        def leave() -> None:
            nonlocal is_held
            if is_held:
                is_held = False
                self._door.release()

        timer = asyncio.get_running_loop().call_later(self._longest_seconds, leave)
        try:
            yield leave
        finally:
            timer.cancel()
            leave()
