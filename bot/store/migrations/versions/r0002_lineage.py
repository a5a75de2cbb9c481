"""Find what was made from a piece without reading every row.

Revision: r0002
After: r0001
"""

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"
branch_labels = None
depends_on = None

HAS_PARENT = sa.text("parent_id IS NOT NULL")


def upgrade() -> None:
    """Index parents; most pieces have none."""
    op.create_index(
        "ix_jobs_parent",
        "jobs",
        ["parent_id", "id"],
        sqlite_where=HAS_PARENT,
        postgresql_where=HAS_PARENT,
    )
