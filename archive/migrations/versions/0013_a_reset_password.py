"""When a password was last reset, and by whom: its owner is told, and signs nothing for a while."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.base import Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns; of earlier resets nothing is told."""
    op.add_column("person", sa.Column("reset_at", Instant(), nullable=True))
    op.add_column("person", sa.Column("reset_by", sa.String(length=36), nullable=True))


def downgrade() -> None:
    """Without them."""
    op.drop_column("person", "reset_by")
    op.drop_column("person", "reset_at")
