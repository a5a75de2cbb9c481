"""When a model counts as failing, and what is offered in its stead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.catalogue import Market, find
from bot.domain.ids import ChannelId, GuildId, JobId, UserId
from bot.domain.job import Failure, Job, Json, Kind, State
from bot.domain.money import Micros
from bot.domain.offers import Listed
from bot.jobs.shop import LOOKBACK, SERVER_SIDE, Outcome, Shop

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LYRIA, CASSETTE = "fal-ai/lyria2", "cassetteai/music-generator"
BROKE = Failure(code="generation_failed", sentence="The model broke.")
GONE = Failure(code="model_gone", sentence="The model is gone.")


def job(model: str = LYRIA, kind: Kind = Kind.MUSIC, **options: Json) -> Job:
    """A job that was asked for with these options."""
    typed: dict[str, Any] = {"prompt": "rain", "model": model, **options}
    return Job(
        id=JobId(1),
        guild_id=GuildId(1),
        user_id=UserId(1),
        channel_id=ChannelId(1),
        kind=kind,
        provider="fal",
        model=model,
        prompt="rain",
        arguments={},
        options=typed,
        estimate=Micros(100_000),
        state=State.RUNNING,
        version=1,
        created_at=NOW,
        updated_at=NOW,
        next_run_at=NOW,
    )


def failing(*models: str) -> Shop:
    """A shop in which these models have failed twice just now."""
    shop = Shop()
    shop.replay(
        Outcome(model=model, code="generation_failed", at=NOW) for model in models for _ in range(2)
    )
    return shop


@pytest.mark.parametrize("code", sorted(SERVER_SIDE - {"model_gone"}))
def test_a_second_failure_in_a_row_brings_an_offer(code: str) -> None:
    """Once may be bad luck. The offer has the price that the other model would be asked for at."""
    shop = Shop()
    failure = Failure(code=code, sentence="It went wrong.")

    first = shop.failed(job(), failure, NOW)
    second = shop.failed(job(), failure, NOW + timedelta(minutes=59))

    assert first == failure
    assert (second.offer, second.offer_price) == (CASSETTE, 20_000)
    assert (second.code, second.sentence) == (failure.code, failure.sentence)


@pytest.mark.parametrize(
    "code", ["refused", "rejected", "cancelled", "bad_result", "account_locked", "incident"]
)
def test_what_is_not_the_models_doing_does_not_count(code: str) -> None:
    """Refusals, bad input, and the operator's own trouble say nothing about a model."""
    shop = Shop()

    for _ in range(5):
        failure = shop.failed(job(), Failure(code=code, sentence="No."), NOW)
        assert failure.offer is None

    assert not shop.is_failing(LYRIA, NOW)


def test_a_success_clears_a_models_name() -> None:
    """Failures before it no longer count."""
    shop = failing(LYRIA)

    shop.note(Outcome(model=LYRIA, code=None, at=NOW))

    assert shop.failed(job(), BROKE, NOW).offer is None


def test_an_hour_clears_it_too() -> None:
    """What was is not what is."""
    shop = failing(LYRIA)

    assert shop.is_failing(LYRIA, NOW + LOOKBACK - timedelta(seconds=1))
    assert not shop.is_failing(LYRIA, NOW + LOOKBACK)


def test_a_gone_model_brings_an_offer_at_once_and_is_offered_no_more() -> None:
    """There is no point in trying again."""
    shop = Shop()

    failure = shop.failed(job(), GONE, NOW)

    assert failure.offer == CASSETTE
    assert shop.market.is_gone(find(LYRIA))


def test_a_model_that_fails_itself_is_no_help() -> None:
    """Nor is one that is gone."""
    shop = failing(CASSETTE)
    third = shop.failed(job(), GONE, NOW).offer
    assert third is not None
    shop.market = Market(listings={third: Listed.ABSENT})

    fourth = shop.failed(job(), GONE, NOW).offer

    assert third != CASSETTE
    assert fourth not in {None, CASSETTE, third, LYRIA}


def test_only_what_can_do_all_of_it_is_offered() -> None:
    """A seed leads to a model that takes one."""
    offer = failing(LYRIA).failed(job(seed=7), BROKE, NOW).offer

    assert offer is not None
    assert "seed" in find(offer).takes


def test_nothing_is_offered_where_nothing_can() -> None:
    """Fields that only one model has have no place elsewhere."""
    shop = failing("fal-ai/demucs")

    failure = shop.failed(job("fal-ai/demucs", Kind.STEMS, source_url="https://x/y"), BROKE, NOW)

    assert failure == BROKE


def test_a_model_that_left_the_catalogue_still_fails_in_good_order() -> None:
    """Jobs of an older version of this program must come to their end."""
    assert Shop().failed(job("no/such"), GONE, NOW) == GONE


def test_the_fallback_is_the_next_by_rank_that_works() -> None:
    """For whoever wants a model, and not a ready order."""
    shop = failing(CASSETTE)

    other = shop.fallback_for(Kind.MUSIC, find(LYRIA), now=NOW)

    assert other is not None
    assert other not in {find(CASSETTE), find(LYRIA)}
    assert Kind.MUSIC in other.about.serves
