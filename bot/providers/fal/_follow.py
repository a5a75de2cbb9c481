"""Following one request: the status stream while it lives, polling otherwise.

The stream is a convenience that fal's documents describe in one paragraph, so it is trusted for
good news only. Missing, cut, mute from the beginning or found to withhold something, it is left
for the plain status question.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing

import httpx
from httpx_sse import EventSource

from bot.domain.clock import Clock
from bot.providers.answers import Answer, parse_json
from bot.providers.base import Finished, Progress
from bot.providers.fal._errors import on_read
from bot.providers.fal._status import News, Status, parse_status
from bot.providers.fal._stream import Attended
from bot.providers.fal._urls import poll_url, stream_url
from bot.providers.polling import Poller
from bot.providers.wire import Wire, raw_body

SILENCE_SECONDS = 15.0
"""Longest wait for a stream to open, for its first status, and for any further one before the
status is asked for."""

_POLLING_SECONDS = 60.0
"""How long polling goes on before the stream gets another chance."""

_LASTING_SECONDS = 15.0
"""A stream that told something and broke after this time is opened again at once: proxies end
what has been silent for a minute or so, which says nothing against the next one."""

_CONVICTIONS = 2
"""Streams that may be found to withhold something before the request is only polled."""

_NO_STREAM = frozenset({401, 402, 403, 404, 405, 406, 501})
"""Answers that say that there is no stream for us. Whether the account is locked, or only its
streams are refused, the status question tells."""

_EVENT_LIMIT_BYTES = 1024 * 1024


def _status_in(answer: Answer) -> Status | None:
    return parse_status(parse_json(answer.body))


class Follower:
    """Follows one request to its end."""

    def __init__(
        self,
        wire: Wire,
        status_url: str,
        *,
        clock: Clock,
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        self._wire = wire
        self._clock = clock
        self._status_url = status_url
        self._silence_seconds = silence_seconds
        self._stream_chances = 2
        self._convictions = 0
        self._poller = Poller(
            wire,
            read=_status_in,
            classify=lambda answer: on_read(answer, now=clock.now()),
            clock=clock,
        )

    async def progress(self) -> AsyncGenerator[Progress, None]:
        """Yield each change, `Finished` last; goes on for as long as it is iterated."""
        news = News()
        async with aclosing(self._statuses()) as statuses:
            async for status in statuses:
                step = news.of(status)
                if step is not None:
                    yield step
                if isinstance(step, Finished):
                    return

    async def _statuses(self) -> AsyncGenerator[Status, None]:
        """Yield statuses without end, from the stream or by polling."""
        while True:
            if self._stream_chances > 0:
                self._stream_chances -= 1
                opened_at, convictions = self._clock.monotonic(), self._convictions
                async with aclosing(self._stream()) as streamed:
                    async for status in streamed:
                        yield status
                has_lasted = self._clock.monotonic() - opened_at >= _LASTING_SECONDS
                is_innocent = self._convictions == convictions
                if has_lasted and is_innocent and self._stream_chances > 0:
                    continue
            async with aclosing(self._poll()) as polled:
                async for status in polled:
                    yield status

    async def _stream(self) -> AsyncGenerator[Status, None]:
        """Yield what the stream says, and what is found out beside it, until it is of no use."""
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout(self._silence_seconds):
                    opening = self._wire.open_stream(stream_url(self._status_url))
                    response = await stack.enter_async_context(opening)
                if response.status_code != 200:
                    if response.status_code in _NO_STREAM:
                        self._stream_chances = 0
                    return
                events = EventSource(_bounded(response)).aiter_sse()
                await stack.enter_async_context(aclosing(events))
                attended = Attended(
                    events,
                    self._poller,
                    httpx.URL(self._status_url),
                    clock=self._clock,
                    silence_seconds=self._silence_seconds,
                )
                async with aclosing(attended.statuses()) as statuses:
                    async for status in statuses:
                        self._delivered(attended)
                        yield status
        except (httpx.TransportError, TimeoutError):
            return

    def _delivered(self, stream: Attended) -> None:
        """Give a stream that delivers another try when it breaks."""
        self._convictions += stream.is_withholding
        self._stream_chances = 1 if self._convictions < _CONVICTIONS else 0

    async def _poll(self) -> AsyncGenerator[Status, None]:
        """Yield what the status question answers, until the stream is due another chance."""
        is_streamless = self._stream_chances <= 0
        until = None if is_streamless else self._clock.monotonic() + _POLLING_SECONDS
        statuses = self._poller.statuses(poll_url(self._status_url), until=until)
        async with aclosing(statuses):
            async for status in statuses:
                yield status


def _bounded(response: httpx.Response) -> httpx.Response:
    """Give the response with its body ending in an error once one event is beyond all measure."""

    async def chunks() -> AsyncIterator[bytes]:
        pending = 0
        async with aclosing(raw_body(response)) as body:
            async for chunk in body:
                is_end = b"\n\n" in chunk or b"\r\n\r\n" in chunk
                pending = 0 if is_end else pending + len(chunk)
                if pending > _EVENT_LIMIT_BYTES:
                    raise httpx.RemoteProtocolError("an event is too large")
                yield chunk

    kind = response.headers.get("content-type", "")
    return httpx.Response(200, headers={"content-type": kind}, content=chunks())
