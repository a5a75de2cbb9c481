"""Counting, reserving and settling, in the transaction that moves the job.

The check and the reservation are one UPDATE whose WHERE is the policy: no row updated means
refused. Rows are always touched in the order job, guild, member, so that PostgreSQL never sees two
transactions wait for each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.ids import GuildId, UserId
from bot.domain.job import Job, NewJob
from bot.domain.money import Micros
from bot.errors import StoreError
from bot.limits import Bucket, Caps, Policy, Scope, Standing, period_of, refusal
from bot.limits.refusals import epoch_us
from bot.store.dialect import insert_once
from bot.store.schema import ledger, quota

RESERVE, SETTLE, REFUND = "reserve", "settle", "refund"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def reserve(conn: sa.Connection, job: NewJob, *, policy: Policy | None, now: datetime) -> None:
    """Count a new job in and reserve its estimate, for the guild and for the member.

    Raises:
        LimitReached, BudgetExceeded: One of the limits says no; roll the transaction back.
    """
    period = _admit(
        conn,
        _key(Scope.GUILD, job),
        estimate=job.estimate,
        period=period_of(now),
        caps=policy.guild if policy else None,
        now=now,
    )
    # The member's booking follows the guild's month even when this process's clock is behind.
    _admit(
        conn,
        _key(Scope.USER, job),
        estimate=job.estimate,
        period=period,
        caps=policy.user if policy else None,
        now=now,
    )
    _book(conn, job, RESERVE, job.estimate, period=period, now=now)


def settle(conn: sa.Connection, job: Job, *, cost: Micros, now: datetime) -> None:
    """Count a job out, release its reservation, and book what it cost and what is given back.

    Money is booked to the month of the reservation. When that month is over and the counters are
    about the next one already, only `active` falls.
    """
    reserved = conn.execute(
        sa.select(ledger.c.amount, ledger.c.period).where(
            ledger.c.job_id == job.id, ledger.c.kind == RESERVE
        )
    ).one_or_none()
    amount, period = (reserved.amount, reserved.period) if reserved else (0, period_of(now))
    for scope in (Scope.GUILD, Scope.USER):
        conn.execute(_count_out(_key(scope, job), amount=amount, cost=cost, period=period))
    if cost or not amount:
        _book(conn, job, SETTLE, cost, period=period, now=now)
    if cost < amount:
        _book(conn, job, REFUND, Micros(amount - cost), period=period, now=now)


def served(conn: sa.Connection, job: NewJob, *, now: datetime) -> None:
    """Remember that the job's guild and member had a turn."""
    for scope in (Scope.GUILD, Scope.USER):
        conn.execute(sa.update(quota).where(*_is(_key(scope, job))).values(served_at=now))


def standing(conn: sa.Connection, guild_id: GuildId, user_id: UserId | None = None) -> Standing:
    """Give what a guild, or one of its members, has used."""
    scope = Scope.GUILD if user_id is None else Scope.USER
    return _standing(conn, (scope, guild_id, user_id or 0))


_Key = tuple[Scope, int, int]


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
    period: str,
    caps: Caps | None,
    now: datetime,
) -> str:
    """Apply one scope's limits; give the month that the row is about afterwards."""
    scope, guild_id, user_id = key
    fresh = {
        "scope": scope.value,
        "guild_id": guild_id,
        "user_id": user_id,
        "tat_us": 0,
        "active": 0,
        "period": period,
        "reserved": 0,
        "spent": 0,
        "served_at": NEVER,
    }
    insert_once(conn, quota, fresh)
    statement = _count_in(key, estimate=estimate, period=period, caps=caps, now=now)
    booked: str | None = conn.execute(statement.returning(quota.c.period)).scalar_one_or_none()
    if booked is not None:
        return booked
    if caps is not None:
        reason = refusal(scope, _standing(conn, key), caps, estimate=estimate, now=now)
        if reason is not None:
            raise reason
    raise StoreError("The limits could not be checked. Try again in a moment.")


def _count_in(
    key: _Key, *, estimate: Micros, period: str, caps: Caps | None, now: datetime
) -> sa.Update:
    # A later month in the row wins: another process's clock may be ahead at the turn of the month.
    is_current = quota.c.period >= period
    reserved = sa.case((is_current, quota.c.reserved), else_=0)
    spent = sa.case((is_current, quota.c.spent), else_=0)
    statement = (
        sa.update(quota)
        .where(*_is(key))
        .values(
            active=quota.c.active + 1,
            reserved=reserved + estimate,
            spent=spent,
            period=sa.case((is_current, quota.c.period), else_=period),
        )
    )
    if caps is None:
        return statement
    bucket, now_us = Bucket(caps.per_hour), epoch_us(now)
    statement = statement.where(
        quota.c.active < caps.at_once, quota.c.tat_us <= now_us + bucket.tolerance_us
    ).values(
        tat_us=sa.case((quota.c.tat_us > now_us, quota.c.tat_us), else_=now_us) + bucket.interval_us
    )
    if caps.monthly is not None:
        statement = statement.where(reserved + spent + estimate <= caps.monthly)
    return statement


def _count_out(key: _Key, *, amount: int, cost: Micros, period: str) -> sa.Update:
    # Never below zero: a wrong counter is for the audit to report, not for a job to hang on.
    is_current = quota.c.period == period
    return (
        sa.update(quota)
        .where(*_is(key))
        .values(
            active=sa.case((quota.c.active > 0, quota.c.active - 1), else_=0),
            reserved=sa.case(
                (~is_current, quota.c.reserved),
                (quota.c.reserved >= amount, quota.c.reserved - amount),
                else_=0,
            ),
            spent=sa.case((is_current, quota.c.spent + cost), else_=quota.c.spent),
        )
    )


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
    )


def _book(
    conn: sa.Connection, job: NewJob, kind: str, amount: Micros, *, period: str, now: datetime
) -> None:
    conn.execute(
        sa.insert(ledger).values(
            job_id=job.id,
            kind=kind,
            guild_id=job.guild_id,
            user_id=job.user_id,
            period=period,
            amount=amount,
            at=now,
        )
    )
