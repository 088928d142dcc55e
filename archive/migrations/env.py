"""Alembic's entry: runs revisions on the connection that `archive.database` hands over."""

from __future__ import annotations

from alembic import context

from archive.base import Row


def run() -> None:
    """Migrate in one transaction, SQLite by copying tables where it must."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Row.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
