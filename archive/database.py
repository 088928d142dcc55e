"""Engines and transactions: one commit for a request or a job, at the edge (invariant 2)."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session, sessionmaker

from archive.errors import Conflict, Damaged
from archive.stores.disk import make_folders

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"

Bell = Callable[[list[tuple[str, str]]], None]
"""Rings for jobs, given as (id, kind), after the commit that made them; may fail without harm."""


_PATIENT: Final = (
    "SET LOCAL statement_timeout = '2h'",  # a large table is copied or indexed
    "SET LOCAL lock_timeout = '2min'",  # another process that starts is at it
    "SELECT pg_advisory_xact_lock(7281932)",
    "SET LOCAL lock_timeout = '10s'",  # somebody still works: end, and nothing has changed
)


class Schema(StrEnum):
    """How a database stands to this code."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


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
        make_folders(Path(database).parent)
    shut = _shut(Path(database or ""))
    args = {"timeout": 30, "check_same_thread": False}
    engine = create_engine(_to_look_at(url) if shut else url, hide_parameters=True, connect_args=args)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, record: object) -> None:  # noqa: ANN401 - the driver's own connection
        del record
        connection.isolation_level = None
        for pragma in () if shut else ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:  # noqa: ANN401 - as above
        read_only = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _shut(place: Path) -> bool:
    """Whether rows stand in a folder that cannot be written: read-only, or another account's."""
    return place.is_file() and not os.access(place.parent, os.W_OK)


def _to_look_at(url: str) -> URL:
    """The rows of such a folder. Without a journal beside them nobody is at work, and SQLite need not make one."""
    parsed = make_url(url)
    place = Path(parsed.database or "").resolve()
    how = {"mode": "ro"} if place.with_name(f"{place.name}-wal").exists() else {"immutable": "1"}
    return parsed.set(database=place.as_uri(), query={**how, "uri": "true"})


@dataclass(eq=False, slots=True)
class _Brought:
    """What one thread brings to a transaction that several share."""

    write: Callable[[Session], object]
    done: bool = False


class Database:
    """The rows of one installation: sessions that commit once, at the edge, and ring for the jobs they made."""

    def __init__(self, url: str, bell: Bell | None = None, zone: tzinfo = UTC) -> None:
        self.engine = open_engine(url)
        self.bell = bell
        self._sessions = sessionmaker(self.engine, expire_on_commit=False, info={"zone": zone})
        self._brought: deque[_Brought] = deque()
        self._turn = threading.Lock()
        readers = self.engine.execution_options(read_only=True)
        self._readers = sessionmaker(readers, expire_on_commit=False, info={"zone": zone})

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits when the block ends well, rolls back otherwise, and rings after the commit."""
        with self._sessions() as session:
            with session.begin():
                yield session
            self.ring(session)

    def together(self, write: Callable[[Session], object]) -> None:
        """Do `write` in one transaction with what other threads bring meanwhile; back once that is committed.

        For small entries that many make at once: a commit waits for the disk. A transaction that fails stands for
        nobody, and each of those who shared it goes on by itself.
        """
        mine = _Brought(write)
        self._brought.append(mine)
        with self._turn:
            if not mine.done:
                others = [self._brought.popleft() for _ in range(len(self._brought))]
                self._write_together([mine, *(each for each in others if each is not mine)])

    def _write_together(self, brought: Sequence[_Brought]) -> None:
        """One transaction for all of them; for the first alone where that fails."""
        try:
            with self.transaction() as session:
                for each in brought:
                    each.write(session)
        except Exception:
            if len(brought) == 1:
                raise
            self._write_together(brought[:1])
        else:
            for each in brought:
                each.done = True

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

    def migrate(self, then: Callable[[Session], object] = lambda _: None) -> None:
        """Bring the schema to the newest revision, and do `then`, in one transaction: killed, nothing of it stands.

        Those who start at once wait for each other; Conflict when the schema is newer than this code.
        """
        from alembic import command  # noqa: PLC0415 - large, and needed at a start alone

        if self.schema() is Schema.NEWER:
            raise self.mismatch(Schema.NEWER)
        with self._rearranging() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            with Session(connection) as session:
                then(session)
                session.flush()

    @contextlib.contextmanager
    def _rearranging(self) -> Iterator[Connection]:
        """One transaction in which tables may be put in each other's place.

        SQLite alters a table by a copy that takes its name: its keys are looked at before the commit, not at each step.
        """
        with self.engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None  # noqa: S101 - just opened
            sqlite = connection.dialect.name == "sqlite"
            if sqlite:
                raw.execute("PRAGMA foreign_keys=OFF")  # means nothing once a transaction has begun
            try:
                with connection.begin():
                    for order in () if sqlite else _PATIENT:
                        connection.exec_driver_sql(order)
                    yield connection
                    if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                        raise Damaged(f"A row of {broken[0]} points at a row of {broken[2]} that is not there.")
            finally:
                if sqlite:
                    raw.execute("PRAGMA foreign_keys=ON")

    def settle(self, *, migrate: bool = False) -> None:
        """Make the schema of an empty database; Conflict, with what to do, when it is another version's.

        `migrate`: bring an older one forward, for who has a copy of it in hand.
        """
        found = self.schema()
        if found is Schema.EMPTY or (migrate and found is Schema.OLDER):
            self.migrate()
        elif found is not Schema.CURRENT:
            raise self.mismatch(found)

    def schema(self) -> Schema:
        """How the schema stands to this code."""
        current = self.revision()[0]
        if current is None:
            return Schema.EMPTY
        if current == newest_revision():
            return Schema.CURRENT
        return Schema.OLDER if current in known_revisions() else Schema.NEWER

    def mismatch(self, found: Schema) -> Conflict:
        """The refusal that says what to do about a schema of another version."""
        current, newest = self.revision()
        if found is Schema.OLDER:
            return Conflict(
                f"The data is of an earlier version (schema {current}, this one needs {newest}). Stop service and "
                "workers, then run «anjuan upgrade FOLDER --keys FOLDER»: it backs up first.",
                code="schema_older",
            )
        return Conflict(
            f"A newer version changed the data (schema {current}, this one knows up to {newest}), and this one would "
            "harm it. Install the newer version again; or bring back the set that was made before the upgrade, with "
            "«anjuan restore».",
            code="schema_newer",
        )

    def revision(self) -> tuple[str | None, str]:
        """The schema's revision and the newest that this code knows."""
        from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - as above

        with self.engine.execution_options(read_only=True).connect() as connection:
            return MigrationContext.configure(connection).get_current_revision(), newest_revision()

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def in_turn(session: Session, lock: int) -> None:
    """Wait until nobody else is between this and their commit, under the same number; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(lock)))


def newest_revision() -> str:
    """The newest revision that this code knows."""
    return known_revisions()[0]


@cache
def known_revisions() -> tuple[str, ...]:
    """Every revision that this code knows, the newest first; they do not change, and reading them takes its time."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    return tuple(script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions())


def alembic_config() -> Config:
    """Alembic on this package's revisions; the connection is handed over in `attributes`."""
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config
