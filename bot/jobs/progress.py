"""How far a model is, by the lines it prints, and when that is worth an edit. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PERCENT = re.compile(r"(?<![\d.])(\d{1,3})(?:\.\d+)?\s?%")
_OF = re.compile(r"(?<![\d./])(\d{1,5})\s?/\s?(\d{1,5})(?![\d./])")

LEAST_STEP = 0.2
"""The bar moves in such steps; each costs an edit of a channel that takes about one a second."""

EPSILON = 1e-9
HEARTBEATS = ((60, 10), (600, 20))
"""Up to so many seconds of running, no more than one edit in so many seconds; then 30."""

SLOWEST = 30


def fraction_of(line: str) -> float | None:
    """Read ``40%`` or ``12/30`` in a line, as a number from 0 to 1; None where neither is there.

    >>> fraction_of("Generating 40%"), fraction_of("step 12/30"), fraction_of("loading")
    (0.4, 0.4, None)
    """
    if found := _PERCENT.search(line):
        return min(int(found[1]) / 100, 1.0)
    if (found := _OF.search(line)) and 0 < int(found[2]) >= int(found[1]):
        return int(found[1]) / int(found[2])
    return None


@dataclass(slots=True)
class Heartbeat:
    """Decides which of a model's lines are shown."""

    started: float
    _shown_at: float | None = None
    _shown: float | None = None

    def beats(self, line: str | None, now: float) -> bool:
        """Say whether this line is worth an edit now, and count it if so."""
        fraction = None if line is None else fraction_of(line)
        if self._shown_at is not None:
            moved = abs((fraction or 0) - (self._shown or 0)) > LEAST_STEP - EPSILON
            if not moved and now - self._shown_at < self._interval(now):
                return False
        self._shown_at = now
        self._shown = fraction
        return True

    def _interval(self, now: float) -> float:
        ran = now - self.started
        return next((wait for until, wait in HEARTBEATS if ran <= until), SLOWEST)
