"""Reports of finished appraisals, laid down for good."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.base import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table."""
    op.create_table(
        "appraisal_report",
        sa.Column("appraisal_id", sa.String(length=36), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appraisal_id"], ["appraisal.id"], name=op.f("fk_appraisal_report_appraisal_id_appraisal")
        ),
        sa.PrimaryKeyConstraint("appraisal_id", name=op.f("pk_appraisal_report")),
    )


def downgrade() -> None:
    """Without it."""
    op.drop_table("appraisal_report")
