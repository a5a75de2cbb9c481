"""The first tables: jobs with their cards and events, quotas and ledger, guilds, workers, search.

Revision: r0001
After: nothing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
IS_OPEN = sa.text("finished_at IS NULL")
OWES_WORK = sa.text("shown_at IS NULL")
FOLLOWS_LEADER = sa.text("leader_id IS NOT NULL")


def upgrade() -> None:
    """Make everything."""
    make_jobs()
    make_job_parts()
    make_limits()
    make_rest()
    op.execute("INSERT INTO meta (key, value) VALUES ('turn', '')")
    if op.get_bind().dialect.name == "sqlite":
        make_search_sqlite()
    else:
        make_search_postgresql()


def make_jobs() -> None:
    """One row per job."""
    op.create_table(
        "jobs",
        sa.Column("id", BigInt, autoincrement=False, nullable=False),
        sa.Column("guild_id", BigInt, nullable=False),
        sa.Column("user_id", BigInt, nullable=False),
        sa.Column("channel_id", BigInt, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text()),
        sa.Column("arguments", Json, nullable=False),
        sa.Column("options", Json, nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("estimate", BigInt, nullable=False),
        sa.Column("cost", BigInt),
        sa.Column("parent_id", BigInt),
        sa.Column("interaction_token", sa.Text()),
        sa.Column("leader_id", BigInt),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("card_id", BigInt),
        sa.Column("request_id", sa.Text()),
        sa.Column("status_url", sa.Text()),
        sa.Column("response_url", sa.Text()),
        sa.Column("cancel_url", sa.Text()),
        sa.Column("queue_position", sa.Integer()),
        sa.Column("result", Json),
        sa.Column("failure_code", sa.Text()),
        sa.Column("failure_sentence", sa.Text()),
        sa.Column("files", Json, nullable=False),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", BigInt),
        sa.Column("created_at", BigInt, nullable=False),
        sa.Column("updated_at", BigInt, nullable=False),
        sa.Column("submit_at", BigInt),
        sa.Column("started_at", BigInt),
        sa.Column("finished_at", BigInt),
        sa.Column("cancel_at", BigInt),
        sa.Column("shown_at", BigInt),
        sa.Column("next_run_at", BigInt, nullable=False),
        sa.CheckConstraint("cost >= 0", name=op.f("ck_jobs_cost")),
        sa.CheckConstraint("estimate >= 0", name=op.f("ck_jobs_estimate")),
        sa.CheckConstraint(
            "shown_at IS NULL OR finished_at IS NOT NULL", name=op.f("ck_jobs_shown")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("provider", "request_id", name=op.f("uq_jobs_provider_request_id")),
        # Rows are rewritten at every move; room on the page keeps that from touching the indexes.
        postgresql_with={"fillfactor": 80, "autovacuum_vacuum_scale_factor": 0.02},
    )
    for name, column, where in (
        ("ix_jobs_due", "next_run_at", OWES_WORK),
        ("ix_jobs_lease", "lease_owner", OWES_WORK),
        ("ix_jobs_state", "state", IS_OPEN),
        ("ix_jobs_leader", "leader_id", FOLLOWS_LEADER),
    ):
        op.create_index(name, "jobs", [column], sqlite_where=where, postgresql_where=where)
    op.create_index("ix_jobs_guild", "jobs", ["guild_id", "id"])
    op.create_index("ix_jobs_member", "jobs", ["guild_id", "user_id", "id"])


def make_job_parts() -> None:
    """What belongs to a job and goes with it."""
    op.create_table(
        "cards",
        sa.Column("message_id", BigInt, autoincrement=False, nullable=False),
        sa.Column("job_id", BigInt, nullable=False),
        sa.Column("channel_id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_cards_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_cards")),
    )
    op.create_index("ix_cards_job_id", "cards", ["job_id"])
    op.create_table(
        "job_events",
        sa.Column("job_id", BigInt, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", BigInt, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_job_events_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "version", name=op.f("pk_job_events")),
        sqlite_with_rowid=False,
    )


def make_limits() -> None:
    """What was used, and what was booked."""
    op.create_table(
        "quota",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("guild_id", BigInt, autoincrement=False, nullable=False),
        sa.Column("user_id", BigInt, autoincrement=False, nullable=False),
        sa.Column("tat_us", BigInt, nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("reserved", BigInt, nullable=False),
        sa.Column("spent", BigInt, nullable=False),
        sa.Column("served_at", BigInt, nullable=False),
        sa.CheckConstraint("active >= 0", name=op.f("ck_quota_active")),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_quota_reserved")),
        sa.CheckConstraint("spent >= 0", name=op.f("ck_quota_spent")),
        sa.PrimaryKeyConstraint("scope", "guild_id", "user_id", name=op.f("pk_quota")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger",
        sa.Column("job_id", BigInt, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("guild_id", BigInt, nullable=False),
        sa.Column("user_id", BigInt, nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("amount", BigInt, nullable=False),
        sa.Column("at", BigInt, nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_ledger_amount")),
        sa.PrimaryKeyConstraint("job_id", "kind", name=op.f("pk_ledger")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ledger_period", "ledger", ["guild_id", "period"])


def make_rest() -> None:
    """Settings of guilds, living processes, odds and ends."""
    op.create_table(
        "guilds",
        sa.Column("guild_id", BigInt, autoincrement=False, nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("updated_at", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_guilds")),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("started_at", BigInt, nullable=False),
        sa.Column("seen_at", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )


def make_search_sqlite() -> None:
    """Index prompts for search within a guild.

    The guild is a word of its own in the index, so that a search never walks through the matches
    of others. The index keeps no copy of the text: the view gives it back when a row changes. The
    triggers go when the table is rebuilt, so a later migration that rebuilds `jobs` makes them
    again.
    """
    op.execute(
        "CREATE VIEW job_search AS SELECT id, 'g' || guild_id AS guild,"
        " coalesce(search_text, prompt) AS words FROM jobs"
    )
    op.execute(
        "CREATE VIRTUAL TABLE job_fts USING fts5(guild, words, content='job_search',"
        " content_rowid='id', columnsize=0, tokenize='unicode61 remove_diacritics 2')"
    )
    added = (
        "INSERT INTO job_fts (rowid, guild, words)"
        " VALUES (new.id, 'g' || new.guild_id, coalesce(new.search_text, new.prompt));"
    )
    removed = (
        "INSERT INTO job_fts (job_fts, rowid, guild, words)"
        " VALUES ('delete', old.id, 'g' || old.guild_id, coalesce(old.search_text, old.prompt));"
    )
    op.execute(f"CREATE TRIGGER job_fts_insert AFTER INSERT ON jobs BEGIN {added} END")
    op.execute(f"CREATE TRIGGER job_fts_delete AFTER DELETE ON jobs BEGIN {removed} END")
    op.execute(
        "CREATE TRIGGER job_fts_update AFTER UPDATE OF guild_id, prompt, search_text ON jobs"
        f" BEGIN {removed} {added} END"
    )


def make_search_postgresql() -> None:
    """Index prompts for search within a guild."""
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
    op.execute(
        "CREATE INDEX ix_jobs_search ON jobs USING gin"
        " (guild_id, to_tsvector('simple', coalesce(search_text, prompt)))"
    )
