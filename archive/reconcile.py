"""Reconciliation: what a crash left behind is found by its intent, kept for a grace time, then cleared (F01–F03).

An open intent past its expiry names an object that no row names: the upload was never acknowledged, and its sender
sends it again. So nothing is adopted. The object is an orphan for the grace time and then erased with its key.
Renditions without a row (a reader died between putting and committing) are treated alike; they can be made again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.audit import SCHEDULER, Act, record
from archive.base import Row, now
from archive.documents import Document, File, object_key
from archive.house import House
from archive.intake import Intent
from archive.stores.port import Bucket, ObjectStore

GRACE: Final = timedelta(days=7)


class Orphan(Row):
    """An object without a row, first seen then; erased after the grace time."""

    __tablename__ = "orphan"

    bucket: Mapped[str] = mapped_column(String(12), primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    seen_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many intents ended, objects were found without a row, and orphans were erased."""

    ended: int
    orphans: int
    erased: int


def reconcile(house: House, *, grace: timedelta = GRACE, at: datetime | None = None) -> Reconciled:
    """End expired intents, list orphans, erase those older than `grace` that still have no row. Repeatable."""
    moment = at or now()
    ended = _end_intents(house, moment)
    orphans = _list_orphans(house, moment)
    erased = sum(_erase(house, orphan) for orphan in _ripe(house, moment - grace))
    return Reconciled(ended, orphans, erased)


def _end_intents(house: House, at: datetime) -> int:
    with house.database.transaction() as session:
        expired = session.scalars(select(Intent).where(Intent.state == "open", Intent.expires_at <= at)).all()
        for intent in expired:
            key = object_key(intent.document_id, intent.file_id)
            intent.state = "expired"
            if house.verifier.absent(Bucket.RECORDS, key):
                house.vault.forget_orphan(intent.document_id)
            else:
                _note(session, Bucket.RECORDS, key, at)
        return len(expired)


def _list_orphans(house: House, at: datetime) -> int:
    found = 0
    for bucket in (Bucket.RECORDS, Bucket.RENDITIONS):
        for key in unnamed(house, house.verifier, bucket):
            with house.database.transaction() as session:
                _note(session, bucket, key, at)
            found += 1
    return found


def unnamed(house: House, store: ObjectStore, bucket: Bucket) -> Iterator[str]:
    """Keys of a bucket that no file row and no open intent names."""
    for version in store.keys(bucket, "documents/"):
        _, document_id, file_id = version.key.split("/")
        with house.database.reading() as session:
            named = session.get(File, file_id)
            coming = session.scalar(select(Intent.id).where(Intent.document_id == document_id, Intent.state == "open"))
        if named is None and coming is None:
            yield version.key


def _note(session: Session, bucket: Bucket, key: str, at: datetime) -> None:
    if session.get(Orphan, (bucket.value, key)) is None:
        session.add(Orphan(bucket=bucket.value, key=key, seen_at=at))


def _ripe(house: House, before: datetime) -> list[tuple[Bucket, str]]:
    with house.database.reading() as session:
        rows = session.execute(select(Orphan.bucket, Orphan.key).where(Orphan.seen_at <= before))
        return [(Bucket(bucket), key) for bucket, key in rows]


def _erase(house: House, orphan: tuple[Bucket, str]) -> bool:
    """Erase one orphan by the destroying credential; left alone when a row names it by now."""
    bucket, key = orphan
    _, document_id, file_id = key.split("/")
    with house.database.transaction() as session:
        kept = session.get(File, file_id) is not None
        lives = session.get(Document, document_id) is not None
        session.delete(session.get_one(Orphan, (bucket.value, key)))
        if kept:
            return False
        record(session, SCHEDULER, Act.DOCUMENT_RECONCILED, document_id, detail={"bucket": bucket.value})
    for version in house.destroyer.versions(bucket, key):
        house.destroyer.purge(bucket, key, version.version)
    for upload in house.destroyer.uploads(bucket, key):
        house.destroyer.abort(bucket, upload)
    if not lives:
        house.vault.forget_orphan(document_id)
    return True
