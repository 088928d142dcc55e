"""Models of types that were learned from corrections, and which papers taught them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.base import Instant

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "type_model",
        sa.Column("id", sa.String(length=36), primary_key=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("weights", sa.Text(), nullable=True),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("corrections", "taught", "held_back", "right_before", "right_after")
        ),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("loss_before", "loss_after")),
        sa.CheckConstraint(
            "state IN ('in_use','older','set_aside','refused','erased')", name=op.f("ck_type_model_state")
        ),
        sa.CheckConstraint(
            "(weights IS NOT NULL) = (state IN ('in_use','older','set_aside'))", name=op.f("ck_type_model_weights")
        ),
    )
    op.create_table(
        "type_lesson",
        sa.Column("model_id", sa.String(length=36), sa.ForeignKey("type_model.id"), primary_key=True),
        sa.Column("document_id", sa.String(length=36), sa.ForeignKey("document.id"), primary_key=True),
    )
    op.create_index("ix_type_lesson_document_id", "type_lesson", ["document_id"])


def downgrade() -> None:
    op.drop_index("ix_type_lesson_document_id", "type_lesson")
    op.drop_table("type_lesson")
    op.drop_table("type_model")
