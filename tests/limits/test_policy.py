"""Whose numbers count, which month it is, and what a refusal says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from bot.config import Settings
from bot.domain.money import Micros
from bot.errors import BudgetExceeded, LimitReached
from bot.limits import Bucket, Caps, Policy, Scope, Standing, period_of, refusal, resets_at
from bot.limits.refusals import epoch_us

NOW = datetime(2026, 11, 21, 12, 0, 0, 500_000, tzinfo=UTC)
CAPS = Caps(per_hour=6, at_once=2, monthly=Micros(1_000_000))


@dataclass(frozen=True, kw_only=True)
class Role:
    per_hour: int | None = None
    at_once: int | None = None
    daily: Micros | None = None
    monthly: Micros | None = None


@dataclass(frozen=True, kw_only=True)
class Own:
    guild_per_hour: int | None = None
    guild_at_once: int | None = None
    guild_daily: Micros | None = None
    guild_monthly: Micros | None = None
    user_per_hour: int | None = None
    user_at_once: int | None = None
    user_daily: Micros | None = None
    user_monthly: Micros | None = None
    tiers: Mapping[int, Role] = field(default_factory=dict)
    exempt_roles: frozenset[int] = frozenset()


def test_the_operator_sets_the_numbers() -> None:
    """Dollars become micro-dollars, exactly."""
    settings = Settings(minstrel_guild_monthly_usd=Decimal("0.30"), minstrel_user_at_once=3)

    policy = Policy.of(settings)

    assert (policy.guild.monthly, policy.user.at_once) == (300_000, 3)
    assert policy.user.monthly == 15_000_000
    assert policy.user.daily == 5_000_000
    assert policy.guild.daily == 10_000_000


def test_a_server_can_only_be_stricter() -> None:
    """Its moderators set the number, but the operator pays."""
    operator = Policy.of(Settings())
    generous = Own(guild_monthly=Micros(10**12), user_daily=Micros(10**12), user_at_once=10_000)
    strict = Own(guild_monthly=Micros(0), user_per_hour=1)

    assert operator.tightened(generous) == operator
    assert Policy.of(Settings(), strict).guild_monthly == 0
    assert Policy.of(Settings(), strict).user.per_hour == 1


def test_a_role_brings_its_own_numbers_in_place_of_the_servers() -> None:
    """More or less than others get; what it does not name stays as the server has it."""
    own = Own(
        user_per_hour=5,
        user_at_once=2,
        user_daily=Micros(100),
        tiers={1: Role(per_hour=9, daily=Micros(50))},
    )

    artist = Policy.of(Settings(), own, roles={1, 77})
    anybody = Policy.of(Settings(), own, roles={77})

    assert (artist.user.per_hour, artist.user.at_once, artist.user.daily) == (9, 2, 50)
    assert (anybody.user.per_hour, anybody.user.at_once, anybody.user.daily) == (5, 2, 100)
    assert artist.guild == anybody.guild


def test_of_several_roles_the_most_generous_number_counts_limit_by_limit() -> None:
    """A role that says nothing of a limit lifts nobody's."""
    own = Own(
        user_at_once=4,
        user_monthly=Micros(1),
        tiers={
            1: Role(per_hour=3, monthly=Micros(900)),
            2: Role(per_hour=2, at_once=1, monthly=Micros(30)),
        },
    )

    both = Policy.of(Settings(), own, roles={1, 2})

    assert (both.user.per_hour, both.user.at_once, both.user.monthly) == (3, 1, 900)


def test_no_role_gets_beyond_the_operator() -> None:
    """Neither by its own numbers, nor by being exempt from the server's."""
    operator = Policy.of(Settings())
    own = Own(
        guild_per_hour=3,
        user_per_hour=1,
        user_daily=Micros(1),
        tiers={1: Role(per_hour=10**6, at_once=10**6, daily=Micros(10**12))},
        exempt_roles=frozenset({2}),
    )

    assert Policy.of(Settings(), own, roles={1}).user == replace(
        operator.user, monthly=operator.user_monthly
    )
    for roles in ({2}, {1, 2}):
        exempt = Policy.of(Settings(), own, roles=roles)
        assert exempt.user == operator.user
        assert exempt.guild.per_hour == 3


@pytest.mark.parametrize(
    ("moment", "period", "resets"),
    [
        (datetime(2026, 11, 1, tzinfo=UTC), "2026-11", datetime(2026, 12, 1, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), "2026-12", datetime(2027, 1, 1, tzinfo=UTC)),
        (
            datetime(2026, 12, 1, 1, tzinfo=timezone(timedelta(hours=2))),
            "2026-11",
            datetime(2026, 12, 1, tzinfo=UTC),
        ),
    ],
)
def test_a_period_is_a_month_in_utc(moment: datetime, period: str, resets: datetime) -> None:
    """It ends when the next one begins."""
    assert (period_of(moment), resets_at(moment)) == (period, resets)
    assert period_of(resets) > period
    assert period_of(resets - timedelta(microseconds=1)) == period


