"""Remember which prices an estimate was made with, and what is offered when a model fails.

Revision: r0003
After: r0002
"""

import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision = "r0002"
branch_labels = None
depends_on = None

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add columns; jobs of before have nothing to say in them."""
    op.add_column("jobs", sa.Column("priced_by", sa.Text()))
    op.add_column("jobs", sa.Column("failure_offer", sa.Text()))
    op.add_column("jobs", sa.Column("failure_offer_price", BigInt))
