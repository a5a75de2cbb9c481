"""Keeping in step with the platform: at the start, daily, and through every kind of trouble."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from shutil import copy

import pytest

from bot.catalogue import all_models, find
from bot.domain.job import Failure, State
from bot.domain.offers import Listed, ListedPrice, PriceSource
from bot.errors import BadCredentials, Busy, Unreachable
from bot.jobs.market import KEY, MarketWatch
from bot.jobs.shop import Shop
from bot.store import Database, jobs, meta
from tests.clock import START, ManualClock
from tests.store.builders import new_job, queue

LYRIA, CASSETTE = "fal-ai/lyria2", "cassetteai/music-generator"
DAY = 86_400
PRICE = ListedPrice(unit_price=Decimal("0.07"), unit="minutes")


@dataclass
class Storefront:
    """A platform that lists everything but what is gone, and asks the same for everything."""

    gone: set[str] = field(default_factory=set)
    price: ListedPrice = PRICE
    listing_faults: deque[Exception] = field(default_factory=deque)
    price_faults: deque[Exception] = field(default_factory=deque)
    listed: int = 0
    priced: list[Sequence[str]] = field(default_factory=list)
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    async def listing(self, endpoints: Sequence[str]) -> Mapping[str, Listed]:
        """Tell what is listed."""
        self.listed += 1
        await self.answers.wait()
        if self.listing_faults:
            raise self.listing_faults.popleft()
        return {name: Listed.ABSENT if name in self.gone else Listed.ACTIVE for name in endpoints}

    async def prices(self, endpoints: Sequence[str]) -> Mapping[str, ListedPrice]:
        """Tell the prices."""
        self.priced.append(endpoints)
        if self.price_faults:
            raise self.price_faults.popleft()
        return dict.fromkeys(endpoints, self.price)


@dataclass
class Rig:
    """A platform, a database and a clock that outlive every watch."""

    db: Database
    clock: ManualClock
    far_end: Storefront = field(default_factory=Storefront)

    def watch(self, shop: Shop | None = None) -> MarketWatch:
        """Make a watch, as a start of the bot does."""
        return MarketWatch(
            db=self.db,
            clock=self.clock,
            shop=shop or Shop(),
            storefront=self.far_end,
            random=Random(1),
        )

    async def until(self, look: Callable[[], bool], *, within: float = 10) -> None:
        """Wait for something to happen without time passing."""
        async with asyncio.timeout(within):
            while not look():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.002)

    async def rests(self) -> None:
        """Wait until the watch sleeps."""
        await self.until(lambda: self.clock.next_due is not None)


@pytest.fixture
async def rig(migrated: Path, tmp_path: Path) -> AsyncIterator[Rig]:
    """A rig with an empty database."""
    copy(migrated, tmp_path / "minstrel.db")
    async with Database.open(f"sqlite:///{tmp_path / 'minstrel.db'}") as db:
        rig = Rig(db=db, clock=ManualClock())
        rig.far_end.answers.set()
        yield rig


async def test_the_platform_is_asked_at_the_start(rig: Rig) -> None:
    """What is gone is hidden, and prices are live from then on; nothing is asked of what is gone."""
    rig.far_end.gone = {LYRIA}

    async with rig.watch() as watch:
        await rig.rests()

        assert watch.current.is_gone(find(LYRIA))
        assert watch.current.price_of(find(CASSETTE)).source is PriceSource.LIVE
        assert (watch.current.listed_at, watch.current.priced_at) == (START, START)
        assert LYRIA not in rig.far_end.priced[0]


async def test_nobody_waits_for_the_platform(rig: Rig) -> None:
    """A far end that hangs neither holds up the start nor the stop."""
    rig.far_end.answers.clear()

    async with asyncio.timeout(5), rig.watch() as watch:
        await rig.until(lambda: rig.far_end.listed == 1)
        assert watch.current.listings == {}


async def test_it_is_asked_again_every_day_about(rig: Rig) -> None:
    """Not at the same second as everybody else's."""
    async with rig.watch() as watch:
        await rig.rests()
        wait = rig.clock.next_due
        assert wait is not None
        assert abs(wait - DAY) <= DAY / 10
        assert wait != DAY

        rig.far_end.gone = {LYRIA}
        rig.clock.advance(wait)
        await rig.until(lambda: watch.current.is_gone(find(LYRIA)))

        assert rig.far_end.listed == 2


