"""Reading fal's published list and its prices: every shape, and a platform that is in trouble."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import httpx
import pytest
from aiohttp import web

from bot.catalogue import FAL, endpoints_of, find
from bot.domain.job import Json
from bot.domain.offers import Listed, ListedPrice
from bot.errors import AccountLocked, BadCredentials, Busy, ProviderError, Unreachable
from sandbox.fal import Fal, Settings
from sandbox.faults import Faults

from .conftest import KEY, Connect, ManualClock, Script, Serve, answer

MANY = [f"vendor/model-{number}" for number in range(120)]
EVERYTHING = endpoints_of(FAL)


def models(*entries: Json, cursor: str | None = None) -> httpx.Response:
    """Answer with a page of models; a bare name stands for one that is active."""
    full: list[Json] = [
        {"endpoint_id": entry, "metadata": {"status": "active"}}
        if isinstance(entry, str)
        else entry
        for entry in entries
    ]
    return answer(200, {"models": full, "next_cursor": cursor, "has_more": cursor is not None})


def price(name: str, amount: Json = 0.02, unit: Json = "minutes", currency: Json = "USD") -> Json:
    """Make one entry of the price list."""
    return {"endpoint_id": name, "unit_price": amount, "unit": unit, "currency": currency}


def prices(*entries: Json, cursor: str | None = None) -> httpx.Response:
    """Answer with a page of prices."""
    return answer(200, {"prices": [*entries], "next_cursor": cursor, "has_more": bool(cursor)})


AMOUNTS: list[Json] = [None, True, "free", -1, 1e300, [0.1], "NaN", "∞"]
UNITS: list[Json] = [None, 7, "", " ", "x" * 81]
CURRENCIES: list[Json] = [7, ["USD"], "x" * 81]
NAMES: list[Json] = [7, None, {}, {"endpoint_id": None}, {"endpoint_id": "a/one"}, price("b/other")]
NO_PRICES: list[Json] = [
    *NAMES,
    *(price("a/one", amount) for amount in AMOUNTS),
    *(price("a/one", unit=unit) for unit in UNITS),
    *(price("a/one", currency=currency) for currency in CURRENCIES),
]


class Shelf:
    """A fal that knows some models and, as the real one, answers 404 to a batch with another."""

    def __init__(self, known: set[str]) -> None:
        self.known = known
        self.asked: list[list[str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        ids = request.url.params.get_list("endpoint_id")
        self.asked.append(ids)
        assert request.headers["authorization"] == f"Key {KEY}"
        if unknown := [name for name in ids if name not in self.known]:
            error: Json = {"type": "not_found", "message": f"Endpoint not found: {unknown[0]}"}
            return answer(404, {"error": error})
        return prices(*(price(name) for name in ids))


async def test_the_list_tells_active_deprecated_and_absent(connect: Connect) -> None:
    """What is on it under another word than deprecated is there; upper case does not matter."""
    fal = Script(
        models(
            "A/one",
            {"endpoint_id": "a/two", "metadata": {"status": "Deprecated"}},
            {"endpoint_id": "a/three", "metadata": {"status": "beta"}},
            {"endpoint_id": "a/four"},
            {"endpoint_id": "a/other"},
        )
    )
    provider = await connect(fal)

    listing = await provider.listing(["a/one", "a/two", "a/three", "a/four", "a/five"])

    assert listing == {
        "a/one": Listed.ACTIVE,
        "a/two": Listed.DEPRECATED,
        "a/three": Listed.ACTIVE,
        "a/four": Listed.ACTIVE,
        "a/five": Listed.ABSENT,
    }
    assert fal.seen[0].url.params.get_list("endpoint_id")[-1] == "a/five"
    assert fal.seen[0].url.copy_with(query=None) == "https://api.fal.ai/v1/models"


async def test_odd_entries_are_passed_over(connect: Connect) -> None:
    """An entry without a name is no model, and hides none."""
    odd: list[Json] = [7, None, [], {}, {"endpoint_id": 7}, {"endpoint_id": "a/b", "metadata": 3}]
    provider = await connect(Script(models(*odd)))

    assert await provider.listing(["a/b"]) == {"a/b": Listed.ACTIVE}


async def test_no_question_is_about_more_than_fifty(connect: Connect) -> None:
    """Neither of the list nor of prices; nothing is asked twice."""

    def fal(request: httpx.Request) -> httpx.Response:
        ids = request.url.params.get_list("endpoint_id")
        asked.append(len(ids))
        return models(*ids) if request.url.path.endswith("/models") else prices(*map(price, ids))

    asked: list[int] = []
    provider = await connect(fal)

    listing = await provider.listing([*MANY, *MANY])
    told = await provider.prices(MANY)

    assert set(listing.values()) == {Listed.ACTIVE}
    assert (len(listing), len(told)) == (120, 120)
    assert asked == [50, 50, 20, 50, 50, 20]


async def test_the_list_is_read_to_its_end(connect: Connect) -> None:
    """Page by page, and no further than needed."""
    fal = Script(
        models("x/y", cursor="2"), models("a/two", cursor="3"), models("a/one", cursor="4")
    )
    provider = await connect(fal)

    listing = await provider.listing(["a/one", "a/two"])

    assert set(listing.values()) == {Listed.ACTIVE}
    cursors = [request.url.params.get("cursor") for request in fal.seen]
    assert cursors == [None, "2", "3"]


@pytest.mark.parametrize(
    "endless",
    [
        pytest.param(lambda _: models("x/y", cursor="2"), id="the same cursor"),
        pytest.param(
            lambda request: models(
                "x/y", cursor=str(int(request.url.params.get("cursor", "0")) + 1)
            ),
            id="ever new cursors",
        ),
    ],
)
async def test_a_list_without_an_end_proves_no_absence(
    connect: Connect, endless: Callable[[httpx.Request], httpx.Response]
) -> None:
    """A platform that ignores the filter, or the cursor, does not hide a model."""
    provider = await connect(endless)

    with pytest.raises(Busy):
        await provider.listing(["a/one"])


@pytest.mark.parametrize(
    "body",
    [b"<html>hello</html>", b"", b"null", b"[]", b"{}", b'{"models": null}', b'{"models": {}}'],
)
async def test_what_is_no_list_proves_nothing(connect: Connect, body: bytes) -> None:
    """Nor are prices read out of it."""
    provider = await connect(Script(answer(200, body)))

    with pytest.raises(Busy):
        await provider.listing(["a/one"])
    with pytest.raises(Busy):
        await provider.prices(["a/one"])


async def test_the_public_list_is_read_without_a_key_that_may_not(connect: Connect) -> None:
    """It needs none; prices do."""

    def fal(request: httpx.Request) -> httpx.Response:
        if "authorization" in request.headers:
            error: Json = {"type": "authorization_error", "message": "The key lacks a scope."}
            return answer(403, {"error": error})
        return models("a/one")

    provider = await connect(fal)

    assert await provider.listing(["a/one"]) == {"a/one": Listed.ACTIVE}
    with pytest.raises(BadCredentials):
        await provider.prices(["a/one"])


@pytest.mark.parametrize(
    ("far_end", "error"),
    [
        (Script(answer(500, b"")), Busy),
        (Script(answer(429, b"", retry_after="3600")), Busy),
        (Script(httpx.ConnectError("down")), Unreachable),
        (Script(answer(402, b"")), AccountLocked),
    ],
    ids=["broken", "limited", "down", "locked"],
)
async def test_trouble_is_an_error_of_ours(
    connect: Connect, far_end: Script, error: type[ProviderError]
) -> None:
    """Whoever asks needs to know one tree of errors only."""
    provider = await connect(far_end)

    with pytest.raises(error):
        await provider.prices(["a/one"])


async def test_a_hiccup_is_asked_again(connect: Connect, clock: ManualClock) -> None:
    """A single bad answer costs a moment, not the day's prices."""
    fal = Script(answer(502, b""), httpx.ReadError("cut"), prices(price("a/one")))
    provider = await connect(fal)

    assert "a/one" in await provider.prices(["a/one"])
    assert len(clock.slept) == 2


