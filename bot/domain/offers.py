"""What a provider publishes about its models: whether it still lists them, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Listed(StrEnum):
    """Whether a provider has a model on its published list.

    One that is deprecated, or no longer there, may go on answering for a while.
    """

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPrice:
    """A model's price as its provider gives it.

    Attributes:
        unit_price: Money per unit; 0 where the provider names none.
        unit: In the provider's own words, such as ``minutes`` or ``30 seconds``.
        currency: Such as ``USD``.
    """

    unit_price: Decimal
    unit: str
    currency: str = "USD"


class PriceSource(StrEnum):
    """Which figures an estimate was made with."""

    LIVE = "live"
    CATALOGUE = "catalogue"
