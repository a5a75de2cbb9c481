"""How long models usually run, learned from what they did here."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from bot.domain.job import Job, State

REMEMBERED = 20
NEEDED = 3
"""Runs of a model before its usual time means anything."""


def _newest() -> deque[float]:
    return deque(maxlen=REMEMBERED)


@dataclass(slots=True)
class RunTimes:
    """The latest runs of each model, in seconds."""

    _runs: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(_newest))

    def note(self, model: str, seconds: float) -> None:
        """Remember a run."""
        self._runs[model].append(seconds)

    def replay(self, runs: Iterable[tuple[str, float]]) -> None:
        """Remember runs from before this process started, oldest first."""
        for model, seconds in runs:
            self.note(model, seconds)

    def usual(self, model: str) -> float | None:
        """Give the median run; None where too few are known."""
        runs = self._runs.get(model)
        return median(runs) if runs is not None and len(runs) >= NEEDED else None

    def ready_at(self, job: Job) -> datetime | None:
        """Give the moment when a running job should be done; None where nobody can tell."""
        usual = self.usual(job.model)
        if job.state is not State.RUNNING or job.started_at is None or usual is None:
            return None
        return job.started_at + timedelta(seconds=usual)
