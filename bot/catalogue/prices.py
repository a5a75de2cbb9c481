"""How models are priced. Estimates are upper bounds: every rounding goes up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Protocol

from bot.domain.money import Micros, micros, usd_exactly


class Price(Protocol):
    """A price formula."""

    def estimate(self, *, seconds: float, outputs: int) -> Micros:
        """Give what `outputs` results of `seconds` each cost, rounded up."""

    def charge(self, units: Decimal) -> Micros:
        """Give what the provider's count of billed units costs."""

    @property
    def phrase(self) -> str:
        """Say the price in words, such as ``$0.02 per minute``."""


def _up(dollars: Decimal) -> Micros:
    """Convert to micro-dollars, never losing a fraction."""
    return Micros(int((dollars * 1_000_000).to_integral_value(rounding=ROUND_CEILING)))


@dataclass(frozen=True, slots=True, kw_only=True)
class PerRequest:
    """One price for a request, however long the audio.

    Attributes:
        usd: Dollars for the first result.
        further: Dollars for each further result of the same request; `usd` where None.
    """

    usd: Decimal
    further: Decimal | None = None

    def estimate(self, *, seconds: float, outputs: int) -> Micros:
        """Give the price, which does not depend on the length."""
        further = self.usd if self.further is None else self.further
        return _up(self.usd + further * (outputs - 1))

    def charge(self, units: Decimal) -> Micros:
        """Give what that many requests cost."""
        return micros(self.usd * units)

    @property
    def phrase(self) -> str:
        """Say the price in words."""
        return f"{usd_exactly(micros(self.usd))} per request"


@dataclass(frozen=True, slots=True, kw_only=True)
class PerTime:
    """A price by the length of the audio.

    Attributes:
        usd: Dollars per unit.
        every: Seconds in a unit.
        started: Whether a unit that was begun is billed whole.
        at_least: Seconds that are billed even if the audio is shorter.
        source: Whether the source's length is billed instead of the result's.
    """

    usd: Decimal
    every: int = 1
    started: bool = False
    at_least: int = 0
    source: bool = False

    def estimate(self, *, seconds: float, outputs: int) -> Micros:
        """Give the price, counting begun seconds as whole ones."""
        # Decoded audio is a few samples over the length asked for; those are not billed.
        billed = max(math.ceil(seconds - 0.005), self.at_least)
        units = Decimal(billed) / self.every
        if self.started:
            units = units.to_integral_value(rounding=ROUND_CEILING)
        return _up(self.usd * units * outputs)

    def charge(self, units: Decimal) -> Micros:
        """Give what that many units cost."""
        return micros(self.usd * units)

    @property
    def phrase(self) -> str:
        """Say the price in words."""
        unit = {1: "second", 60: "minute", 3600: "hour"}.get(self.every, f"{self.every} seconds")
        started = "started " if self.started and self.every in (60, 3600) else ""
        source = " of the source" if self.source else ""
        return f"{usd_exactly(micros(self.usd))} per {started}{unit}{source}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpublished:
    """A price nobody publishes.

    Attributes:
        at_most: Dollars reserved for a request, from what others report.
    """

    at_most: Decimal

    def estimate(self, *, seconds: float, outputs: int) -> Micros:
        """Give the amount to reserve."""
        return _up(self.at_most * outputs)

    def charge(self, units: Decimal) -> Micros:
        """Give the amount reserved, since units without a price say nothing."""
        return _up(self.at_most)

    @property
    def phrase(self) -> str:
        """Say what is known of the price."""
        return f"price not published, about {usd_exactly(micros(self.at_most))}"
