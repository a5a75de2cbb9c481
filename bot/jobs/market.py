"""Keeping what is known of the models' availability and prices in step with the platform."""

from __future__ import annotations

import asyncio
import logging
import random as _random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Self

from pydantic import TypeAdapter, ValidationError

from bot import catalogue
from bot.catalogue import Market
from bot.domain.clock import Clock
from bot.domain.offers import Listed
from bot.errors import Busy, ProviderError, StoreError
from bot.jobs.backoff import Backoff
from bot.jobs.shop import LOOKBACK, Outcome, Shop
from bot.providers.base import Storefront
from bot.store import meta, outcomes
from bot.store.database import Database

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
JITTER = 0.1
"""How far from a day two looks may be, so that not everybody who runs a bot asks at once."""

KEY = "market"
"""Where the last good answer is kept in the database."""

_STORED = TypeAdapter(Market)


class MarketWatch:
    """Asks the platform at the start and daily; whatever goes wrong, the last answer stands.

    An async context manager: the last answer that was kept is known on entering, and asking goes
    on in the background until it is left. Nobody ever waits for the platform.
    """

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        shop: Shop,
        storefront: Storefront,
        endpoints: Sequence[str] | None = None,
        random: _random.Random | None = None,
    ) -> None:
        """Prepare a watch over some endpoints; over all of fal's where none are given."""
        self._db = db
        self._clock = clock
        self._shop = shop
        self._storefront = storefront
        self._endpoints = (
            list(catalogue.endpoints_of(catalogue.FAL)) if endpoints is None else list(endpoints)
        )
        self._random = random or _random.Random()
        self._backoff = Backoff(first_seconds=60, longest_seconds=3600, random=self._random)
        self._task: asyncio.Task[None] | None = None

    @property
    def current(self) -> Market:
        """The market as it was last heard of."""
        return self._shop.market

    async def __aenter__(self) -> Self:
        await self._recall()
        self._task = asyncio.create_task(self._keep_in_step(), name="market")
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep_in_step(self) -> None:
        failures = 0
        while True:
            try:
                is_worth_repeating = not await self.refresh()
            except Exception:
                log.exception("prices and availability of models could not be refreshed")
                is_worth_repeating = True
            if is_worth_repeating:
                failures += 1
                wait = self._backoff.after(failures).total_seconds()
            else:
                failures = 0
                wait = EVERY.total_seconds() * self._random.uniform(1 - JITTER, 1 + JITTER)
            await self._clock.sleep(wait)

    async def refresh(self) -> bool:
        """Ask the platform once, and keep what it answers.

        The list and the prices are asked for apart: an account that may not read the one learns
        the other all the same.

        Returns:
            Whether there is nothing more to be had by asking again soon.
        """
        errors: list[ProviderError] = []
        for ask in (self._refresh_listings, self._refresh_prices):
            try:
                await ask()
            except ProviderError as error:
                errors.append(error)
        if len(errors) < 2:
            await self._keep()
        if errors:
            what = " ".join(dict.fromkeys(error.sentence for error in errors))
            log.warning("models and prices are not up to date: %s", what)
        else:
            log.info("models and prices are up to date")
        return not any(error.retryable for error in errors)

    async def _refresh_listings(self) -> None:
        listings = await self._storefront.listing(self._endpoints)
        expected = [
            model
            for model in catalogue.all_models()
            if model.about.listed and model.about.endpoint in self._endpoints
        ]
        missing = [
            model.about.title
            for model in expected
            if listings.get(model.about.endpoint) is Listed.ABSENT
        ]
        if len(missing) * 2 > len(expected):
            # Half of all models do not leave overnight; a list that cannot be right is not used.
            raise Busy("The provider's list of models lacks most of them, so it is not believed.")
        if missing:
            log.info("no longer on the provider's list: %s", ", ".join(missing))
        self._shop.market = replace(
            self._shop.market,
            listings=listings,
            listed_at=self._clock.now(),
            gone=frozenset(),
        )

    async def _refresh_prices(self) -> None:
        listings = self._shop.market.listings
        asked = [name for name in self._endpoints if listings.get(name) is not Listed.ABSENT]
        prices = await self._storefront.prices(asked)
        self._shop.market = replace(self._shop.market, prices=prices, priced_at=self._clock.now())

    async def _keep(self) -> None:
        """Write the answer down, so that a start without network has it."""
        try:
            await self._db.write(meta.put, KEY, _STORED.dump_json(self.current).decode())
        except StoreError as error:
            log.warning("the models' prices could not be kept: %s", error.sentence)

    async def _recall(self) -> None:
        """Start from what was known before: the last answer, and how the last jobs ended."""
        with suppress(StoreError):
            since = self._clock.now() - LOOKBACK
            self._shop.replay(
                Outcome(model=model, code=code, at=at)
                for model, code, at in await self._db.read(outcomes.recent, since=since)
            )
            kept = await self._db.read(meta.get, KEY)
            if kept is not None:
                try:
                    # Whose keys are set, this start knows better.
                    stored = _STORED.validate_json(kept)
                    self._shop.market = replace(stored, providers=self.current.providers)
                except ValidationError:
                    log.info("the kept prices are of another version, asking anew")
