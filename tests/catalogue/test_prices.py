"""Estimates are never too low, and charges follow the provider's own units."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.catalogue import all_models, cost, models
from bot.catalogue.prices import PerRequest, PerTime, Price, Unpublished
from bot.domain.job import Json, Kind
from tests.catalogue.asks import order

MINUTE = PerTime(usd=Decimal("0.60"), every=60, started=True)
OUTPUT_MINUTE = PerTime(usd=Decimal("0.02"), every=60)
SECOND = PerTime(usd=Decimal("0.0025"), at_least=10)


@pytest.mark.parametrize(
    ("price", "seconds", "outputs", "micros"),
    [
        (MINUTE, 3, 1, 600_000),
        (MINUTE, 60, 1, 600_000),
        (MINUTE, 60.001, 1, 600_000),
        (MINUTE, 61, 1, 1_200_000),
        (OUTPUT_MINUTE, 60, 1, 20_000),
        (OUTPUT_MINUTE, 10, 1, 3_334),
        (OUTPUT_MINUTE, 180, 1, 60_000),
        (SECOND, 1, 1, 25_000),
        (SECOND, 10.5, 1, 27_500),
        (SECOND, 20, 3, 150_000),
        (PerTime(usd=Decimal("0.01"), every=10, started=True), 95, 1, 100_000),
        (PerTime(usd=Decimal("0.10"), every=30, started=True), 30, 1, 100_000),
        (PerRequest(usd=Decimal("0.075"), further=Decimal("0.0375")), 500, 2, 112_500),
        (PerRequest(usd=Decimal("0.0376")), 1, 1, 37_600),
        (Unpublished(at_most=Decimal("0.01")), 1, 1, 10_000),
    ],
)
def test_estimates_round_up(price: Price, seconds: float, outputs: int, micros: int) -> None:
    """Begun units count whole where the provider bills them so."""
    assert price.estimate(seconds=seconds, outputs=outputs) == micros


@pytest.mark.parametrize(
    ("price", "phrase"),
    [
        (MINUTE, "$0.60 per started minute"),
        (OUTPUT_MINUTE, "$0.02 per minute"),
        (SECOND, "$0.0025 per second"),
        (PerTime(usd=Decimal("0.10"), every=30, started=True), "$0.10 per 30 seconds"),
        (PerTime(usd=Decimal("0.0007"), source=True), "$0.0007 per second of the source"),
        (PerRequest(usd=Decimal("0.0376")), "$0.0376 per request"),
        (Unpublished(at_most=Decimal("0.01")), "price not published, about $0.01"),
    ],
)
def test_prices_read_like_a_price_list(price: Price, phrase: str) -> None:
    """The unit is always named."""
    assert price.phrase == phrase


@pytest.mark.parametrize("model", all_models(), ids=lambda model: model.about.endpoint)
def test_a_longer_result_never_costs_less(model) -> None:  # type: ignore[no-untyped-def]
    """No formula turns around."""
    price = model.about.price
    costs = [price.estimate(seconds=seconds, outputs=1) for seconds in (1, 9, 10, 30, 61, 599)]

    assert costs == sorted(costs)
    assert costs[0] > 0


@pytest.mark.parametrize("model", models(Kind.MUSIC), ids=lambda model: model.about.endpoint)
def test_the_real_price_of_the_announced_length_is_within_the_estimate(model) -> None:  # type: ignore[no-untyped-def]
    """What was reserved covers what is charged."""
    made = order(model=model.about.endpoint)

    real = cost(made.model, made.arguments, audio_seconds=made.seconds)

    assert 0 < real <= made.estimate


def test_units_are_charged_in_the_unit_of_the_price() -> None:
    """Two started minutes are two units."""
    arguments: dict[str, Json] = {"prompt": "x", "music_length_ms": 61_000}

    charged = cost("fal-ai/elevenlabs/music", arguments, billable_units=Decimal(2))

    assert charged == 1_200_000
