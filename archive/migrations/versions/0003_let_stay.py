"""A document that stays on the list of a batch and is let stay."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One state more."""
    _states("'pending','condemned','destroyed','released','kept'")


def downgrade() -> None:
    """One state less."""
    _states("'pending','condemned','destroyed','released'")


def _states(states: str) -> None:
    """SQLite copies the table, and its checks are not copied with it."""
    name = op.f("ck_batch_item_state")
    with op.batch_alter_table("batch_item") as table:
        if op.get_bind().dialect.name == "postgresql":
            table.drop_constraint(name, type_="check")
        table.create_check_constraint(name, f"state IN ({states})")