@pytest.mark.parametrize(
    ("amount", "unit", "currency", "read"),
    [
        (0.02, "minutes", "USD", ("0.02", "minutes", "USD")),
        (0.0376, "audios", "usd", ("0.0376", "audios", "USD")),
        (1, " 30 seconds ", None, ("1", "30 seconds", "USD")),
        ("0.025", "seconds", "EUR", ("0.025", "seconds", "EUR")),
        (0, "compute seconds", "USD", ("0", "compute seconds", "USD")),
        (2e-05, "seconds", "USD", ("0.00002", "seconds", "USD")),
    ],
)
async def test_prices_are_read_exactly(
    connect: Connect, amount: Json, unit: Json, currency: Json, read: tuple[str, str, str]
) -> None:
    """As decimals, in the platform's own words for the unit."""
    provider = await connect(Script(prices(price("A/One", amount, unit, currency))))

    told = await provider.prices(["a/one"])

    assert told == {
        "a/one": ListedPrice(unit_price=Decimal(read[0]), unit=read[1], currency=read[2])
    }


@pytest.mark.parametrize("entry", NO_PRICES)
async def test_what_is_no_price_is_none(connect: Connect, entry: Json) -> None:
    """It is left out; the others are not lost over it."""
    provider = await connect(Script(prices(entry, price("a/two"))))

    assert list(await provider.prices(["a/one", "a/two"])) == ["a/two"]


