"""What can be had at the moment, at which price, and how well it has been going.

Where a model is gone or keeps failing, another one is offered, with its price. Nothing is ever
ordered elsewhere than where somebody asked for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from bot import catalogue
from bot.catalogue import NO_NEWS, Market, Mode, Order, endpoints_of
from bot.catalogue.endpoint import Endpoint
from bot.domain.ids import GuildId
from bot.domain.job import Failure, Job, Kind
from bot.errors import (
    Busy,
    GenerationFailed,
    InvalidInput,
    ModelGone,
    ProviderTimedOut,
    QuotaSpent,
)
from bot.jobs.asks import ask_of

LOOKBACK = timedelta(hours=1)
"""How long a failure counts against a model."""

FAILING_AFTER = 2
"""How many failures in a row make a model one that keeps failing."""

SERVER_SIDE = frozenset(
    {
        *(GenerationFailed.code, ModelGone.code, ProviderTimedOut.code, Busy.code),
        "never_arrived",
    }
)
"""Ends of jobs that are the model's or its provider's doing, and nobody's who asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a job of a model ended; `code` is that of its failure, None where it went well."""

    model: str
    code: str | None
    at: datetime


@dataclass(slots=True)
class Shop:
    """The market as it was last heard of, and what the jobs themselves have met with.

    Attributes:
        market: Availability and prices; kept in step by `bot.jobs.market.MarketWatch`.
        allowed: The models that a server allows, where it does not allow all.
    """

    market: Market = NO_NEWS
    allowed: dict[GuildId, Collection[str]] = field(default_factory=dict)
    _failures: dict[str, list[datetime]] = field(default_factory=dict)

    def note(self, outcome: Outcome) -> None:
        """Remember how a job ended. Success clears a model's name."""
        if outcome.code is None:
            self._failures.pop(outcome.model, None)
        elif outcome.code in SERVER_SIDE:
            recent = self._recent(outcome.model, outcome.at)
            self._failures[outcome.model] = [*recent, outcome.at]

    def replay(self, outcomes: Iterable[Outcome]) -> None:
        """Remember what happened before this process started, oldest first."""
        for outcome in outcomes:
            self.note(outcome)

    def is_failing(self, endpoint: str, now: datetime) -> bool:
        """Say whether a model has failed, and only failed, several times within the hour."""
        return len(self._recent(endpoint, now)) >= FAILING_AFTER

    def _recent(self, endpoint: str, now: datetime) -> list[datetime]:
        return [at for at in self._failures.get(endpoint, []) if now - at < LOOKBACK]

    def mark_gone(self, endpoint: str) -> None:
        """Stop offering a model that turned a request away, until the list is read again."""
        self.market = self.market.without(endpoint)

    def fallback_for(
        self, kind: Kind, model: type[Endpoint], *, now: datetime, mode: Mode | None = None
    ) -> type[Endpoint] | None:
        """Give the next best model that is neither gone nor failing itself."""
        others = catalogue.fallbacks(kind, model, market=self.market, mode=mode)
        return next(
            (other for other in others if not self.is_failing(other.about.endpoint, now)), None
        )

    def failed(self, job: Job, failure: Failure, now: datetime) -> Failure:
        """Remember a job's failure, and add an offer to it where another model would help.

        Only a model that can do exactly what was asked for is offered.
        """
        self.note(Outcome(model=job.model, code=failure.code, at=now))
        is_gone = failure.code == ModelGone.code
        if is_gone:
            self.mark_gone(job.model)
        is_at_once = is_gone or failure.code == QuotaSpent.code
        if not is_at_once and (
            failure.code not in SERVER_SIDE or not self.is_failing(job.model, now)
        ):
            return failure
        besides = endpoints_of(job.provider) if failure.code == QuotaSpent.code else ()
        order = self._other(job, now, besides=besides)
        if order is None:
            return failure
        return replace(failure, offer=order.model, offer_price=order.estimate)

    def _other(self, job: Job, now: datetime, *, besides: Iterable[str] = ()) -> Order | None:
        try:
            model = catalogue.find(job.model)
        except InvalidInput:  # it left the catalogue since
            return None
        failing = frozenset(name for name in self._failures if self.is_failing(name, now))
        return catalogue.next_best(
            # The price is that of one result; whoever shows it knows how many were asked for.
            replace(ask_of(job), variations=1),
            model,
            random=Random(0),
            market=self.market.only(self.allowed.get(job.guild_id, ())),
            besides=failing.union(besides),
        )
