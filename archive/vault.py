"""The key vault: every document's key, wrapped, in a database of its own that is in no long-lived backup.

What is promised:
- `create` has committed before it returns, so a key stands before any row or object needs it; a key without a
  document is an orphan that harms nobody.
- There is no cache of documents' keys: each read asks the database, so after `destroy` returned no process reads the
  key again. A destroyed document never gets another key.
- `rotate` wraps everything anew under a fresh master key and may be killed at any step; everything opens meanwhile,
  and other processes notice by themselves that the key file has changed.
- On SQLite a destroyed row is overwritten with noise and then with zeros (`secure_delete`). On PostgreSQL old row
  versions stay in pages and write-ahead log until `scrub` and the log's own turnover; what they hold is wrapped.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from archive.errors import Away, Fault, Gone
from archive.masterkey import MasterKey
from archive.sealing import KEY_LENGTH, NONCE, TAG, DocumentKey, bound, open_with, seal_with
from archive.vault_rows import Destroyed, Note, Secret, VaultRow, WrappedKey, reading_engine, writing_engine

_BATCH: Final = 200
_WRAPPED_LENGTH: Final = 1 + NONCE + KEY_LENGTH + TAG
_ROOT: Final = "root"
_ACTIVE: Final = "active master key"
_PREPARING: Final = 0x616E6A75616E  # «anjuan», the advisory lock under which tables are made


class KeyMissing(Fault):
    """A document has no key and was not destroyed: the vault is not the one that belongs to these rows."""


class KeyDestroyed(Gone):
    """The document was destroyed with its key; `extra['certificate_no']` names the proof."""


class Vault:
    """The keys of one installation, seen with one master key file. May be shared by threads, not across a fork."""

    def __init__(self, url: str, master: MasterKey) -> None:
        self._master = master
        self._writing = writing_engine(url)
        self._reading = reading_engine(url)
        self._own: dict[str, bytes] = {}
        self._lock = Lock()

    @property
    def master(self) -> MasterKey:
        """The master key as last read from its file."""
        return self._master

    def prepare(self) -> None:
        """Make the tables and the installation's own secret. Idempotent. MasterKeyRefused when the key is another's."""
        with _answering(), self._writing.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(_PREPARING)))
            VaultRow.metadata.create_all(connection)
            if _note(connection, _ACTIVE) is None:
                connection.execute(insert(Note).values(name=_ACTIVE, value=self._master.id, at=_now()))
        self.secret(_ROOT, lambda: os.urandom(KEY_LENGTH))

    def close(self) -> None:
        """Close the connections."""
        self._writing.dispose()
        self._reading.dispose()

    # Documents

    def create(self, document_id: str) -> DocumentKey:
        """The document's key, made and committed now unless it stands already. KeyDestroyed when it may have none."""
        with _answering(), self._writing.begin() as connection:
            by = self._in_force(connection)
            _refuse_destroyed(connection, document_id)
            row = _wrapped(connection, document_id)
            if row is None:
                secret = os.urandom(KEY_LENGTH)
                wrapped = self._master.wrap(by, _document(document_id), secret)
                values = {"document_id": document_id, "master_id": by, "wrapped": wrapped, "at": _now()}
                connection.execute(insert(WrappedKey).values(values))
                return DocumentKey(document_id, secret)
        return DocumentKey(document_id, self._unwrap(row[0], _document(document_id), row[1]))

    def key(self, document_id: str) -> DocumentKey:
        """The document's key. KeyDestroyed (410) names the certificate; KeyMissing when there never was one."""
        with _answering(), self._reading.connect() as connection:
            row = _wrapped(connection, document_id)
            if row is None:
                _refuse_destroyed(connection, document_id)
                raise KeyMissing(
                    f"The key vault holds no key of document {document_id}: it is of another time or place."
                )
        return DocumentKey(document_id, self._unwrap(row[0], _document(document_id), row[1]))

    def keys(self, document_ids: Collection[str]) -> dict[str, DocumentKey]:
        """The keys of several documents by one question; who has none is left out."""
        columns = select(WrappedKey.document_id, WrappedKey.master_id, WrappedKey.wrapped)
        with _answering(), self._reading.connect() as connection:
            rows = connection.execute(columns.where(WrappedKey.document_id.in_(document_ids))).all()
        return {name: DocumentKey(name, self._unwrap(by, _document(name), wrapped)) for name, by, wrapped in rows}

    def destroy(self, numbers: Mapping[str, str]) -> dict[str, datetime]:
        """Overwrite and delete the keys of these documents, leave tombstones with their certificates' numbers, commit.

        Says when each was destroyed. A repeated call changes nothing.
        """
        mine, noise = WrappedKey.document_id.in_(numbers), os.urandom(_WRAPPED_LENGTH)
        known = select(Destroyed.document_id, Destroyed.at).where(Destroyed.document_id.in_(numbers))
        with _answering(), self._writing.begin() as connection:
            connection.execute(update(WrappedKey).where(mine).values(wrapped=noise))
            connection.execute(delete(WrappedKey).where(mine))
            at = {document_id: earlier for document_id, earlier in connection.execute(known)}  # noqa: C416 - no pairs
            fresh = [
                {"document_id": document_id, "certificate_no": number, "at": _now()}
                for document_id, number in numbers.items()
                if document_id not in at
            ]
            if fresh:
                connection.execute(insert(Destroyed), fresh)
        at |= {row["document_id"]: row["at"] for row in fresh}
        return {document_id: datetime.fromisoformat(when) for document_id, when in at.items()}

    def absent(self, document_id: str) -> bool:
        """No key of this document is left, as a read-only connection sees it, with no older snapshot."""
        with _answering(), self._reading.connect() as connection:
            return _wrapped(connection, document_id) is None

    def destroyed(self, made_after: datetime | None = None) -> Iterator[tuple[str, str, datetime]]:
        """Document, certificate number and time of every destroyed key (since then), for a restore to replay."""
        columns = select(Destroyed.document_id, Destroyed.certificate_no, Destroyed.at).order_by(Destroyed.at)
        if made_after is not None:
            columns = columns.where(Destroyed.at >= _stamp(made_after))
        with _answering(), self._reading.connect() as connection:
            rows = connection.execute(columns).all()
        return ((name, number, datetime.fromisoformat(at)) for name, number, at in rows)

    def count_destroyed(self) -> int:
        """How many keys were destroyed."""
        with _answering(), self._reading.connect() as connection:
            return connection.scalar(select(func.count()).select_from(Destroyed)) or 0

    def orphans(self, known: Iterable[str], made_before: datetime) -> list[str]:
        """Documents that have a key older than that and are not known: uploads that died before their row stood."""
        columns = select(WrappedKey.document_id).where(WrappedKey.at < _stamp(made_before))
        with _answering(), self._reading.connect() as connection:
            names = set(connection.scalars(columns))
        return sorted(names.difference(known))

    def forget_orphan(self, document_id: str) -> None:
        """Delete the key of an upload that never became a document: no tombstone, since nothing was destroyed."""
        with _answering(), self._writing.begin() as connection:
            connection.execute(delete(WrappedKey).where(WrappedKey.document_id == document_id))

    def scrub(self) -> None:
        """Give back the pages of deleted rows (PostgreSQL; on SQLite they hold zeros already)."""
        if self._reading.dialect.name != "postgresql":
            return
        with _answering(), self._writing.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(
                f"VACUUM FULL {WrappedKey.__tablename__}"
            )

    # The installation's own secrets

    def secret(self, name: str, make: Callable[[], bytes]) -> bytes:
        """A named secret of the installation (a signing key), made on first use, then always the same."""
        found = self.stored_secret(name)
        if found is not None:
            return found
        try:
            with _answering(), self._writing.begin() as connection:
                by = self._in_force(connection)
                values = {"name": name, "master_id": by, "wrapped": self._master.wrap(by, _named(name), make())}
                connection.execute(insert(Secret).values(at=_now(), **values))
        except IntegrityError:
            pass  # another process made it between the two questions
        return self.secret(name, make)

    def stored_secret(self, name: str) -> bytes | None:
        """The named secret, None when nobody made it yet."""
        with _answering(), self._reading.connect() as connection:
            columns = select(Secret.master_id, Secret.wrapped).where(Secret.name == name)
            row = connection.execute(columns).first()
        return None if row is None else self._unwrap(row[0], _named(name), row[1])

    def blind(self, kind: str, value: str) -> str:
        """Keyed hash (HMAC-SHA-256, hex) by which rows are found by an exact number without holding it.

        The caller normalises the value; kinds keep a telephone number apart from an account number.
        """
        return hmac.new(self._derived("blind"), bound(kind, value), hashlib.sha256).hexdigest()

    def seal_own(self, place: str, plain: bytes) -> bytes:
        """Seal a value of no document (a customer's identifier, a TOTP secret), bound to its place in the rows."""
        return seal_with(AESGCM(self._derived("settings")), bound("own", place), plain)

    def open_own(self, place: str, sealed: bytes) -> bytes:
        """The value that `seal_own` sealed for this place; Damaged when it is another."""
        return open_with(AESGCM(self._derived("settings")), bound("own", place), sealed, place)

    # The master key

    def rotate(self) -> int:
        """Wrap everything anew under a fresh master key; says how many keys. Killed at any step, call it again."""
        with self._master.one_rotation():
            self._master = self._master.begin_rotation()
            with _answering(), self._writing.begin() as connection:
                change = update(Note).where(Note.name == _ACTIVE).values(value=self._master.id, at=_now())
                connection.execute(change)
            count = sum(self._rewrap(kind) for kind in (WrappedKey, Secret))
            self._master = self._master.end_rotation()
        return count

    def note_export(self) -> None:
        """Remember that the master key in force was exported in its two parts."""
        with _answering(), self._writing.begin() as connection:
            connection.execute(delete(Note).where(Note.name == f"exported {self._master.id}"))
            connection.execute(insert(Note).values(name=f"exported {self._master.id}", value="done", at=_now()))

    def exported(self) -> bool:
        """Whether the master key in force lies in the safe; until then the pages warn."""
        with _answering(), self._reading.connect() as connection:
            return _note(connection, f"exported {self._master.id}") is not None

    def _rewrap(self, kind: type[WrappedKey | Secret]) -> int:
        """Batch by batch, each its own commit, until no row is left under another key."""
        count = 0
        while batch := self._rewrap_batch(kind):
            count += batch
        return count

    def _rewrap_batch(self, kind: type[WrappedKey | Secret]) -> int:
        name, place = (WrappedKey.document_id, _document) if kind is WrappedKey else (Secret.name, _named)
        stale = select(name, kind.master_id, kind.wrapped).where(kind.master_id != self._master.id)
        with _answering(), self._writing.begin() as connection:
            rows = connection.execute(stale.limit(_BATCH).with_for_update()).all()
            for row_name, by, wrapped in rows:
                fresh = self._rewrapped(place(row_name), by, wrapped)
                change = update(kind).where(name == row_name).values(master_id=self._master.id, wrapped=fresh)
                connection.execute(change)
        return len(rows)

    def _rewrapped(self, place: str, by: str, wrapped: bytes) -> bytes:
        return self._master.wrap(self._master.id, place, self._master.unwrap(by, place, wrapped))

    def _in_force(self, connection: Connection) -> str:
        """The master key to wrap with, kept in force until this transaction ends, so that a rotation misses no row."""
        wanted = connection.scalar(select(Note.value).where(Note.name == _ACTIVE).with_for_update(read=True))
        if wanted is None:
            raise KeyMissing("The key vault was never prepared.")
        self._reload_for(wanted)
        return wanted

    def _unwrap(self, by: str, place: str, wrapped: bytes) -> bytes:
        self._reload_for(by)
        return self._master.unwrap(by, place, wrapped)

    def _reload_for(self, by: str) -> None:
        """Read the key file again when a rotation elsewhere has changed it."""
        if not self._master.holds(by):
            self._master = MasterKey.load(self._master.path)

    def _derived(self, purpose: str) -> bytes:
        with self._lock:
            if purpose not in self._own:
                root = self.secret(_ROOT, lambda: os.urandom(KEY_LENGTH))
                info = b"anjuan installation key: " + purpose.encode()
                self._own[purpose] = HKDF(algorithm=SHA256(), length=KEY_LENGTH, salt=None, info=info).derive(root)
            return self._own[purpose]


def _document(document_id: str) -> str:
    return f"key of document {document_id}"


def _named(name: str) -> str:
    return f"secret {name}"


def _now() -> str:
    return _stamp(datetime.now(UTC))


def _stamp(at: datetime) -> str:
    """UTC to the microsecond in a form whose order as text is the order in time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _note(connection: Connection, name: str) -> str | None:
    return connection.scalar(select(Note.value).where(Note.name == name))


def _wrapped(connection: Connection, document_id: str) -> tuple[str, bytes] | None:
    columns = select(WrappedKey.master_id, WrappedKey.wrapped).where(WrappedKey.document_id == document_id)
    return connection.execute(columns).first()


def _refuse_destroyed(connection: Connection, document_id: str) -> None:
    number = connection.scalar(select(Destroyed.certificate_no).where(Destroyed.document_id == document_id))
    if number is not None:
        raise KeyDestroyed(f"Destroyed; the proof is certificate {number}.", certificate_no=number)


@contextmanager
def _answering() -> Iterator[None]:
    """Say in the product's words that the vault's database did not answer."""
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise Away("The key vault did not answer; nothing was changed.") from error
