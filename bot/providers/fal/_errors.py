"""Which of our errors an answer of fal's means. Pure: status, headers and body in, error out.

The same answer means different things in different places. A 502 to a submit may hide an
accepted, billable request; a 502 to a status question only means asking again; and a result
repeats the status, headers and body that the *model* answered with (fal docs, Queue).
"""

from __future__ import annotations

import re
from datetime import datetime

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
from bot.providers import sentences as say
from bot.providers.answers import Answer, is_about_content, is_json, retry_after
from bot.providers.base import Cancelled
from bot.providers.fal._answers import Complaint, Item, billable_units, read_complaint
from bot.providers.fal._rejections import rejection


class Inconclusive(Busy):
    """An answer to a result that settles nothing: ask again, then ask the status.

    Attributes:
        verdict: What it comes down to once the status says that the request is over; None when
            even then only asking again later is right.
    """

    def __init__(self, sentence: str, *, verdict: ProviderError | None = None) -> None:
        super().__init__(sentence)
        self.verdict = verdict


_LOCK_WORDS = re.compile(
    r"\block|balance|billing|credit|payment|suspend|disabled|top up|quota", re.IGNORECASE
)
_KEY_WORDS = re.compile(
    r"\bkey\b|permission|scope|forbidden|not authori[sz]ed|unauthori[sz]ed|authenticat|access",
    re.IGNORECASE,
)
_PLACE_WORDS = re.compile(r"application|path|endpoint", re.IGNORECASE)
_REFUSAL_TYPES = re.compile(r"content_policy|moderation|nsfw|safety|sensitive", re.IGNORECASE)


def on_submit(answer: Answer, *, now: datetime) -> ProviderError:
    """Classify an answer to a submit that did not bring a usable request id."""
    said = read_complaint(answer)
    status = answer.status
    if status in {429, 503}:
        return Busy(say.BUSY, retry_after=retry_after(answer.headers, now=now))
    if status == 504 and _is_start_timeout(answer):
        return ProviderTimedOut(say.NEVER_STARTED)
    # 408, 409 and 499 come from something in between that gave up; what lies behind it may not have.
    if not 400 <= status < 500 or status in {408, 409, 499}:
        return OutcomeUnknown(say.UNKNOWN)
    return _on_refusal(answer, said)


def on_result(answer: Answer, *, now: datetime) -> ProviderError:
    """Classify an answer to a result that is not an output.

    Returns:
        An error for good, or `Busy` (of which `Inconclusive` is one) for asking again.
    """
    said = read_complaint(answer)
    error = _on_result(answer, said, now=now)
    units = billable_units(answer.headers)
    if units is not None and not error.retryable:
        error.charged = units > 0
        error.billable_units = units
    return error


def _on_result(answer: Answer, said: Complaint, *, now: datetime) -> ProviderError:
    status = answer.status
    stated = _stated(answer, said)
    if stated is not None:
        return stated
    if "in progress" in said.text.lower() or said.word in {"IN_QUEUE", "IN_PROGRESS"}:
        return Busy(say.STILL_RUNNING)
    if status == 429:
        return Busy(say.BUSY, retry_after=retry_after(answer.headers, now=now))
    if 400 <= status < 500 and status not in {404, 408}:
        return _on_refusal(answer, said)
    return Inconclusive(say.BUSY, verdict=_verdict(answer, said))


def _stated(answer: Answer, said: Complaint) -> ProviderError | None:
    """Classify what says itself, in fal's own words, what went wrong."""
    if said.items:
        return of_items(said.items, answer.status)
    if answer.status == 504 and _is_start_timeout(answer):
        return ProviderTimedOut(say.NEVER_STARTED)
    return of_error_type(said.error_type, answer.status) if said.error_type else None


def _verdict(answer: Answer, said: Complaint) -> ProviderError | None:
    """Say what an answer comes down to should it stay the same once the request is over."""
    status = answer.status
    if status == 404:
        is_models = said.word is None and _PLACE_WORDS.search(said.text)
        return ModelGone(say.GONE) if is_models else BadResult(say.EXPIRED)
    if status >= 400:
        # fal's own front door leaves out the request id; only with it is this the model's answer.
        is_models_own = "x-fal-request-id" in answer.headers and said.is_json
        return of_status(status) if is_models_own else None
    return BadResult(say.UNUSABLE) if answer.is_cut or is_json(answer.body) else None


