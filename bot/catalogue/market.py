"""What is known at the moment of the models' availability and prices, beside the catalogue's own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from bot.catalogue.endpoint import Endpoint
from bot.catalogue.prices import Price
from bot.catalogue.units import formula
from bot.domain.money import Micros, micros
from bot.domain.offers import Listed, ListedPrice, PriceSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A price formula, and where its figures are from."""

    price: Price
    source: PriceSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What the platform said last. Without any news the catalogue's own word stands.

    Attributes:
        listings: What the published list says, by endpoint; one that was not asked for is missing.
        listed_at: When the list was read.
        prices: Published prices by endpoint.
        priced_at: When they were read.
        gone: Endpoints that turned a request away as not existing since then.
        providers: Whose key the operator has set; None for everybody's.
        allowed: Endpoints that the server at hand allows; None for all of them.
    """

    listings: Mapping[str, Listed] = field(default_factory=dict)
    listed_at: datetime | None = None
    prices: Mapping[str, ListedPrice] = field(default_factory=dict)
    priced_at: datetime | None = None
    gone: frozenset[str] = frozenset()
    providers: frozenset[str] | None = None
    allowed: frozenset[str] | None = None

    def has_key(self, model: type[Endpoint]) -> bool:
        """Say whether this bot can use the provider of a model at all."""
        return self.providers is None or model.about.provider in self.providers

    def is_allowed(self, model: type[Endpoint]) -> bool:
        """Say whether the server at hand lets its members use a model."""
        return self.allowed is None or model.about.endpoint in self.allowed

    def is_gone(self, model: type[Endpoint]) -> bool:
        """Say whether a model is neither offered nor accepted; for want of a key or a leave, too.

        One that the catalogue knows to be off the list may still answer, so that its absence there
        is no news; it is gone once it has turned a request away.
        """
        about = model.about
        is_away = about.endpoint in self.gone or (about.listed and self._is_absent(model))
        return is_away or not self.has_key(model) or not self.is_allowed(model)

    def is_hidden(self, model: type[Endpoint]) -> bool:
        """Say whether a model is left out where nobody looks for it by name."""
        return self.is_gone(model) or self._is_absent(model)

    def is_listed(self, model: type[Endpoint]) -> bool:
        """Say whether the platform publishes a model, without a word of leaving."""
        listed = self.listings.get(model.about.endpoint)
        return model.about.listed if listed is None else listed is Listed.ACTIVE

    def _is_absent(self, model: type[Endpoint]) -> bool:
        return self.listings.get(model.about.endpoint) is Listed.ABSENT

    def price_of(self, model: type[Endpoint]) -> Quote:
        """Give the published price where it is understood, else the catalogue's own figures."""
        known = model.about.price
        listed = self.prices.get(model.about.endpoint)
        live = None if listed is None else formula(listed, known)
        if live is None:
            return Quote(price=known, source=PriceSource.CATALOGUE)
        return Quote(price=live, source=PriceSource.LIVE)

    def charge(self, model: type[Endpoint], units: Decimal) -> Micros:
        """Give what the provider's count of billed units costs.

        The units are the platform's own, so its price is good for them even where the unit's name
        is not understood.
        """
        listed = self.prices.get(model.about.endpoint)
        if listed is None or listed.currency != "USD" or listed.unit_price <= 0:
            return model.about.price.charge(units)
        return micros(listed.unit_price * units)

    def only(self, endpoints: Collection[str]) -> Market:
        """Give the market of a server that allows these models alone; without any, all of them."""
        return replace(self, allowed=frozenset(endpoints)) if endpoints else self

    def without(self, endpoint: str) -> Market:
        """Give the market after an endpoint was found not to exist."""
        return replace(self, gone=self.gone | {endpoint})


NO_NEWS = Market()
"""Nothing was heard of the platform: the catalogue's own word stands."""
