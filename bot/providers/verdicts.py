"""Which of our errors an answer means, at providers that speak in plain HTTP statuses. Pure.

What a provider has words of its own for (a spent quota, a field) its own reader puts into `Said`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.errors import (
    AccountLocked,
    BadCredentials,
    Busy,
    ModelGone,
    OutcomeUnknown,
    ProviderError,
    QuotaSpent,
    Refused,
    Rejected,
)
from bot.providers import sentences as say
from bot.providers.answers import Answer, is_about_content

_PLAN_WORDS = re.compile(r"\btier\b|\bplan\b|upgrade|feature|not available|unavailable", re.I)
_RIGHT_WORDS = re.compile(r"\bscopes?\b|permission", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an error answer says.

    Attributes:
        text: A sentence for developers; looked at, never shown.
        field: The input field it is about, if it names one.
        quota: What a person reads, where the answer is that a plan's quota is spent.
        retry_after: Seconds to wait, if it says.
    """

    text: str = ""
    field: str | None = None
    quota: str | None = None
    retry_after: float | None = None


def on_submit(answer: Answer, said: Said) -> ProviderError:
    """Classify an answer to a submit that was not taken, or not visibly."""
    status = answer.status
    if said.quota is not None:
        return QuotaSpent(said.quota)
    if status in {429, 503}:
        return Busy(say.BUSY, retry_after=said.retry_after)
    # 408, 409 and 499 come from something in between that gave up; what lies behind it may not have.
    if not 400 <= status < 500 or status in {408, 409, 499}:
        return OutcomeUnknown(say.UNKNOWN)
    if status == 403 and _PLAN_WORDS.search(said.text) and not _RIGHT_WORDS.search(said.text):
        return ModelGone(say.NOT_IN_PLAN)
    return _on_no(status, said)


def on_read(answer: Answer, said: Said) -> ProviderError:
    """Classify a failed answer to a question that may be repeated freely."""
    status = answer.status
    if status < 400 or status in {408, 409, 425, 429, 499} or status >= 500:
        return Busy(say.BUSY, retry_after=said.retry_after)
    return _on_no(status, said)


def _on_no(status: int, said: Said) -> ProviderError:
    """Classify a definite no: a 4xx other than those that only ask to wait."""
    match status:
        case 401:
            error: ProviderError = BadCredentials(say.BAD_KEY)
        case 402:
            error = AccountLocked(say.LOCKED)
        case 403:
            error = BadCredentials(say.BAD_RIGHTS)
        case 404 | 410:
            error = ModelGone(say.GONE)
        case 413:
            error = Rejected(say.TOO_LARGE)
        case _ if is_about_content(said.text):
            error = Refused(say.REFUSED)
        case _ if said.field:
            error = Rejected(say.rejected(said.field), field=said.field)
        case _:
            error = Rejected(say.REJECTED)
    return error
