"""An HTTP answer, as read off the wire, and what any provider's answer can be asked.

Pure. Bodies are the outside: any of them may be JSON of an unexpected shape, HTML, cut or empty.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from bot.domain.job import Json

_CONTENT_WORDS = re.compile(
    r"content.?(policy|rules?|filter|violat)|moderat|nsfw|safety|terms of (service|use)|copyright",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, headers and body of one answer.

    Attributes:
        is_cut: The body is not all that was sent: the connection broke, or it was over the limit.
    """

    status: int
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    body: bytes = b""
    is_cut: bool = False

    @property
    def ok(self) -> bool:
        """Whether the status is a 2xx and the body complete."""
        return 200 <= self.status < 300 and not self.is_cut


def parse_json(body: bytes | str) -> Json:
    """Parse a body; None when it is not JSON, as for a JSON null."""
    try:
        # NaN is no JSON, and databases refuse it.
        parsed: Json = json.loads(body, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return parsed


def is_json(body: bytes) -> bool:
    """Say whether a body is JSON, of whatever type."""
    return parse_json(body) is not None or body.strip() == b"null"


def word(value: object) -> str | None:
    """Read a text that says something; None for anything else."""
    return value.strip() or None if isinstance(value, str) else None


def retry_after(headers: httpx.Headers, *, now: datetime) -> float | None:
    """Read Retry-After, seconds or a date, as seconds from now; None when absent or senseless."""
    text = headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, TypeError):
            return None
        aware = at if at.tzinfo else at.replace(tzinfo=UTC)
        seconds = (aware - now).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None


def moment(value: object) -> datetime | None:
    """Read an ISO date as an aware moment, UTC where no zone is given; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def is_about_content(text: str) -> bool:
    """Say whether a developer's sentence is about a model's content rules."""
    return _CONTENT_WORDS.search(text) is not None
