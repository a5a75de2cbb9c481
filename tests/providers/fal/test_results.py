"""Fetching results and cancelling."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from decimal import Decimal

import httpx
import pytest
from aiohttp import web

from bot.domain.job import Handle, Json
from bot.errors import (
    AccountLocked,
    BadResult,
    Busy,
    GenerationFailed,
    ModelGone,
    ProviderError,
    ProviderTimedOut,
    Refused,
    Unreachable,
)
from bot.providers.base import Cancellation, Cancelled
from bot.providers.wire import JSON_LIMIT_BYTES

from .conftest import KEY, REQUEST_ID, Connect, ManualClock, Script, Serve, answer, handle

OUTPUT: dict[str, Json] = {"audio": {"url": "https://v3b.fal.media/x.mp3"}, "seed": 7}
NGINX = b"<html><center>nginx</center></html>"


class Split:
    """Answers results and statuses from two scripts."""

    def __init__(self, result: Script, status: Script) -> None:
        self.result = result
        self.status = status

    def __call__(self, request: httpx.Request) -> httpx.Response:
        is_status = request.url.path.endswith("/status")
        return (self.status if is_status else self.result)(request)


async def test_a_result_comes_with_the_units_it_is_billed_at(connect: Connect) -> None:
    """The output is given as it came, the units as an exact number."""
    fal = Script(answer(200, OUTPUT, x_fal_billable_units="47.000001"))
    provider = await connect(fal)

    result = await provider.result(handle())

    assert result.output == OUTPUT
    assert result.billable_units == Decimal("47.000001")
    assert fal.paths == [f"GET /fal-ai/ace-step/requests/{REQUEST_ID}"]
    assert fal.seen[0].headers["authorization"] == f"Key {KEY}"


@pytest.mark.parametrize("units", ["", "many", "-1", "NaN", "Infinity"])
async def test_senseless_units_are_no_units(connect: Connect, units: str) -> None:
    """A paid result is not lost over a header."""
    provider = await connect(Script(answer(200, OUTPUT, x_fal_billable_units=units)))

    assert (await provider.result(handle())).billable_units is None


@pytest.mark.parametrize(
    "hiccup",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("silence"),
        httpx.RemoteProtocolError("cut"),
        answer(502, NGINX),
        answer(503, b""),
        answer(500, {"detail": "Internal Server Error"}),
        answer(429, b"", retry_after="3"),
        answer(404, {"status": "NOT_FOUND"}),
        answer(200, NGINX),
        answer(200, b""),
        answer(200, {}),
        answer(200, b'{"audio": {"url": "https'),
        answer(302, b""),
        answer(400, {"detail": "Request is still in progress"}),
        answer(202, {"status": "IN_PROGRESS"}),
    ],
)
async def test_a_hiccup_does_not_lose_a_paid_result(
    connect: Connect, clock: ManualClock, hiccup: httpx.Response | Exception
) -> None:
    """Asking again is free, and happens with growing pauses."""
    provider = await connect(Script(hiccup, hiccup, answer(200, OUTPUT)))

    assert (await provider.result(handle())).output == OUTPUT
    assert len(clock.slept) == 2


@pytest.mark.parametrize(
    ("said", "status", "expected"),
    [
        # The result cannot be had, and the status knows why.
        (
            answer(502, NGINX),
            answer(200, {"status": "COMPLETED", "error_type": "request_timeout", "error": "x"}),
            ProviderTimedOut,
        ),
        (
            answer(404, {"status": "NOT_FOUND"}),
            answer(200, {"status": "COMPLETED", "error_type": "client_cancelled", "error": "x"}),
            Cancelled,
        ),
        (
            answer(200, {}),
            answer(200, {"status": "COMPLETED", "error": "Invalid status code: 500"}),
            GenerationFailed,
        ),
        (
            httpx.ReadError("cut"),
            answer(200, {"status": "COMPLETED", "error_type": "runner_disconnected"}),
            GenerationFailed,
        ),
        # The request is over, and the answer stays what it is.
        (answer(404, {"status": "NOT_FOUND"}), answer(200, {"status": "COMPLETED"}), BadResult),
        (
            answer(404, {"detail": "Path not found"}),
            answer(200, {"status": "COMPLETED"}),
            ModelGone,
        ),
        (answer(200, [1, 2]), answer(200, {"status": "COMPLETED"}), BadResult),
        (
            answer(200, b'{"x": "' + b"x" * JSON_LIMIT_BYTES + b'"}'),
            answer(200, {"status": "COMPLETED"}),
            BadResult,
        ),
        (
            answer(500, {"detail": "Internal Server Error"}, x_fal_request_id="r"),
            answer(200, {"status": "COMPLETED"}),
            GenerationFailed,
        ),
        # Nobody knows it any more.
        (
            answer(404, {"status": "NOT_FOUND"}),
            answer(404, {"status": "NOT_FOUND"}),
            GenerationFailed,
        ),
        # Nothing is settled: ask again later.
        (answer(502, NGINX), answer(200, {"status": "COMPLETED"}), Busy),
        (answer(502, NGINX), answer(404, {"status": "NOT_FOUND"}), Busy),
        (answer(200, NGINX), answer(200, {"status": "COMPLETED"}), Busy),
        (answer(200, NGINX), answer(200, NGINX), Busy),
        (answer(404, {"status": "NOT_FOUND"}), answer(202, {"status": "IN_PROGRESS"}), Busy),
        (answer(404, {"status": "NOT_FOUND"}), answer(503, b""), Busy),
        (httpx.ConnectError("x"), httpx.ConnectError("x"), Unreachable),
        (httpx.ConnectError("x"), answer(200, {"status": "COMPLETED"}), Unreachable),
    ],
)
async def test_where_the_result_stays_odd_the_status_decides(
    connect: Connect,
    said: httpx.Response | Exception,
    status: httpx.Response | Exception,
    expected: type[ProviderError],
) -> None:
    """A job ends only on what fal says; otherwise it is asked again later."""
    fal = Split(Script(said), Script(status))
    provider = await connect(fal)

    with pytest.raises(ProviderError) as caught:
        await provider.result(handle())

    assert isinstance(caught.value, expected)
    assert caught.value.retryable is (expected in {Busy, Unreachable})
    assert len(fal.result.seen) == 4


async def test_a_long_pause_that_is_asked_for_is_left_to_the_caller(
    connect: Connect, clock: ManualClock
) -> None:
    """Who is told to come back in a minute does not wait here."""
    provider = await connect(Script(answer(429, b"", retry_after="60")))

    with pytest.raises(Busy) as caught:
        await provider.result(handle())

    assert caught.value.retry_after == 60
    assert clock.slept == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (answer(422, {"detail": [{"type": "content_policy_violation", "loc": []}]}), Refused),
        (answer(504, {"detail": "x", "error_type": "request_timeout"}), ProviderTimedOut),
        (answer(403, {"detail": "User is locked. Reason: Exhausted balance"}), AccountLocked),
    ],
)
async def test_what_the_model_answered_for_good_is_not_asked_again(
    connect: Connect, said: httpx.Response, expected: type[ProviderError]
) -> None:
    """One question is enough for a definite no."""
    fal = Script(said)
    provider = await connect(fal)

    with pytest.raises(expected):
        await provider.result(handle())

    assert len(fal.seen) == 1


async def test_an_output_with_a_field_called_detail_or_status_is_an_output(
    connect: Connect,
) -> None:
    """Only an answer that is nothing but an error counts as one."""
    output: Json = {"detail": "a fine tune", "status": "COMPLETED", "audio": {"url": "u"}}
    provider = await connect(Script(answer(200, output)))

    assert (await provider.result(handle())).output == output


async def test_a_compressed_bomb_is_opened_no_further_than_the_limit(
    connect: Connect, serve: Serve
) -> None:
    """A few kilobytes that unpack to a hundred megabytes are a bad result, not a full memory."""
    bomb = zlib.compress(b'{"x": "' + b"x" * 100_000_000 + b'"}')
    app = web.Application()

    async def explode(_: web.Request) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": "deflate"})

    async def over(_: web.Request) -> web.Response:
        return web.json_response({"status": "COMPLETED"})

    path = "/fal-ai/ace-step/requests/{id}"
    app.router.add_get(path, explode)
    app.router.add_get(f"{path}/status", over)
    base = await serve(app)
    provider = await connect(base)

    tracemalloc.start()
    with pytest.raises(BadResult):
        await provider.result(handle(base))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 50_000_000


async def test_an_honestly_compressed_result_is_read(connect: Connect, serve: Serve) -> None:
    """A proxy in between may compress though nobody asked it to."""

    async def zipped(_: web.Request) -> web.Response:
        return web.Response(body=gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"})

    app = web.Application()
    app.router.add_get("/{path:.*}", zipped)
    base = await serve(app)
    provider = await connect(base)

    assert (await provider.result(handle(base))).output == {"a": 1}


async def test_the_key_never_follows_a_foreign_url(connect: Connect) -> None:
    """A stored handle that points elsewhere is fetched from the configured queue instead."""
    fal = Script(answer(200, OUTPUT))
    provider = await connect(fal)
    foreign = "https://evil.example/fal-ai/ace-step/requests/" + REQUEST_ID
    stolen = Handle(
        request_id=REQUEST_ID,
        status_url=f"{foreign}/status",
        response_url=foreign,
        cancel_url=f"{foreign}/cancel",
    )

    await provider.result(stolen)
    await provider.cancel(stolen)

    assert {request.url.host for request in fal.seen} == {"queue.fal.run"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (answer(202, {"status": "CANCELLATION_REQUESTED"}), Cancellation.REQUESTED),
        (answer(200, {"success": True}), Cancellation.REQUESTED),
        (answer(204, b""), Cancellation.REQUESTED),
        (answer(400, {"status": "ALREADY_COMPLETED"}), Cancellation.TOO_LATE),
        (answer(404, {"status": "NOT_FOUND"}), Cancellation.NOT_FOUND),
    ],
)
async def test_cancelling_tells_what_became_of_it(
    connect: Connect, said: httpx.Response, expected: Cancellation
) -> None:
    """Any success is a yes; a busy moment on the way is asked through."""
    fal = Script(answer(503, b""), httpx.ReadError("cut"), said)
    provider = await connect(fal)

    assert await provider.cancel(handle()) is expected
    assert set(fal.paths) == {f"PUT /fal-ai/ace-step/requests/{REQUEST_ID}/cancel"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (answer(502, NGINX), Busy),
        (httpx.ConnectError("x"), Unreachable),
        (answer(403, {"detail": "User is locked."}), AccountLocked),
    ],
)
async def test_a_cancel_that_is_not_understood_says_so(
    connect: Connect, said: httpx.Response | Exception, expected: type[ProviderError]
) -> None:
    """The caller must not believe that the request was dropped."""
    provider = await connect(Script(said))

    with pytest.raises(expected):
        await provider.cancel(handle())
