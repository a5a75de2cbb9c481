"""The queue: who waits, who runs, in which order, and who is told when something changes.

It knows neither HTTP nor models. What to do with a request whose turn has come is given to it.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Coroutine
from typing import Any

from bot.domain.clock import Clock
from sandbox.fal.settings import Settings
from sandbox.fal.tickets import LogLine, Outcome, Phase, Ticket

log = logging.getLogger(__name__)

Work = Callable[[Ticket], Coroutine[None, None, Outcome]]

REQUEST_TIMED_OUT = Outcome(
    status=504,
    body={"detail": "Request timed out", "error_type": "request_timeout"},
    headers={"X-Fal-Error-Type": "request_timeout", "X-Fal-Request-Timeout-Type": "user"},
    error="Request timed out",
    error_type="request_timeout",
)
CLIENT_CANCELLED = Outcome(
    status=499,
    body={"detail": "Request was cancelled by the client", "error_type": "client_cancelled"},
    headers={"X-Fal-Error-Type": "client_cancelled"},
    error="Request was cancelled by the client",
    error_type="client_cancelled",
)
MODEL_BROKE = Outcome(
    status=500,
    body={"detail": "Internal Server Error", "error_type": "runner_server_error"},
    headers={"X-Fal-Error-Type": "runner_server_error"},
    error="Internal Server Error",
    error_type="runner_server_error",
)


class Line:
    """All requests of one account, served in order, a few at a time."""

    def __init__(
        self,
        *,
        clock: Clock,
        settings: Settings,
        work: Work,
        ended: Callable[[Ticket], None] = lambda _ticket: None,
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._work = work
        self._ended = ended
        self._waiting: list[Ticket] = []
        self._running: dict[str, asyncio.Task[Outcome]] = {}
        self._runs: set[asyncio.Task[None]] = set()
        self._waits: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many requests have not started."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """How many requests are in progress."""
        return len(self._running)

    def join(self, ticket: Ticket) -> None:
        """Let a request wait for its turn."""
        ticket.strangers = math.ceil(self._settings.queue_seconds)
        self._waiting.append(ticket)
        self._waiting.sort(key=lambda waiting: waiting.turn)
        self._waits[ticket.id] = asyncio.create_task(self._wait(ticket))

    def position(self, ticket: Ticket) -> int:
        """Count the requests ahead of one that waits."""
        ahead = self._waiting.index(ticket) if ticket in self._waiting else 0
        return ahead + ticket.strangers

    @property
    def next_change(self) -> asyncio.Event:
        """What the next change of any request sets. Ask for it before looking at a request."""
        return self._changed

    def settings_changed(self) -> None:
        """Look again whether someone may start."""
        self._advance()

    def cancel(self, ticket: Ticket) -> bool:
        """Drop a request that waits, or signal one that runs; False when it is too late."""
        if ticket.phase is Phase.COMPLETED:
            return False
        ticket.cancelled = True
        if ticket.phase is Phase.IN_QUEUE:
            self._leave(ticket)
            self._finish(ticket, CLIENT_CANCELLED)
        elif "[stubborn]" not in ticket.text:
            self._running[ticket.id].cancel()
        return True

    async def close(self) -> None:
        """Stop everything that waits or runs."""
        self._closed = True
        tasks: list[asyncio.Task[Any]] = [
            *self._waits.values(),
            *self._running.values(),
            *self._runs,
        ]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait(self, ticket: Ticket) -> None:
        deadline = None
        if ticket.start_seconds is not None:
            deadline = self._clock.monotonic() + ticket.start_seconds
        steps = ticket.strangers
        pause = self._settings.queue_seconds / steps if steps else 0
        for _ in range(steps):
            await self._sleep_until(deadline, pause)
            if self._expired(ticket, deadline):
                return
            ticket.strangers -= 1
            self._tell()
        ticket.ready = True
        self._advance()
        if deadline is not None and ticket.phase is Phase.IN_QUEUE:
            await self._clock.sleep(max(0.0, deadline - self._clock.monotonic()))
            self._expired(ticket, deadline)

    async def _sleep_until(self, deadline: float | None, seconds: float) -> None:
        left = math.inf if deadline is None else max(0.0, deadline - self._clock.monotonic())
        await self._clock.sleep(min(seconds, left))

    def _expired(self, ticket: Ticket, deadline: float | None) -> bool:
        if deadline is None or ticket.phase is not Phase.IN_QUEUE:
            return False
        if self._clock.monotonic() < deadline:
            return False
        self._waiting.remove(ticket)
        self._waits.pop(ticket.id, None)
        self._finish(ticket, REQUEST_TIMED_OUT)
        return True

    def _advance(self) -> None:
        """Start whoever is next, as long as the account has room."""
        for ticket in list(self._waiting):
            if self._closed or len(self._running) >= self._settings.concurrency:
                return
            if not ticket.ready:
                continue
            self._waiting.remove(ticket)
            ticket.phase = Phase.IN_PROGRESS
            ticket.started_at = self._clock.now()
            self._start(ticket)
            self._tell()

    def _start(self, ticket: Ticket) -> None:
        # Two tasks, for a task that is cancelled before its first step never runs at all, and
        # somebody has to see the request off.
        work = asyncio.create_task(self._work(ticket))
        self._running[ticket.id] = work
        run = asyncio.create_task(self._run(ticket, work))
        self._runs.add(run)
        run.add_done_callback(self._runs.discard)

    async def _run(self, ticket: Ticket, work: asyncio.Task[Outcome]) -> None:
        began = self._clock.monotonic()
        try:
            outcome = await work
        except asyncio.CancelledError:
            if self._closed or not ticket.cancelled:
                raise
            outcome = CLIENT_CANCELLED
        except Exception:
            log.exception("the model of %s broke", ticket.endpoint)
            outcome = MODEL_BROKE
        finally:
            self._running.pop(ticket.id, None)
        ticket.ran_seconds = self._clock.monotonic() - began
        self._leave(ticket)
        self._finish(ticket, outcome)
        self._advance()

    def note(self, ticket: Ticket, message: str) -> None:
        """Let the model of a running request print a line."""
        ticket.logs.append(LogLine(at=self._clock.now(), message=message))
        self._tell()

    def _leave(self, ticket: Ticket) -> None:
        if ticket in self._waiting:
            self._waiting.remove(ticket)
        wait = self._waits.pop(ticket.id, None)
        if wait is not None:
            wait.cancel()

    def _finish(self, ticket: Ticket, outcome: Outcome) -> None:
        ticket.outcome = outcome
        ticket.ended_at = self._clock.now()
        ticket.phase = Phase.COMPLETED
        self._ended(ticket)
        self._tell()

    def _tell(self) -> None:
        """Wake all who watch; whoever comes later waits for the next change."""
        self._changed.set()
        self._changed = asyncio.Event()
