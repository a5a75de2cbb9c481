"""How long to wait before trying again."""

from __future__ import annotations

import random as _random
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Doubling waits with jitter, so that many jobs do not come back at the same moment."""

    first_seconds: float = 1
    longest_seconds: float = 60
    random: _random.Random = field(default_factory=_random.Random)

    def after(self, attempt: int, *, at_least: float | None = None) -> timedelta:
        """Give the wait after the given number of failed attempts (from 1)."""
        doubled = self.first_seconds * 2.0 ** min(max(attempt - 1, 0), 16)
        wait = min(doubled, self.longest_seconds) * self.random.uniform(0.75, 1.25)
        return timedelta(seconds=max(wait, at_least or 0))
