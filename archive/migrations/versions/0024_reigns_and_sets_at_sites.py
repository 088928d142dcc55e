"""Which copy of an installation counts, and the sets of rows and keys at its sites."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.base import Instant

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What stands was never promoted: it is in its first reign, which has no row."""
    op.create_table(
        "reign",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("base", sa.String(length=32), nullable=False),
        sa.Column("base_at", Instant(), nullable=True),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("by_base_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("state IN ('open','standby','superseded')", name="state"),
    )
    op.create_table(
        "site_set",
        sa.Column("site", sa.String(length=32), sa.ForeignKey("site.name"), primary_key=True),
        sa.Column("epoch", sa.String(length=32), primary_key=True),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("log_size", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("told_sha256", sa.String(length=64), nullable=False),
        sa.Column("verified_at", Instant(), nullable=True),
        sa.Column("keys_gone_at", Instant(), nullable=True),
        sa.Column("gone_at", Instant(), nullable=True),
    )


def downgrade() -> None:
    op.drop_table("site_set")
    op.drop_table("reign")
