"""Why a request is refused, as a sentence for the member, and when to come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bot.domain.money import ZERO, Micros, usd
from bot.errors import BudgetExceeded, LimitReached
from bot.limits.bucket import Bucket
from bot.limits.period import day_ends_at, day_of, period_of, resets_at
from bot.limits.policy import Caps


class Scope(StrEnum):
    """Whose limit it is; stored by value."""

    GUILD = "guild"
    USER = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a scope has used.

    Attributes:
        active: Jobs that are not over yet.
        tat_us: The bucket's arrival time, epoch microseconds.
        period: The month that `reserved` and `spent` are about.
        day: The day that `day_reserved` and `day_spent` are about.
    """

    active: int = 0
    tat_us: int = 0
    period: str = ""
    reserved: Micros = ZERO
    spent: Micros = ZERO
    day: str = ""
    day_reserved: Micros = ZERO
    day_spent: Micros = ZERO

    def in_period(self, now: datetime) -> Micros:
        """Money that is spent or reserved this month."""
        return Micros(self.reserved + self.spent) if self.period >= period_of(now) else ZERO

    def in_day(self, now: datetime) -> Micros:
        """Money that is spent or reserved today."""
        return Micros(self.day_reserved + self.day_spent) if self.day >= day_of(now) else ZERO


def refusal(
    scope: Scope,
    standing: Standing,
    caps: Caps,
    *,
    estimate: Micros,
    now: datetime,
    count: int = 1,
) -> LimitReached | BudgetExceeded | None:
    """Name the limit that one more request would break, or None when it breaks none.

    Of several the one that stands in the way for the longest is named. Variations are several
    requests, that many as `count` says, and `estimate` is what they cost together.
    """
    if caps.per_hour < 1 or caps.at_once < 1:
        return LimitReached(_NOTHING[scope])
    used = standing.in_period(now)
    if caps.monthly is not None and used + estimate > caps.monthly:
        return _over_budget(_Span.MONTH, scope, used, caps.monthly, estimate, now)
    used = standing.in_day(now)
    if caps.daily is not None and used + estimate > caps.daily:
        return _over_budget(_Span.DAY, scope, used, caps.daily, estimate, now)
    bucket = Bucket(caps.per_hour)
    left = bucket.left(standing.tat_us, now_us=epoch_us(now))
    if left < count:
        return _too_many_per_hour(scope, standing, bucket, left=left, count=count)
    left = max(0, caps.at_once - standing.active)
    if left < count:
        few = _FEWER_AT_ONCE if left else _AT_ONCE[scope]
        return LimitReached(few.format(caps=caps, who=_WHO[scope], left=left, count=count))
    return None


def _too_many_per_hour(
    scope: Scope, standing: Standing, bucket: Bucket, *, left: int, count: int
) -> LimitReached:
    limit = bucket.per_hour
    few = (_FEWER_PER_HOUR if left else _PER_HOUR[scope]).format(
        limit=limit, who=_WHO[scope], left=left, count=count
    )
    if count > limit:
        return LimitReached(few if left else f"{few} Ask for fewer variations later.")
    free_at_us = bucket.free_at(standing.tat_us) + (count - 1) * bucket.interval_us
    retry_at = datetime.fromtimestamp(-(-free_at_us // 1_000_000), UTC)
    which = f"All {count} can start" if count > 1 else _NEXT[scope]
    return LimitReached(f"{few} {which} {relative(retry_at)}.", retry_at=retry_at)


def epoch_us(moment: datetime) -> int:
    """Count microseconds since 1970, exactly."""
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


_AT_ONCE = {
    Scope.USER: (
        "You already have {caps.at_once} under way here, which is as many as one member may have"
        " at once. Wait for one to finish, or cancel one."
    ),
    Scope.GUILD: (
        "This server already has {caps.at_once} under way, which is as many as it may have at"
        " once. Try again when one has finished."
    ),
}
_PER_HOUR = {
    Scope.USER: "You have used up what one member may start per hour here ({limit}).",
    Scope.GUILD: "This server has used up what it may start per hour ({limit}).",
}
_NEXT = {Scope.USER: "You can start the next one", Scope.GUILD: "The next one can start"}
_WHO = {Scope.USER: "one member", Scope.GUILD: "this server"}
_FEWER_AT_ONCE = (
    "This asks for {count} at once, and of the {caps.at_once} that {who} may have under way only"
    " {left} can be added now. Ask for fewer variations, or wait."
)
_FEWER_PER_HOUR = (
    "This asks for {count}, and of the {limit} that {who} may start per hour only {left} can start"
    " now; fewer variations may fit."
)
_NOTHING = {
    Scope.USER: (
        "You may not start anything here: this server's admins have set a limit of nothing for you."
        " They can change that with /settings."
    ),
    Scope.GUILD: (
        "Nothing can be started in this server: its admins have set a limit of nothing. They can"
        " change that with /settings."
    ),
}


class _Span(StrEnum):
    DAY = "day"
    MONTH = "month"


_WHOSE = {Scope.USER: "your", Scope.GUILD: "this server's"}


def _over_budget(
    span: _Span, scope: Scope, used: Micros, budget: Micros, estimate: Micros, now: datetime
) -> BudgetExceeded:
    ends_at = day_ends_at(now) if span is _Span.DAY else resets_at(now)
    whole = f"{_WHOSE[scope]} {usd(budget)} for the {span.value}"
    if estimate > budget:
        sentence = (
            f"This would cost about {usd(estimate)}, which is more than all of {whole}."
            " Ask for something shorter, or choose a cheaper model: /models shows the prices."
        )
    else:
        left = Micros(max(budget - used, 0))
        sentence = (
            f"This would cost about {usd(estimate)}, and of {whole} only {usd(left)} is left."
            f" Something shorter or cheaper may still fit; the {span.value} starts over"
            f" {relative(ends_at)}."
        )
    return BudgetExceeded(sentence, resets_at=ends_at)


def relative(moment: datetime) -> str:
    """Write a moment so that Discord shows it as "in 5 minutes", in the reader's language."""
    return f"<t:{int(moment.timestamp())}:R>"
