"""Every shape of error answer, in every place where it may come."""

from __future__ import annotations

import json
import re

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.job import Json
from bot.errors import (
    AccountLocked,
    BadCredentials,
    BadResult,
    Busy,
    GenerationFailed,
    ModelGone,
    OutcomeUnknown,
    ProviderError,
    ProviderTimedOut,
    Refused,
    Rejected,
)
from bot.providers.answers import Answer
from bot.providers.base import Cancelled
from bot.providers.fal._errors import Inconclusive, on_read, on_result, on_submit

from .conftest import START

NGINX = (
    b"<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"
)
LOCKED = (
    "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing"
)


def said(status: int, body: Json | bytes = b"", **headers: str) -> Answer:
    """Make an answer; header names with underscores for hyphens."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=httpx.Headers(named), body=content)


def items(kind: str, *loc: str, **context: Json) -> Json:
    """Make a model's list of one error."""
    return {
        "detail": [
            {
                "loc": ["body", *loc],
                "msg": "raw vendor words",
                "type": kind,
                "url": f"https://docs.fal.ai/errors/#{kind}",
                "ctx": dict(context),
                "input": {"secret": "input"},
            }
        ]
    }


SUBMIT: list[tuple[Answer, type[ProviderError]]] = [
    (said(429, {"detail": "slow down"}), Busy),
    (said(429, NGINX), Busy),
    (said(503, NGINX), Busy),
    (said(503, {"detail": "x", "error_type": "runner_scheduling_failure"}), Busy),
    (said(500, {"detail": "Internal Server Error"}), OutcomeUnknown),
    (said(500, items("internal_server_error")), OutcomeUnknown),
    (said(502, NGINX), OutcomeUnknown),
    (said(504, NGINX), OutcomeUnknown),
    (said(504, {"detail": "t"}, x_fal_request_timeout_type="user"), ProviderTimedOut),
    (said(200, NGINX), OutcomeUnknown),
    (said(200, {"status": "IN_QUEUE"}), OutcomeUnknown),
    (said(302, b""), OutcomeUnknown),
    (said(408, b""), OutcomeUnknown),
    (said(409, b""), OutcomeUnknown),
    (said(401, {"detail": "No user found for Key ID and Secret"}), BadCredentials),
    (said(401, b""), BadCredentials),
    (said(402, b""), AccountLocked),
    (said(403, {"detail": LOCKED}), AccountLocked),
    (said(403, NGINX), AccountLocked),
    (said(403, {"detail": "This key lacks the permission"}), BadCredentials),
    (said(404, {"detail": 'Application "h3-max" not found'}), ModelGone),
    (said(413, NGINX), Rejected),
    (said(422, items("content_policy_violation", "prompt")), Refused),
    (said(422, items("greater_than_equal", "duration", ge=5)), Rejected),
    (said(422, {"detail": "duration is odd"}), Rejected),
    (said(400, {"detail": "Flagged by content policy"}), Refused),
    (said(400, {"detail": "x", "error_type": "bad_request"}), Rejected),
    (said(422, b""), Rejected),
]


@pytest.mark.parametrize(("answer", "expected"), SUBMIT)
def test_an_answer_to_a_submit_says_whether_it_may_be_sent_again(
    answer: Answer, expected: type[ProviderError]
) -> None:
    """Only what the gateway turned away is busy; what may have been accepted is unknown."""
    assert type(on_submit(answer, now=START)) is expected


