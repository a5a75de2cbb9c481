"""Counting, reserving and settling, in the transaction that moves the job.

The check and the reservation are one UPDATE whose WHERE is the policy: no row updated means
refused. Rows are always touched in the order job, guild, member, so that PostgreSQL never sees two
transactions wait for each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.domain.ids import GuildId, UserId
from bot.domain.job import Job, NewJob
from bot.domain.money import Micros
from bot.errors import StoreError
from bot.limits import Bucket, Caps, Policy, Scope, Standing, day_of, period_of, refusal
from bot.limits.refusals import epoch_us
from bot.store.dialect import insert_once
from bot.store.schema import jobs, ledger, quota

RESERVE, SETTLE, REFUND = "reserve", "settle", "refund"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def reserve(conn: sa.Connection, job: NewJob, *, policy: Policy | None, now: datetime) -> None:
    """Count a new job in and reserve its estimate, for the guild and for the member.

    Raises:
        LimitReached, BudgetExceeded: One of the limits says no; roll the transaction back.
    """
    span = _admit(
        conn,
        _key(Scope.GUILD, job),
        estimate=job.estimate,
        span=_Span(period=period_of(now), day=day_of(now)),
        caps=policy.guild if policy else None,
        now=now,
    )
    # The member's booking follows the guild's month and day even when this process's clock is
    # behind.
    span = _admit(
        conn,
        _key(Scope.USER, job),
        estimate=job.estimate,
        span=span,
        caps=policy.user if policy else None,
        now=now,
    )
    _book(conn, job, RESERVE, job.estimate, span=span, now=now)


def settle(conn: sa.Connection, job: Job, *, cost: Micros, now: datetime) -> None:
    """Count a job out, release its reservation, and book what it cost and what is given back.

    Money is booked to the month and the day of the reservation. When they are over and the counters
    are about later ones already, only `active` falls.
    """
    reserved = conn.execute(_RESERVED, {"its_job": job.id}).one_or_none()
    if reserved is None:
        amount, span = 0, _Span(period=period_of(now), day=day_of(now))
    else:
        amount, span = reserved.amount, _Span(period=reserved.period, day=reserved.day)
    for scope in (Scope.GUILD, Scope.USER):
        booked = {
            "amount": amount,
            "cost": cost,
            "its_period": span.period,
            "its_day": span.day,
        }
        conn.execute(_settling(), _key_values(_key(scope, job)) | booked)
    if cost or not amount:
        _book(conn, job, SETTLE, cost, span=span, now=now)
    if cost < amount:
        _book(conn, job, REFUND, Micros(amount - cost), span=span, now=now)


def served(conn: sa.Connection, job: NewJob, *, now: datetime) -> None:
    """Remember that the job's guild and member had a turn."""
    for scope in (Scope.GUILD, Scope.USER):
        conn.execute(_SERVED, _key_values(_key(scope, job)) | {"served_at": now})


