"""Why a request is refused, as a sentence for the member, and when to come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bot.domain.money import ZERO, Micros, usd
from bot.errors import BudgetExceeded, LimitReached
from bot.limits.bucket import Bucket
from bot.limits.period import period_of, resets_at
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
    """

    active: int = 0
    tat_us: int = 0
    period: str = ""
    reserved: Micros = ZERO
    spent: Micros = ZERO

    def in_period(self, now: datetime) -> Micros:
        """Money that is spent or reserved this month."""
        return Micros(self.reserved + self.spent) if self.period >= period_of(now) else ZERO


def refusal(
    scope: Scope, standing: Standing, caps: Caps, *, estimate: Micros, now: datetime
) -> LimitReached | BudgetExceeded | None:
    """Name the limit that one more request would break, or None when it breaks none."""
    if standing.active >= caps.at_once:
        return LimitReached(_AT_ONCE[scope].format(caps=caps))
    bucket = Bucket(caps.per_hour)
    if not bucket.admits(standing.tat_us, now_us=epoch_us(now)):
        retry_at = datetime.fromtimestamp(-(-bucket.free_at(standing.tat_us) // 1_000_000), UTC)
        return LimitReached(
            _PER_HOUR[scope].format(caps=caps, when=_relative(retry_at)), retry_at=retry_at
        )
    used = standing.in_period(now)
    if caps.monthly is not None and used + estimate > caps.monthly:
        ends_at = resets_at(now)
        return BudgetExceeded(
            _over_budget(used, caps.monthly, estimate, when=_relative(ends_at)), resets_at=ends_at
        )
    return None


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
    Scope.USER: (
        "You have used up what one member may start per hour here ({caps.per_hour})."
        " You can start the next one {when}."
    ),
    Scope.GUILD: (
        "This server has used up what it may start per hour ({caps.per_hour})."
        " The next one can start {when}."
    ),
}


def _over_budget(used: Micros, monthly: Micros, estimate: Micros, *, when: str) -> str:
    left = Micros(max(monthly - used, 0))
    return (
        f"This would cost about {usd(estimate)}, and of this server's {usd(monthly)} for the month"
        f" only {usd(left)} is left. Something shorter or cheaper may still fit;"
        f" the month starts over {when}."
    )


def _relative(moment: datetime) -> str:
    """Write a moment so that Discord shows it as "in 5 minutes", in the reader's language."""
    return f"<t:{int(moment.timestamp())}:R>"
