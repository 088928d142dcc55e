"""Separator sheets, and what documents were made of that came out of stacks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.base import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "separator",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=True),
        sa.Column("folder_id", sa.String(length=36), nullable=True),
        sa.Column("document_type", sa.String(length=32), nullable=True),
        sa.Column("printed_by", sa.String(length=36), nullable=False),
        sa.Column("printed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_separator_customer_id_customer")),
        sa.ForeignKeyConstraint(["folder_id"], ["folder.id"], name=op.f("fk_separator_folder_id_folder")),
        sa.ForeignKeyConstraint(["printed_by"], ["person.id"], name=op.f("fk_separator_printed_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_separator")),
    )
    op.create_table(
        "origin",
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source_id", sa.String(length=36), nullable=False),
        sa.Column("source_sha256", sa.String(length=64), nullable=False),
        sa.Column("pages", sa.JSON(), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("separator_id", sa.String(length=36), nullable=True),
        sa.Column("doubt", sa.String(length=40), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.CheckConstraint("how IN ('stack','split','merge')", name=op.f("ck_origin_how")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_origin_document_id_document")),
        sa.ForeignKeyConstraint(["separator_id"], ["separator.id"], name=op.f("fk_origin_separator_id_separator")),
        sa.ForeignKeyConstraint(["source_id"], ["document.id"], name=op.f("fk_origin_source_id_document")),
        sa.PrimaryKeyConstraint("document_id", "ordinal", name=op.f("pk_origin")),
    )
    with op.batch_alter_table("origin", schema=None) as batch_op:
        batch_op.create_index("ix_origin_source", ["source_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("origin", schema=None) as batch_op:
        batch_op.drop_index("ix_origin_source")

    op.drop_table("origin")
    op.drop_table("separator")
