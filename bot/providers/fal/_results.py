"""Fetching what a finished request produced, or why it produced nothing.

The result repeats what the model answered, so an error status there is usually the truth. Where
it could as well be a hiccup on the way, the question is asked again, then the status is asked.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.clock import Clock
from bot.domain.job import Handle, Json
from bot.errors import Busy, GenerationFailed, ProviderError, Unreachable
from bot.providers import sentences as say
from bot.providers.answers import Answer, parse_json
from bot.providers.base import Result
from bot.providers.fal._answers import billable_units
from bot.providers.fal._errors import Inconclusive, of_error_type, of_status, on_read, on_result
from bot.providers.fal._status import Phase, Status, parse_status
from bot.providers.patience import patiently
from bot.providers.wire import Wire

_STATUS_FIELDS = frozenset(
    {
        *("status", "request_id", "gateway_request_id", "response_url", "status_url"),
        *("cancel_url", "queue_position", "logs", "metrics", "error", "error_type"),
    }
)


def output_of(answer: Answer) -> Mapping[str, Json] | None:
    """Give the output object in an answer; None when it is an error, a status or no object."""
    body = parse_json(answer.body) if answer.status == 200 and not answer.is_cut else None
    if not isinstance(body, dict) or not body or "x-fal-error-type" in answer.headers:
        return None
    if "detail" in body and set(body) <= {"detail", "error_type"}:
        return None
    return None if "status" in body and set(body) <= _STATUS_FIELDS else body


async def fetch(wire: Wire, handle: Handle, *, clock: Clock) -> Result:
    """Fetch the output, a bounded number of times.

    Raises:
        ProviderError: As `Provider.result` says.
    """
    try:
        async for attempt in patiently(clock):
            with attempt:
                return await _fetch_once(wire, handle, clock=clock)
    except (Busy, Unreachable) as error:
        raise await _settle(wire, handle, error) from error
    raise AssertionError("tenacity neither returned nor raised")


async def _fetch_once(wire: Wire, handle: Handle, *, clock: Clock) -> Result:
    answer = await wire.ask("GET", handle.response_url)
    output = output_of(answer)
    if output is None:
        raise on_result(answer, now=clock.now())
    return Result(output=output, billable_units=billable_units(answer.headers))


async def _settle(wire: Wire, handle: Handle, error: Busy | Unreachable) -> ProviderError:
    """Let the status decide what a result that cannot be had comes down to."""
    try:
        answer = await wire.ask("GET", handle.status_url)
    except Unreachable:
        return error
    if answer.status == 404:
        # Both say so, several times: there is nothing left to ask.
        is_gone = isinstance(error, Inconclusive) and error.verdict is not None
        return GenerationFailed(say.FORGOTTEN) if is_gone else error
    status = parse_status(parse_json(answer.body)) if answer.ok else None
    if status is None:
        return error
    if status.phase is not Phase.OVER:
        return Busy(say.STILL_RUNNING)
    if status.error_type or status.error:
        return _stated(status)
    return (error.verdict or error) if isinstance(error, Inconclusive) else error


def _stated(status: Status) -> ProviderError:
    """Classify what the status itself says went wrong."""
    return of_error_type(status.error_type) if status.error_type else of_status(500)


async def cancel(wire: Wire, handle: Handle, *, clock: Clock) -> Answer:
    """Ask for a request to be dropped; asking twice is the same as asking once.

    Raises:
        ProviderError: It was neither accepted nor refused.
    """
    async for attempt in patiently(clock):
        with attempt:
            answer = await wire.ask("PUT", handle.cancel_url)
            if 200 <= answer.status < 300 or answer.status in {400, 404}:
                return answer
            raise on_read(answer, now=clock.now())
    raise AssertionError("tenacity neither returned nor raised")
