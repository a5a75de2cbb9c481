"""Asking how a request stands, again and again, through every kind of trouble on the way."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Callable
from typing import Generic, TypeVar

import httpx

from bot.domain.clock import Clock
from bot.errors import GenerationFailed, ProviderError, Unreachable
from bot.providers import sentences as say
from bot.providers.answers import Answer, retry_after
from bot.providers.wire import Wire

POLL_SECONDS = (1.0, 5.0)
"""First and longest pause between questions; no provider documents a limit."""

TROUBLE_SECONDS = (1.0, 15.0)
"""First and longest pause after an answer that is none."""

_LONGEST_RETRY_AFTER_SECONDS = 30.0
_MISSING_TIMES = 5
_MISSING_SECONDS = 30.0
"""A fresh request may not be visible at once: not found counts only when it lasts."""

S = TypeVar("S")


class Poller(Generic[S]):
    """Asks for one request's status.

    Args:
        wire: Carries the question.
        read: Gives the status in an answer; None where there is none.
        classify: Gives the error that an answer without a status means.
        clock: Measures, and waits.

    Attributes:
        is_cut_off: There was no answer at all to the last question.
    """

    def __init__(
        self,
        wire: Wire,
        *,
        read: Callable[[Answer], S | None],
        classify: Callable[[Answer], ProviderError],
        clock: Clock,
    ) -> None:
        self._wire = wire
        self._read = read
        self._classify = classify
        self._clock = clock
        self.is_cut_off = False
        self._missing_times = 0
        self._missing_since = 0.0

    async def statuses(
        self, url: httpx.URL | str, *, until: float | None = None
    ) -> AsyncGenerator[S, None]:
        """Yield what the question answers, without end or until a monotonic time.

        Raises:
            GenerationFailed: The provider does not know the request (any more).
            AccountLocked, BadCredentials: Nothing can be read until the operator acts.
        """
        pause, trouble = POLL_SECONDS[0], TROUBLE_SECONDS[0]
        last: S | None = None
        while until is None or self._clock.monotonic() < until:
            status, asked_pause = await self.ask(url)
            if status is None:
                wait = max(trouble, asked_pause)
                trouble = min(trouble * 2, TROUBLE_SECONDS[1])
            else:
                yield status
                pause = POLL_SECONDS[0] if status != last else min(pause * 1.5, POLL_SECONDS[1])
                last, wait, trouble = status, pause, TROUBLE_SECONDS[0]
            # Jitter keeps jobs that began together, after a restart, from asking in step.
            await self._clock.sleep(wait * random.uniform(0.8, 1.2))

    async def ask(
        self, url: httpx.URL | str, *, silence_seconds: float = 20.0
    ) -> tuple[S | None, float]:
        """Ask once; without a status, give the pause that was asked for, in seconds.

        Raises:
            GenerationFailed, AccountLocked, BadCredentials: As `statuses` says.
        """
        try:
            answer = await self._wire.ask("GET", url, silence_seconds=silence_seconds)
        except Unreachable:
            self.is_cut_off = True
            return None, 0.0
        self.is_cut_off = False
        status = self._read(answer) if answer.ok else None
        if status is not None:
            self._missing_times = 0
            return status, 0.0
        error = self._classify(answer)
        if answer.status in {401, 402, 403}:
            raise error
        if not error.retryable:
            self._count_missing()
        asked = retry_after(answer.headers, now=self._clock.now()) or 0.0
        return None, min(asked, _LONGEST_RETRY_AFTER_SECONDS)

    def _count_missing(self) -> None:
        now = self._clock.monotonic()
        if self._missing_times == 0:
            self._missing_since = now
        self._missing_times += 1
        lasted = now - self._missing_since
        if self._missing_times >= _MISSING_TIMES and lasted >= _MISSING_SECONDS:
            raise GenerationFailed(say.FORGOTTEN)
