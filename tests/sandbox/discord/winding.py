"""A clock wound by hand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


class WoundClock:
    """Starts at the real time and moves only when told to."""

    def __init__(self) -> None:
        self._start = datetime.now(UTC)
        self._passed = 0.0
        self._moved = asyncio.Condition()

    def now(self) -> datetime:
        """Give the present moment."""
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        """Give the seconds since the start."""
        return self._passed

    async def sleep(self, seconds: float) -> None:
        """Wait until somebody winds the clock far enough."""
        until = self._passed + seconds
        async with self._moved:
            await self._moved.wait_for(lambda: self._passed >= until)

    async def wind(self, seconds: float) -> None:
        """Let time pass."""
        async with self._moved:
            self._passed += seconds
            self._moved.notify_all()
