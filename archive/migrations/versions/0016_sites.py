"""Sites beside the primary, and what each is still owed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.base import Instant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables."""
    op.create_table(
        "site",
        sa.Column("name", sa.String(length=32), primary_key=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("folder", sa.String(length=400), nullable=True),
        sa.Column("write_file", sa.String(length=400), nullable=True),
        sa.Column("destroy_file", sa.String(length=400), nullable=True),
        sa.Column("verify_file", sa.String(length=400), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("removed_at", Instant(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", Instant(), nullable=True),
        sa.Column("next_at", Instant(), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.CheckConstraint("state IN ('active','paused','removed')", name=op.f("ck_site_state")),
        sa.CheckConstraint(
            "(folder IS NULL) = (write_file IS NOT NULL AND destroy_file IS NOT NULL AND verify_file IS NOT NULL)",
            name=op.f("ck_site_place"),
        ),
    )
    op.create_table(
        "owed_copy",
        sa.Column("site", sa.String(length=32), sa.ForeignKey("site.name"), primary_key=True),
        sa.Column("bucket", sa.String(length=12), primary_key=True),
        sa.Column("key", sa.String(length=200), primary_key=True),
        sa.Column("document_id", sa.String(length=36), nullable=True),
        sa.Column("file_id", sa.String(length=36), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("named_at", Instant(), nullable=False),
        sa.Column("not_before", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
    )
    op.create_index("ix_owed_copy_site_named_at", "owed_copy", ["site", "named_at"])
    op.create_index("ix_owed_copy_document_id", "owed_copy", ["document_id"])
    op.create_index("ix_copy_site", "copy", ["site"])


def downgrade() -> None:
    """Without them."""
    op.drop_index("ix_copy_site", "copy")
    op.drop_table("owed_copy")
    op.drop_table("site")
