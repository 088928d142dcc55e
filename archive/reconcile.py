"""Reconciliation: what a crash left behind is found by its intent, kept for a grace time, then cleared (F01–F03).

An open intent past its expiry names an object that no row names: the upload was never acknowledged, and its sender
sends it again. So nothing is adopted. The object is an orphan for the grace time and then erased with its key.
Renditions without a row (a reader died between putting and committing) are treated alike; they can be made again.

An object of which these rows know nothing, neither intent nor document, is never erased here: the rows may be an older
copy than the objects (F20). `anjuan verify` lists it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import groupby, islice
from typing import Final

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.audit import SCHEDULER, Act, record
from archive.base import Row, now
from archive.documents import Document, File, State, object_key
from archive.errors import Fault, Refusal
from archive.house import House
from archive.intake import Intent
from archive.sites import PRIMARY
from archive.stores.port import Bucket, ObjectStore

GRACE: Final = timedelta(days=7)
TOGETHER: Final = 500
"""Keys about which the rows are asked at once."""


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
        asked = select(Intent).where(Intent.state == "open", Intent.expires_at <= at)
        expired = session.scalars(asked.with_for_update(skip_locked=True)).all()
        for intent in expired:
            key = object_key(intent.document_id, intent.file_id)
            intent.state = "expired"
            if session.get(Document, intent.document_id) is not None:  # a rescan that died: its document lives
                _note(session, Bucket.RECORDS, key, at)
            elif house.verifier.absent(Bucket.RECORDS, key):
                house.vault.forget_orphan(intent.document_id)
            else:
                _note(session, Bucket.RECORDS, key, at)
        return len(expired)


def _list_orphans(house: House, at: datetime) -> int:
    return sum(_list_at(house, site, at) for site in house.sites())


def _list_at(house: House, site: str, at: datetime) -> int:
    """At one site; one that is away is listed when it is back, by a later run."""
    found = 0
    try:
        for bucket in (Bucket.RECORDS, Bucket.RENDITIONS):
            for key in unnamed(house, house.verifier_at(site), bucket):
                with house.database.transaction() as session:
                    if left_by_us(session, bucket, key):
                        _note(session, bucket, key, at)
                        found += 1
    except Fault:
        if site == PRIMARY:
            raise
    return found


def left_by_us(session: Session, bucket: Bucket, key: str) -> bool:
    """Whether these rows know how the object came to be: an upload that expired, or a reading of a known document.

    What stands again of a document that was destroyed, at whatever site, is to go whoever brought it back.
    """
    document_id, file_id = ids_of(key)
    document = session.get(Document, document_id)
    if document is not None and document.destroyed_at is not None:
        return True
    expired = select(Intent.id).where(Intent.document_id == document_id, Intent.state == "expired")
    if bucket is Bucket.RECORDS:
        return session.scalar(expired.where(Intent.file_id == file_id)) is not None
    return document is not None or session.scalar(expired) is not None


def unnamed(house: House, store: ObjectStore, bucket: Bucket) -> Iterator[str]:
    """Keys of a bucket, unfinished uploads among them, that no row names and nobody is about to name.

    In the order of keys, as they are listed: the rows are asked for some hundreds at once, and none is remembered.
    """
    uploads = sorted({upload.key for upload in store.unfinished(bucket, "documents/")})
    listed = merge((version.key for version in store.keys(bucket, "documents/")), uploads)
    keys = (key for key, _ in groupby(listed))
    while some := list(islice(keys, TOGETHER)):
        with house.database.reading() as session:
            # asked in this order: whoever ended writing between the two questions has committed the row
            coming = _being_written(session, {ids_of(key)[0] for key in some})
            named = _named(session, some)
        yield from (key for key in some if ids_of(key)[0] not in coming and ids_of(key) not in named)


def ids_of(key: str) -> tuple[str, str]:
    """Document and file of a key; empty for a key of a shape that we never gave, which no row names."""
    parts = key.split("/")
    return (parts[1], parts[2]) if len(parts) == 3 else ("", "")  # noqa: PLR2004 - documents/{document}/{file}


def _named(session: Session, keys: Collection[str]) -> set[tuple[str, str]]:
    """Those that rows name, as `ids_of`; of a destroyed document only its stub's measures stand, which name nothing."""
    living = select(File.document_id, File.id).join(Document, Document.id == File.document_id)
    asked = living.where(Document.destroyed_at.is_(None), File.id.in_({ids_of(key)[1] for key in keys}))
    return {(document_id, file_id) for document_id, file_id in session.execute(asked)}


def _being_written(session: Session, document_ids: Collection[str]) -> set[str]:
    """Those to which an upload or a reading may still give what it put; a dead one ends by intent or by lease."""
    coming = select(Intent.document_id).where(Intent.document_id.in_(document_ids), Intent.state == "open")
    read = select(Document.id).where(Document.id.in_(document_ids), Document.state == State.READING.value)
    return {*session.scalars(coming), *session.scalars(read)}


def _note(session: Session, bucket: Bucket, key: str, at: datetime) -> None:
    if session.get(Orphan, (bucket.value, key)) is None:
        session.add(Orphan(bucket=bucket.value, key=key, seen_at=at))


def note_ripe_orphan(session: Session, bucket: Bucket, key: str) -> None:
    """For what was put of a document that was condemned meanwhile: it is cleared by the next run, without grace."""
    _note(session, bucket, key, now() - GRACE)


def _ripe(house: House, before: datetime) -> list[tuple[Bucket, str]]:
    with house.database.reading() as session:
        rows = session.execute(select(Orphan.bucket, Orphan.key).where(Orphan.seen_at <= before))
        return [(Bucket(bucket), key) for bucket, key in rows]


def _erase(house: House, orphan: tuple[Bucket, str]) -> bool:
    """Erase one orphan by the destroying credential; left alone when a row names it by now."""
    bucket, key = orphan
    document_id, _ = ids_of(key)
    with house.database.transaction() as session:
        kept = ids_of(key) in _named(session, [key])
        lives = session.get(Document, document_id) is not None
        session.delete(session.get_one(Orphan, (bucket.value, key)))
        if kept:
            return False
        record(session, SCHEDULER, Act.DOCUMENT_RECONCILED, document_id, detail={"bucket": bucket.value})
    if not lives:  # before the bytes: while they stand, a crash here is found again by them
        house.vault.forget_orphan(document_id)
    for site in house.sites():
        _erase_at(house, site, bucket, key)
    return True


def _erase_at(house: House, site: str, bucket: Bucket, key: str) -> None:
    """At one site; at one that is away it is listed again when that is back."""
    try:
        store = house.destroyer_at(site)
        for version in store.versions(bucket, key):
            store.purge(bucket, key, version.version)
        for upload in store.uploads(bucket, key):
            store.abort(bucket, upload)
    except (Fault, Refusal):
        if site == PRIMARY:
            raise
