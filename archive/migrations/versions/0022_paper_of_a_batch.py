"""What becomes of a batch's paper originals, and who watches it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.base import Instant

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

COLUMNS = {"paper_fate": 12, "paper_place": 200, "paper_method": 200}


def upgrade() -> None:
    """Batches that stand say nothing of their paper: it is no part of them."""
    for name, length in COLUMNS.items():
        op.add_column("destruction_batch", sa.Column(name, sa.String(length=length), nullable=True))
    op.create_table(
        "paper_supervisor",
        sa.Column("batch_id", sa.String(length=36), sa.ForeignKey("destruction_batch.id"), primary_key=True),
        sa.Column("person_id", sa.String(length=36), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("observed", sa.String(length=1000), nullable=True),
        sa.Column("statement", sa.LargeBinary(), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("confirmed_at", Instant(), nullable=True),
    )


def downgrade() -> None:
    op.drop_table("paper_supervisor")
    for name in COLUMNS:
        op.drop_column("destruction_batch", name)
