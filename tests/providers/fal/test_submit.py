"""Submitting: one POST, whatever happens to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.domain.job import Json
from bot.errors import (
    BadCredentials,
    Busy,
    OutcomeUnknown,
    ProviderError,
    Rejected,
    StartupError,
    Unreachable,
)
from bot.providers.fal import FalProvider

from .conftest import (
    BASE,
    ENDPOINT,
    KEY,
    REQUEST_ID,
    Connect,
    ManualClock,
    Script,
    Serve,
    answer,
    handle,
)

ACCEPTED: dict[str, Json] = {
    "status": "IN_QUEUE",
    "request_id": REQUEST_ID,
    "response_url": handle().response_url,
    "status_url": handle().status_url,
    "cancel_url": handle().cancel_url,
    "logs": None,
    "queue_position": 0,
}


async def test_a_submit_sends_the_input_itself_and_keeps_the_urls(connect: Connect) -> None:
    """The body is the model's input as it is; time-to-start and no fallback are asked for."""
    fal = Script(answer(200, ACCEPTED))
    provider = await connect(fal)

    given = await provider.submit(ENDPOINT, {"prompt": "naïve 🎵"}, start_seconds=600)

    assert given == handle()
    [request] = fal.seen
    assert (request.method, str(request.url)) == ("POST", f"{BASE}/{ENDPOINT}")
    assert json.loads(request.content) == {"prompt": "naïve 🎵"}
    assert request.headers["authorization"] == f"Key {KEY}"
    assert request.headers["x-fal-request-timeout"] == "600"
    assert request.headers["x-app-fal-disable-fallback"] == "true"
    assert request.headers["content-type"] == "application/json"


async def test_missing_urls_are_built(connect: Connect) -> None:
    """Only the request id is indispensable."""
    provider = await connect(Script(answer(200, {"request_id": REQUEST_ID})))

    assert await provider.submit(ENDPOINT, {}, start_seconds=60) == handle()


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (httpx.ConnectError("refused"), Unreachable),
        (httpx.ConnectTimeout("slow"), Unreachable),
        (httpx.PoolTimeout("full"), Unreachable),
        (httpx.ReadTimeout("silence"), OutcomeUnknown),
        (httpx.ReadError("reset"), OutcomeUnknown),
        (httpx.WriteTimeout("slow"), OutcomeUnknown),
        (httpx.WriteError("reset"), OutcomeUnknown),
        (httpx.CloseError("odd"), OutcomeUnknown),
        (httpx.RemoteProtocolError("gone"), OutcomeUnknown),
        (httpx.LocalProtocolError("odd"), OutcomeUnknown),
        (TimeoutError(), OutcomeUnknown),
    ],
)
async def test_a_submit_that_fails_on_the_way_is_sent_once(
    connect: Connect, clock: ManualClock, failure: Exception, expected: type[ProviderError]
) -> None:
    """Even the safe failures are not repeated here: when to send again is the caller's choice."""
    fal = Script(failure, answer(200, ACCEPTED))
    provider = await connect(fal)

    with pytest.raises(ProviderError) as caught:
        await provider.submit(ENDPOINT, {"prompt": "p"}, start_seconds=60)

    assert type(caught.value) is expected
    assert len(fal.seen) == 1
    assert clock.slept == []


@pytest.mark.parametrize("status", [429, 503, 500, 502, 504, 408, 409])
async def test_a_submit_that_is_answered_badly_is_sent_once(connect: Connect, status: int) -> None:
    """No status makes the provider send a paid request a second time."""
    fal = Script(answer(status, {"detail": "x"}), answer(200, ACCEPTED))
    provider = await connect(fal)

    with pytest.raises(ProviderError):
        await provider.submit(ENDPOINT, {}, start_seconds=60)

    assert len(fal.seen) == 1


async def test_a_busy_gateway_says_when_to_come_back(connect: Connect) -> None:
    """Retry-After reaches the caller."""
    provider = await connect(Script(answer(503, b"", retry_after="12")))

    with pytest.raises(Busy) as caught:
        await provider.submit(ENDPOINT, {}, start_seconds=60)

    assert caught.value.retry_after == 12


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>hello</html>",
        b"[]",
        b"null",
        b'{"request_id": null}',
        b'{"request_id": ""}',
        b'{"request_id": 7}',
        b'{"request_id": "../../x"}',
        b'{"request_id": "a b"}',
        b"[" * 100_000,
        b'{"request_id": "' + b"x" * 5_000_000 + b'"}',
    ],
)
async def test_a_success_without_a_usable_id_is_an_unknown_outcome(
    connect: Connect, body: bytes
) -> None:
    """Something said yes; what was bought is not known."""
    provider = await connect(Script(answer(200, body)))

    with pytest.raises(OutcomeUnknown):
        await provider.submit(ENDPOINT, {}, start_seconds=60)


