"""A clock that stands still until a test winds it, and the event loop's timers with it."""

from __future__ import annotations

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class ManualClock:
    """Implements `bot.domain.clock.Clock` by hand. Make it inside a running loop.

    `asyncio.timeout` and `loop.call_later` measure the loop's own time, which cannot be handed to
    them. So the loop is wound along: its time is the machine's, plus what the test has advanced.
    A wait of a minute is then over when the test has wound the clock by a minute, not before.
    """

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._elapsed = 0.0
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._wind(asyncio.get_running_loop())

    def _wind(self, loop: asyncio.AbstractEventLoop) -> None:
        real = loop.time
        loop.time = lambda: real() + self._elapsed  # type: ignore[method-assign]

    def now(self) -> datetime:
        """Give the present moment, aware, in UTC."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Give the seconds that were wound so far."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Wait until the test has wound the clock that far."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        due: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), due))
        await due

    @property
    def next_due(self) -> float | None:
        """Seconds until somebody who sleeps wants to be woken; None when nobody sleeps."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)  # cancelled meanwhile
        return self._sleepers[0][0] - self._elapsed if self._sleepers else None

    def advance(self, seconds: float) -> None:
        """Wind the clock; whoever is due wakes, in the order of being due."""
        self._elapsed += seconds
        while (due := self.next_due) is not None and due <= 1e-9:
            heapq.heappop(self._sleepers)[2].set_result(None)
