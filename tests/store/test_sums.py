"""Any sequence of requests and ends, under any limits: the counters are the jobs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.domain.job import Job, State
from bot.domain.money import Micros
from bot.errors import BudgetExceeded, LimitReached
from bot.limits import Caps, day_of, period_of
from bot.store import audit, jobs
from bot.store.migration import upgrade
from bot.store.schema import quota
from tests.store.builders import NOW, new_job, policy

LIMITS = policy(
    guild_at_once=4,
    user_at_once=3,
    guild_daily=300,
    guild_monthly=500,
    user_per_hour=6,
    user_daily=250,
    user_monthly=400,
)


class Till(RuleBasedStateMachine):
    """Two servers with two members each, and a clock that only goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = sa.create_engine("sqlite://")
        self.conn = self.engine.connect()
        self.now = NOW
        self.open: list[Job] = []
        self.count = 0

    @initialize()
    def migrate(self) -> None:
        """Start with empty tables."""
        upgrade(self.conn)

    def teardown(self) -> None:
        self.conn.close()
        self.engine.dispose()

    @rule(
        guild=st.integers(1, 2),
        user=st.integers(1, 2),
        estimate=st.integers(0, 300),
        limited=st.sampled_from([True, True, True, False]),
    )
    def ask(self, guild: int, user: int, estimate: int, limited: bool) -> None:
        """Ask; under the limits, an accepted job keeps within every one of them."""
        self.count += 1
        new = new_job(self.count, guild=guild, user=user, estimate=estimate)
        before = self._rows(guild, user)
        try:
            with self.conn.begin_nested():
                job = jobs.accept(self.conn, new, policy=LIMITS if limited else None, now=self.now)
        except (LimitReached, BudgetExceeded):
            assert self._rows(guild, user) == before
            return
        assert job is not None
        self.open.append(job)
        if limited:
            of_guild, of_user = self._rows(guild, user)
            _within(of_guild, LIMITS.guild)
            _within(of_user, LIMITS.user)

    @rule(
        data=st.data(),
        cost=st.integers(0, 400),
        to=st.sampled_from([State.FAILED, State.CANCELLED, State.TIMED_OUT]),
    )
    def end(self, data: st.DataObject, cost: int, to: State) -> None:
        """End one of the open jobs at any cost."""
        if self.open:
            job = self.open.pop(data.draw(st.integers(0, len(self.open) - 1)))
            jobs.finish(self.conn, job, to, cost=Micros(cost), now=self.now)

    @rule(minutes=st.sampled_from([1, 60, 60 * 14, 60 * 24, 60 * 24 * 10]))
    def wait(self, minutes: int) -> None:
        """Let time go by, now and then into another day or month."""
        self.now += timedelta(minutes=minutes)

    @invariant()
    def it_adds_up(self) -> None:
        """The audit has nothing to say, and no counter is below zero or of a time to come."""
        if not self.count:
            return
        assert audit.check(self.conn) == []
        for row in self.conn.execute(sa.select(quota)):
            assert min(row.reserved, row.spent, row.day_reserved, row.day_spent, row.active) >= 0
            assert row.period <= period_of(self.now)
            assert row.day <= day_of(self.now)
            assert row.day.startswith(row.period)
            assert row.day_reserved <= row.reserved
            assert row.day_spent <= row.spent

    def _rows(self, guild: int, user: int) -> list[sa.Row[Any]]:
        """Read the server's counters and the member's; neither before they first asked."""
        return list(
            self.conn.execute(
                sa.select(quota)
                .where(quota.c.guild_id == guild, quota.c.user_id.in_([0, user]))
                .order_by(quota.c.user_id)
            )
        )


def _within(row: sa.Row[Any], caps: Caps) -> None:
    """Hold what a counter says against its limits."""
    assert row.active <= caps.at_once
    assert caps.daily is not None
    assert caps.monthly is not None
    assert row.day_reserved + row.day_spent <= caps.daily
    assert row.reserved + row.spent <= caps.monthly


TestTill = Till.TestCase
TestTill.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
