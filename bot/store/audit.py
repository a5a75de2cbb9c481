"""Does it all add up? Counters and bookings compared with the jobs they are about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from bot.domain.job import FINAL
from bot.domain.money import Micros, usd_exactly
from bot.limits import Scope
from bot.store.quota import REFUND, RESERVE, SETTLE
from bot.store.schema import is_open, jobs, ledger, quota

SHOWN = 20
"""How many jobs of one kind of mistake are named."""

_Key = tuple[str, int, int]
_Sums = Counter[_Key]


def check(conn: sa.Connection) -> list[str]:
    """Give one sentence per mistake; an empty list when everything adds up."""
    return [*_counters(conn), *_bookings(conn)]


def _counters(conn: sa.Connection) -> Iterator[str]:
    active = _active(conn)
    rows = {(row.scope, row.guild_id, row.user_id): row for row in conn.execute(sa.select(quota))}
    for key, count in active.items():
        if key not in rows and count:
            yield f"{_name(key)} has {count} jobs under way, but nothing is counted for it."
    for key, row in rows.items():
        if row.active != active[key]:
            yield (
                f"{_name(key)}: {row.active} jobs are counted as under way, but {active[key]} are."
            )
    months = (ledger.c.period, quota.c.period)
    days = (ledger.c.day, quota.c.day)
    for word, counter, span, booked in (
        ("reserved", quota.c.reserved, quota.c.period, _reserved(conn, months)),
        ("spent", quota.c.spent, quota.c.period, _spent(conn, months)),
        ("reserved", quota.c.day_reserved, quota.c.day, _reserved(conn, days)),
        ("spent", quota.c.day_spent, quota.c.day, _spent(conn, days)),
    ):
        for key, row in rows.items():
            have, name = getattr(row, counter.name), getattr(row, span.name)
            # Before days were counted there was none.
            if name and have != booked[key]:
                yield (
                    f"{_name(key)}: {usd_exactly(Micros(have))} count as {word} in {name},"
                    f" but the bookings say {usd_exactly(Micros(booked[key]))}."
                )


def _active(conn: sa.Connection) -> Counter[_Key]:
    found: Counter[_Key] = Counter()
    for guild, user, count in conn.execute(
        sa.select(jobs.c.guild_id, jobs.c.user_id, sa.func.count())
        .where(is_open)
        .group_by(jobs.c.guild_id, jobs.c.user_id)
    ):
        found[Scope.GUILD.value, guild, 0] += count
        found[Scope.USER.value, guild, user] += count
    return found


_Span = tuple[sa.Column[str], sa.Column[str]]
"""What a booking and a counter call the same span: a month, or a day."""


def _reserved(conn: sa.Connection, span: _Span) -> _Sums:
    of_open_jobs = ledger.c.job_id.in_(sa.select(jobs.c.id).where(is_open))
    return _sums(conn, span, RESERVE, of_open_jobs)


def _spent(conn: sa.Connection, span: _Span) -> _Sums:
    return _sums(conn, span, SETTLE)


def _sums(conn: sa.Connection, span: _Span, kind: str, *where: sa.ColumnElement[bool]) -> _Sums:
    """Add up the bookings of the spans that the counters are about, by counter."""
    booked, counted = span
    is_members = sa.or_(quota.c.scope == Scope.GUILD.value, quota.c.user_id == ledger.c.user_id)
    key = (quota.c.scope, quota.c.guild_id, quota.c.user_id)
    rows = conn.execute(
        sa.select(*key, sa.func.sum(ledger.c.amount))
        .select_from(
            quota.join(
                ledger,
                sa.and_(quota.c.guild_id == ledger.c.guild_id, booked == counted, is_members),
            )
        )
        .where(ledger.c.kind == kind, *where)
        .group_by(*key)
    )
    return Counter({(scope, guild, user): int(total) for scope, guild, user, total in rows})


def _bookings(conn: sa.Connection) -> Iterator[str]:
    def total(kind: str) -> sa.ColumnElement[int]:
        return sa.func.coalesce(
            sa.func.sum(sa.case((ledger.c.kind == kind, ledger.c.amount), else_=0)), 0
        )

    booked = (
        sa.select(
            ledger.c.job_id,
            total(RESERVE).label("reserved"),
            total(SETTLE).label("settled"),
            total(REFUND).label("refunded"),
            sa.func.sum(sa.case((ledger.c.kind == RESERVE, 1), else_=0)).label("reservations"),
            sa.func.count().label("count"),
        )
        .group_by(ledger.c.job_id)
        .subquery()
    )
    both = jobs.outerjoin(booked, booked.c.job_id == jobs.c.id)
    cost = sa.func.coalesce(jobs.c.cost, 0)
    expected = sa.case((cost > booked.c.reserved, cost), else_=booked.c.reserved)
    is_final = jobs.c.state.in_(sorted(state.value for state in FINAL))
    mistakes = {
        "has no reservation": sa.func.coalesce(booked.c.reservations, 0) == 0,
        "is not over, but was settled or refunded": is_open & (booked.c.count > 1),
        "is over, but its bookings do not add up to what it cost": ~is_open
        & ((booked.c.settled != cost) | (booked.c.settled + booked.c.refunded != expected)),
        "is over by its state, but not by its date, or the other way round": is_final == is_open,
    }
    for words, wrong in mistakes.items():
        query: sa.Select[Any] = (
            sa.select(jobs.c.id).select_from(both).where(wrong).order_by(jobs.c.id).limit(SHOWN)
        )
        for (job_id,) in conn.execute(query):
            yield f"Job {job_id} {words}."


def _name(key: _Key) -> str:
    scope, guild, user = key
    return f"Server {guild}" if scope == Scope.GUILD else f"Member {user} of server {guild}"
