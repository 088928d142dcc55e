"""By which rule identity numbers were covered: what an older one covered is covered anew when it is asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column: documents from before rules were counted are older than all of them."""
    op.add_column("document", sa.Column("covered_by", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Without it."""
    op.drop_column("document", "covered_by")
