"""Nur: asking once, looking until the track is done, and saying what it cannot do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest
from pydantic import SecretStr

from bot.catalogue import read_output
from bot.domain.job import Handle, Json
from bot.errors import (
    BadCredentials,
    BadResult,
    Busy,
    GenerationFailed,
    ModelGone,
    OutcomeUnknown,
    ProviderError,
    QuotaSpent,
    Refused,
    Rejected,
    Unreachable,
)
from bot.providers.base import Cancellation, Finished, NoHistory, Queued, Running
from bot.providers.nur import NurProvider
from tests.providers.far_end import START, ManualClock, Script, answer

KEY = "nur_very-secret"
BASE = "https://api.nur.example"
TRACK_ID = "trk_1"
SONG = "https://cdn.nur.example/trk_1.mp3"
URL = f"{BASE}/v1/music/{TRACK_ID}"
HANDLE = Handle(request_id=TRACK_ID, status_url=URL, response_url=URL, cancel_url=URL)
ARGUMENTS: dict[str, Json] = {"prompt": "rain", "duration": 12, "genre": "lo-fi", "tempo": 85}

Connect = Callable[..., Awaitable[NurProvider]]


def track(status: str = "completed", **more: Json) -> dict[str, Json]:
    """Give a track as Nur's docs show one."""
    shown: dict[str, Json] = {
        "id": TRACK_ID,
        "status": status,
        "audio_url": SONG if status == "completed" else None,
        "duration": 12,
        "genre": "lo-fi",
        "tempo": 85,
        "prompt": "rain",
        "created_at": "2026-03-01T12:00:00Z",
    }
    return shown | more


def error(code: str, message: str, **details: Json) -> dict[str, Json]:
    """Give an error as Nur's docs show one."""
    return {"error": {"code": code, "message": message, "details": details}}


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Open a provider on a handler of requests."""
    async with AsyncExitStack() as stack:

        async def open_provider(
            far_end: Callable[[httpx.Request], httpx.Response], url: str = BASE
        ) -> NurProvider:
            provider = NurProvider(
                key=SecretStr(KEY),
                clock=ManualClock(),
                url=url,
                transport=httpx.MockTransport(far_end),
            )
            return await stack.enter_async_context(provider)

        yield open_provider


@pytest.mark.parametrize("base", [BASE, f"{BASE}/", f"{BASE}/v1"])
async def test_a_track_is_asked_for_once(connect: Connect, base: str) -> None:
    """With the key, nothing but the arguments, and patience for an answer that comes late."""
    script = Script(answer(200, track("pending")))
    provider = await connect(script, base)

    handle = await provider.submit("nur/music", ARGUMENTS, start_seconds=60)

    (request,) = script.seen
    assert (request.method, str(request.url)) == ("POST", f"{BASE}/v1/music/generate")
    assert json.loads(request.content) == ARGUMENTS
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.extensions["timeout"]["read"] >= 120
    assert handle == HANDLE


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, error("invalid_request", "Malformed"), Rejected),
        (401, error("unauthorized", "Expired key"), BadCredentials),
        (403, error("insufficient_scope", "Missing scope music:write"), BadCredentials),
        (404, error("not_found", "No such endpoint"), ModelGone),
        (409, error("conflict", "Concurrent modification"), OutcomeUnknown),
        (413, error("payload_too_large", "Too large"), Rejected),
        (422, error("invalid_parameter", "Bad tempo", parameter="tempo"), Rejected),
        (422, error("content_policy_violation", "The prompt violates it"), Refused),
        (429, error("rate_limited", "Too many requests"), Busy),
        (429, error("quota_exceeded", "Monthly quota exceeded"), QuotaSpent),
        (429, b"slow down", Busy),
        (500, error("server_error", "Oops"), OutcomeUnknown),
        (503, error("service_unavailable", "Maintenance"), Busy),
        (200, b"", OutcomeUnknown),
        (200, {"status": "pending"}, OutcomeUnknown),
    ],
)
async def test_every_answer_is_taken_for_what_it_proves(
    connect: Connect, status: int, body: Json | bytes, kind: type[ProviderError]
) -> None:
    """Only what provably was not taken may be sent again; a month's quota is no hiccup."""
    script = Script(answer(status, body))
    provider = await connect(script)

    with pytest.raises(ProviderError) as caught:
        await provider.submit("nur/music", ARGUMENTS, start_seconds=60)

    assert type(caught.value) is kind
    assert len(script.seen) == 1
    assert "_" not in caught.value.sentence


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [(httpx.ConnectError("refused"), Unreachable), (httpx.ReadError("cut"), OutcomeUnknown)],
)
async def test_a_lost_answer_is_not_sent_again(
    connect: Connect, trouble: Exception, kind: type[ProviderError]
) -> None:
    """What never left may be; what may have arrived is not."""
    script = Script(trouble)
    provider = await connect(script)

    with pytest.raises(ProviderError) as caught:
        await provider.submit("nur/music", ARGUMENTS, start_seconds=60)

    assert type(caught.value) is kind
    assert len(script.seen) == 1


