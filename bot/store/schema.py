"""The tables, as SQLAlchemy sees them. The migrations make them; a test keeps the two equal.

Ids are Discord's 64-bit integers, money is micro-dollars, times are epoch milliseconds. A job is
*open* while `finished_at` is null, and *owes work* while `shown_at` is: after the end its card is
still to be written. The partial indexes say it the same way, without a bound value, so that
PostgreSQL can use them in generic plans.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""64 bits everywhere; SQLite makes a key the row's own id only when it is called INTEGER."""

JsonColumn = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept as epoch milliseconds. What lies below a millisecond is cut off."""

    impl = BigInt
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Turn a moment into milliseconds."""
        return None if value is None else (value - _EPOCH) // _MILLISECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Turn milliseconds into a moment."""
        return None if value is None else _EPOCH + value * _MILLISECOND


metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("guild_id", BigInt, nullable=False),
    sa.Column("user_id", BigInt, nullable=False),
    sa.Column("channel_id", BigInt, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("prompt", sa.Text, nullable=False),
    # Filled only where the searchable form differs from the prompt; most are null.
    sa.Column("search_text", sa.Text),
    sa.Column("arguments", JsonColumn, nullable=False),
    sa.Column("options", JsonColumn, nullable=False),
    sa.Column("format", sa.Text, nullable=False),
    sa.Column("estimate", BigInt, nullable=False),
    sa.Column("cost", BigInt),
    sa.Column("parent_id", BigInt),
    sa.Column("interaction_token", sa.Text),
    sa.Column("leader_id", BigInt),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("card_id", BigInt),
    sa.Column("request_id", sa.Text),
    sa.Column("status_url", sa.Text),
    sa.Column("response_url", sa.Text),
    sa.Column("cancel_url", sa.Text),
    sa.Column("queue_position", sa.Integer),
    sa.Column("result", JsonColumn),
    sa.Column("failure_code", sa.Text),
    sa.Column("failure_sentence", sa.Text),
    sa.Column("files", JsonColumn, nullable=False),
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", Moment),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Column("submit_at", Moment),
    sa.Column("started_at", Moment),
    sa.Column("finished_at", Moment),
    sa.Column("cancel_at", Moment),
    sa.Column("shown_at", Moment),
    sa.Column("next_run_at", Moment, nullable=False),
    # Added later, and so at the end of tables that were there before.
    sa.Column("priced_by", sa.Text),
    sa.Column("failure_offer", sa.Text),
    sa.Column("failure_offer_price", BigInt),
    sa.UniqueConstraint("provider", "request_id"),
    sa.CheckConstraint("estimate >= 0", name="estimate"),
    sa.CheckConstraint("cost >= 0", name="cost"),
    sa.CheckConstraint("shown_at IS NULL OR finished_at IS NOT NULL", name="shown"),
)
is_open = jobs.c.finished_at.is_(None)
"""Matches jobs that are not over; they count against the limits."""

owes_work = jobs.c.shown_at.is_(None)
"""Matches jobs that are open, or over without their card saying so."""

for _name, _column, _where in (
    ("ix_jobs_due", jobs.c.next_run_at, owes_work),
    ("ix_jobs_lease", jobs.c.lease_owner, owes_work),
    ("ix_jobs_state", jobs.c.state, is_open),
):
    sa.Index(_name, _column, sqlite_where=_where, postgresql_where=_where)
sa.Index("ix_jobs_guild", jobs.c.guild_id, jobs.c.id)
sa.Index("ix_jobs_member", jobs.c.guild_id, jobs.c.user_id, jobs.c.id)
follows_leader = jobs.c.leader_id.is_not(None)
sa.Index(
    "ix_jobs_leader",
    jobs.c.leader_id,
    sqlite_where=follows_leader,
    postgresql_where=follows_leader,
)
has_parent = jobs.c.parent_id.is_not(None)
sa.Index(
    "ix_jobs_parent",
    jobs.c.parent_id,
    jobs.c.id,
    sqlite_where=has_parent,
    postgresql_where=has_parent,
)

cards = sa.Table(
    "cards",
    metadata,
    sa.Column("message_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("job_id", BigInt, sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    sa.Column("channel_id", BigInt, nullable=False),
    sa.Index("ix_cards_job_id", "job_id"),
)
"""Every message the bot posted for a job, so that a reply to any of them finds the job."""

job_events = sa.Table(
    "job_events",
    metadata,
    sa.Column(
        "job_id",
        BigInt,
        sa.ForeignKey("jobs.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("worker", sa.Text),
    sa.Column("note", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

quota = sa.Table(
    "quota",
    metadata,
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("guild_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("user_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("tat_us", BigInt, nullable=False),
    sa.Column("active", sa.Integer, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("reserved", BigInt, nullable=False),
    sa.Column("spent", BigInt, nullable=False),
    sa.Column("served_at", Moment, nullable=False),
    # Added later, and so at the end of a table that was there before.
    sa.Column("day", sa.Text, nullable=False, server_default=""),
    sa.Column("day_reserved", BigInt, nullable=False, server_default="0"),
    sa.Column("day_spent", BigInt, nullable=False, server_default="0"),
    sa.CheckConstraint("active >= 0", name="active"),
    sa.CheckConstraint("reserved >= 0", name="reserved"),
    sa.CheckConstraint("spent >= 0", name="spent"),
    sqlite_with_rowid=False,
)
"""What a guild (user_id 0) or a member has used. `period` is the month of `reserved` and `spent`,
`day` the date of `day_reserved` and `day_spent`."""

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("job_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("guild_id", BigInt, nullable=False),
    sa.Column("user_id", BigInt, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("amount", BigInt, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("day", sa.Text, nullable=False, server_default=""),
    sa.CheckConstraint("amount >= 0", name="amount"),
    sa.Index("ix_ledger_period", "guild_id", "period"),
    sqlite_with_rowid=False,
)
"""Bookings, each kind at most once per job. Outlives the job: an erased prompt was still paid for."""

guilds = sa.Table(
    "guilds",
    metadata,
    sa.Column("guild_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("settings", JsonColumn, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Column("left_at", Moment),
)
"""A server's own settings, and since when the bot is no longer in it."""

favourites = sa.Table(
    "favourites",
    metadata,
    sa.Column("guild_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("user_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column(
        "job_id",
        BigInt,
        sa.ForeignKey("jobs.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("at", Moment, nullable=False),
    sa.Index("ix_favourites_job_id", "job_id"),
    sqlite_with_rowid=False,
)
"""What a member has marked, by the id of the card's job."""

workers = sa.Table(
    "workers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
)

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
TURN_LOCK = "turn"
"""The row of `meta` that whoever hands out turns locks, so that two processes never count at once."""
