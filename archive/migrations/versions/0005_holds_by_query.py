"""Holds by query, and what the store was told to hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No original is held in the store yet: the first run of the mirror tells it."""
    op.create_table(
        "hold_query",
        sa.Column("hold_id", sa.String(length=36), nullable=False),
        sa.Column("document_type", sa.String(length=32), nullable=True),
        sa.Column("retention_class", sa.String(length=20), nullable=True),
        sa.Column("department_id", sa.String(length=36), nullable=True),
        sa.Column("dated_from", sa.Date(), nullable=True),
        sa.Column("dated_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_hold_query_department_id_department")
        ),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name=op.f("fk_hold_query_hold_id_hold")),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_hold_query")),
    )
    op.add_column("copy", sa.Column("held", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Holds by query are gone with their table."""
    op.drop_column("copy", "held")
    op.drop_table("hold_query")
