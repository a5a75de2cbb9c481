"""How many jobs there are, for whoever watches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.job import State
from bot.store.schema import is_open, jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """The jobs that are not over.

    Attributes:
        oldest_at: When the oldest of them was asked for; None when there is none.
    """

    by_state: dict[State, int]
    oldest_at: datetime | None


def take(conn: sa.Connection) -> Census:
    """Count the jobs that are not over."""
    rows = conn.execute(
        sa.select(jobs.c.state, sa.func.count()).where(is_open).group_by(jobs.c.state)
    )
    by_state = {State(state): count for state, count in rows}
    oldest = conn.execute(
        sa.select(jobs.c.created_at).where(is_open).order_by(jobs.c.created_at).limit(1)
    ).scalar_one_or_none()
    return Census(by_state=by_state, oldest_at=oldest)
