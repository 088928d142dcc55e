"""Results of the four-property checks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.base import Instant

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table; what is there is looked at by and by."""
    op.create_table(
        "property_check",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("reading", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(length=12), nullable=False),
        sa.Column("scheme", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("scanner", sa.String(length=120), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_check")),
    )
    op.create_index("ix_property_check_document_at", "property_check", ["document_id", "at"])
    op.create_index("ix_property_check_at", "property_check", ["at"])


def downgrade() -> None:
    """Without it."""
    op.drop_index("ix_property_check_at", table_name="property_check")
    op.drop_index("ix_property_check_document_at", table_name="property_check")
    op.drop_table("property_check")
