"""Whatever a provider answers, it comes out as one of our errors, in time, and in little memory."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot import catalogue
from bot.domain.job import Handle
from bot.errors import BadResult, ProviderError
from bot.providers.base import Finished
from bot.providers.fal import FalProvider
from tests.fuzz.strategies import JSON, ODD_TEXT, fuzzed
from tests.providers.fal.conftest import BASE, ENDPOINT, KEY, REQUEST_ID, START, ManualClock, handle

WORDS = st.sampled_from(
    [
        *("request_id", "status", "status_url", "response_url", "cancel_url", "queue_position"),
        *("logs", "message", "detail", "error", "error_type", "loc", "msg", "type", "ctx", "url"),
        *("items", "prices", "models", "requests", "next_cursor", "has_more", "endpoint_id"),
        *("unit_price", "unit", "currency", "started_at", "json_input", "audio", "audio_file"),
        *("file_url", "upload_url", "metrics", "inference_time", "seed", "tags", "lyrics"),
    ]
)
VALUES = st.sampled_from(
    [
        *("IN_QUEUE", "IN_PROGRESS", "COMPLETED", "NOT_FOUND", "FAILED", REQUEST_ID, ENDPOINT),
        *("content_policy_violation", "request_timeout", f"{BASE}/x/y/requests/1/status", "USD"),
        *("https://evil.example/x", "http://169.254.169.254/", "2026-03-01T12:00:00Z", "seconds"),
    ]
)
SHAPED = st.recursive(
    JSON | VALUES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=16,
)
"""JSON that uses fal's own names and words in every wrong place."""

BODIES = (
    SHAPED.map(lambda body: json.dumps(body).encode("utf-8", "replace"))
    | st.binary(max_size=200)
    | st.sampled_from(
        [
            b"",
            b"null",
            b"NaN",
            b"[" * 100_000,
            b'{"a":' * 50_000,
            b"<html><h1>502 Bad Gateway</h1>nginx</html>",
            b"\xff\xfe{\x00}\x00",
            b'{"request_id": "' + b"x" * 100_000 + b'"}',
            b"9" * 10_000,
            b'{"status": "COMPLETED", "error": {"a": [1e999]}}',
        ]
    )
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *("content-type", "retry-after", "content-encoding", "x-fal-error-type"),
            *("x-fal-request-id", "x-fal-retryable", "x-fal-billable-units", "location"),
            *("x-fal-request-timeout-type", "x-fal-needs-retry", "content-length"),
        ]
    ),
    st.sampled_from(
        [
            *("application/json", "text/event-stream", "text/html; charset=utf-7", "gzip", "br"),
            *("deflate", "0", "-1", "1e9", "NaN", "Wed, 21 Oct 2015 07:28:00 GMT", "x", "user"),
            *("runner_server_error", "true", "99999999999999999999", "\xa0", ""),
        ]
    ),
    max_size=4,
)
STATUSES = st.sampled_from(
    [200, 201, 202, 204, 206, 301, 307, 400, 401, 402, 403, 404, 405, 408]
) | (
    st.sampled_from(
        [409, 410, 413, 415, 418, 422, 425, 429, 451, 499, 500, 501, 502, 503, 504, 599]
    )
)


def _event(data: bytes) -> bytes:
    return b"".join(b"data: " + line + b"\n" for line in data.split(b"\n")) + b"\n"


def _response(status: int, headers: dict[str, str], body: bytes) -> httpx.Response:
    sent = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    # Left as they are: a real server may say one length and send another.
    return httpx.Response(status, headers=list(sent.items()), stream=_Body(body))


