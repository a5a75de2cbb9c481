"""What can be made out of the body of an answer of fal's. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

import httpx

from bot.domain.job import Json
from bot.providers.answers import Answer, parse_json, word

Page: TypeAlias = "tuple[list[Json], str | None]"


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


def read_complaint(answer: Answer) -> Complaint:
    """Read an error body of any known shape; an unknown one gives an empty complaint."""
    header = word(answer.headers.get("x-fal-error-type"))
    body = parse_json(answer.body)
    if not isinstance(body, dict):
        return Complaint(error_type=header)
    detail = body.get("detail")
    error = body.get("error")
    nested: Mapping[str, Json] = error if isinstance(error, dict) else {}
    texts = (detail, error, nested.get("message"), body.get("message"))
    return Complaint(
        items=_items(detail),
        error_type=word(body.get("error_type")) or header,
        text=next((text for text in texts if isinstance(text, str)), ""),
        word=word(body.get("status")),
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
        type=word(entry.get("type")) or "",
        field=names[-1] if names else None,
        context=context if isinstance(context, dict) else {},
    )


def billable_units(headers: httpx.Headers) -> Decimal | None:
    """Read how many units the provider charges; None when it does not say."""
    try:
        units = Decimal(headers.get("x-fal-billable-units", "").strip())
    except InvalidOperation:
        return None
    return units if units.is_finite() and units >= 0 else None
