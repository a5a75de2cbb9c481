"""The token bucket behind "N per hour", held as one integer (GCRA).

The integer is the *theoretical arrival time*: the moment at which the bucket will be full again.
Every admitted request pushes it one interval further; a request is refused when it lies more than
the tolerance ahead of now.

The burst is N: whoever has been quiet for an hour may start all N at once, the next one is refused,
and one more becomes free every N-th of an hour. A smaller burst would refuse the fourth request of
a member who was told that twelve per hour are fine.
"""

from __future__ import annotations

from dataclasses import dataclass

HOUR_US = 3_600_000_000
SLACK_US = 60_000_000
"""How far clocks of processes that share a database may be apart."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of `per_hour` tokens that fills up evenly within an hour. Times are epoch microseconds."""

    per_hour: int

    @property
    def interval_us(self) -> int:
        """Time in which one token comes back, rounded up so that an hour never gives more than N."""
        return -(-HOUR_US // self.per_hour)

    @property
    def tolerance_us(self) -> int:
        """How far ahead of now the arrival time may lie for one more request to be admitted."""
        return (self.per_hour - 1) * self.interval_us

    @property
    def horizon_us(self) -> int:
        """How far ahead of now the arrival time can lie at all.

        What lies further was written while the clock was ahead: the bucket counts as full then,
        rather than shut until that time really comes.
        """
        return self.tolerance_us + self.interval_us + SLACK_US

    def admits(self, tat_us: int, *, now_us: int) -> bool:
        """Say whether a request is admitted now."""
        ahead_us = tat_us - now_us
        return ahead_us <= self.tolerance_us or ahead_us > self.horizon_us

    def after(self, tat_us: int, *, now_us: int) -> int:
        """Give the arrival time once a request was admitted."""
        is_real = now_us < tat_us <= now_us + self.horizon_us
        return (tat_us if is_real else now_us) + self.interval_us

    def free_at(self, tat_us: int) -> int:
        """Give the first moment at which a request is admitted again."""
        return tat_us - self.tolerance_us

    def next_at(self, tat_us: int, *, now_us: int) -> int | None:
        """Give the moment at which one more token is back; None while the bucket is full."""
        ahead = tat_us - now_us
        if ahead <= 0:
            return None
        missing = -(-ahead // self.interval_us)
        return tat_us - (missing - 1) * self.interval_us

    def left(self, tat_us: int, *, now_us: int) -> int:
        """Count the requests that would be admitted right now, one after the other."""
        ahead = max(tat_us - now_us, 0)
        return max(0, self.per_hour - -(-ahead // self.interval_us))