class _Body(httpx.AsyncByteStream):
    """A body as a socket gives it: in pieces."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._body), 7_000):
            yield self._body[start : start + 7_000]


ANSWERS = st.builds(_response, STATUSES, HEADERS, BODIES)
STREAMS = st.builds(
    lambda events: _response(
        200, {"content-type": "text/event-stream"}, b"".join(map(_event, events))
    ),
    st.lists(BODIES, max_size=4),
)
TROUBLES = st.sampled_from(
    [
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("down"),
        httpx.RemoteProtocolError("cut"),
        httpx.ReadError("reset"),
        httpx.WriteError("reset"),
    ]
)
Answer = httpx.Response | httpx.TransportError


class FarEnd:
    """Gives prepared answers in turn, and then one that ends everything."""

    def __init__(self) -> None:
        self._answers: Iterator[Answer] = iter(())
        self.last: Callable[[], httpx.Response] = _forbidden

    def prepare(self, answers: Sequence[Answer]) -> None:
        """Take the next answers."""
        self._answers = iter(answers)

    def __call__(self, _request: httpx.Request) -> httpx.Response:
        """Answer."""
        answer = next(self._answers, None) or self.last()
        if isinstance(answer, httpx.TransportError):
            raise answer
        return answer


def _forbidden() -> httpx.Response:
    return _response(403, {}, b'{"detail": "User is locked. Reason: Exhausted balance."}')


@dataclass
class Rig:
    """A provider and its far end; making one takes longer than many tries with it."""

    fal: FalProvider
    far_end: FarEnd

    async def settled(
        self, work: Callable[[FalProvider], Awaitable[object]], *answers: Answer
    ) -> object:
        """Do something while the far end answers so; gives what came of it, or our error."""
        self.far_end.prepare(answers)
        async with asyncio.timeout(20):
            try:
                return await work(self.fal)
            except ProviderError as error:
                outcome = error
        assert outcome.sentence
        assert KEY not in outcome.sentence
        assert "evil" not in outcome.sentence
        return outcome


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """One for each test, whatever it tries."""
    far_end = FarEnd()
    provider = FalProvider(
        key=SecretStr(KEY),
        clock=ManualClock(),
        transport=httpx.MockTransport(far_end),
        silence_seconds=0.2,
    )
    async with provider:
        yield Rig(provider, far_end)


CALLS: dict[str, Callable[[FalProvider], Awaitable[Any]]] = {
    "submit": lambda fal: fal.submit(ENDPOINT, {"prompt": "rain"}, start_seconds=60),
    "result": lambda fal: fal.result(handle()),
    "cancel": lambda fal: fal.cancel(handle()),
    "look_up": lambda fal: fal.look_up(ENDPOINT, since=START - timedelta(hours=1)),
    "listing": lambda fal: fal.listing([ENDPOINT, "fal-ai/demucs"]),
    "prices": lambda fal: fal.prices([ENDPOINT, "fal-ai/demucs"]),
    "upload": lambda fal: fal.upload(b"RIFF", content_type="audio/wav", file_name="a.wav"),
}


@pytest.mark.parametrize("name", CALLS)
@fuzzed(share=2)
@given(answers=st.lists(ANSWERS | TROUBLES, min_size=1, max_size=6))
async def test_any_answer_is_a_result_or_one_of_our_errors(
    name: str, answers: list[Answer], rig: Rig
) -> None:
    """Never an error of a library's, never a wait without end."""
    await rig.settled(CALLS[name], *answers)


@fuzzed(share=2)
@given(answers=st.lists(ANSWERS | STREAMS | TROUBLES, min_size=1, max_size=6))
async def test_following_ends_or_raises_one_of_our_errors(answers: list[Answer], rig: Rig) -> None:
    """Streams that lie, break, say nothing or say it in the wrong order."""

    async def follow(fal: FalProvider) -> list[object]:
        seen: list[object] = []
        async for step in fal.follow(handle()):
            seen.append(step)
            assert len(seen) < 1_000
        return seen

    seen = await rig.settled(follow, *answers)

    if isinstance(seen, list):
        assert isinstance(seen[-1], Finished)


@fuzzed(share=2)
@given(given_urls=st.dictionaries(WORDS, ODD_TEXT | VALUES, max_size=6))
async def test_a_taken_request_is_asked_about_at_home(given_urls: dict[str, str], rig: Rig) -> None:
    """Wherever its answer says that its status is, the key goes to fal's own hosts."""
    body = json.dumps(given_urls | {"request_id": REQUEST_ID}).encode("utf-8", "replace")

    taken = await rig.settled(CALLS["submit"], _response(200, {}, body))

    assert isinstance(taken, Handle)
    for url in (taken.status_url, taken.response_url, taken.cancel_url):
        assert httpx.URL(url).host == "queue.fal.run"


@pytest.mark.parametrize("model", sorted(one.about.endpoint for one in catalogue.all_models()))
@fuzzed(share=0.2)
@given(output=st.dictionaries(WORDS | ODD_TEXT, SHAPED, max_size=5))
def test_any_output_is_read_or_called_unusable(model: str, output: dict[str, Any]) -> None:
    """Files without addresses, numbers for texts, lists for files."""
    try:
        read = catalogue.read_output(model, output)
    except BadResult:
        return

    assert read.files
    assert all(one.url for one in read.files)


@pytest.mark.parametrize("name", CALLS)
async def test_an_endless_answer_is_not_read_to_its_end(name: str, rig: Rig) -> None:
    """Memory stays bounded, whatever is sent."""
    sent = 0

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            nonlocal sent
            while sent < 400 * 2**20:
                sent += 2**16
                yield b" " * 2**16

    rig.far_end.last = lambda: httpx.Response(200, stream=Endless())
    tracemalloc.start()
    try:
        await rig.settled(CALLS[name])
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    # A page of the platform's list has inputs and outputs in it, and so is larger than the rest.
    assert peak < (160 if name == "look_up" else 80) * 2**20
    assert sent < 300 * 2**20
