"""The list of a batch as it was when its signatures were last voided: approvers see what differs from it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Lists whose signatures were voided before this have none: nothing is said of them."""
    op.add_column("destruction_batch", sa.Column("last_signed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("destruction_batch", "last_signed")
