"""What may be accepted, what is reserved, and what becomes of the reservation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.domain.job import State
from bot.domain.money import Micros
from bot.errors import BudgetExceeded, LimitReached
from bot.limits import Policy, Standing
from bot.store import Database, audit, jobs, quota
from bot.store.schema import ledger
from tests.store.builders import GUILD, NOW, USER, accept, generate, new_job, policy, take

LAST_OF_MONTH = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
NEXT_MONTH = LAST_OF_MONTH + timedelta(seconds=2)
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)


async def test_a_member_at_the_cap_waits_for_a_job_to_end(db: Database) -> None:
    """At most N at once; an end makes room at once, and others are not held up."""
    limits = policy(user_at_once=2)
    first = await accept(db, limits=limits)
    await accept(db, limits=limits)

    with pytest.raises(LimitReached, match="You already have 2") as refused:
        await accept(db, limits=limits)
    assert refused.value.retry_at is None
    await accept(db, new_job(user=201), limits=limits)
    await db.write(jobs.finish, first, State.CANCELLED, now=NOW)
    await accept(db, limits=limits)


async def test_a_server_at_the_cap_refuses_everybody(db: Database) -> None:
    """The sentence names the server's limit, not the member's."""
    limits = policy(guild_at_once=2)
    await accept(db, new_job(user=1), limits=limits)
    await accept(db, new_job(user=2), limits=limits)

    with pytest.raises(LimitReached, match="This server already has 2"):
        await accept(db, new_job(user=3), limits=limits)
    await accept(db, new_job(guild=101), limits=limits)


async def test_n_per_hour_are_admitted_and_the_next_is_told_when(db: Database) -> None:
    """All N may start at once; the next one is admitted at the very moment that was named."""
    limits = policy(user_per_hour=3)
    for _ in range(3):
        await accept(db, limits=limits)

    with pytest.raises(LimitReached, match="one member may start per hour") as refused:
        await accept(db, limits=limits)

    retry_at = refused.value.retry_at
    assert retry_at == NOW + timedelta(minutes=20)
    assert f"<t:{int(retry_at.timestamp())}:R>" in refused.value.sentence
    with pytest.raises(LimitReached):
        await accept(db, limits=limits, now=retry_at - timedelta(seconds=1))
    await accept(db, limits=limits, now=retry_at)


async def test_the_server_has_an_hourly_limit_of_its_own(db: Database) -> None:
    """Members share it."""
    limits = policy(guild_per_hour=2)
    await accept(db, new_job(user=1), limits=limits)
    await accept(db, new_job(user=2), limits=limits)

    with pytest.raises(LimitReached, match="This server has used up"):
        await accept(db, new_job(user=3), limits=limits)


async def test_money_is_reserved_before_it_is_spent(db: Database) -> None:
    """Reservations count as if spent; a cheaper request may still fit, to the micro-dollar."""
    limits = policy(guild_monthly=100_000)
    await accept(db, new_job(estimate=60_000), limits=limits)

    with pytest.raises(BudgetExceeded, match=r"only \$0.04 is left") as refused:
        await accept(db, new_job(estimate=40_001), limits=limits)

    assert refused.value.resets_at == datetime(2026, 12, 1, tzinfo=UTC)
    await accept(db, new_job(estimate=40_000), limits=limits)


@pytest.mark.parametrize(
    ("cost", "booked"),
    [
        (0, {"reserve": 50, "refund": 50}),
        (20, {"reserve": 50, "settle": 20, "refund": 30}),
        (50, {"reserve": 50, "settle": 50}),
        (70, {"reserve": 50, "settle": 70}),
    ],
)
async def test_an_end_settles_what_was_charged_and_gives_back_the_rest(
    db: Database, cost: int, booked: dict[str, int]
) -> None:
    """Nothing stays reserved, and the ledger says where each micro-dollar went."""
    job = await generate(db, new_job(estimate=50))

    await db.write(jobs.finish, job, State.DELIVERED, cost=Micros(cost), now=NOW)

    assert await _booked(db) == {kind: (amount, "2026-11") for kind, amount in booked.items()}
    for standing in await _standings(db):
        assert (standing.active, standing.reserved, standing.spent) == (0, 0, cost)
    assert await db.read(audit.check) == []


async def test_a_free_job_is_settled_at_nothing(db: Database) -> None:
    """It has both bookings all the same."""
    job = await accept(db, new_job(estimate=0))

    await db.write(jobs.finish, job, State.CANCELLED, now=NOW)

    assert await _booked(db) == {"reserve": (0, "2026-11"), "settle": (0, "2026-11")}
    assert await db.read(audit.check) == []


async def test_a_new_month_starts_with_the_whole_budget(db: Database) -> None:
    """What was spent or reserved last month is in nobody's way."""
    limits = policy(guild_monthly=60_000)
    await accept(db, limits=limits, now=LAST_OF_MONTH)
    with pytest.raises(BudgetExceeded):
        await accept(db, limits=limits, now=LAST_OF_MONTH)

    await accept(db, limits=limits, now=NEXT_MONTH)

    assert await db.read(audit.check) == []


