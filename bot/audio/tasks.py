"""What a child process is asked to do, and what it may answer. Pure, and light to import."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from bot.audio.fit import Fit, Fitted, Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class FitTask:
    """Make `source` fit, writing into the folder `into`.

    Attributes:
        arriving_bytes: How large the source will be, where it is still being downloaded.
    """

    source: Path
    into: Path
    fit: Fit
    arriving_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeTask:
    """Say what `source` is."""

    source: Path
    max_seconds: float


Task: TypeAlias = FitTask | ProbeTask
Answer: TypeAlias = Fitted | Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why there is no answer.

    Attributes:
        sentence: For the member; empty when only the parent can know what to say.
        detail: For the log, when it is nobody's fault but ours.
    """

    code: str
    sentence: str = ""
    retryable: bool = False
    detail: str = ""
