"""Live prices and availability, and what becomes of estimates, choices and offers with them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from random import Random

import pytest

from bot.catalogue import (
    Ask,
    Market,
    Mode,
    all_models,
    cost,
    default,
    describe,
    fallback,
    find,
    next_best,
    prepare,
    suggest,
)
from bot.domain.job import Json, Kind
from bot.domain.offers import Listed, ListedPrice, PriceSource
from bot.errors import InvalidInput

NOW = datetime(2026, 11, 21, tzinfo=UTC)
CASSETTE, LYRIA, YUE = "cassetteai/music-generator", "fal-ai/lyria2", "fal-ai/yue"
STABLE = "fal-ai/stable-audio"
BODY: dict[str, Json] = {"prompt": "x", "duration": 60}


def priced(**units: str) -> Market:
    """A market in which each endpoint costs seven cents per unit."""
    return Market(
        prices={
            endpoint: ListedPrice(unit_price=Decimal("0.07"), unit=unit)
            for endpoint, unit in units.items()
        },
        priced_at=NOW,
    )


def listed(**listings: Listed) -> Market:
    """A market in which everything is on the list, but for what is said."""
    active = {model.about.endpoint: Listed.ACTIVE for model in all_models()}
    return Market(listings=active | listings, listed_at=NOW)


def ask(**options: object) -> Ask:
    """Ask for music."""
    return Ask(kind=Kind.MUSIC, prompt="rain", **options)  # type: ignore[arg-type]


def test_an_estimate_is_made_with_the_live_price_and_says_so() -> None:
    """Two minutes at seven cents a minute."""
    market = priced(**{CASSETTE: "minutes"})

    order = prepare(ask(model=CASSETTE, duration=120), random=Random(1), market=market)

    assert (order.estimate, order.priced_by) == (140_000, PriceSource.LIVE)


@pytest.mark.parametrize("market", [Market(), priced(**{STABLE: "compute seconds"})])
def test_without_a_price_that_is_understood_the_catalogue_serves(market: Market) -> None:
    """Nobody can tell how many compute seconds a sound takes."""
    order = prepare(ask(model=STABLE), random=Random(1), market=market)

    assert (order.estimate, order.priced_by) == (20_000, PriceSource.CATALOGUE)


def test_a_model_that_changed_to_a_price_by_the_second_is_reckoned_at_its_longest() -> None:
    """Where nobody says how long it will be, the estimate is of the longest."""
    endpoint = "fal-ai/minimax-music/v2"
    song = Ask(
        kind=Kind.SONG, prompt="a sad waltz", lyrics="One two three, one two three", model=endpoint
    )

    order = prepare(song, random=Random(1), market=priced(**{endpoint: "seconds"}))

    assert order.estimate == 240 * 70_000


def test_labels_and_descriptions_show_the_live_price() -> None:
    """People choose by what it costs now."""
    market = priced(**{CASSETTE: "minutes"})
    labels = {endpoint: label for label, endpoint in suggest(Kind.MUSIC, "", market=market)}

    assert "$0.07 per minute" in labels[CASSETTE]
    assert describe(find(CASSETTE), market=market).price == "$0.07 per minute"


@pytest.mark.parametrize(
    ("unit", "units", "micros"),
    [("minutes", "2", 140_000), ("compute seconds", "12.5", 875_000), ("audios", "1", 70_000)],
)
def test_billed_units_are_charged_at_the_platforms_own_price(
    unit: str, units: str, micros: int
) -> None:
    """They are its units, whether we know what they mean or not."""
    market = priced(**{CASSETTE: unit})
    assert cost(CASSETTE, BODY, billable_units=Decimal(units), market=market) == micros


def test_units_without_a_live_price_are_charged_by_the_catalogue() -> None:
    """As when nothing was heard of the platform."""
    for market in (
        Market(),
        Market(prices={CASSETTE: ListedPrice(unit_price=Decimal(0), unit="x")}),
    ):
        assert cost(CASSETTE, BODY, billable_units=Decimal(2), market=market) == 40_000


def test_a_listed_model_that_disappears_is_gone() -> None:
    """It is not suggested, not chosen, and refused by name, with the next best and its price."""
    market = listed(**{CASSETTE: Listed.ABSENT})

    assert CASSETTE not in [endpoint for _, endpoint in suggest(Kind.MUSIC, "cass", market=market)]
    assert default(Kind.MUSIC, market=market) is not find(CASSETTE)
    with pytest.raises(InvalidInput) as refused:
        prepare(ask(model=CASSETTE, duration=60), random=Random(1), market=market)
    other = default(Kind.MUSIC, market=market).about.title
    assert refused.value.sentence.startswith(
        f"CassetteAI Music is no longer available. Choose {other}, which can do this for about $"
    )


def test_a_gone_model_is_replaced_by_one_that_can_do_the_same() -> None:
    """Whoever asked for a seed is not sent to a model without one."""
    market = listed(**{LYRIA: Listed.ABSENT})

    with pytest.raises(InvalidInput) as refused:
        prepare(ask(model=LYRIA, seed=7), random=Random(1), market=market)

    assert "CassetteAI" not in refused.value.sentence


def test_a_gone_model_is_refused_even_where_no_other_can_do_quite_the_same() -> None:
    """The default is named with its price then."""
    market = listed(**{LYRIA: Listed.ABSENT})

    with pytest.raises(InvalidInput, match=r"Choose CassetteAI Music \(\$0.02 per minute\)\."):
        prepare(ask(model=LYRIA, advanced="nothing=1"), random=Random(1), market=market)


def test_a_model_known_to_be_unlisted_is_hidden_but_may_be_tried() -> None:
    """Its absence is no news: it is shown to those who look for it, marked, and not refused."""
    market = listed(**{YUE: Listed.ABSENT})
    lyrics = "[verse]\nOne two three\n\n[chorus]\nFour five six"
    song = Ask(kind=Kind.SONG, prompt="sad waltz", lyrics=lyrics, model=YUE)

    assert YUE not in [endpoint for _, endpoint in suggest(Kind.SONG, "", market=market)]
    [(label, endpoint)] = suggest(Kind.SONG, "yue", market=market)
    assert (endpoint, "may be gone" in label) == (YUE, True)
    assert prepare(song, random=Random(1), market=market).model == YUE


def test_an_unlisted_model_that_turned_a_request_away_is_gone() -> None:
    """That is proof."""
    market = listed(**{YUE: Listed.ABSENT}).without(YUE)

    assert suggest(Kind.SONG, "yue", market=market) == []


def test_a_deprecated_model_is_marked_and_no_default() -> None:
    """It still answers, and may be chosen."""
    market = listed(**{CASSETTE: Listed.DEPRECATED})
    labels = {endpoint: label for label, endpoint in suggest(Kind.MUSIC, "", market=market)}

    assert "may be gone" in labels[CASSETTE]
    assert default(Kind.MUSIC, market=market) is not find(CASSETTE)
    assert prepare(ask(model=CASSETTE), random=Random(1), market=market).model == CASSETTE


def test_a_model_that_is_back_on_the_list_is_like_any_other() -> None:
    """The platform's list is newer than the catalogue."""
    market = listed()

    assert market.is_listed(find(YUE))
    assert YUE in [endpoint for _, endpoint in suggest(Kind.SONG, "", market=market)]


def test_the_next_best_takes_everything_that_was_asked_for() -> None:
    """The first by rank that has a place for all of it; the order is ready, price and all."""
    order = next_best(ask(model=LYRIA, seed=7), find(LYRIA), random=Random(1))

    assert order is not None
    assert order.arguments["seed"] == 7
    assert order.model != LYRIA


def test_there_may_be_no_next_best() -> None:
    """Fields of one model mean nothing to another; nothing is left out to make it fit."""
    odd = ask(model="fal-ai/ace-step", advanced="granularity_scale=7 guidance_interval=0.4")
    family = {model.about.endpoint for model in all_models() if "ace-step" in model.about.endpoint}

    assert (
        next_best(odd, find("fal-ai/ace-step"), random=Random(1), besides=frozenset(family)) is None
    )


def test_a_song_is_never_sent_to_a_model_for_remixes_only() -> None:
    """A model that serves two commands has a stand-in in each."""
    one = find("fal-ai/minimax-music")
    for_songs, for_remixes = fallback(Kind.SONG, one), fallback(Kind.REMIX, one)

    assert for_songs is not None
    assert Kind.SONG in for_songs.about.serves
    assert for_remixes is not None
    assert Mode.LYRICS in for_remixes.about.modes
