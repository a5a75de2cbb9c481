"""Which prices are told beforehand, and which ones are asked about."""

from __future__ import annotations

from typing import Protocol

from bot.domain.money import Micros

CHEAP = Micros(50_000)
"""Up to five cents nothing is said. Most models make a piece for that, and a price on every card
would only teach people to overlook prices."""

DEAR = Micros(1_000_000)
"""From a dollar on it is asked. That is several minutes of the dearest models, or a few variations:
what nobody wants to have bought by a slip of the finger, and what hardly anybody asks for daily."""


class PriceTags(Protocol):
    """What a server calls cheap and dear; None leaves it to Minstrel."""

    @property
    def cheap(self) -> Micros | None:
        """Up to this price nothing is said of it."""

    @property
    def dear(self) -> Micros | None:
        """From this price on it is confirmed first."""


def is_worth_telling(price: Micros, tags: PriceTags) -> bool:
    """Say whether a price is shown before it is spent."""
    return price > (CHEAP if tags.cheap is None else tags.cheap)


def needs_confirming(price: Micros, tags: PriceTags) -> bool:
    """Say whether a price has to be confirmed before it is spent. What is free never has."""
    return 0 < price >= (DEAR if tags.dear is None else tags.dear)
