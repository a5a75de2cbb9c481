"""What a finished request was charged."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from pydantic import ValidationError

from bot.catalogue.endpoint import LONGEST_GUESS
from bot.catalogue.market import NO_NEWS, Market
from bot.catalogue.registry import find, validate
from bot.domain.job import Json
from bot.domain.money import Micros


def cost(
    endpoint: str,
    arguments: Mapping[str, Json],
    *,
    billable_units: Decimal | None = None,
    audio_seconds: float | None = None,
    market: Market = NO_NEWS,
) -> Micros:
    """Give what was charged: by the provider's units, else by the audio's real length.

    Where neither is known it is the estimate again. `audio_seconds` is the length of one result.
    A body that was accepted by an older catalogue, and would not be by this one, is priced as one
    result of the longest kind: what was paid for must not fail to be delivered over its price.

    Raises:
        InvalidInput: There is no such endpoint.
    """
    model = find(endpoint)
    about = model.about
    length, outputs = None, 1
    try:
        body = validate(endpoint, arguments)
        length, outputs = body.length(None), body.outputs()
    except ValidationError:
        length = about.longest or about.usual
    if billable_units is not None and billable_units.is_finite() and billable_units > 0:
        return market.charge(model, billable_units)
    seconds = audio_seconds or length or about.longest or LONGEST_GUESS
    price = market.price_of(model).price
    return price.estimate(seconds=seconds, outputs=outputs)
