"""Who has which paper of the review queue before them; numbers of customers that were taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.base import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "former_identifier",
        sa.Column("id", sa.String(length=36), primary_key=True),
        sa.Column("customer_id", sa.String(length=36), sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("taken_back_at", Instant(), nullable=False),
        sa.Column("taken_back_by", sa.String(length=36), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
    )
    op.create_index("ix_former_identifier_customer_id", "former_identifier", ["customer_id"])
    op.create_table(
        "review_lease",
        sa.Column("document_id", sa.String(length=36), sa.ForeignKey("document.id"), primary_key=True),
        sa.Column("person_id", sa.String(length=36), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("until", Instant(), nullable=False),
    )
    op.create_index("ix_review_lease_person_id", "review_lease", ["person_id"])


def downgrade() -> None:
    op.drop_table("review_lease")
    op.drop_table("former_identifier")
