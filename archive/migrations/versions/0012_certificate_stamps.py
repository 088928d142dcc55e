"""Time stamps of certificates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.base import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table."""
    op.create_table(
        "certificate_stamp",
        sa.Column("certificate_no", sa.String(length=40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_no"], ["certificate.no"], name=op.f("fk_certificate_stamp_certificate_no_certificate")
        ),
        sa.PrimaryKeyConstraint("certificate_no", name=op.f("pk_certificate_stamp")),
    )


def downgrade() -> None:
    """Without it."""
    op.drop_table("certificate_stamp")
