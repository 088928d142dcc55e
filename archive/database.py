"""Engines and transactions: one commit for a request or a job, at the edge (invariant 2)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"

Bell = Callable[[list[tuple[str, str]]], None]
"""Rings for jobs, given as (id, kind), after the commit that made them; may fail without harm."""


def open_engine(url: str) -> Engine:
    """An engine for SQLite (WAL, FULL, BEGIN IMMEDIATE, foreign keys) or PostgreSQL (psycopg 3)."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(url, parsed.database)
    return create_engine(
        url,
        hide_parameters=True,  # an error's words go into logs and job rows
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=10,
        connect_args={"connect_timeout": 5, "options": "-c lock_timeout=10000 -c statement_timeout=60000"},
    )


def _sqlite(url: str, database: str | None) -> Engine:
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, record: object) -> None:  # noqa: ANN401 - the driver's own connection
        del record
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:  # noqa: ANN401 - as above
        read_only = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


class Database:
    """The rows of one installation: sessions that commit once, at the edge, and ring for the jobs they made."""

    def __init__(self, url: str, bell: Bell | None = None) -> None:
        self.engine = open_engine(url)
        self.bell = bell
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._readers = sessionmaker(self.engine.execution_options(read_only=True), expire_on_commit=False)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits when the block ends well, rolls back otherwise, and rings after the commit."""
        with self._sessions() as session:
            with session.begin():
                yield session
            self.ring(session)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads: on SQLite it takes no write lock, and nothing of it is kept."""
        with self._readers() as session:
            yield session

    def ring(self, session: Session) -> None:
        """Ring for the jobs that this session enqueued; a broken bell is no failure, the sweeper rings again."""
        jobs: list[tuple[str, str]] = session.info.pop("bell", [])
        if jobs and self.bell:
            self.bell(jobs)

    def migrate(self) -> None:
        """Bring the schema to the newest revision."""
        from alembic import command  # noqa: PLC0415 - large, and needed at a start alone

        with self.engine.begin() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def revision(self) -> tuple[str | None, str | None]:
        """The schema's revision and the newest that this code knows."""
        from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - as above

        with self.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        return current, newest_revision()

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


@cache
def newest_revision() -> str | None:
    """The newest revision that this code knows; reading them all takes milliseconds, and they do not change."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def alembic_config() -> Config:
    """Alembic on this package's revisions; the connection is handed over in `attributes`."""
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config
