"""Where a request stands, at providers that tell everything about it in one answer."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from typing import TypeAlias

from bot.domain.clock import Clock
from bot.domain.job import Json
from bot.errors import (
    BadResult,
    Busy,
    GenerationFailed,
    ModelGone,
    ProviderError,
    ProviderTimedOut,
    Refused,
)
from bot.providers import sentences as say
from bot.providers.answers import Answer, is_about_content
from bot.providers.base import Cancelled, Finished, Progress, Queued, Result, Running
from bot.providers.patience import patiently
from bot.providers.wire import Wire


class Phase(Enum):
    """How far a request is."""

    WAITING = auto()
    RUNNING = auto()
    DONE = auto()
    FAILED = auto()
    CANCELLED = auto()


_PHASES: Mapping[str, Phase] = {
    "pending": Phase.WAITING,
    "queued": Phase.WAITING,
    "processing": Phase.RUNNING,
    "running": Phase.RUNNING,
    "in_progress": Phase.RUNNING,
    "completed": Phase.DONE,
    "succeeded": Phase.DONE,
    "failed": Phase.FAILED,
    "error": Phase.FAILED,
    "cancelled": Phase.CANCELLED,
    "canceled": Phase.CANCELLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What one answer says of a request.

    Attributes:
        percent: How much is done, 0 to 100, where the provider says.
        output: What was made; None while there is nothing, and where it holds no audio.
        why: What went wrong, for developers; looked at, never shown.
        units: What is billed, where the provider says.
    """

    phase: Phase
    percent: float | None = None
    output: Mapping[str, Json] | None = None
    why: str = ""
    units: Decimal | None = None

    @property
    def is_over(self) -> bool:
        """Say whether nothing more will come."""
        return self.phase not in {Phase.WAITING, Phase.RUNNING}


Read: TypeAlias = Callable[[Answer], Standing | None]
Classify: TypeAlias = Callable[[Answer], ProviderError]

_TIME_WORDS = re.compile(r"time[d\s-]*out|too long", re.IGNORECASE)


def phase_of(word: object) -> Phase | None:
    """Read a status; None for anything unknown."""
    return _PHASES.get(word.strip().lower()) if isinstance(word, str) else None


def step_of(standing: Standing) -> Progress:
    """Give the progress that a standing means."""
    match standing.phase:
        case Phase.WAITING:
            return Queued()
        case Phase.RUNNING:
            percent = standing.percent
            return Running(log=None if percent is None else f"{percent:.0f}% done")
        case Phase.DONE | Phase.FAILED | Phase.CANCELLED:
            return Finished()


async def news(standings: AsyncGenerator[Standing, None]) -> AsyncGenerator[Progress, None]:
    """Yield each change of progress, `Finished` last. Whoever made the standings closes them."""
    last: Progress | None = None
    async for standing in standings:
        step = step_of(standing)
        if step != last:
            yield step
        last = step
        if isinstance(step, Finished):
            return


def settled(standing: Standing) -> Result:
    """Give what a request that is over produced.

    Raises:
        ProviderError: As `Provider.result` says.
    """
    match standing.phase:
        case Phase.WAITING | Phase.RUNNING:
            raise Busy(say.STILL_RUNNING)
        case Phase.CANCELLED:
            raise Cancelled(say.CANCELLED)
        case Phase.FAILED:
            raise _failure(standing.why)
        case Phase.DONE:
            if standing.output is None:
                raise BadResult(say.UNUSABLE)
            return Result(output=standing.output, billable_units=standing.units)


def _failure(why: str) -> ProviderError:
    if is_about_content(why):
        return Refused(say.REFUSED)
    if _TIME_WORDS.search(why):
        return ProviderTimedOut(say.TOOK_TOO_LONG)
    return GenerationFailed(say.BROKE)


class _Missing(Busy):
    """The provider does not know the request, which it may have to be asked twice."""


async def fetch(wire: Wire, url: str, *, read: Read, classify: Classify, clock: Clock) -> Result:
    """Fetch what a finished request produced, asking a bounded number of times.

    Raises:
        ProviderError: As `Provider.result` says.
    """
    try:
        async for attempt in patiently(clock):
            with attempt:
                return settled(await _ask(wire, url, read=read, classify=classify))
    except _Missing as error:
        raise GenerationFailed(say.FORGOTTEN) from error
    raise AssertionError("tenacity neither returned nor raised")


async def _ask(wire: Wire, url: str, *, read: Read, classify: Classify) -> Standing:
    answer = await wire.ask("GET", url)
    standing = read(answer) if answer.ok else None
    if standing is not None:
        return standing
    error = classify(answer)
    if isinstance(error, ModelGone):
        raise _Missing(say.FORGOTTEN) from error
    # Whatever else is said of a mere question settles nothing about the request itself.
    raise error if answer.status in {401, 402, 403} else Busy(say.BUSY)