def test_within_all_limits_there_is_nothing_to_say() -> None:
    """The last free place and the last micro-dollar may be used."""
    standing = Standing(active=1, period="2026-11", spent=Micros(900_000))

    assert _refusal(standing, estimate=100_000) is None


@pytest.mark.parametrize(
    ("scope", "words"),
    [(Scope.USER, "You already have 2"), (Scope.GUILD, "This server already has 2")],
)
def test_too_many_at_once_depends_on_the_others(scope: Scope, words: str) -> None:
    """No moment can be named, but what to wait for can."""
    error = _refusal(Standing(active=2), scope=scope)

    assert isinstance(error, LimitReached)
    assert error.retry_at is None
    assert error.sentence.startswith(words)


@pytest.mark.parametrize(("scope", "words"), [(Scope.USER, "You"), (Scope.GUILD, "This server")])
def test_too_many_per_hour_says_when(scope: Scope, words: str) -> None:
    """The moment is a whole second at which it really works, and is shown as a countdown."""
    bucket, now_us = Bucket(CAPS.per_hour), epoch_us(NOW)
    tat = now_us + bucket.tolerance_us + 1

    error = _refusal(Standing(tat_us=tat), scope=scope)

    assert isinstance(error, LimitReached)
    assert error.retry_at is not None
    assert bucket.admits(tat, now_us=epoch_us(error.retry_at))
    assert error.sentence.startswith(words)
    assert error.sentence.endswith(f"<t:{int(error.retry_at.timestamp())}:R>.")


def test_too_expensive_says_what_is_left_and_when_it_starts_over() -> None:
    """Reserved money is gone like spent money, until the month is over."""
    standing = Standing(period="2026-11", reserved=Micros(300_000), spent=Micros(650_000))

    error = _refusal(standing, estimate=60_000)

    assert isinstance(error, BudgetExceeded)
    assert error.resets_at == datetime(2026, 12, 1, tzinfo=UTC)
    assert "$0.06" in error.sentence
    assert "only $0.05 is left" in error.sentence
    assert _refusal(standing, estimate=60_000, now=error.resets_at) is None


def test_an_overdrawn_month_has_nothing_left() -> None:
    """A job that cost more than its estimate does not make the rest negative."""
    error = _refusal(Standing(period="2026-11", spent=Micros(2_000_000)), estimate=1)

    assert error is not None
    assert "only $0.00 is left" in error.sentence


def test_the_longest_wait_is_the_one_that_is_named() -> None:
    """Who has to wait for next month is not sent to wait for an hour."""
    tat = epoch_us(NOW) + Bucket(CAPS.per_hour).tolerance_us + 1
    standing = Standing(active=2, tat_us=tat, period="2026-11", spent=Micros(1_000_000))

    error = _refusal(standing, estimate=1)

    assert isinstance(error, BudgetExceeded)


def test_what_never_fits_is_not_put_off() -> None:
    """A price above the whole budget is too high tomorrow, too."""
    error = _refusal(Standing(), estimate=1_000_001)

    assert error is not None
    assert "more than all of this server's $1.00 for the month" in error.sentence
    assert "starts over" not in error.sentence
    assert "/models" in error.sentence


@pytest.mark.parametrize(
    ("standing", "count", "words"),
    [
        (Standing(active=1), 2, "asks for 2 at once, and of the 2 that one member may"),
        (Standing(active=2), 2, "You already have 2"),
        (Standing(), 7, "asks for 7, and of the 6 that one member may start per hour only 6"),
    ],
)
def test_variations_are_counted_together(standing: Standing, count: int, words: str) -> None:
    """It says how many would still fit."""
    error = refusal(Scope.USER, standing, CAPS, estimate=Micros(0), now=NOW, count=count)

    assert error is not None
    assert words in error.sentence


def test_variations_are_told_when_all_of_them_fit() -> None:
    """Two of six are free; four are when two more have come back."""
    bucket, now_us = Bucket(CAPS.per_hour), epoch_us(NOW)
    tat = now_us + 4 * bucket.interval_us
    caps = replace(CAPS, at_once=9)

    error = refusal(Scope.USER, Standing(tat_us=tat), caps, estimate=Micros(0), now=NOW, count=4)

    assert isinstance(error, LimitReached)
    assert error.retry_at is not None
    assert bucket.left(tat, now_us=epoch_us(error.retry_at)) == 4
    assert "only 2 can start now" in error.sentence
    assert "All 4 can start <t:" in error.sentence


def _refusal(
    standing: Standing, *, estimate: int = 0, scope: Scope = Scope.GUILD, now: datetime = NOW
) -> LimitReached | BudgetExceeded | None:
    return refusal(scope, standing, CAPS, estimate=Micros(estimate), now=now)
