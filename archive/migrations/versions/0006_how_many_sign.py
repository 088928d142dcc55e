"""How many people sign a destruction, by class; several accounts of one person; later looks at what was destroyed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.base import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ACCOUNTING = ("AC-VCH", "AC-RPT", "AC-ANN", "AC-HND", "AC-FA")


def upgrade() -> None:
    """Two everywhere, five for the accounting classes that the seed proposed and nobody has approved yet (R16)."""
    op.add_column("retention_class", sa.Column("approvers", sa.Integer(), server_default="2", nullable=False))
    op.add_column("destruction_batch", sa.Column("quorum", sa.Integer(), server_default="2", nullable=False))
    op.add_column("person", sa.Column("same_as", sa.String(length=36), nullable=True))
    op.create_table(
        "recheck",
        sa.Column("batch_id", sa.String(length=36), nullable=False),
        sa.Column("days", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["destruction_batch.id"], name=op.f("fk_recheck_batch_id_destruction_batch")
        ),
        sa.PrimaryKeyConstraint("batch_id", "days", name=op.f("pk_recheck")),
    )
    classes = sa.table("retention_class", sa.column("code"), sa.column("approvers"), sa.column("status"))
    mine = classes.c.code.in_(ACCOUNTING) & (classes.c.status == "proposed")
    op.execute(classes.update().where(mine).values(approvers=5))


def downgrade() -> None:
    """Two everywhere."""
    op.drop_table("recheck")
    op.drop_column("person", "same_as")
    op.drop_column("destruction_batch", "quorum")
    op.drop_column("retention_class", "approvers")
