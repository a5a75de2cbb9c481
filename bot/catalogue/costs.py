"""What a finished request was charged."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from pydantic import ValidationError

from bot.catalogue.registry import validate
from bot.domain.job import Json
from bot.domain.money import Micros

_LONGEST_GUESS = 600.0


def cost(
    endpoint: str,
    arguments: Mapping[str, Json],
    *,
    billable_units: Decimal | None = None,
    audio_seconds: float | None = None,
) -> Micros:
    """Give what was charged: by the provider's units, else by the audio's real length.

    Where neither is known it is the estimate again. `audio_seconds` is the length of one result.

    Raises:
        KeyError: There is no such endpoint, or the arguments were never valid for it.
    """
    try:
        body = validate(endpoint, arguments)
    except ValidationError as error:
        raise KeyError(endpoint) from error
    price = body.about.price
    if billable_units is not None and billable_units.is_finite() and billable_units > 0:
        return price.charge(billable_units)
    seconds = audio_seconds or body.length(None) or body.about.longest or _LONGEST_GUESS
    return price.estimate(seconds=seconds, outputs=body.outputs())
