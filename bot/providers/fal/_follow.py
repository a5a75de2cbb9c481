"""Following one request: the status stream while it lives, polling otherwise.

The stream is a convenience that fal's documents describe in one paragraph, so it is trusted for
good news only: missing, cut, silent or stuck, it is left for the plain status question.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from enum import Enum, auto

import httpx
from httpx_sse import EventSource, ServerSentEvent

from bot.domain.clock import Clock
from bot.domain.job import Json
from bot.providers.answers import Answer, parse_json
from bot.providers.base import Finished, Progress, Queued, Running
from bot.providers.fal._errors import on_read
from bot.providers.fal._urls import poll_url, stream_url
from bot.providers.polling import Poller
from bot.providers.wire import Wire, raw_body, read_answer

SILENCE_SECONDS = 15.0
"""Longest wait for a stream's next status."""

_STUCK_SECONDS = 30.0
"""Longest time a stream may repeat itself before the status is asked for."""

_POLLING_SECONDS = 60.0
"""How long polling goes on before the stream gets another chance."""

_EVENT_LIMIT_BYTES = 1024 * 1024
_LOG_LENGTH = 200
_REMEMBERED_LINES = 2000


class Phase(Enum):
    """Where a request stands. There is no state for failure: the result tells."""

    QUEUED = auto()
    RUNNING = auto()
    OVER = auto()


_PHASES: Mapping[str, Phase] = {
    "IN_QUEUE": Phase.QUEUED,
    "IN_PROGRESS": Phase.RUNNING,
    "COMPLETED": Phase.OVER,
    # Not fal's words, but whoever says them means that nothing more will come.
    **dict.fromkeys(("FAILED", "ERROR", "CANCELLED", "CANCELED", "OK"), Phase.OVER),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One status answer or event.

    Attributes:
        logs: Timestamp and text of each line, as far as the sliding window reaches back.
        error: What went wrong, for developers; only when over, and not always then.
    """

    phase: Phase
    position: int | None = None
    logs: tuple[tuple[str, str], ...] = ()
    error: str | None = None
    error_type: str | None = None


def parse_status(data: Json) -> Status | None:
    """Read a status; None for anything that does not say a known one."""
    if not isinstance(data, dict):
        return None
    phase = _PHASES.get(str(data.get("status")).strip().upper())
    if phase is None:
        return None
    position = data.get("queue_position")
    is_count = isinstance(position, int) and not isinstance(position, bool) and position >= 0
    error, error_type = data.get("error"), data.get("error_type")
    return Status(
        phase=phase,
        position=position if is_count and isinstance(position, int) else None,
        logs=_logs(data.get("logs")),
        error=error if isinstance(error, str) else None,
        error_type=error_type if isinstance(error_type, str) else None,
    )


def _status_in(answer: Answer) -> Status | None:
    return parse_status(parse_json(answer.body))


def _logs(lines: Json) -> tuple[tuple[str, str], ...]:
    entries = lines if isinstance(lines, list) else []
    return tuple(
        (str(entry.get("timestamp")), message)
        for entry in entries[-_REMEMBERED_LINES:]
        if isinstance(entry, dict) and isinstance(message := entry.get("message"), str)
    )


class News:
    """Turns statuses into progress, dropping what says nothing new."""

    def __init__(self) -> None:
        self._last: Progress | None = None
        self._lines: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._log: str | None = None

    def of(self, status: Status) -> Progress | None:
        """Give the progress that a status means; None when it is the same as before."""
        for line in status.logs:
            self._note(line)
        progress: Progress
        match status.phase:
            case Phase.QUEUED:
                progress = Queued(position=status.position)
            case Phase.RUNNING:
                progress = Running(log=self._log)
            case Phase.OVER:
                progress = Finished()
        if progress == self._last:
            return None
        self._last = progress
        return progress

    def _note(self, line: tuple[str, str]) -> None:
        """Keep a line not seen yet as the newest. Logs are a sliding window, sent over and over."""
        if line in self._lines:
            self._lines.move_to_end(line)
            return
        self._lines[line] = None
        if len(self._lines) > _REMEMBERED_LINES:
            self._lines.popitem(last=False)
        self._log = _readable(line[1]) or self._log


def _readable(message: str) -> str:
    """Give the last state of a log line: progress bars overwrite themselves, in colour."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", message).strip()
    last = re.split(r"[\r\n]", plain)[-1]
    return " ".join(last.split())[:_LOG_LENGTH]


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
        self._poll_url = poll_url(status_url)
        self._stream_url = stream_url(status_url)
        self._silence_seconds = silence_seconds
        self._stream_chances = 2
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
                async with aclosing(self._stream()) as streamed:
                    async for status in streamed:
                        # A stream that delivers has earned another try when it breaks.
                        self._stream_chances = 1
                        yield status
            async with aclosing(self._poll()) as polled:
                async for status in polled:
                    yield status

    async def _stream(self) -> AsyncGenerator[Status, None]:
        """Yield what the stream says, until it says nothing of use any more.

        Raises:
            AccountLocked, BadCredentials: From the stream's own answer.
        """
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout(self._silence_seconds):
                    opening = self._wire.open_stream(
                        self._stream_url, silence_seconds=self._silence_seconds
                    )
                    response = await stack.enter_async_context(opening)
                if response.status_code != 200:
                    await self._turned_away(response)
                    return
                events = EventSource(_bounded(response)).aiter_sse()
                last, changed_at = None, self._clock.monotonic()
                async with aclosing(events):
                    while (status := await self._next(events)) is not None:
                        yield status
                        now = self._clock.monotonic()
                        if status != last:
                            last, changed_at = status, now
                        elif now - changed_at >= _STUCK_SECONDS:
                            return
        except (httpx.TransportError, TimeoutError):
            return

    async def _turned_away(self, response: httpx.Response) -> None:
        if response.status_code in {404, 405, 406, 501}:
            self._stream_chances = 0
        if response.status_code in {401, 402, 403}:
            async with asyncio.timeout(self._silence_seconds):
                answer = await read_answer(response)
            raise on_read(answer, now=self._clock.now())

    async def _next(self, events: AsyncIterator[ServerSentEvent]) -> Status | None:
        """Wait for the next event that is a status; None at the end of the stream.

        Raises:
            TimeoutError: Silence. Comments that only keep the line open are silence too.
        """
        async with asyncio.timeout(self._silence_seconds):
            async for event in events:
                status = parse_status(parse_json(event.data))
                if status is not None:
                    return status
        return None

    async def _poll(self) -> AsyncGenerator[Status, None]:
        """Yield what the status question answers, until the stream is due another chance."""
        is_streamless = self._stream_chances <= 0
        until = None if is_streamless else self._clock.monotonic() + _POLLING_SECONDS
        async with aclosing(self._poller.statuses(self._poll_url, until=until)) as statuses:
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
