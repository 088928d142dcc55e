"""What points from one paper to another of the same customer, by keyed hashes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document_clue",
        sa.Column("document_id", sa.String(length=36), sa.ForeignKey("document.id"), primary_key=True),
        sa.Column("kind", sa.String(length=12), primary_key=True),
        sa.Column("digest", sa.String(length=64), primary_key=True),
    )
    op.create_index("ix_document_clue_digest", "document_clue", ["digest", "kind"])


def downgrade() -> None:
    op.drop_index("ix_document_clue_digest", "document_clue")
    op.drop_table("document_clue")
