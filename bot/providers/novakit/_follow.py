"""Following a job at NovaKit: the long poll tells of its end, short looks of its percentage.

The long poll answers when the job is over or 30 seconds have passed, whichever is first (NovaKit
docs, Jobs), so a bar fed by it alone would move twice in a song.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from bot.domain.clock import Clock
from bot.providers.polling import TROUBLE_SECONDS, Poller
from bot.providers.standing import Standing

LOOK_SECONDS = (1.0, 3.0, 6.0)
"""Before the first looks at the percentage, and before each further one; the smallest plan allows
30 requests a minute."""

LONG_POLL_SECONDS = 45.0
"""Longest wait for the long poll's answer, which NovaKit gives after 30 at the latest."""

_QUICKEST_SECONDS = 2.0
"""Pause after a long poll that did not wait: some proxies drop what they do not know."""


class LongPoll:
    """One job's standings, as they come."""

    def __init__(self, poller: Poller[Standing], url: str, *, clock: Clock) -> None:
        self._poller = poller
        self._url = url
        self._clock = clock
        self._trouble = TROUBLE_SECONDS[0]
        self._looks = 0

    async def standings(self) -> AsyncGenerator[Standing, None]:
        """Yield standings without end.

        Raises:
            GenerationFailed, AccountLocked, BadCredentials: As `Provider.follow` says.
        """
        while True:
            waiting = asyncio.create_task(self._wait())
            try:
                while not await self._is_over_soon(waiting):
                    standing, _pause = await self._poller.ask(self._url)
                    if standing is not None:
                        yield standing
                standing = await waiting
            finally:
                waiting.cancel()
                await asyncio.gather(waiting, return_exceptions=True)
            if standing is not None:
                yield standing

    async def _is_over_soon(self, waiting: asyncio.Task[Standing | None]) -> bool:
        """Wait for the long poll until the next look is due; say whether it is back."""
        seconds = LOOK_SECONDS[min(self._looks, len(LOOK_SECONDS) - 1)]
        self._looks += 1
        look = asyncio.create_task(self._clock.sleep(seconds))
        try:
            await asyncio.wait({waiting, look}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            look.cancel()
            await asyncio.gather(look, return_exceptions=True)
        return waiting.done()

    async def _wait(self) -> Standing | None:
        """Ask once with the long poll; what comes of it is at least some seconds away."""
        began = self._clock.monotonic()
        standing, asked_pause = await self._poller.ask(
            f"{self._url}?poll=true", silence_seconds=LONG_POLL_SECONDS
        )
        if standing is None:
            pause = max(self._trouble, asked_pause)
            self._trouble = min(self._trouble * 2, TROUBLE_SECONDS[1])
            await self._clock.sleep(pause)
            return None
        self._trouble = TROUBLE_SECONDS[0]
        if not standing.is_over and self._clock.monotonic() - began < _QUICKEST_SECONDS:
            await self._clock.sleep(_QUICKEST_SECONDS)
        return standing