async def test_a_job_that_ends_next_month_is_paid_from_the_month_of_its_reservation(
    db: Database,
) -> None:
    """The new month's counters lose only the job, neither its reservation nor its cost."""
    old = await accept(db, new_job(estimate=50), now=LAST_OF_MONTH)
    await accept(db, new_job(estimate=7), now=NEXT_MONTH)

    await db.write(jobs.finish, old, State.FAILED, cost=Micros(30), now=NEXT_MONTH)

    for standing in await _standings(db):
        assert (standing.period, standing.active) == ("2026-12", 1)
        assert (standing.reserved, standing.spent) == (7, 0)
    assert await db.read(audit.check) == []


async def test_a_job_that_ends_next_month_before_anyone_else_asks(db: Database) -> None:
    """Counters that are still about the old month are settled there."""
    old = await accept(db, new_job(estimate=50), now=LAST_OF_MONTH)

    await db.write(jobs.finish, old, State.FAILED, cost=Micros(30), now=NEXT_MONTH)

    for standing in await _standings(db):
        assert (standing.period, standing.reserved, standing.spent) == ("2026-11", 0, 30)
        assert standing.in_period(NEXT_MONTH) == 0
    assert await db.read(audit.check) == []


async def test_a_clock_that_is_behind_does_not_bring_the_old_month_back(db: Database) -> None:
    """Around midnight two processes may disagree; neither forgets what the other reserved."""
    limits = policy(guild_monthly=100)
    await accept(db, new_job(estimate=60), limits=limits, now=NEXT_MONTH)

    with pytest.raises(BudgetExceeded):
        await accept(db, new_job(estimate=60), limits=limits, now=LAST_OF_MONTH)
    late = await accept(db, new_job(estimate=40), limits=limits, now=LAST_OF_MONTH)

    await db.write(jobs.finish, late, State.CANCELLED, now=NEXT_MONTH)
    assert (await db.read(quota.standing, GUILD)).reserved == 60
    assert await db.read(audit.check) == []


@pytest.mark.parametrize(
    ("limits", "whose"),
    [
        (policy(guild_daily=100_000), "of this server's"),
        (policy(user_daily=100_000), "of your"),
    ],
)
async def test_a_day_has_a_budget_of_its_own(db: Database, limits: Policy, whose: str) -> None:
    """It is used up to the micro-dollar, and is whole again at midnight, UTC."""
    await accept(db, new_job(estimate=60_000), limits=limits)

    with pytest.raises(BudgetExceeded, match=f"{whose} .* for the day only") as refused:
        await accept(db, new_job(estimate=40_001), limits=limits)

    assert refused.value.resets_at == datetime(2026, 11, 22, tzinfo=UTC)
    await accept(db, new_job(estimate=40_000), limits=limits)
    with pytest.raises(BudgetExceeded):
        await accept(db, new_job(estimate=1), limits=limits, now=MIDNIGHT - timedelta(seconds=1))
    await accept(db, new_job(estimate=100_000), limits=limits, now=MIDNIGHT)
    assert await db.read(audit.check) == []


async def test_a_member_has_a_month_of_their_own(db: Database) -> None:
    """What one has spent is in nobody else's way."""
    limits = policy(user_monthly=50_000)
    await accept(db, limits=limits)

    with pytest.raises(BudgetExceeded, match=r"of your .* for the month"):
        await accept(db, limits=limits)
    await accept(db, new_job(user=201), limits=limits)


async def test_a_job_that_ends_tomorrow_is_paid_from_the_day_of_its_reservation(
    db: Database,
) -> None:
    """The new day's counters lose only the job; the month's, which goes on, are settled."""
    old = await accept(db, new_job(estimate=50))
    await accept(db, new_job(estimate=7), now=MIDNIGHT)

    await db.write(jobs.finish, old, State.FAILED, cost=Micros(30), now=MIDNIGHT)

    for standing in await _standings(db):
        assert (standing.day, standing.day_reserved, standing.day_spent) == ("2026-11-22", 7, 0)
        assert (standing.period, standing.reserved, standing.spent) == ("2026-11", 7, 30)
    assert set((await _days(db)).values()) == {"2026-11-21", "2026-11-22"}
    assert await db.read(audit.check) == []


