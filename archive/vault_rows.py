"""The key vault's rows and connections: a database of its own, apart from the main one and its backups."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, LargeBinary, String, create_engine, event, inspect, make_url, select
from sqlalchemy.engine import URL, Connection
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from archive.stores.disk import make_folders

_WAIT_SECONDS: Final = 30


class VaultRow(DeclarativeBase):
    """What the vault keeps."""


class WrappedKey(VaultRow):
    """One document's key, wrapped by the master key `master_id`."""

    __tablename__ = "vault_key"

    document_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    master_id: Mapped[str] = mapped_column(String(8), index=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[str] = mapped_column(String(32))


class Destroyed(VaultRow):
    """The tombstone of a destroyed key; never deleted."""

    __tablename__ = "vault_tombstone"

    document_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    certificate_no: Mapped[str] = mapped_column(String(64))
    at: Mapped[str] = mapped_column(String(32))


class Secret(VaultRow):
    """A secret of the installation: its root, a signing key; wrapped like a document's key."""

    __tablename__ = "vault_secret"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    master_id: Mapped[str] = mapped_column(String(8), index=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[str] = mapped_column(String(32))


class Note(VaultRow):
    """A fact about the vault itself: the master key in force, that it was exported."""

    __tablename__ = "vault_note"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(String(64))
    at: Mapped[str] = mapped_column(String(32))


def stands(url: str) -> bool:
    """Whether an embedded vault was begun at this address: then a missing master key is lost, not yet to be made."""
    parsed = make_url(url)
    return _is_sqlite(parsed) and Path(parsed.database or "").exists()


def in_use(url: str) -> bool:
    """Whether a vault was furnished at this address: what its master key wrapped, no other opens."""
    parsed = make_url(url)
    if _is_sqlite(parsed) and not Path(parsed.database or "").exists():
        return False
    engine = reading_engine(url)
    try:
        with engine.connect() as connection:
            noted = inspect(connection).has_table(Note.__tablename__)
            return noted and connection.execute(select(Note.name).limit(1)).first() is not None
    finally:
        engine.dispose()


def writing_engine(url: str) -> Engine:
    """Connections whose transactions take the write lock at once and are on the disk when committed."""
    parsed = make_url(url)
    if not _is_sqlite(parsed):
        return create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    _private_file(parsed)
    engine = create_engine(parsed, hide_parameters=True, connect_args={"timeout": _WAIT_SECONDS})
    event.listen(engine, "connect", _keep_nothing_deleted)
    event.listen(engine, "begin", _take_write_lock)
    return engine


def reading_engine(url: str) -> Engine:
    """Connections that can only read, each question by itself, so that none is answered from an older snapshot."""
    parsed = make_url(url)
    if not _is_sqlite(parsed):
        engine = create_engine(parsed, isolation_level="AUTOCOMMIT", pool_pre_ping=True, hide_parameters=True)
        event.listen(engine, "connect", _only_read)
        return engine
    address = Path(parsed.database or "").resolve().as_uri()
    read_only = parsed.set(database=address, query={"mode": "ro", "uri": "true"})
    waiting = {"timeout": _WAIT_SECONDS}
    return create_engine(read_only, isolation_level="AUTOCOMMIT", connect_args=waiting, hide_parameters=True)


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _private_file(url: URL) -> None:
    """An empty database file that only its owner may read, before SQLite makes one for everybody."""
    path = Path(url.database or "")
    if not path.exists():
        make_folders(path.parent)
        path.touch(mode=0o600)


def _keep_nothing_deleted(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own object
    """Overwrite what is deleted with zeros; no write-ahead file that keeps old pages; commit means on the disk."""
    connection.isolation_level = None  # «begin» below says BEGIN IMMEDIATE, the driver says nothing of its own
    for pragma in ("secure_delete=ON", "journal_mode=DELETE", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _only_read(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own object
    connection.execute("SET default_transaction_read_only = on")
    connection.commit()


def _take_write_lock(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
