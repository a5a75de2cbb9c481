"""What a job is charged in the end: what its provider billed, as far as it says so."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from bot import catalogue
from bot.catalogue import Market
from bot.domain.job import Job
from bot.domain.money import ZERO, Micros
from bot.errors import ProviderError


def cost_of(job: Job, market: Market, *, seconds: float | None = None) -> Micros:
    """Give the price of what was made: by the billed units, else by the length of one result."""
    return catalogue.cost(
        job.model,
        job.arguments,
        billable_units=_billed(job),
        audio_seconds=seconds,
        market=market,
    )


def cost_unseen(job: Job, market: Market) -> Micros:
    """Give the price of what was made and could not be looked at: by the units, or as estimated."""
    return job.estimate if _billed(job) is None else cost_of(job, market)


def cost_of_failure(job: Job, error: ProviderError, market: Market) -> Micros:
    """Give what a provider charged for a request that it ended without a result.

    A refusal may come after the model has run for a while, and is billed by what it ran then; where
    the provider bills and does not say how much, it is what was estimated.
    """
    if not error.charged:
        return ZERO
    units = error.billable_units
    if units is None:
        return job.estimate
    return catalogue.cost(job.model, job.arguments, billable_units=units, market=market)


def _billed(job: Job) -> Decimal | None:
    """Read the units that the provider said it bills; None where it did not, or not in numbers."""
    told = (job.result or {}).get("billable_units")
    try:
        units = Decimal(told) if isinstance(told, str) else None
    except InvalidOperation:
        return None
    return units if units is not None and units.is_finite() and units > 0 else None