def standing(conn: sa.Connection, guild_id: GuildId, user_id: UserId | None = None) -> Standing:
    """Give what a guild, or one of its members, has used."""
    scope = Scope.GUILD if user_id is None else Scope.USER
    return _standing(conn, (scope, guild_id, user_id or 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What was spent for one model.

    Attributes:
        model: The endpoint; None for pieces that are no longer kept.
        requests: How many of them were charged.
    """

    model: str | None
    amount: Micros
    requests: int


def top_models(
    conn: sa.Connection, guild_id: GuildId, *, now: datetime, limit: int = 5
) -> list[Spent]:
    """List what a guild has spent most for in the month, the most first."""
    total = sa.func.sum(ledger.c.amount)
    rows = conn.execute(
        sa.select(jobs.c.model, total.label("amount"), sa.func.count().label("requests"))
        .select_from(ledger.outerjoin(jobs, jobs.c.id == ledger.c.job_id))
        .where(
            ledger.c.guild_id == guild_id,
            ledger.c.period == period_of(now),
            ledger.c.kind == SETTLE,
            ledger.c.amount > 0,
        )
        .group_by(jobs.c.model)
        .order_by(total.desc(), jobs.c.model)
        .limit(limit)
    )
    return [
        Spent(model=row.model, amount=Micros(int(row.amount)), requests=row.requests)
        for row in rows
    ]


_Key = tuple[Scope, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """The month and the day that money is booked to.

    There is no day where it was reserved before days were counted.
    """

    period: str
    day: str


def _key(scope: Scope, job: NewJob) -> _Key:
    return scope, job.guild_id, job.user_id if scope is Scope.USER else 0


_its: dict[str, sa.BindParameter[Any]] = {
    name: sa.bindparam(f"its_{name}") for name in ("scope", "guild_id", "user_id")
}
"""Values of the key, named apart from the columns that a statement sets."""

_is_it = tuple(quota.c[name] == value for name, value in _its.items())
_STANDING = sa.select(quota).where(*_is_it)
_SERVED = sa.update(quota).where(*_is_it)
_RESERVED = sa.select(ledger.c.amount, ledger.c.period, ledger.c.day).where(
    ledger.c.job_id == sa.bindparam("its_job"), ledger.c.kind == RESERVE
)
_BOOK = sa.insert(ledger)


def _key_values(key: _Key) -> dict[str, object]:
    scope, guild_id, user_id = key
    return {"its_scope": scope.value, "its_guild_id": guild_id, "its_user_id": user_id}


def _admit(
    conn: sa.Connection,
    key: _Key,
    *,
    estimate: Micros,
    span: _Span,
    caps: Caps | None,
    now: datetime,
) -> _Span:
    """Apply one scope's limits; give the month and day that the row is about afterwards."""
    booked = _count_in(conn, key, estimate=estimate, span=span, caps=caps, now=now)
    if booked is None:
        # Most have a row already. Where there is none, somebody else may be first to make it.
        insert_once(conn, quota, _unused(key, span))
        booked = _count_in(conn, key, estimate=estimate, span=span, caps=caps, now=now)
    if booked is not None:
        return booked
    if caps is not None:
        reason = refusal(key[0], _standing(conn, key), caps, estimate=estimate, now=now)
        if reason is not None:
            raise reason
    raise StoreError("The limits could not be checked. Try again in a moment.")


def _unused(key: _Key, span: _Span) -> dict[str, object]:
    """Give the row of somebody who has used nothing yet."""
    scope, guild_id, user_id = key
    return {
        "scope": scope.value,
        "guild_id": guild_id,
        "user_id": user_id,
        "tat_us": 0,
        "active": 0,
        "period": span.period,
        "reserved": 0,
        "spent": 0,
        "served_at": NEVER,
        "day": span.day,
        "day_reserved": 0,
        "day_spent": 0,
    }


def _count_in(
    conn: sa.Connection,
    key: _Key,
    *,
    estimate: Micros,
    span: _Span,
    caps: Caps | None,
    now: datetime,
) -> _Span | None:
    """Book one more request, where the limits allow it and there is a row; give its month and day."""
    values = _key_values(key) | {
        "estimate": estimate,
        "this_period": span.period,
        "this_day": span.day,
    }
    if caps is None:
        statement = _booking(limited=False, monthly=False, daily=False)
    elif caps.per_hour < 1 or caps.at_once < 1:
        return None
    else:
        bucket = Bucket(caps.per_hour)
        values |= {
            "at_once": caps.at_once,
            "now_us": epoch_us(now),
            "interval_us": bucket.interval_us,
            "tolerance_us": bucket.tolerance_us,
            "horizon_us": bucket.horizon_us,
            "monthly": caps.monthly,
            "daily": caps.daily,
        }
        statement = _booking(
            limited=True, monthly=caps.monthly is not None, daily=caps.daily is not None
        )
    row = conn.execute(statement, values).one_or_none()
    return None if row is None else _Span(period=row.period, day=row.day)


@cache
def _booking(*, limited: bool, monthly: bool, daily: bool) -> sa.UpdateBase:
    """Build the statement whose WHERE is the policy, once for each set of limits there can be."""
    estimate = _given("estimate")
    month = _running(quota.c.period, "this_period", quota.c.reserved, quota.c.spent)
    today = _running(quota.c.day, "this_day", quota.c.day_reserved, quota.c.day_spent)
    statement = (
        sa.update(quota)
        .where(*_is_it)
        .values(
            active=quota.c.active + 1,
            period=month.name,
            reserved=month.reserved + estimate,
            spent=month.spent,
            day=today.name,
            day_reserved=today.reserved + estimate,
            day_spent=today.spent,
        )
    )
    if limited:
        horizon = _given("horizon_us")
        ahead = quota.c.tat_us - _given("now_us")
        is_real = sa.and_(ahead > 0, ahead <= horizon)
        statement = statement.where(
            quota.c.active < _given("at_once"),
            sa.or_(ahead <= _given("tolerance_us"), ahead > horizon),
        ).values(
            tat_us=sa.case((is_real, quota.c.tat_us), else_=_given("now_us"))
            + _given("interval_us")
        )
    for is_limited, counted, budget in ((monthly, month, "monthly"), (daily, today, "daily")):
        if is_limited:
            statement = statement.where(
                counted.reserved + counted.spent + estimate <= _given(budget)
            )
    return statement.returning(quota.c.period, quota.c.day)


def _given(name: str) -> sa.BindParameter[int]:
    return sa.bindparam(name, type_=sa.BigInteger())


@dataclass(frozen=True, slots=True)
class _Running:
    """The counters of a span as they stand before a booking, from zero where it has just begun."""

    name: sa.ColumnElement[str]
    reserved: sa.ColumnElement[int]
    spent: sa.ColumnElement[int]


def _running(
    name: sa.Column[str], current: str, reserved: sa.Column[int], spent: sa.Column[int]
) -> _Running:
    # A later span in the row wins: another process's clock may be ahead at the turn of the month.
    this = sa.bindparam(current, type_=sa.Text())
    is_current = name >= this
    return _Running(
        sa.case((is_current, name), else_=this),
        sa.case((is_current, reserved), else_=0),
        sa.case((is_current, spent), else_=0),
    )


@cache
def _settling() -> sa.Update:
    # Never below zero: a wrong counter is for the audit to report, not for a job to hang on.
    amount, cost = _given("amount"), _given("cost")
    month = quota.c.period == sa.bindparam("its_period", type_=sa.Text())
    today = quota.c.day == sa.bindparam("its_day", type_=sa.Text())
    return (
        sa.update(quota)
        .where(*_is_it)
        .values(
            active=sa.case((quota.c.active > 0, quota.c.active - 1), else_=0),
            reserved=_released(month, quota.c.reserved, amount),
            spent=sa.case((month, quota.c.spent + cost), else_=quota.c.spent),
            day_reserved=_released(today, quota.c.day_reserved, amount),
            day_spent=sa.case((today, quota.c.day_spent + cost), else_=quota.c.day_spent),
        )
    )


def _released(
    is_current: sa.ColumnElement[bool],
    reserved: sa.Column[int],
    amount: sa.ColumnElement[int],
) -> sa.ColumnElement[int]:
    return sa.case((~is_current, reserved), (reserved >= amount, reserved - amount), else_=0)


def _standing(conn: sa.Connection, key: _Key) -> Standing:
    row: sa.Row[Any] | None = conn.execute(_STANDING, _key_values(key)).one_or_none()
    if row is None:
        return Standing()
    return Standing(
        active=row.active,
        tat_us=row.tat_us,
        period=row.period,
        reserved=Micros(row.reserved),
        spent=Micros(row.spent),
        day=row.day,
        day_reserved=Micros(row.day_reserved),
        day_spent=Micros(row.day_spent),
    )


def _book(
    conn: sa.Connection, job: NewJob, kind: str, amount: Micros, *, span: _Span, now: datetime
) -> None:
    conn.execute(
        _BOOK,
        {
            "job_id": job.id,
            "kind": kind,
            "guild_id": job.guild_id,
            "user_id": job.user_id,
            "period": span.period,
            "day": span.day,
            "amount": amount,
            "at": now,
        },
    )
