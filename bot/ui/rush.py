"""Keeping first answers quick while many people ask at once.

Taking a request in costs many times what acknowledging it does. Were a thousand that come together
taken in at once, their acknowledgements would get their turn too late, and Discord give them up. So
only some are taken in at a time; the others were acknowledged before they stand in line.
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
