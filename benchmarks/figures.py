"""What every benchmark prints: two things of one run, and how they compare."""

from __future__ import annotations

import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Times of one kind of thing, in milliseconds."""

    times_ms: tuple[float, ...]

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Spread:
        """Take times in seconds."""
        return cls(tuple(sorted(time * 1000 for time in seconds)))

    def at(self, share: float) -> float:
        """Give the time that so large a share did not exceed."""
        if not self.times_ms:
            return float("nan")
        return self.times_ms[min(int(len(self.times_ms) * share), len(self.times_ms) - 1)]

    def __str__(self) -> str:
        return f"p50 {self.at(0.5):.2f} ms, p99 {self.at(0.99):.2f} ms, max {self.at(1):.2f} ms"


def compare(what: str, ours: float, theirs: float, *, unit: str, aim: str = "") -> float:
    """Print two figures and their ratio, and give it."""
    ratio = ours / theirs if theirs else float("inf")
    said = f"{what}: {ours:.3g} {unit} against {theirs:.3g} {unit}: ratio {ratio:.2f}"
    print(said + (f" (aim: {aim})" if aim else ""))
    return ratio


def title(text: str) -> None:
    """Print what is measured, and on what."""
    print(f"\n# {text}\n# Python {platform.python_version()}, {platform.machine()}")


def median(values: Sequence[float]) -> float:
    """Give the middle one."""
    return statistics.median(values)