async def test_a_failure_is_one_line_and_another_try(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """With growing waits; the prices that were told are used meanwhile."""
    caplog.set_level(logging.WARNING, "bot.jobs.market")
    rig.far_end.listing_faults.extend([Busy("Wait."), Unreachable("Away.")])

    async with rig.watch() as watch:
        await rig.rests()
        first = rig.clock.next_due
        assert len(caplog.records) == 1
        assert watch.current.listings == {}
        assert watch.current.price_of(find(CASSETTE)).source is PriceSource.LIVE

        assert first is not None
        rig.clock.advance(first)
        await rig.until(lambda: rig.far_end.listed == 2)
        await rig.rests()
        second = rig.clock.next_due
        assert second is not None
        rig.clock.advance(second)
        await rig.until(lambda: bool(watch.current.listings))

        assert 40 < first < second < 200
        assert len(caplog.records) == 2


async def test_a_key_that_may_not_read_prices_waits_for_the_next_day(rig: Rig) -> None:
    """Asking again soon is no use; the list is read all the same."""
    rig.far_end.price_faults.append(BadCredentials("The key may not."))

    async with rig.watch() as watch:
        await rig.rests()

        assert watch.current.listings
        assert watch.current.price_of(find(CASSETTE)).source is PriceSource.CATALOGUE
        assert (rig.clock.next_due or 0) > DAY / 2


async def test_an_error_nobody_foresaw_does_not_end_the_watch(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and the next try comes."""
    rig.far_end.listing_faults.append(RuntimeError("a bug"))

    async with rig.watch() as watch:
        await rig.rests()
        rig.clock.advance(rig.clock.next_due or 0)
        await rig.until(lambda: bool(watch.current.listings))

    assert [record.levelname for record in caplog.records if "refreshed" in record.message] == [
        "ERROR"
    ]


async def test_a_list_without_most_models_is_not_believed(rig: Rig) -> None:
    """It would take the bot's every command away for a day."""
    rig.far_end.gone = {model.about.endpoint for model in all_models()} - {LYRIA}

    async with rig.watch() as watch:
        await rig.rests()

        assert not watch.current.is_gone(find(CASSETTE))
        assert (rig.clock.next_due or DAY) < 200


async def test_a_start_without_network_has_the_last_answer(rig: Rig) -> None:
    """It stands in the database."""
    rig.far_end.gone = {LYRIA}
    async with rig.watch() as watch:
        await rig.rests()
        before = watch.current
    rig.far_end.listing_faults.extend([Unreachable("Away.")] * 9)
    rig.far_end.price_faults.extend([Unreachable("Away.")] * 9)
    rig.clock.advance(DAY)

    async with rig.watch() as watch:
        assert watch.current == before
        await rig.rests()

        assert watch.current == before
        assert watch.current.is_gone(find(LYRIA))


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"listings": {"a": "maybe"}}', "null"])
async def test_an_answer_kept_by_another_version_is_passed_over(rig: Rig, kept: str) -> None:
    """The platform is asked anew in any case."""
    await rig.db.write(meta.put, KEY, kept)

    async with rig.watch() as watch:
        await rig.rests()

        assert watch.current.price_of(find(CASSETTE)).source is PriceSource.LIVE


async def test_what_is_kept_is_exact(rig: Rig) -> None:
    """Prices go in and out as they were told."""
    rig.far_end.price = ListedPrice(unit_price=Decimal("0.0376"), unit="audios")
    async with rig.watch():
        await rig.rests()

    kept = await rig.db.read(meta.get, KEY)

    assert kept is not None
    assert json.loads(kept)["prices"][CASSETTE]["unit_price"] == "0.0376"


async def test_a_model_found_gone_is_offered_again_once_it_is_on_the_list(rig: Rig) -> None:
    """The list is newer than the refusal."""
    shop = Shop()
    async with rig.watch(shop) as watch:
        await rig.rests()
        shop.mark_gone(LYRIA)
        assert watch.current.is_gone(find(LYRIA))

        rig.clock.advance(rig.clock.next_due or 0)
        await rig.until(lambda: rig.far_end.listed == 2)
        await rig.until(lambda: not watch.current.is_gone(find(LYRIA)))


async def test_failures_of_the_last_hour_are_known_after_a_restart(rig: Rig) -> None:
    """They stand with the jobs; older ones do not count."""
    broke = Failure(code="generation_failed", sentence="It broke.")
    for model, minutes in ((LYRIA, 50), (LYRIA, 10), (CASSETTE, 70), (CASSETTE, 65)):
        job = await queue(rig.db, new_job(model=model))
        at = START - timedelta(minutes=minutes)
        await rig.db.write(jobs.finish, job, State.FAILED, failure=broke, now=at)
    shop = Shop()

    async with rig.watch(shop):
        assert shop.is_failing(LYRIA, START)
        assert not shop.is_failing(CASSETTE, START)
