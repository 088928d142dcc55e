"""Types that an organisation adds or retires; what reading called a paper before a person said otherwise."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.base import Instant

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Papers that were read before say nothing of what they were called: a correction has overwritten it."""
    op.create_table(
        "document_type",
        sa.Column("code", sa.String(length=32), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("zh", sa.String(length=60), nullable=False),
        sa.Column("en", sa.String(length=60), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("titles", "words", "fields")),
        sa.Column("retention_class", sa.String(length=20), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("changed_by", sa.String(length=36), sa.ForeignKey("person.id"), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_document_type_version")),
    )
    op.add_column("document", sa.Column("called_type", sa.String(length=32), nullable=True))
    op.add_column("document", sa.Column("called_sure", sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column("document", "called_sure")
    op.drop_column("document", "called_type")
    op.drop_table("document_type")
