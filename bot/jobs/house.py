"""What a server's own rules make of a request: which model, how long, and whether at all. Pure."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from bot import catalogue
from bot.catalogue import Ask, Market, Order
from bot.domain.job import Kind
from bot.errors import InvalidInput
from bot.jobs.defaults import with_own_model
from bot.limits import check_length
from bot.store.guilds import GuildSettings


def orders_for(ask: Ask, chosen: GuildSettings, *, random: Random, market: Market) -> list[Order]:
    """Prepare a request as a server wants it.

    What the member left open, the server's settings decide: its own model, and its longest duration
    where the model would make something longer by itself.

    Args:
        ask: What the member typed.
        chosen: The server's settings.
        random: Draws the seeds.
        market: With the models alone that the server allows.

    Raises:
        InvalidInput: It cannot be done, or it would be too long here.
        NotAllowed: The server does not allow the model.
    """
    ask = with_own_model(ask, chosen, market)
    orders = catalogue.prepare_all(ask, random=random, market=market)
    longest = None if ask.kind is Kind.STEMS else chosen.longest_seconds
    if longest is None:
        return orders
    if ask.duration is None and any(_is_longer(order, longest) for order in orders):
        shorter = replace(ask, duration=float(longest))
        try:
            return catalogue.prepare_all(shorter, random=random, market=market)
        except InvalidInput:
            pass  # its length is not for anybody to choose, so it is refused as it is
    for order in orders:
        check_length(order.seconds, longest, of_source=ask.kind is Kind.REMIX)
    return orders


def _is_longer(order: Order, longest: int) -> bool:
    return order.seconds is not None and order.seconds > longest
