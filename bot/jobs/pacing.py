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


@dataclass(slots=True)
class Pace:
    """The moments of the latest edits: one more is made once the fifth-last is out of the window."""

    _latest: deque[float] = field(default_factory=lambda: deque(maxlen=EDITS))

    def wait(self, now: float) -> float:
        """Take a place for one edit and give the seconds to wait before making it."""
        at = max(now, self._latest[-1]) if self._latest else now
        if len(self._latest) == EDITS:
            at = max(at, self._latest[0] + WINDOW_SECONDS)
        self._latest.append(at)
        return at - now
