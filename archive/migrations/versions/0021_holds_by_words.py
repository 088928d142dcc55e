"""Holds by customer and by words within a query, and on which documents the words were looked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("hold_query") as table:
        table.add_column(sa.Column("customer_id", sa.String(length=36), nullable=True))
        table.add_column(sa.Column("words", sa.String(length=200), nullable=True))
        table.create_foreign_key(op.f("fk_hold_query_customer_id_customer"), "customer", ["customer_id"], ["id"])
    op.create_table(
        "hold_look",
        sa.Column("hold_id", sa.String(length=36), sa.ForeignKey("hold.id"), primary_key=True),
        sa.Column("document_id", sa.String(length=36), sa.ForeignKey("document.id"), primary_key=True),
        sa.Column("reading", sa.Integer(), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("hold_look")
    with op.batch_alter_table("hold_query") as table:
        table.drop_constraint(op.f("fk_hold_query_customer_id_customer"), type_="foreignkey")
        table.drop_column("words")
        table.drop_column("customer_id")
