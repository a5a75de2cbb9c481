"""Whether the provider's account takes work at the moment.

A locked account or a bad key concerns every job alike: nothing is lost, all wait, and one job at a
time knocks until the operator has put things right.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

PROBE_SECONDS = 12
"""How long between two knocks; a locked account answers at once, so this costs nothing."""


@dataclass(slots=True)
class Gate:
    """Open, or closed with a reason and the moment of the next knock."""

    reason: str | None = None
    _next_probe_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Say whether jobs may be dispatched freely."""
        return self.reason is None

    def close(self, reason: str, now: datetime) -> bool:
        """Stop dispatching. Gives True when it was open until now."""
        was_open = self.is_open
        self.reason = reason
        self._next_probe_at = now + timedelta(seconds=PROBE_SECONDS)
        return was_open

    def open(self) -> bool:
        """Let work through again. Gives True when it was closed until now."""
        was_closed = not self.is_open
        self.reason = None
        self._next_probe_at = None
        return was_closed

    def admits(self, now: datetime) -> bool:
        """Say whether one more job may be dispatched; while closed that uses up the knock."""
        if self._next_probe_at is None:
            return True
        if now < self._next_probe_at:
            return False
        self._next_probe_at = now + timedelta(seconds=PROBE_SECONDS)
        return True
