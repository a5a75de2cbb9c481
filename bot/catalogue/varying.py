"""Several variations of one request: as many orders as it takes, each with a seed of its own."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from bot.catalogue.asking import Ask, Order
from bot.catalogue.market import NO_NEWS, Market
from bot.catalogue.ordering import prepare
from bot.catalogue.registry import find
from bot.domain.job import Json
from bot.errors import InvalidInput

MOST_VARIATIONS = 4


def prepare_all(ask: Ask, *, random: Random, market: Market = NO_NEWS) -> list[Order]:
    """Turn what a member typed into orders that together make the variations asked for.

    Models that make several results per request get as few requests as possible. A seed that the
    member chose goes to the first; the others get the next numbers, or they would all be the same.

    Raises:
        InvalidInput: As `prepare` does, or there are too many.
    """
    if ask.variations > MOST_VARIATIONS:
        raise InvalidInput(
            f"There can be up to {MOST_VARIATIONS} variations; you asked for {ask.variations}."
        )
    orders: list[Order] = []
    left = ask.variations
    while left > 0 or not orders:
        order = prepare(replace(ask, variations=left), random=random, market=market)
        orders.append(_with_own_seed(order, orders))
        left -= max(order.outputs, 1)
    return orders


def _with_own_seed(order: Order, before: list[Order]) -> Order:
    """Give an order the next seed that none of the others has, within the model's range."""
    model = find(order.model)
    take = model.takes.get("seed")
    if take is None:
        return order
    used: set[Json] = {other.arguments.get(take.field) for other in before}
    seed = order.arguments.get(take.field)
    limits = model.limits("seed")
    while seed in used and isinstance(seed, int):
        is_last = limits.high is not None and seed >= limits.high
        seed = int(limits.low or 0) if is_last else seed + 1
    return replace(order, arguments={**order.arguments, take.field: seed})
