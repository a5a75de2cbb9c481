"""Count money by the day too, remember favourites, and since when the bot has left a server.

Revision: r0004
After: r0003
"""

import sqlalchemy as sa
from alembic import op

revision = "r0004"
down_revision = "r0003"
branch_labels = None
depends_on = None

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add columns and a table; bookings of before belong to no day."""
    for table in ("quota", "ledger"):
        op.add_column(table, sa.Column("day", sa.Text(), nullable=False, server_default=""))
    for name in ("day_reserved", "day_spent"):
        op.add_column("quota", sa.Column(name, BigInt, nullable=False, server_default="0"))
    op.add_column("guilds", sa.Column("left_at", BigInt))
    op.create_table(
        "favourites",
        sa.Column("guild_id", BigInt, autoincrement=False, nullable=False),
        sa.Column("user_id", BigInt, autoincrement=False, nullable=False),
        sa.Column("job_id", BigInt, autoincrement=False, nullable=False),
        sa.Column("at", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_favourites_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("guild_id", "user_id", "job_id", name=op.f("pk_favourites")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_favourites_job_id", "favourites", ["job_id"])
