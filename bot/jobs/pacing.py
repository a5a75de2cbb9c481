"""Keeping the edits of one channel under what Discord takes.

Observed, not promised: five edits per five seconds and channel (Discord docs, Rate Limits, say to
obey the headers). Staying below is kinder than being told, since every 429 counts towards a ban.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

EDITS = 5
WINDOW_SECONDS = 5.5
"""Half a second more than Discord's, since requests overtake one another on their way."""

RESERVED = 2
"""Places that edits on the way leave free, so that a result need not wait behind them."""


@dataclass(slots=True)
class Pace:
    """The moments of the latest edits; nobody waits where there is room for one more."""

    _latest: deque[float] = field(default_factory=lambda: deque(maxlen=EDITS))

    def delay(self, now: float, *, reserve: int = 0) -> float:
        """Give the seconds until an edit may be made that leaves `reserve` places free."""
        places = EDITS - reserve
        if len(self._latest) < places:
            return 0.0
        return max(0.0, self._latest[-places] + WINDOW_SECONDS - now)

    def take(self, now: float) -> None:
        """Count an edit that is made now."""
        self._latest.append(now)