async def test_a_rejected_field_is_named(connect: Connect) -> None:
    """By the details that come with the error."""
    given = error("invalid_parameter", "Out of range", parameter="tempo", value=500)
    provider = await connect(Script(answer(422, given)))

    with pytest.raises(Rejected, match="“tempo”") as rejected:
        await provider.submit("nur/music", ARGUMENTS, start_seconds=60)
    assert rejected.value.field == "tempo"


async def test_a_track_is_looked_at_until_it_is_done(connect: Connect) -> None:
    """Through every kind of trouble."""
    script = Script(
        answer(200, track("pending")),
        answer(500, error("server_error", "x")),
        answer(200, track("processing")),
        httpx.ReadTimeout("silent"),
        answer(200, track()),
    )
    provider = await connect(script)

    steps = [step async for step in provider.follow(HANDLE)]

    assert steps == [Queued(), Running(), Finished()]
    assert script.paths == [f"GET /v1/music/{TRACK_ID}"] * 5


async def test_a_finished_track_is_one_file_and_keeps_the_rest(connect: Connect) -> None:
    """Two addresses lead to the same sound; waveform and stems stay beside it."""
    download = f"{SONG}?download=1"
    stems: Json = {name: f"https://cdn.nur.example/{name}.mp3" for name in ("vocals", "drums")}
    made = track(download_url=download, waveform_url="https://cdn.nur.example/w.json", stems=stems)
    provider = await connect(Script(answer(200, made)))

    result = await provider.result(HANDLE)

    assert [file.url for file in read_output("nur/music", result.output).files] == [download]
    assert result.output["stems"] == stems
    assert result.output["waveform_url"] == "https://cdn.nur.example/w.json"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (track("failed"), GenerationFailed),
        (track("failed", error={"code": "x", "message": "blocked by content policy"}), Refused),
        (track("completed", audio_url=None), BadResult),
        (track("processing"), Busy),
    ],
)
async def test_a_track_without_a_sound_says_why(
    connect: Connect, body: Json, kind: type[ProviderError]
) -> None:
    """In one of our own words."""
    provider = await connect(Script(answer(200, body)))

    with pytest.raises(ProviderError) as failed:
        await provider.result(HANDLE)
    assert type(failed.value) is kind


async def test_what_nur_cannot_do_it_says_it_cannot(connect: Connect) -> None:
    """No list of requests, no way to stop one, no place for sources; and nobody is called."""
    script = Script(answer(200, track()))
    provider = await connect(script)

    with pytest.raises(NoHistory):
        await provider.look_up("nur/music", since=START)
    with pytest.raises(ProviderError, match="new music only"):
        await provider.upload(b"x", content_type="audio/mpeg", file_name="x.mp3")
    assert await provider.cancel(HANDLE) is Cancellation.UNSUPPORTED
    assert script.seen == []
