"""Units in a platform's own words become formulas, or nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogue import all_models
from bot.catalogue.prices import PerRequest, PerTime, Price, Unpublished
from bot.catalogue.units import formula
from bot.domain.offers import ListedPrice

PRICE = Decimal("0.06")
UNKNOWN = Unpublished(at_most=Decimal(1))
PER_REQUEST = PerRequest(usd=Decimal("0.05"))
STARTED_MINUTE = PerTime(usd=Decimal("0.60"), every=60, started=True)
MINUTE = PerTime(usd=Decimal("0.02"), every=60)
AT_LEAST_TEN = PerTime(usd=Decimal("0.0025"), at_least=10)
OF_SOURCE = PerTime(usd=Decimal("0.0007"), source=True)
PUBLISHED = [model for model in all_models() if isinstance(model.about.price, PerTime | PerRequest)]
TWO_SONGS = PerRequest(usd=Decimal("0.075"), further=Decimal("0.0375"))


def read(unit: str, known: Price = UNKNOWN, usd: Decimal = PRICE, currency: str = "USD") -> object:
    """Read a unit at six cents."""
    return formula(ListedPrice(unit_price=usd, unit=unit, currency=currency), known)


@pytest.mark.parametrize(
    ("unit", "price"),
    [
        ("seconds", PerTime(usd=PRICE)),
        ("second", PerTime(usd=PRICE)),
        ("Seconds ", PerTime(usd=PRICE)),
        ("per second", PerTime(usd=PRICE)),
        ("audio seconds", PerTime(usd=PRICE)),
        ("seconds of audio", PerTime(usd=PRICE)),
        ("seconds of generated audio", PerTime(usd=PRICE)),
        ("output_seconds", PerTime(usd=PRICE)),
        ("input seconds", PerTime(usd=PRICE, source=True)),
        ("seconds of input audio", PerTime(usd=PRICE, source=True)),
        ("minutes", PerTime(usd=PRICE, every=60, started=True)),
        ("started minutes", PerTime(usd=PRICE, every=60, started=True)),
        ("30 seconds", PerTime(usd=PRICE, every=30, started=True)),
        ("30s", PerTime(usd=PRICE, every=30, started=True)),
        ("30-second", PerTime(usd=PRICE, every=30, started=True)),
        ("30 second increments", PerTime(usd=PRICE, every=30, started=True)),
        ("10 seconds", PerTime(usd=PRICE, every=10, started=True)),
        ("0.5 minutes", PerTime(usd=PRICE, every=30, started=True)),
        ("hours", PerTime(usd=PRICE, every=3600, started=True)),
        ("audios", PerRequest(usd=PRICE)),
        ("songs", PerRequest(usd=PRICE)),
        ("tracks", PerRequest(usd=PRICE)),
        ("generations", PerRequest(usd=PRICE)),
        ("Requests", PerRequest(usd=PRICE)),
        ("an audio", PerRequest(usd=PRICE)),
        ("1 generation", PerRequest(usd=PRICE)),
        ("1000 requests", PerRequest(usd=PRICE / 1000)),
    ],
)
def test_units_that_are_understood(unit: str, price: Price) -> None:
    """However they are written; where the rule is not told, the dearer reading is taken."""
    assert read(unit) == price


@pytest.mark.parametrize(
    "unit",
    [
        *("compute seconds", "gpu seconds", "seconds of compute", "machine-seconds"),
        *("megapixels", "images", "1000 characters", "tokens", "units", "samples", "m", "30"),
        *("", "0 seconds", "0.3 seconds", "1.5 seconds", "seconds per sample", "second second"),
        *("video seconds", "-3 seconds", "1e3 seconds", "½ minute", "٣ seconds", "\0"),
    ],
)
def test_units_that_are_not_understood(unit: str) -> None:
    """Nothing is guessed at: the catalogue's own figures serve then."""
    assert read(unit) is None


@pytest.mark.parametrize(
    ("usd", "currency"), [("0", "USD"), ("0.1", "EUR"), ("0.1", "credits"), ("-1", "USD")]
)
def test_only_dollars_are_prices(usd: str, currency: str) -> None:
    """A price of nothing means that none is named."""
    assert read("seconds", usd=Decimal(usd), currency=currency) is None


@pytest.mark.parametrize(
    ("unit", "known", "price"),
    [
        ("minutes", STARTED_MINUTE, PerTime(usd=PRICE, every=60, started=True)),
        ("minutes", MINUTE, PerTime(usd=PRICE, every=60)),
        ("started minutes", MINUTE, PerTime(usd=PRICE, every=60, started=True)),
        ("30 seconds", MINUTE, PerTime(usd=PRICE, every=30, started=True)),
        ("seconds", MINUTE, PerTime(usd=PRICE)),
        ("seconds", AT_LEAST_TEN, PerTime(usd=PRICE, at_least=10)),
        ("minutes", AT_LEAST_TEN, PerTime(usd=PRICE, every=60, started=True, at_least=10)),
        ("seconds", OF_SOURCE, PerTime(usd=PRICE, source=True)),
        ("audios", OF_SOURCE, PerRequest(usd=PRICE)),
        ("seconds", PER_REQUEST, PerTime(usd=PRICE)),
        ("generations", TWO_SONGS, PerRequest(usd=PRICE, further=PRICE / 2)),
        ("songs", TWO_SONGS, PerRequest(usd=PRICE)),
        ("generations", PER_REQUEST, PerRequest(usd=PRICE)),
    ],
)
def test_what_a_unit_does_not_tell_is_taken_from_the_catalogue(
    unit: str, known: Price, price: Price
) -> None:
    """Shortest lengths, begun units, whose length it is, and what a second result costs."""
    assert read(unit, known) == price


@pytest.mark.parametrize("model", PUBLISHED, ids=lambda model: model.about.endpoint)
def test_a_price_in_the_unit_of_the_catalogue_says_the_same(model) -> None:  # type: ignore[no-untyped-def]
    """The published price that the catalogue was written from gives the catalogue's formula."""
    known = model.about.price
    unit = f"{known.every} seconds" if isinstance(known, PerTime) else "generations"

    assert read(unit, known, usd=known.usd) == known


@given(
    unit=st.sampled_from(["seconds", "minutes", "30 seconds", "10 seconds", "started minutes"]),
    usd=st.decimals(min_value="0.0001", max_value="5", places=4),
    seconds=st.floats(min_value=1, max_value=900),
    known=st.sampled_from([UNKNOWN, PER_REQUEST, STARTED_MINUTE, AT_LEAST_TEN, OF_SOURCE]),
)
def test_an_estimate_is_never_below_the_price_of_the_length(
    unit: str, usd: Decimal, seconds: float, known: Price
) -> None:
    """Every rounding goes up, whatever is known besides."""
    every = {"seconds": 1, "30 seconds": 30, "10 seconds": 10}.get(unit, 60)
    price = formula(ListedPrice(unit_price=usd, unit=unit), known)
    assert price is not None

    exact = usd * Decimal(seconds - 0.005) / every * 1_000_000

    assert price.estimate(seconds=seconds, outputs=1) >= exact


@given(st.text(max_size=80))
def test_no_unit_is_a_surprise(unit: str) -> None:
    """Whatever a platform writes is a formula or None."""
    price = read(unit)

    assert price is None or isinstance(price, PerTime | PerRequest)
