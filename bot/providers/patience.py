"""Asking a harmless question again where the answer was no answer."""

from __future__ import annotations

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from bot.domain.clock import Clock
from bot.errors import Busy, Unreachable

_ATTEMPTS = 4
_LONGEST_WAIT_SECONDS = 8.0


def patiently(clock: Clock) -> AsyncRetrying:
    """Give a loop that repeats a harmless question while it fails for want of an answer."""
    return AsyncRetrying(
        sleep=clock.sleep,
        stop=stop_after_attempt(_ATTEMPTS),
        wait=_wait,
        retry=retry_if_exception(_is_worth_repeating),
        reraise=True,
    )


_growing = wait_exponential(multiplier=0.5, max=_LONGEST_WAIT_SECONDS) + wait_random(0, 0.5)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after or 0.0 if isinstance(error, Busy) else 0.0
    return max(asked, _growing(state))


def _is_worth_repeating(error: BaseException) -> bool:
    """Whether to ask again here and now; who is asked for a long pause tells the caller."""
    if isinstance(error, Busy):
        return (error.retry_after or 0.0) <= _LONGEST_WAIT_SECONDS
    return isinstance(error, Unreachable)