async def test_a_job_of_before_days_were_counted_leaves_the_days_alone(db: Database) -> None:
    """It was reserved for no day, so no day gets its cost."""
    old = await accept(db, new_job(estimate=50))
    for table in ("quota", "ledger"):
        await db.write(_forget_days, table)

    await accept(db, new_job(estimate=7))
    await db.write(jobs.finish, old, State.FAILED, cost=Micros(30), now=NOW)

    for standing in await _standings(db):
        assert (standing.day_reserved, standing.day_spent) == (7, 0)
        assert (standing.reserved, standing.spent) == (7, 30)
    assert await db.read(audit.check) == []


async def test_a_limit_of_nothing_admits_nothing(db: Database) -> None:
    """Servers may set a role to zero; it divides nobody by zero."""
    for limits in (policy(user_per_hour=0), policy(user_at_once=0)):
        with pytest.raises(LimitReached, match="may not start anything here"):
            await accept(db, limits=limits)


async def test_lifted_limits_still_count(db: Database) -> None:
    """Switching the limits on again finds the jobs and the money of the time without."""
    await accept(db, new_job(estimate=90))
    await accept(db, new_job(estimate=90))

    with pytest.raises(LimitReached):
        await accept(db, limits=policy(user_at_once=2))
    with pytest.raises(BudgetExceeded):
        await accept(db, new_job(estimate=10), limits=policy(guild_monthly=180))


async def test_a_turn_that_comes_back_keeps_its_reservation(db: Database) -> None:
    """A submit that was turned away is no end."""
    job = await generate(db)
    assert (await db.read(quota.standing, GUILD, USER)).active == 1
    await db.write(jobs.finish, job, State.DELIVERED, now=NOW)
    again = await accept(db)
    again = await db.write(jobs.move, again, State.DISPATCHING, now=NOW)

    await db.write(jobs.move, again, State.ACCEPTED, now=NOW)

    assert (await db.read(quota.standing, GUILD, USER)).active == 1
    assert await take(db) is None
    assert await db.read(audit.check) == []


async def test_most_of_the_money_is_told_by_model(db: Database) -> None:
    """Of this month and this server, and what was charged alone."""
    for model, cost, now in (
        ("a/old", 900, NOW - timedelta(days=40)),
        ("a/dear", 700, NOW),
        ("a/cheap", 20, NOW),
        ("a/cheap", 30, NOW),
        ("a/free", 0, NOW),
    ):
        job = await accept(db, new_job(estimate=50, model=model), now=now)
        await db.write(jobs.finish, job, State.FAILED, cost=Micros(cost), now=NOW)
    other = await accept(db, new_job(guild=101, model="a/other"))
    await db.write(jobs.finish, other, State.FAILED, cost=Micros(5), now=NOW)

    found = await db.read(quota.top_models, GUILD, now=NOW)

    assert [(one.model, one.amount, one.requests) for one in found] == [
        ("a/dear", 700, 1),
        ("a/cheap", 50, 2),
    ]


async def test_an_unknown_server_has_used_nothing(db: Database) -> None:
    """Reading a standing makes no rows."""
    assert await db.read(quota.standing, GUILD) == Standing()


async def _booked(db: Database) -> dict[str, tuple[int, str]]:
    rows = await db.read(lambda conn: list(conn.execute(sa.select(ledger))))
    return {row.kind: (row.amount, row.period) for row in rows}


async def _days(db: Database) -> dict[tuple[int, str], str]:
    rows = await db.read(lambda conn: list(conn.execute(sa.select(ledger))))
    return {(row.job_id, row.kind): row.day for row in rows}


def _forget_days(conn: sa.Connection, table: str) -> None:
    conn.exec_driver_sql(f"UPDATE {table} SET day = ''")  # noqa: S608 - a name of ours


async def _standings(db: Database) -> list[Standing]:
    return [await db.read(quota.standing, GUILD), await db.read(quota.standing, GUILD, USER)]


async def test_a_clock_that_was_ahead_shuts_nobody_out(db: Database) -> None:
    """The hourly limit is about the last hour, not about one that has not been."""
    limits = policy(user_per_hour=1)
    await accept(db, limits=limits, now=NOW + timedelta(days=1))

    await accept(db, limits=limits)

    with pytest.raises(LimitReached):
        await accept(db, limits=limits)
