"""Pages and images of several readings stand beside each other; an encrypted original's password, sealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.base import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was read before belongs to reading 0, and is shown."""
    op.add_column("document", sa.Column("shown_reading", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("document", sa.Column("password", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reading", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("read_at", Instant(), nullable=True))
        batch_op.drop_constraint("uq_page_number", type_="unique")
        batch_op.create_unique_constraint("uq_page_number", ["document_id", "reading", "number"])


def downgrade() -> None:
    """Keep the pages that are shown; those of other readings go."""
    op.execute("DELETE FROM page WHERE reading <> (SELECT shown_reading FROM document WHERE id = page.document_id)")
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.drop_constraint("uq_page_number", type_="unique")
        batch_op.create_unique_constraint("uq_page_number", ["document_id", "number"])
        batch_op.drop_column("read_at")
        batch_op.drop_column("reading")
    op.drop_column("document", "password")
    op.drop_column("document", "shown_reading")