RESULT: list[tuple[Answer, type[ProviderError]]] = [
    (said(422, items("content_policy_violation", "prompt")), Refused),
    (said(422, items("no_media_generated")), BadResult),
    (said(422, items("file_download_error", "audio_url")), Rejected),
    (said(422, items("file_too_large", "audio_url", max_size=10_000_000)), Rejected),
    (said(422, items("missing", "prompt")), Rejected),
    (said(422, items("value_error.missing", "prompt")), Rejected),
    (said(422, {"detail": "a string"}), Rejected),
    (said(422, {"detail": {"type": "content_policy_violation", "loc": ["body"]}}), Refused),
    (said(422, {"detail": [{"type": "missing"}, {"type": "content_policy_violation"}]}), Refused),
    (said(422, {"detail": ["odd", None, 3]}), Rejected),
    (said(422, NGINX), Rejected),
    (said(422, b""), Rejected),
    (said(400, items("downstream_service_error")), GenerationFailed),
    (said(500, items("downstream_service_unavailable")), GenerationFailed),
    (said(500, items("internal_server_error")), GenerationFailed),
    (said(500, items("something_new")), GenerationFailed),
    (said(504, items("generation_timeout")), ProviderTimedOut),
    (said(504, {"detail": "Request timed out", "error_type": "request_timeout"}), ProviderTimedOut),
    (said(504, {"detail": "x", "error_type": "startup_timeout"}), ProviderTimedOut),
    (said(504, b"", x_fal_error_type="request_timeout"), ProviderTimedOut),
    (said(504, b"", x_fal_request_timeout_type="user"), ProviderTimedOut),
    *(
        (said(503, {"detail": "x", "error_type": kind}), GenerationFailed)
        for kind in (
            "runner_scheduling_failure",
            "runner_connection_timeout",
            "runner_disconnected",
            "runner_connection_refused",
            "runner_connection_error",
        )
    ),
    (said(502, {"detail": "x", "error_type": "runner_incomplete_response"}), GenerationFailed),
    (said(500, b"", x_fal_error_type="runner_server_error"), GenerationFailed),
    (said(500, {"detail": "x", "error_type": "internal_error"}), GenerationFailed),
    (said(499, {"detail": "x", "error_type": "client_cancelled"}), Cancelled),
    (said(499, {"detail": "x", "error_type": "client_disconnected"}), Cancelled),
    (said(499, b""), Cancelled),
    (said(400, {"detail": "x", "error_type": "bad_request"}), Rejected),
    (said(200, {"detail": "t", "error_type": "request_timeout"}), ProviderTimedOut),
    (said(200, items("content_policy_violation")), Refused),
    (said(400, {"detail": "Request is still in progress"}), Busy),
    (said(202, {"status": "IN_PROGRESS"}), Busy),
    (said(429, b""), Busy),
    (said(401, {"detail": "No user found for Key ID and Secret"}), BadCredentials),
    (said(403, {"detail": LOCKED}), AccountLocked),
    (said(404, {"status": "NOT_FOUND"}), Inconclusive),
    (said(404, {"detail": "Path /nope not found"}), Inconclusive),
    (said(200, NGINX), Inconclusive),
    (said(200, [1]), Inconclusive),
    (said(502, NGINX), Inconclusive),
    (said(503, b""), Inconclusive),
    (said(500, b"Internal Server Error"), Inconclusive),
]


@pytest.mark.parametrize(("answer", "expected"), RESULT)
def test_an_answer_to_a_result_says_what_became_of_the_job(
    answer: Answer, expected: type[ProviderError]
) -> None:
    """The model's own answers are final; a gateway's page or nonsense settles nothing."""
    assert type(on_result(answer, now=START)) is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (said(404, {"status": "NOT_FOUND"}), BadResult),
        (said(404, {"detail": "Path /nope not found"}), ModelGone),
        (said(500, {"detail": "x"}, x_fal_request_id="r"), GenerationFailed),
        (said(504, {"detail": "x"}, x_fal_request_id="r"), ProviderTimedOut),
        (said(500, {"detail": "x"}), type(None)),
        (said(502, NGINX), type(None)),
        (said(200, NGINX), type(None)),
        (said(200, [1]), BadResult),
        (said(200, b"null"), BadResult),
    ],
)
def test_an_inconclusive_result_knows_what_it_comes_down_to(
    answer: Answer, expected: type[object]
) -> None:
    """Only what carries fal's request id, or is JSON, can ever end a job."""
    error = on_result(answer, now=START)

    assert isinstance(error, Inconclusive)
    assert type(error.verdict) is expected


