"""Keeping the edits of one channel, and of all channels together, under what Discord takes.

Observed, not promised: five edits per five seconds and channel (Discord docs, Rate Limits, say to
obey the headers). Staying below is kinder than being told, since every 429 counts towards a ban.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

EDITS = 5
WINDOW_SECONDS = 5.5
"""Half a second more than Discord's, since requests overtake one another on their way."""

ALL_EDITS = 40
ALL_SECONDS = 1.0
"""Of all channels: Discord takes fifty requests per second from one bot, and ten are for the rest."""

RESERVED = 2
"""Places that edits on the way leave free, so that a result need not wait behind them."""


@dataclass(slots=True)
class Pace:
    """The moments of the latest edits; nobody waits where there is room for one more.

    Attributes:
        edits: So many within `seconds`.
    """

    edits: int = EDITS
    seconds: float = WINDOW_SECONDS
    _latest: deque[float] = field(init=False)

    def __post_init__(self) -> None:
        self._latest = deque(maxlen=self.edits)

    def delay(self, now: float, *, reserve: int = 0, processes: int = 1) -> float:
        """Give the seconds until an edit may be made that leaves `reserve` places free.

        Where several processes edit, each takes that many times as long for as many edits.
        """
        places = self.edits - reserve
        if len(self._latest) < places:
            return 0.0
        return max(0.0, self._latest[-places] + self.seconds * processes - now)

    def take(self, now: float) -> None:
        """Count an edit that is made now."""
        self._latest.append(now)