def on_read(answer: Answer, *, now: datetime, is_platform: bool = False) -> ProviderError:
    """Classify a failed answer to a question that may be repeated freely.

    Args:
        answer: What came back.
        now: Measures a Retry-After date.
        is_platform: The answer is of the platform API, where 403 usually means that the key may
            not ask this question, while the models work.
    """
    status = answer.status
    if status < 400 or status in {408, 409, 425, 429, 499} or status >= 500:
        return Busy(say.BUSY, retry_after=retry_after(answer.headers, now=now))
    said = read_complaint(answer)
    if is_platform and status == 403 and not _LOCK_WORDS.search(said.text):
        return BadCredentials(say.BAD_KEY)
    return _on_refusal(answer, said)


def _on_refusal(answer: Answer, said: Complaint) -> ProviderError:
    """Classify a definite no: a 4xx other than those that only ask to wait."""
    if said.items:
        return of_items(said.items, answer.status)
    match answer.status:
        case 401:
            error: ProviderError = BadCredentials(say.BAD_KEY)
        case 402 | 403:
            error = _on_forbidden(answer.status, said.text)
        case 404 | 410:
            error = ModelGone(say.GONE)
        case 413:
            error = Rejected(say.TOO_LARGE)
        case _ if said.error_type:
            error = of_error_type(said.error_type, answer.status)
        case 499:
            error = Cancelled(say.CANCELLED)
        case _ if is_about_content(said.text):
            error = Refused(say.REFUSED)
        case _:
            error = Rejected(say.REJECTED)
    return error


def _on_forbidden(status: int, text: str) -> ProviderError:
    """Tell a locked account from a key without rights.

    When in doubt it is the account: that parks every job and goes on by itself once a probe gets
    through, so a firewall's passing 403 loses nothing, whereas a bad key ends jobs.
    """
    if status == 403 and not _LOCK_WORDS.search(text) and _KEY_WORDS.search(text):
        return BadCredentials(say.BAD_KEY)
    return AccountLocked(say.LOCKED)


def of_items(items: tuple[Item, ...], status: int) -> ProviderError:
    """Classify a model's list of errors; a refusal among them outweighs the rest."""
    if any(_REFUSAL_TYPES.search(item.type) for item in items):
        return Refused(say.REFUSED)
    item = items[0]
    match item.type:
        case "generation_timeout":
            error: ProviderError = ProviderTimedOut(say.TOOK_TOO_LONG)
        case "downstream_service_error" | "downstream_service_unavailable":
            error = GenerationFailed(say.DOWNSTREAM)
        case "no_media_generated":
            error = BadResult(say.NOTHING_MADE)
        case "internal_server_error":
            error = GenerationFailed(say.BROKE)
        case _ if status >= 500:
            error = of_status(status)
        case _:
            error = Rejected(rejection(item), field=item.field)
    return error


def of_error_type(error_type: str, status: int | None = None) -> ProviderError:
    """Classify fal's word for what went wrong around the model (fal docs, Errors)."""
    if _REFUSAL_TYPES.search(error_type):
        return Refused(say.REFUSED)
    match error_type:
        case "request_timeout" | "generation_timeout":
            return ProviderTimedOut(say.TOOK_TOO_LONG)
        case "startup_timeout":
            return ProviderTimedOut(say.NEVER_STARTED)
        case "client_cancelled" | "client_disconnected":
            return Cancelled(say.CANCELLED)
        case "bad_request":
            return Rejected(say.REJECTED)
    return of_status(status or 500)


def of_status(status: int) -> ProviderError:
    """Classify a model's failure of which nothing but the status is known."""
    if status in {408, 504}:
        return ProviderTimedOut(say.TOOK_TOO_LONG)
    return Cancelled(say.CANCELLED) if status == 499 else GenerationFailed(say.BROKE)


def _is_start_timeout(answer: Answer) -> bool:
    """Whether the longest wait to start, which we set ourselves, has passed."""
    return bool(answer.headers.get("x-fal-request-timeout-type", "").strip().lower() == "user")
