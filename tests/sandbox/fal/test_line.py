from __future__ import annotations

import asyncio
import logging

import pytest

from sandbox.fal.line import Line
from sandbox.fal.settings import Settings
from sandbox.fal.tickets import Outcome, Phase, Ticket
from tests.sandbox.fal.conftest import START, HandClock

DONE = Outcome(status=200, body={})


def _ticket(number: int = 1) -> Ticket:
    return Ticket(
        id=str(number), endpoint="a/b", app="a/b", arguments={}, headers={}, sent_at=START,
        number=number,
    )  # fmt: skip


def _line(work: object = None, **settings: float) -> tuple[Line, HandClock]:
    clock = HandClock()

    async def at_once(_ticket: Ticket) -> Outcome:
        return DONE

    values = {"queue_seconds": 0.0, "run_seconds": 0.0} | settings
    made = Line(
        clock=clock,
        settings=Settings.model_validate(values),
        work=work or at_once,  # type: ignore[arg-type]
    )
    return made, clock


async def test_a_cancellation_in_the_very_moment_of_starting_ends_the_request() -> None:
    """It must not stay in progress for ever because its work had not taken a step."""
    line, clock = _line()
    ticket = _ticket()
    line.join(ticket)
    while ticket.phase is Phase.IN_QUEUE:  # noqa: ASYNC110 - each turn of the loop counts here
        await asyncio.sleep(0)

    line.cancel(ticket)
    await clock.advance(0)

    assert ticket.outcome is not None
    assert (ticket.outcome.status, line.running) == (499, 0)


async def test_a_broken_model_fails_its_request_only(caplog: pytest.LogCaptureFixture) -> None:
    """The next request runs as if nothing had happened."""

    async def work(ticket: Ticket) -> Outcome:
        if ticket.number == 1:
            raise ZeroDivisionError
        return DONE

    line, clock = _line(work)
    first, second = _ticket(1), _ticket(2)

    with caplog.at_level(logging.CRITICAL, logger="sandbox.fal.line"):
        line.join(first)
        line.join(second)
        await clock.advance(0)

    assert first.outcome is not None
    assert (first.outcome.status, first.outcome.error_type) == (500, "runner_server_error")
    assert second.outcome is DONE


async def test_closing_stops_what_waits_and_what_runs() -> None:
    """Nothing is left behind to warn about."""

    async def forever(_ticket: Ticket) -> Outcome:
        await asyncio.Event().wait()
        return DONE

    line, clock = _line(forever, concurrency=1)
    running, waiting = _ticket(1), _ticket(2)
    line.join(running)
    line.join(waiting)
    await clock.advance(0)

    await line.close()

    assert (running.phase, waiting.phase) == (Phase.IN_PROGRESS, Phase.IN_QUEUE)


async def test_more_room_is_used_at_once() -> None:
    """A larger concurrency starts those that wait."""

    async def forever(_ticket: Ticket) -> Outcome:
        await asyncio.Event().wait()
        return DONE

    settings = Settings(queue_seconds=0, run_seconds=0, concurrency=1)
    clock = HandClock()
    line = Line(clock=clock, settings=settings, work=forever)
    for number in (1, 2, 3):
        line.join(_ticket(number))
    await clock.advance(0)
    before = line.running

    settings.concurrency = 3
    line.settings_changed()

    assert (before, line.running, line.waiting) == (1, 3, 0)
    await line.close()


async def test_a_change_in_the_very_moment_of_looking_is_not_missed() -> None:
    """A stream that asked first, and then looked, is woken by whatever it has not seen."""
    line, _ = _line()
    ticket = _ticket()

    coming = line.next_change
    line.note(ticket, "Loading the model")

    assert coming.is_set()
    assert not line.next_change.is_set()