@pytest.mark.parametrize("unknown", [set(), {0}, {49}, {7, 31, 90, 119}, set(range(110, 120))])
async def test_one_unknown_model_does_not_cost_the_prices_of_the_others(
    connect: Connect, unknown: set[int]
) -> None:
    """A batch that is turned down is asked for in halves until the culprit is alone."""
    known = {name for number, name in enumerate(MANY) if number not in unknown}
    fal = Shelf(known)
    provider = await connect(fal)

    assert set(await provider.prices(MANY)) == known
    assert len(fal.asked) <= 60


async def test_a_platform_that_knows_nothing_is_not_asked_for_ever(connect: Connect) -> None:
    """What it takes to find that out has an end."""
    fal = Shelf(set())
    provider = await connect(fal)

    assert await provider.prices(MANY) == {}
    assert len(fal.asked) == 80


async def test_nothing_is_asked_about_nothing(connect: Connect) -> None:
    """Without the filter it would be the whole list."""
    fal = Script(models())
    provider = await connect(fal)

    assert (await provider.listing([]), await provider.prices([])) == ({}, {})
    assert fal.seen == []


async def test_the_local_platform_is_read_whole(
    connect: Connect, serve: Serve, clock: ManualClock
) -> None:
    """Every model of the catalogue is listed or known not to be, and has a price."""
    settings = Settings(gone=frozenset({"fal-ai/lyria2"}))
    local = Fal(clock=clock, faults=Faults(), base_url=lambda: "http://nowhere", settings=settings)
    app = web.Application()
    local.add_routes(app)
    provider = await connect((await serve(app)) + "/fal/v1")

    listing = await provider.listing(EVERYTHING)
    told = await provider.prices(EVERYTHING)
    await local.close()

    absent = {name for name, listed in listing.items() if listed is Listed.ABSENT}
    unlisted = {name for name in EVERYTHING if not find(name).about.listed}
    assert absent == unlisted | {"fal-ai/lyria2"}
    assert set(told) == set(EVERYTHING)
    assert told["cassetteai/music-generator"].unit == "minutes"
