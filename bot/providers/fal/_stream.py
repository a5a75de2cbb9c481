"""One open status stream, and the plain status question beside it while it says nothing new.

Silence has two reasons that look the same from here: a model that is busy, and a stream that is
dead without anybody having said so, because its connection is half open or a proxy holds it back.
The status tells one from the other, at a fraction of what polling costs.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator

import httpx
from httpx_sse import ServerSentEvent

from bot.domain.clock import Clock
from bot.providers.answers import parse_json
from bot.providers.fal._status import Status, parse_status
from bot.providers.polling import Poller

_STUCK_SECONDS = 30.0
"""Longest time a stream may repeat itself before the status is asked for."""


class Attended:
    """A stream that is listened to, and checked upon.

    Args:
        events: The open stream's.
        poller: Asks the question beside it.
        status_url: What the question is about.
        clock: Measures how long the stream has been repeating itself.
        silence_seconds: Longest wait for the first status, and longest silence without a question.

    Attributes:
        is_withholding: A question brought to light what the stream had not told.
    """

    def __init__(
        self,
        events: AsyncIterator[ServerSentEvent],
        poller: Poller[Status],
        status_url: httpx.URL,
        *,
        clock: Clock,
        silence_seconds: float,
    ) -> None:
        self.is_withholding = False
        self._events = events
        self._poller = poller
        self._status_url = status_url
        self._clock = clock
        self._silence_seconds = silence_seconds
        self._told: Status | None = None
        self._news_at = 0.0
        self._asking: asyncio.Task[tuple[Status | None, float]] | None = None
        self._is_overtaken = False
        self._was_cut_off = False
        self._pause = 0.0

    async def statuses(self) -> AsyncGenerator[Status, None]:
        """Yield what is told and what is answered, for as long as the stream is of use.

        Raises:
            TimeoutError: It has never told anything.
            httpx.TransportError: It broke.
            GenerationFailed, AccountLocked, BadCredentials: As `Poller.statuses` says.
        """
        async with asyncio.timeout(self._silence_seconds):
            told = await self._next()
        reading: asyncio.Task[Status | None] | None = None
        try:
            while told is not None:
                self._hear(told)
                yield told
                reading = asyncio.create_task(self._next())
                while not await self._is_told(reading):
                    answered = self._answer()
                    if answered is not None:
                        yield answered
                        if self.is_withholding or self._was_cut_off:
                            return
                told = reading.result()
        finally:
            await _drop(reading, self._asking)

    async def _next(self) -> Status | None:
        """Wait for the next event that is a status; None at the end of the stream.

        Comments that only keep the line open are silence too.
        """
        async for event in self._events:
            status = parse_status(parse_json(event.data))
            if status is not None:
                return status
        return None

    def _hear(self, told: Status) -> None:
        now = self._clock.monotonic()
        self._was_cut_off = False
        if told != self._told:
            self._told, self._news_at = told, now
            # An answer on its way may be older than this.
            self._is_overtaken = True
        elif now - self._news_at >= _STUCK_SECONDS:
            self._news_at = now
            self._ask()

    async def _is_told(self, reading: asyncio.Task[Status | None]) -> bool:
        """Wait until the stream speaks or a question is answered; say whether the former is so."""
        if self._asking is None:
            # Jitter keeps jobs that began together from asking in step.
            wait = max(self._silence_seconds * random.uniform(0.8, 1.0), self._pause)
            await asyncio.wait({reading}, timeout=wait)
            if not reading.done():
                self._ask()
        if self._asking is not None:
            await asyncio.wait({reading, self._asking}, return_when=asyncio.FIRST_COMPLETED)
        return reading.done()

    def _ask(self) -> None:
        if self._asking is None:
            self._is_overtaken = False
            self._asking = asyncio.create_task(self._poller.ask(self._status_url))

    def _answer(self) -> Status | None:
        """Take the answer to the question, if it is one and still counts."""
        if self._asking is None or not self._asking.done():
            return None
        status, self._pause = self._asking.result()
        self._asking = None
        if status is None:
            # What kept the answer away may have cut the stream too, without a sound.
            self._was_cut_off = self._was_cut_off or self._poller.is_cut_off
        elif self._is_overtaken:
            return None
        elif self._told is not None and status.phase is not self._told.phase:
            self.is_withholding = True
        return status


async def _drop(*tasks: asyncio.Task[object] | None) -> None:
    left = [task for task in tasks if task is not None]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
