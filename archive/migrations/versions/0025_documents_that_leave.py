"""An index of the documents that are being destroyed: every search asks for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

NAME = "ix_document_destroying"


def upgrade() -> None:
    """Few documents are in it at any time."""
    op.create_index(
        NAME, "document", ["id"], sqlite_where=sa.text("destroying = 1"), postgresql_where=sa.text("destroying")
    )


def downgrade() -> None:
    op.drop_index(NAME, table_name="document")
