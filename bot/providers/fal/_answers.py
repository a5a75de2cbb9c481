"""An HTTP answer of fal's, as read off the wire, and what can be made out of its body.

Pure. Bodies are the outside: any of them may be JSON of an unexpected shape, HTML, cut or empty.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import TypeAlias

import httpx

from bot.domain.job import Json

Page: TypeAlias = "tuple[list[Json], str | None]"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of a list of errors that a model answers with.

    Attributes:
        type: fal's or pydantic's word for it.
        field: The input field it is about, if it names one.
        context: Limits and the like that belong to the type.
    """

    type: str
    field: str | None
    context: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What an error answer says, whichever shape it came in.

    Attributes:
        items: The model's own list of errors (fal docs, Errors).
        error_type: fal's word for trouble with its machinery, from the body or the header.
        text: A sentence for developers; looked at, never shown.
        word: The ``status`` of answers such as ``{"status": "NOT_FOUND"}``.
        is_json: Whether the body was a JSON object at all.
    """

    items: tuple[Item, ...] = ()
    error_type: str | None = None
    text: str = ""
    word: str | None = None
    is_json: bool = False


def parse_json(body: bytes | str) -> Json:
    """Parse a body; None when it is not JSON, as for a JSON null."""
    try:
        # NaN is no JSON, and databases refuse it.
        parsed: Json = json.loads(body, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return parsed


def read_page(body: bytes, key: str) -> Page | None:
    """Read the entries of one page of a list and the next page's cursor; None when it is no list.

    The last page, and one that names no other, has the cursor None.
    """
    parsed = parse_json(body)
    if not isinstance(parsed, dict) or not isinstance(items := parsed.get(key), list):
        return None
    cursor = parsed.get("next_cursor")
    has_more = parsed.get("has_more", True)
    return items, cursor if isinstance(cursor, str) and cursor and has_more else None


def is_json(body: bytes) -> bool:
    """Say whether a body is JSON, of whatever type."""
    return parse_json(body) is not None or body.strip() == b"null"


def read_complaint(answer: Answer) -> Complaint:
    """Read an error body of any known shape; an unknown one gives an empty complaint."""
    header = _word(answer.headers.get("x-fal-error-type"))
    body = parse_json(answer.body)
    if not isinstance(body, dict):
        return Complaint(error_type=header)
    detail = body.get("detail")
    error = body.get("error")
    nested: Mapping[str, Json] = error if isinstance(error, dict) else {}
    texts = (detail, error, nested.get("message"), body.get("message"))
    return Complaint(
        items=_items(detail),
        error_type=_word(body.get("error_type")) or header,
        text=next((text for text in texts if isinstance(text, str)), ""),
        word=_word(body.get("status")),
        is_json=True,
    )


def _items(detail: Json) -> tuple[Item, ...]:
    """Read the list of errors; a single one without its list is taken too."""
    entries = detail if isinstance(detail, list) else [detail]
    return tuple(_item(entry) for entry in entries if isinstance(entry, dict))


def _item(entry: Mapping[str, Json]) -> Item:
    loc = entry.get("loc")
    path = loc if isinstance(loc, list) else [loc]
    names = [part for part in path if isinstance(part, str) and part not in {"body", "__root__"}]
    context = entry.get("ctx")
    return Item(
        type=_word(entry.get("type")) or "",
        field=names[-1] if names else None,
        context=context if isinstance(context, dict) else {},
    )


def _word(value: object) -> str | None:
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


def billable_units(headers: httpx.Headers) -> Decimal | None:
    """Read how many units the provider charges; None when it does not say."""
    try:
        units = Decimal(headers.get("x-fal-billable-units", "").strip())
    except InvalidOperation:
        return None
    return units if units.is_finite() and units >= 0 else None
