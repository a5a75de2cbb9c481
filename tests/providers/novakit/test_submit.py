"""Handing a request to NovaKit: once, as a job, and every answer taken for what it proves."""

from __future__ import annotations

import json
import logging

import httpx
import pytest

from bot.domain.job import Json
from bot.errors import (
    BadCredentials,
    Busy,
    ModelGone,
    OutcomeUnknown,
    ProviderError,
    QuotaSpent,
    Refused,
    Rejected,
    Unreachable,
)
from bot.providers.base import Finished
from tests.providers.far_end import Script, answer
from tests.providers.novakit.conftest import BASE, ENDPOINT, JOB_ID, KEY, MODEL, SONG, Connect

ARGUMENTS: dict[str, Json] = {"prompt": "rain", "duration_seconds": 12.0}


async def submit(connect: Connect, *answers: httpx.Response | Exception) -> Script:
    """Submit once against a script, and give the script."""
    script = Script(*answers)
    provider = await connect(script)
    await provider.submit(ENDPOINT, ARGUMENTS, start_seconds=60)
    return script


async def refusal(connect: Connect, given: httpx.Response | Exception) -> ProviderError:
    """Give the error of a submit that must fail, and see that it was sent once."""
    script = Script(given)
    provider = await connect(script)
    with pytest.raises(ProviderError) as caught:
        await provider.submit(ENDPOINT, ARGUMENTS, start_seconds=60)
    assert len(script.seen) == 1
    return caught.value


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize(
    "taken",
    [
        {"id": JOB_ID, "status": "pending"},
        {"job": {"id": JOB_ID, "status": "pending"}},
        {"jobId": JOB_ID},
    ],
)
async def test_a_request_is_handed_over_as_a_job(
    connect: Connect, status: int, taken: Json
) -> None:
    """With the model in the body, the key in the header, and all URLs under our own base."""
    script = Script(answer(status, taken))
    provider = await connect(script)

    handle = await provider.submit(ENDPOINT, ARGUMENTS, start_seconds=60)

    (request,) = script.seen
    assert str(request.url) == f"{BASE}/music/generations?async=true"
    assert json.loads(request.content) == {**ARGUMENTS, "model": MODEL}
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["connection"] == "close"
    assert handle.request_id == JOB_ID
    assert handle.status_url == f"{BASE}/jobs/{JOB_ID}"


async def test_a_result_in_place_of_a_job_is_kept(connect: Connect) -> None:
    """Answered with what it made, a request is over, paid for, and its sound is there."""
    made: Json = {"created": 1, "data": {"audio_url": SONG, "duration_seconds": 30}, "model": MODEL}
    script = Script(answer(200, made))
    provider = await connect(script)

    handle = await provider.submit(ENDPOINT, ARGUMENTS, start_seconds=60)
    steps = [step async for step in provider.follow(handle)]
    result = await provider.result(handle)

    assert steps == [Finished()]
    assert result.output == {"audio_url": SONG}
    assert len(handle.request_id) < 64
    assert len(script.seen) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": "prompt is required"}, Rejected),
        (400, {"error": "Prompt violates our content policy"}, Refused),
        (401, {"error": "Invalid API key"}, BadCredentials),
        (401, {"error": "API key has been revoked"}, BadCredentials),
        (403, {"error": "Missing required scope: music"}, BadCredentials),
        (403, {"error": "Model tier restricted. Upgrade your plan"}, ModelGone),
        (404, {"error": "Model not found"}, ModelGone),
        (413, {"error": "Too large"}, Rejected),
        (422, b"<html>no</html>", Rejected),
        (429, {"error": "Rate limit exceeded", "retryAfter": 30}, Busy),
        (503, b"<html>busy</html>", Busy),
        (500, {"error": "Internal server error"}, OutcomeUnknown),
        (502, b"<html>nginx</html>", OutcomeUnknown),
        (504, b"", OutcomeUnknown),
        (408, {"error": "Timeout"}, OutcomeUnknown),
        (409, {"error": "Conflict"}, OutcomeUnknown),
        (200, b"<html>hello</html>", OutcomeUnknown),
        (200, {"status": "pending"}, OutcomeUnknown),
        (200, {"id": "../../quota", "status": "pending"}, OutcomeUnknown),
        (302, b"", OutcomeUnknown),
    ],
)
async def test_every_answer_is_taken_for_what_it_proves(
    connect: Connect, status: int, body: Json | bytes, kind: type[ProviderError]
) -> None:
    """Only what provably was not taken may be sent again."""
    error = await refusal(connect, answer(status, body))

    assert type(error) is kind
    assert error.retryable is (kind is Busy)
    assert not any(word in error.sentence for word in ("{", "<", "error", str(status)))


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (httpx.ConnectError("refused"), Unreachable),
        (httpx.ConnectTimeout("slow"), Unreachable),
        (httpx.ReadTimeout("silent"), OutcomeUnknown),
        (httpx.WriteError("broken"), OutcomeUnknown),
        (httpx.RemoteProtocolError("cut"), OutcomeUnknown),
    ],
)
async def test_a_broken_connection_is_safe_to_repeat_only_before_the_first_byte(
    connect: Connect, trouble: Exception, kind: type[ProviderError]
) -> None:
    """Afterwards nobody knows, and it is never sent again."""
    assert type(await refusal(connect, trouble)) is kind


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"error": "Music limit exceeded", "tracks_remaining": 0, "tracks_needed": 1},
            "has 0 music tracks left this month, and this would take 1.",
        ),
        (
            {
                "error": "Image generation limit exceeded",
                "generations_remaining": 1,
                "generations_needed": 1.5,
                "quota_multiplier": 1.5,
                "credits_estimated": 15,
            },
            "has 1 music track left this month, and this would take 1.5.",
        ),
        (
            {"error": "Music limit exceeded", "tracks_remaining": 1, "quota_multiplier": 1.25},
            "has 1 music track left this month, and this would take 1.25.",
        ),
        ({"error": "Credits limit exceeded"}, "has no music tracks left this month."),
        ({"error": "x", "tracks_remaining": "many"}, "has no music tracks left this month."),
        (b"Payment Required", "has no music tracks left this month."),
    ],
)
async def test_a_spent_quota_is_told_with_what_remains(
    connect: Connect, body: Json | bytes, words: str
) -> None:
    """In plain words, with the next step."""
    error = await refusal(connect, answer(402, body))

    assert isinstance(error, QuotaSpent)
    assert error.charged is False
    assert words in error.sentence
    assert "ask whoever runs this bot" in error.sentence


async def test_the_pause_that_is_asked_for_is_kept(connect: Connect) -> None:
    """From the header, else from the body."""
    by_body = await refusal(connect, answer(429, {"error": "x", "retryAfter": 30}))
    by_header = await refusal(connect, answer(429, {"retryAfter": 30}, Retry_After="7"))

    assert isinstance(by_body, Busy)
    assert isinstance(by_header, Busy)
    assert (by_body.retry_after, by_header.retry_after) == (30, 7)


async def test_a_rejected_field_is_named(connect: Connect) -> None:
    """As far as the answer names one."""
    error = await refusal(connect, answer(400, {"error": "duration_seconds must be at most 47"}))

    assert isinstance(error, Rejected)
    assert error.field == "duration_seconds"
    assert "“duration seconds”" in error.sentence


async def test_the_key_is_in_no_log(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    """At no level."""
    with caplog.at_level(logging.DEBUG):
        await submit(connect, answer(202, {"id": JOB_ID, "status": "pending"}))

    assert KEY not in caplog.text
