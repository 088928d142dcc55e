"""Arrangements of pages, and customers that were merged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.base import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer_merge",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kept_id", sa.String(length=36), nullable=False),
        sa.Column("gone_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("merged_by", sa.String(length=36), nullable=False),
        sa.Column("merged_at", Instant(), nullable=False),
        sa.Column("parted_by", sa.String(length=36), nullable=True),
        sa.Column("parted_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["gone_id"], ["customer.id"], name=op.f("fk_customer_merge_gone_id_customer")),
        sa.ForeignKeyConstraint(["kept_id"], ["customer.id"], name=op.f("fk_customer_merge_kept_id_customer")),
        sa.ForeignKeyConstraint(["merged_by"], ["person.id"], name=op.f("fk_customer_merge_merged_by_person")),
        sa.ForeignKeyConstraint(["parted_by"], ["person.id"], name=op.f("fk_customer_merge_parted_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_merge")),
    )
    with op.batch_alter_table("customer_merge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_merge_gone_id"), ["gone_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_merge_kept_id"), ["kept_id"], unique=False)

    op.create_table(
        "arrangement",
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("leaves", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_arrangement_document_id_document")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_arrangement_made_by_person")),
        sa.PrimaryKeyConstraint("document_id", "number", name=op.f("pk_arrangement")),
    )
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("merged_into", sa.String(length=36), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_column("merged_into")

    op.drop_table("arrangement")
    with op.batch_alter_table("customer_merge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_merge_kept_id"))
        batch_op.drop_index(batch_op.f("ix_customer_merge_gone_id"))

    op.drop_table("customer_merge")
