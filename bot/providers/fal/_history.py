"""The account's own list of past requests, through which a lost submit is found again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

import httpx

from bot.domain.clock import Clock
from bot.domain.job import Json
from bot.errors import Busy
from bot.providers import sentences as say
from bot.providers.answers import moment, parse_json
from bot.providers.base import Seen
from bot.providers.fal._answers import Page, read_page
from bot.providers.fal._errors import on_read
from bot.providers.fal._urls import QueueUrls
from bot.providers.patience import patiently
from bot.providers.wire import Wire

log = logging.getLogger(__name__)

_PAGE = 100
_MAX_PAGES = 20
_LIMIT_BYTES = 16 * 1024 * 1024
"""A page carries the inputs and outputs of a hundred requests."""


async def look_up(
    wire: Wire,
    api_url: str,
    endpoint: str,
    *,
    since: datetime,
    urls: QueueUrls,
    clock: Clock,
) -> list[Seen]:
    """List the requests to an endpoint since a moment, as `Provider.look_up` says."""
    params = {
        "endpoint_id": endpoint,
        "start": since.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "expand": "payloads",
        "limit": str(_PAGE),
    }
    url = f"{api_url}/models/requests/by-endpoint"
    found: dict[str, Seen] = {}
    cursors: set[str] = set()
    for _ in range(_MAX_PAGES):
        items, cursor = await _page(wire, httpx.URL(url, params=params), clock=clock)
        for item in items:
            seen = _seen(item, endpoint, urls)
            if seen is not None:
                found[seen.handle.request_id] = seen
        if not cursor or cursor in cursors:
            break
        cursors.add(cursor)
        params["cursor"] = cursor
    else:
        log.warning("more than %d requests to %s: older ones unread", _PAGE * _MAX_PAGES, endpoint)
    return list(found.values())


async def _page(wire: Wire, url: httpx.URL, *, clock: Clock) -> Page:
    async for attempt in patiently(clock):
        with attempt:
            answer = await wire.ask("GET", url, limit=_LIMIT_BYTES)
            if not answer.ok:
                raise on_read(answer, now=clock.now(), is_platform=True)
            page = read_page(answer.body, "items")
            # An answer that is no list must not pass for an empty one: absence means a refund.
            if page is None:
                raise Busy(say.BUSY)
            return page
    raise AssertionError("tenacity neither returned nor raised")


def _seen(item: Json, endpoint: str, urls: QueueUrls) -> Seen | None:
    if not isinstance(item, dict):
        return None
    request_id, named = item.get("request_id"), item.get("endpoint_id")
    if not isinstance(request_id, str) or not request_id:
        return None
    return Seen(
        handle=urls.handle_for(named if isinstance(named, str) and named else endpoint, request_id),
        arguments=_arguments(item.get("json_input")),
        sent_at=moment(item.get("sent_at") or item.get("started_at")),
    )


def _arguments(value: Json) -> Mapping[str, Json] | None:
    """Read what was sent: an object, an object written as a string, or nothing."""
    parsed = parse_json(value) if isinstance(value, str) else value
    return parsed if isinstance(parsed, dict) else None
