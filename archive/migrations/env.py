"""Alembic's entry: runs revisions on the connection that `archive.database` hands over."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from archive.base import Instant, Row


def _render(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write our own column type by its name."""
    if kind == "type" and isinstance(item, Instant):
        autogen.imports.add("from archive.base import Instant")
        return "Instant()"
    return False


def run() -> None:
    """Migrate in one transaction, SQLite by copying tables where it must."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Row.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=False,
        render_item=_render,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
