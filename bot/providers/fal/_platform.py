"""fal's published list of models and its prices (fal docs, Platform API).

Both take at most fifty endpoints at a time. Prices answer 404 to a whole batch in which a single
endpoint is unknown, without saying reliably which, so such a batch is asked for in halves.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from decimal import Decimal, InvalidOperation

import httpx

from bot.domain.clock import Clock
from bot.domain.job import Json
from bot.domain.offers import Listed, ListedPrice
from bot.errors import AccountLocked, BadCredentials, Busy, ModelGone
from bot.providers import sentences as say
from bot.providers.fal._answers import Page, read_page
from bot.providers.fal._errors import on_read
from bot.providers.patience import patiently
from bot.providers.wire import Wire

log = logging.getLogger(__name__)

_AT_ONCE = 50
_MAX_PAGES = 40
_MAX_QUESTIONS = 80
"""About prices, halves included; a platform that knows none of our models ends it here."""

_LONGEST_UNIT = 80
_HIGHEST_PRICE = Decimal(10_000)
"""What is above this, in whatever currency, is no price of a sound."""


async def listing(
    wire: Wire, api_url: str, endpoints: Sequence[str], *, clock: Clock
) -> dict[str, Listed]:
    """Say of each endpoint whether it is listed, as `Storefront.listing` says."""
    found: dict[str, Listed] = {}
    for batch in _batches(endpoints):
        try:
            found |= await _listing(wire, api_url, batch, clock=clock, with_key=True)
        except (AccountLocked, BadCredentials) as error:
            log.debug("the list of models is read without the key: %s", error.sentence)
            found |= await _listing(wire, api_url, batch, clock=clock, with_key=False)
    return found


async def _listing(
    wire: Wire, api_url: str, batch: Sequence[str], *, clock: Clock, with_key: bool
) -> dict[str, Listed]:
    wanted = {endpoint.lower(): endpoint for endpoint in batch}
    found: dict[str, Listed] = {}
    pages = _pages(wire, f"{api_url}/models", "models", batch, clock=clock, with_key=with_key)
    async with aclosing(pages):
        async for items in pages:
            found |= {
                wanted[name]: listed for name, listed in map(_listed, items) if name in wanted
            }
            if len(found) == len(wanted):
                return found
    return dict.fromkeys(batch, Listed.ABSENT) | found


def _listed(item: Json) -> tuple[str, Listed]:
    if not isinstance(item, dict) or not isinstance(name := item.get("endpoint_id"), str):
        return "", Listed.ABSENT
    metadata = item.get("metadata")
    status = metadata.get("status") if isinstance(metadata, dict) else None
    is_deprecated = isinstance(status, str) and status.strip().lower() == Listed.DEPRECATED
    # Whatever else it is called, it is on the list.
    return name.lower(), Listed.DEPRECATED if is_deprecated else Listed.ACTIVE


async def prices(
    wire: Wire, api_url: str, endpoints: Sequence[str], *, clock: Clock
) -> dict[str, ListedPrice]:
    """Give the prices that are published, as `Storefront.prices` says."""
    found: dict[str, ListedPrice] = {}
    batches = deque(_batches(endpoints))
    for _ in range(_MAX_QUESTIONS):
        if not batches:
            return found
        batch = batches.popleft()
        try:
            found |= await _prices(wire, api_url, batch, clock=clock)
        except ModelGone:
            half = len(batch) // 2
            batches.extend(part for part in (batch[:half], batch[half:]) if half and part)
    if batches:
        log.warning("fal does not tell the prices of %d models", sum(map(len, batches)))
    return found


async def _prices(
    wire: Wire, api_url: str, batch: Sequence[str], *, clock: Clock
) -> dict[str, ListedPrice]:
    wanted = {endpoint.lower(): endpoint for endpoint in batch}
    found: dict[str, ListedPrice] = {}
    pages = _pages(wire, f"{api_url}/models/pricing", "prices", batch, clock=clock)
    async with aclosing(pages):
        async for items in pages:
            for name, price in map(_price, items):
                if price is not None and name in wanted:
                    found[wanted[name]] = price
            if len(found) == len(wanted):
                break
    return found


def _price(item: Json) -> tuple[str, ListedPrice | None]:
    if not isinstance(item, dict) or not isinstance(name := item.get("endpoint_id"), str):
        return "", None
    unit, currency = item.get("unit"), item.get("currency") or "USD"
    amount = _amount(item.get("unit_price"))
    if amount is None or not isinstance(unit, str) or not isinstance(currency, str):
        return name.lower(), None
    unit, currency = unit.strip(), currency.strip().upper()
    if not unit or len(unit) > _LONGEST_UNIT or len(currency) > _LONGEST_UNIT:
        return name.lower(), None
    return name.lower(), ListedPrice(unit_price=amount, unit=unit, currency=currency)


def _amount(value: Json) -> Decimal | None:
    """Read an amount of money, a number or one written as a text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount <= _HIGHEST_PRICE else None


def _batches(endpoints: Sequence[str]) -> Iterator[Sequence[str]]:
    unique = list(dict.fromkeys(endpoints))
    for start in range(0, len(unique), _AT_ONCE):
        yield unique[start : start + _AT_ONCE]


async def _pages(
    wire: Wire,
    url: str,
    key: str,
    endpoints: Sequence[str],
    *,
    clock: Clock,
    with_key: bool = True,
) -> AsyncGenerator[list[Json], None]:
    """Yield a list page by page.

    Raises:
        Busy: It does not come to an end, or what came is no list; neither proves absence.
    """
    params: dict[str, str | list[str]] = {"endpoint_id": list(endpoints)}
    cursors: set[str] = set()
    for _ in range(_MAX_PAGES):
        address = httpx.URL(url, params=params)
        items, cursor = await _page(wire, address, key, clock=clock, with_key=with_key)
        yield items
        if cursor is None:
            return
        if cursor in cursors:
            break
        cursors.add(cursor)
        params["cursor"] = cursor
    raise Busy(say.BUSY)


async def _page(wire: Wire, url: httpx.URL, key: str, *, clock: Clock, with_key: bool) -> Page:
    async for attempt in patiently(clock):
        with attempt:
            answer = await wire.ask("GET", url, with_key=with_key)
            if not answer.ok:
                raise on_read(answer, now=clock.now(), is_platform=True)
            page = read_page(answer.body, key)
            if page is None:
                raise Busy(say.BUSY)
            return page
    raise AssertionError("tenacity neither returned nor raised")
