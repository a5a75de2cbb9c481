"""What a status says, and what of it is news. Pure: JSON in, progress out."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from bot.domain.job import Json
from bot.providers.base import Finished, Progress, Queued, Running

_LOG_LENGTH = 200
_REMEMBERED_LINES = 2000


class Phase(Enum):
    """Where a request stands. There is no state for failure: the result tells."""

    QUEUED = auto()
    RUNNING = auto()
    OVER = auto()


_PHASES: Mapping[str, Phase] = {
    "IN_QUEUE": Phase.QUEUED,
    "IN_PROGRESS": Phase.RUNNING,
    "COMPLETED": Phase.OVER,
    # Not fal's words, but whoever says them means that nothing more will come.
    **dict.fromkeys(("FAILED", "ERROR", "CANCELLED", "CANCELED", "OK"), Phase.OVER),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One status answer or event.

    Attributes:
        logs: Timestamp and text of each line, as far as the sliding window reaches back.
        error: What went wrong, for developers; only when over, and not always then.
    """

    phase: Phase
    position: int | None = None
    logs: tuple[tuple[str, str], ...] = ()
    error: str | None = None
    error_type: str | None = None


def parse_status(data: Json) -> Status | None:
    """Read a status; None for anything that does not say a known one."""
    if not isinstance(data, dict):
        return None
    phase = _PHASES.get(str(data.get("status")).strip().upper())
    if phase is None:
        return None
    position = data.get("queue_position")
    is_count = isinstance(position, int) and not isinstance(position, bool) and position >= 0
    error, error_type = data.get("error"), data.get("error_type")
    return Status(
        phase=phase,
        position=position if is_count and isinstance(position, int) else None,
        logs=_logs(data.get("logs")),
        error=error if isinstance(error, str) else None,
        error_type=error_type if isinstance(error_type, str) else None,
    )


def _logs(lines: Json) -> tuple[tuple[str, str], ...]:
    entries = lines if isinstance(lines, list) else []
    return tuple(
        (str(entry.get("timestamp")), message)
        for entry in entries[-_REMEMBERED_LINES:]
        if isinstance(entry, dict) and isinstance(message := entry.get("message"), str)
    )


class News:
    """Turns statuses into progress, dropping what says nothing new."""

    def __init__(self) -> None:
        self._last: Progress | None = None
        self._lines: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._log: str | None = None

    def of(self, status: Status) -> Progress | None:
        """Give the progress that a status means; None when it is the same as before."""
        for line in status.logs:
            self._note(line)
        progress: Progress
        match status.phase:
            case Phase.QUEUED:
                progress = Queued(position=status.position)
            case Phase.RUNNING:
                progress = Running(log=self._log)
            case Phase.OVER:
                progress = Finished()
        if progress == self._last:
            return None
        self._last = progress
        return progress

    def _note(self, line: tuple[str, str]) -> None:
        """Keep a line not seen yet as the newest. Logs are a sliding window, sent over and over."""
        if line in self._lines:
            self._lines.move_to_end(line)
            return
        self._lines[line] = None
        if len(self._lines) > _REMEMBERED_LINES:
            self._lines.popitem(last=False)
        self._log = _readable(line[1]) or self._log


def _readable(message: str) -> str:
    """Give the last state of a log line: progress bars overwrite themselves, in colour."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", message).strip()
    last = re.split(r"[\r\n]", plain)[-1]
    return " ".join(last.split())[:_LOG_LENGTH]