@pytest.mark.parametrize("arguments", [{"prompt": "\ud83c"}, {"x": float("nan")}])
async def test_what_cannot_be_written_as_json_is_never_sent(
    connect: Connect, arguments: dict[str, Json]
) -> None:
    """It would fail at the other end too, but there it might cost."""
    fal = Script(answer(200, ACCEPTED))
    provider = await connect(fal)

    with pytest.raises(Rejected):
        await provider.submit(ENDPOINT, arguments, start_seconds=60)

    assert fal.seen == []


@pytest.mark.parametrize("key", ["", " \n", "kéy:secret", "a\nb"])
async def test_a_key_that_cannot_be_sent_is_a_bad_key(clock: ManualClock, key: str) -> None:
    """It is refused before anything is sent, without a library's traceback."""
    fal = Script(answer(200, ACCEPTED))

    async with FalProvider(
        key=SecretStr(key), clock=clock, transport=httpx.MockTransport(fal)
    ) as provider:
        with pytest.raises(BadCredentials):
            await provider.submit(ENDPOINT, {}, start_seconds=60)

    assert fal.seen == []


async def test_a_connection_that_is_dropped_after_the_request_is_not_tried_again(
    connect: Connect,
) -> None:
    """Over a real socket: the request arrived, the answer did not, and one POST was counted."""
    posts: list[bytes] = []

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        posts.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        provider = await connect(f"http://127.0.0.1:{port}")
        with pytest.raises(OutcomeUnknown):
            await provider.submit(ENDPOINT, {"prompt": "p"}, start_seconds=60)

    assert len(posts) == 1
    assert posts[0].startswith(b"POST ")


async def test_nobody_listening_is_unreachable(connect: Connect) -> None:
    """A refused connection proves that nothing was bought."""
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    provider = await connect(f"http://127.0.0.1:{port}")

    with pytest.raises(Unreachable):
        await provider.submit(ENDPOINT, {}, start_seconds=60)


@pytest.mark.parametrize(("status", "expected"), [(503, Busy), (200, OutcomeUnknown)])
async def test_an_answer_that_breaks_off_counts_as_far_as_it_was_said(
    connect: Connect, status: int, expected: type[ProviderError]
) -> None:
    """The status of an error is whole before its body; half a success names no request."""

    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 %d X\r\nContent-Length: 99\r\n\r\n{"request_id": "i' % status)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(half, "127.0.0.1", 0)
    async with server:
        provider = await connect(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        with pytest.raises(expected):
            await provider.submit(ENDPOINT, {}, start_seconds=60)


@pytest.mark.parametrize("setting", ["queue_url", "rest_url", "api_url"])
@pytest.mark.parametrize("base", ["no-scheme:8420", "ftp://127.0.0.1", "https:///path", ""])
def test_a_base_that_is_no_web_address_stops_the_start(
    clock: ManualClock, setting: str, base: str
) -> None:
    """A slip in the settings is told at once, by the name of the setting."""
    bases: dict[str, Any] = {setting: base}

    with pytest.raises(StartupError, match=f"FAL_{setting.upper()}"):
        FalProvider(key=SecretStr(KEY), clock=clock, **bases)


async def test_every_submit_has_a_connection_of_its_own(connect: Connect, serve: Serve) -> None:
    """A kept connection may be dead already, and then nobody knows what arrived."""
    peers: list[object] = []

    async def accept(request: web.Request) -> web.Response:
        peers.append(request.transport.get_extra_info("peername") if request.transport else None)
        return web.json_response({"request_id": f"id-{len(peers)}"})

    app = web.Application()
    app.router.add_post("/{endpoint:.*}", accept)
    provider = await connect(await serve(app))

    for _ in range(3):
        await provider.submit(ENDPOINT, {}, start_seconds=60)

    assert len(set(peers)) == 3


async def test_a_body_that_never_ends_is_not_read_to_the_end(connect: Connect) -> None:
    """A lying server cannot fill memory; an error keeps its meaning however long its page is."""
    sent = 0

    def flood() -> Iterator[bytes]:
        nonlocal sent
        while sent < 100_000_000:
            sent += 65536
            yield b"x" * 65536

    def far_end(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503, content=_Flood(flood()))

    provider = await connect(far_end)

    with pytest.raises(Busy):
        await provider.submit(ENDPOINT, {}, start_seconds=60)

    assert sent < 1_000_000


class _Flood(httpx.AsyncByteStream):
    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks

    async def __aiter__(self):  # type: ignore[no-untyped-def]
        for chunk in self._chunks:
            yield chunk


async def test_the_key_shows_nowhere(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    """Not in reprs, not in errors and what caused them, not in logs at their most talkative."""
    caplog.set_level("DEBUG")
    provider = await connect(Script(httpx.ReadError("cut"), answer(401, {"detail": KEY})))
    told = [repr(provider), repr(vars(provider)), str(vars(provider)["_wire"])]

    for _ in range(2):
        with pytest.raises(ProviderError) as caught:
            await provider.submit(ENDPOINT, {}, start_seconds=60)
        told += [repr(caught.value), str(caught.value), repr(caught.value.__cause__)]

    assert "very-secret-half" not in "".join(told) + caplog.text
