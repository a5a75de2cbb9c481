"""One request in the local queue: where it stands, what it printed, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.job import Json


class Phase(StrEnum):
    """The three statuses that fal has; failure and cancellation are COMPLETED too."""

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line that a model printed."""

    at: datetime
    message: str

    def shown(self) -> dict[str, Json]:
        """Write it as a status answer does."""
        return {
            "message": self.message,
            "timestamp": self.at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "level": "INFO",
            "source": "USER",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the result GET will repeat: the model's own status, headers and body.

    Attributes:
        error: Why it failed, as the status answer says it; None where that is silent, as it is
            for input that a model rejects.
        units: What is billed, in the unit of the endpoint's price; zero when nothing is.
    """

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None
    error_type: str | None = None
    units: float = 0.0


@dataclass(slots=True, kw_only=True, eq=False)
class Ticket:
    """A request from its submit to its end.

    Attributes:
        arguments: The body as it came; None when it was not JSON.
        headers: The request's headers, names in lower case, the key masked.
        strangers: Requests of other accounts that are still ahead in line.
        ready: Whether the shortest wait in line is over.
    """

    id: str
    endpoint: str
    app: str
    arguments: Json
    headers: Mapping[str, str]
    sent_at: datetime
    number: int
    low_priority: bool = False
    webhook: str | None = None
    start_seconds: float | None = None
    strangers: int = 0
    ready: bool = False
    phase: Phase = Phase.IN_QUEUE
    started_at: datetime | None = None
    ended_at: datetime | None = None
    ran_seconds: float = 0.0
    cancelled: bool = False
    logs: list[LogLine] = field(default_factory=list)
    outcome: Outcome | None = None

    @property
    def turn(self) -> tuple[bool, int]:
        """Where it stands in line: low priority behind all others, then by arrival."""
        return self.low_priority, self.number

    @property
    def text(self) -> str:
        """Everything its author wrote, for the words in square brackets that steer the sandbox."""
        if not isinstance(self.arguments, dict):
            return ""
        return "\n".join(_strings(self.arguments))


def _strings(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _strings(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _strings(inner)]
    return []
