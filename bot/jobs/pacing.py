"""Keeping the edits of one channel under what Discord takes.

Observed, not promised: five edits per five seconds and channel (Discord docs, Rate Limits, say to
obey the headers). Staying below is kinder than being told, since every 429 counts towards a ban.
"""

from __future__ import annotations

from dataclasses import dataclass

INTERVAL_SECONDS = 1.1
BURST = 4


@dataclass(slots=True)
class Pace:
    """A token bucket in one number: the theoretical arrival time of the next edit (GCRA)."""

    _arrival: float = 0.0

    def wait(self, now: float) -> float:
        """Take a place for one edit and give the seconds to wait before making it."""
        arrival = max(self._arrival, now)
        self._arrival = arrival + INTERVAL_SECONDS
        return max(0.0, arrival - now - (BURST - 1) * INTERVAL_SECONDS)