@pytest.mark.parametrize(
    ("answer", "is_platform", "expected"),
    [
        (said(500, b""), False, Busy),
        (said(429, {"error": {"type": "rate_limited", "message": "m"}}), True, Busy),
        (said(200, NGINX), False, Busy),
        (said(302, b""), False, Busy),
        (
            said(401, {"error": {"type": "authorization_error", "message": "m"}}),
            True,
            BadCredentials,
        ),
        (
            said(403, {"error": {"type": "authorization_error", "message": "m"}}),
            True,
            BadCredentials,
        ),
        (said(403, {"error": {"type": "x", "message": LOCKED}}), True, AccountLocked),
        (said(404, {"error": {"type": "not_found", "message": "m"}}), True, ModelGone),
        (said(400, {"error": {"type": "validation_error", "message": "m"}}), True, Rejected),
    ],
)
def test_a_question_that_fails_may_be_asked_again_or_not(
    answer: Answer, is_platform: bool, expected: type[ProviderError]
) -> None:
    """The platform's refusal of a question does not mean that the account is locked."""
    assert type(on_read(answer, now=START, is_platform=is_platform)) is expected


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        (items("content_policy_violation", "prompt"), None, "content rules"),
        (items("less_than_equal", "duration", le=240), "duration", "at most 240"),
        (items("less_than", "duration", lt=240.5), "duration", "less than 240.5"),
        (items("greater_than_equal", "duration", ge=5), "duration", "at least 5"),
        (items("greater_than", "duration", gt=0), "duration", "more than 0"),
        (items("multiple_of", "steps", multiple_of=8), "steps", "multiple of 8"),
        (items("sequence_too_long", "tags", max_length=3), "tags", "at most 3"),
        (items("sequence_too_short", "tags"), "tags", "longer"),
        (
            items("string_too_short", "lyrics_prompt", min_length=10),
            "lyrics_prompt",
            "lyrics prompt",
        ),
        (items("value_error.number.not_le", "seed", limit_value=65535), "seed", "65535"),
        (items("one_of", "format", expected=["mp3", "wav"]), "format", "mp3, wav"),
        (items("literal_error", "format", expected="'mp3' or 'wav'"), "format", "mp3 or wav"),
        (items("int_parsing", "seed"), "seed", "a number"),
        (items("missing", "prompt"), "prompt", "is needed"),
        (items("audio_duration_too_long", "audio_url", max_duration=240), "audio_url", "too long"),
        (
            items("audio_duration_too_short", "audio_url", min_duration=15),
            "audio_url",
            "15 seconds",
        ),
        (
            items("unsupported_audio_format", "audio_url", supported_formats=["wav", "mp3"]),
            "audio_url",
            "wav, mp3",
        ),
        (items("file_too_large", "audio_url", max_size=52_428_800), "audio_url", "52 MB"),
        (items("feature_not_supported"), None, "another model"),
        (items("image_too_small", "image"), "image", "cannot use the file"),
        (items("never_heard_of", "prompt"), "prompt", "“prompt”"),
        (items("never_heard_of"), None, "did not accept the request"),
        (items("less_than_equal", "<b>{x}</b>", le=1), "<b>{x}</b>", "at most 1"),
    ],
)
def test_a_rejection_says_what_was_wrong_and_with_which_option(
    body: Json, field: str | None, words: str
) -> None:
    """The sentence carries the limit; the error carries the field."""
    error = on_result(said(422, body), now=START)

    assert words in error.sentence
    assert getattr(error, "field", None) == field
    assert_fit_for_people(error.sentence)


@pytest.mark.parametrize("answer", [case for case, _ in SUBMIT + RESULT])
def test_no_sentence_repeats_the_vendor(answer: Answer) -> None:
    """Nothing of JSON, HTML, codes or the vendor's own words gets to a member."""
    for error in (on_submit(answer, now=START), on_result(answer, now=START)):
        assert_fit_for_people(error.sentence)


@pytest.mark.parametrize(
    ("units", "charged"), [("0", False), ("1.5", True), ("lots", False), ("NaN", False)]
)
def test_a_refusal_is_charged_only_where_fal_says_so(units: str, charged: bool) -> None:
    """A refusal after GPU time was spent may be billed; the header is the only witness."""
    refused = on_result(
        said(422, items("content_policy_violation"), x_fal_billable_units=units), now=START
    )

    assert refused.charged is charged


def test_an_empty_result_is_charged_unless_fal_says_otherwise() -> None:
    """Without a word from fal, a finished job without audio counts as paid."""
    silent = on_result(said(422, items("no_media_generated")), now=START)
    free = on_result(said(422, items("no_media_generated"), x_fal_billable_units="0"), now=START)

    assert (silent.charged, free.charged) == (True, False)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header: str, expected: float | None) -> None:
    """What makes no sense counts as not said."""
    busy = on_submit(said(503, b"", retry_after=header), now=START)

    assert isinstance(busy, Busy)
    assert busy.retry_after == expected


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
odd_bodies = st.fixed_dictionaries(
    {},
    optional={
        "detail": json_values
        | st.lists(
            st.fixed_dictionaries(
                {}, optional={"loc": json_values, "type": json_values, "ctx": json_values}
            ),
            max_size=3,
        ),
        "error": json_values,
        "error_type": json_values,
        "status": json_values,
    },
)


# A busy machine is no fault of the code.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(status=st.integers(200, 599), body=odd_bodies.map(json.dumps).map(str.encode) | st.binary())
def test_no_answer_whatsoever_breaks_the_classification(status: int, body: bytes) -> None:
    """The outside may send anything; one of our errors comes of it."""
    answer = Answer(status=status, body=body)

    assert on_submit(answer, now=START).sentence
    assert on_result(answer, now=START).sentence
    assert on_read(answer, now=START).sentence


def assert_fit_for_people(sentence: str) -> None:
    """Check that a sentence is prose: it ends, and holds nothing of the vendor's."""
    assert re.fullmatch(r"[^<>{}\[\]\\|_]+[.]", sentence), sentence
    assert not re.search(r"nginx|raw vendor|secret|detail|runner|Error\b|\b[45]\d\d\b", sentence)
