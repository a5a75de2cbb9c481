"""Counting, reserving and settling, in the transaction that moves the job.

The check and the reservation are one UPDATE whose WHERE is the policy: no row updated means
refused. Rows are always touched in the order job, guild, member, so that PostgreSQL never sees two
transactions wait for each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
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
    reserved = conn.execute(
        sa.select(ledger.c.amount, ledger.c.period, ledger.c.day).where(
            ledger.c.job_id == job.id, ledger.c.kind == RESERVE
        )
    ).one_or_none()
    if reserved is None:
        amount, span = 0, _Span(period=period_of(now), day=day_of(now))
    else:
        amount, span = reserved.amount, _Span(period=reserved.period, day=reserved.day)
    for scope in (Scope.GUILD, Scope.USER):
        conn.execute(_count_out(_key(scope, job), amount=amount, cost=cost, span=span))
    if cost or not amount:
        _book(conn, job, SETTLE, cost, span=span, now=now)
    if cost < amount:
        _book(conn, job, REFUND, Micros(amount - cost), span=span, now=now)


def served(conn: sa.Connection, job: NewJob, *, now: datetime) -> None:
    """Remember that the job's guild and member had a turn."""
    for scope in (Scope.GUILD, Scope.USER):
        conn.execute(sa.update(quota).where(*_is(_key(scope, job))).values(served_at=now))


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


def _is(key: _Key) -> Sequence[sa.ColumnElement[bool]]:
    scope, guild_id, user_id = key
    return (
        quota.c.scope == scope.value,
        quota.c.guild_id == guild_id,
        quota.c.user_id == user_id,
    )


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
    scope, guild_id, user_id = key
    fresh = {
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
    insert_once(conn, quota, fresh)
    statement = _count_in(key, estimate=estimate, span=span, caps=caps, now=now)
    booked = conn.execute(statement.returning(quota.c.period, quota.c.day)).one_or_none()
    if booked is not None:
        return _Span(period=booked.period, day=booked.day)
    if caps is not None:
        reason = refusal(scope, _standing(conn, key), caps, estimate=estimate, now=now)
        if reason is not None:
            raise reason
    raise StoreError("The limits could not be checked. Try again in a moment.")


def _count_in(
    key: _Key, *, estimate: Micros, span: _Span, caps: Caps | None, now: datetime
) -> sa.Update:
    month = _running(quota.c.period, span.period, quota.c.reserved, quota.c.spent)
    today = _running(quota.c.day, span.day, quota.c.day_reserved, quota.c.day_spent)
    statement = (
        sa.update(quota)
        .where(*_is(key))
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
    if caps is None:
        return statement
    if caps.per_hour < 1 or caps.at_once < 1:
        return statement.where(sa.false())
    bucket, now_us = Bucket(caps.per_hour), epoch_us(now)
    ahead = quota.c.tat_us - now_us
    is_real = sa.and_(ahead > 0, ahead <= bucket.horizon_us)
    statement = statement.where(
        quota.c.active < caps.at_once,
        sa.or_(ahead <= bucket.tolerance_us, ahead > bucket.horizon_us),
    ).values(tat_us=sa.case((is_real, quota.c.tat_us), else_=now_us) + bucket.interval_us)
    for counted, budget in ((month, caps.monthly), (today, caps.daily)):
        if budget is not None:
            statement = statement.where(counted.reserved + counted.spent + estimate <= budget)
    return statement


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
    is_current = name >= current
    return _Running(
        sa.case((is_current, name), else_=current),
        sa.case((is_current, reserved), else_=0),
        sa.case((is_current, spent), else_=0),
    )


def _count_out(key: _Key, *, amount: int, cost: Micros, span: _Span) -> sa.Update:
    # Never below zero: a wrong counter is for the audit to report, not for a job to hang on.
    month = quota.c.period == span.period
    today = quota.c.day == span.day
    return (
        sa.update(quota)
        .where(*_is(key))
        .values(
            active=sa.case((quota.c.active > 0, quota.c.active - 1), else_=0),
            reserved=_released(month, quota.c.reserved, amount),
            spent=sa.case((month, quota.c.spent + cost), else_=quota.c.spent),
            day_reserved=_released(today, quota.c.day_reserved, amount),
            day_spent=sa.case((today, quota.c.day_spent + cost), else_=quota.c.day_spent),
        )
    )


def _released(
    is_current: sa.ColumnElement[bool], reserved: sa.Column[int], amount: int
) -> sa.ColumnElement[int]:
    return sa.case((~is_current, reserved), (reserved >= amount, reserved - amount), else_=0)


def _standing(conn: sa.Connection, key: _Key) -> Standing:
    row: sa.Row[Any] | None = conn.execute(sa.select(quota).where(*_is(key))).one_or_none()
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
        sa.insert(ledger).values(
            job_id=job.id,
            kind=kind,
            guild_id=job.guild_id,
            user_id=job.user_id,
            period=span.period,
            day=span.day,
            amount=amount,
            at=now,
        )
    )
