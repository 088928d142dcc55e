"""Which workers are at work, the request that a job came from, and pages by the moment they were read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.base import Instant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attendance",
        sa.Column("worker", sa.String(length=128), primary_key=True),
        sa.Column("queues", sa.String(length=64), nullable=False),
        sa.Column("sandbox", sa.String(length=16), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
    )
    op.add_column("job", sa.Column("request", sa.String(length=64), nullable=True))
    op.create_index("ix_page_read_at", "page", ["read_at"])


def downgrade() -> None:
    op.drop_index("ix_page_read_at", "page")
    op.drop_column("job", "request")
    op.drop_table("attendance")
