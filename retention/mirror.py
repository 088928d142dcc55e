"""Holds, told to the store too: the legal hold of every original that is held, and of no other (records-rules R23).

The rows decide; the store is a second lock. What the rows want and the store was told stand side by side in `copy`, so
only the difference is carried over. What somebody changed in the store itself is found, logged and put right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from archive.audit import DESTROYER, SCHEDULER, Act, record
from archive.documents import NOT_HERE, Copy, Document, File, FileRole
from archive.errors import Fault
from archive.house import House
from archive.sites import PRIMARY
from archive.stores.port import Bucket, NoSuchObject, ObjectStore
from retention.holds import held_documents

PART: Final = 500


@dataclass(frozen=True, slots=True)
class Original:
    """One stored version of an original."""

    file_id: str
    document_id: str
    key: str
    version: str


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What a run did: holds set and dropped at all sites, those that a store had lost, and sites that were away."""

    placed: int
    dropped: int
    drifted: int
    away: tuple[str, ...] = ()


def mirror_holds(house: House, *, look: bool = False) -> Mirrored:
    """Bring the store in line with the rows; with `look` ask the store, too, about what it was told before."""
    drifted = placed = dropped = 0
    away: list[str] = []
    for site in house.sites():
        try:
            drifted += _look(house, site) if look else 0
            placed += _carry(house, site, on=True)
            dropped += _carry(house, site, on=False)
        except Fault:
            if site == PRIMARY:
                raise
            away.append(site)
    return Mirrored(placed, dropped, drifted, tuple(away))


def carry_holds(house: House, site: str) -> None:
    """The same at one site, for what has come there just now."""
    _carry(house, site, on=True)


def _originals(session: Session, site: str, wanted: ColumnElement[bool], after: str) -> list[Original]:
    rows = session.execute(
        select(Copy.file_id, File.document_id, File, Copy.version)
        .join(File, File.id == Copy.file_id)
        .join(Document, Document.id == File.document_id)
        .where(Copy.site == site, File.role == FileRole.ORIGINAL.value, Copy.file_id > after, wanted)
        .where(Copy.version != NOT_HERE)
        .order_by(Copy.file_id)
        .limit(PART)
    )
    return [Original(file_id, document_id, file.key, version) for file_id, document_id, file, version in rows]


def _carry(house: House, name: str, *, on: bool) -> int:
    """Set (or drop) what is wanted and not told yet; a crash between store and rows is mended by the next run."""
    site, done, after = house.writer_at(name), 0, ""
    wanted = and_(Copy.held.is_(not on), held_documents() if on else ~held_documents(), ~Document.destroying)
    while True:
        with house.database.reading() as session:
            part = _originals(session, site.site, wanted, after)
        if not part:
            return done
        after, told = part[-1].file_id, [original for original in part if _tell(site, original, on=on)]
        with house.database.transaction() as session:
            _note(session, site.site, told, on=on)
            if told:
                record(session, SCHEDULER, Act.HOLD_MIRRORED, "holds", detail=_detail(name, on, told))
        done += len(told)


def _detail(site: str, on: bool, told: Sequence[Original]) -> dict[str, object]:  # noqa: FBT001 - as in the log
    return {"on": on, "originals": len(told), "site": site}


def _tell(store: ObjectStore, original: Original, *, on: bool) -> bool:
    """False for an original that is missing: `verify` reports it."""
    try:
        store.set_hold(Bucket.RECORDS, original.key, original.version, on=on)
    except NoSuchObject:
        return False
    return True


def _note(session: Session, site: str, originals: Sequence[Original], *, on: bool) -> None:
    files = [original.file_id for original in originals]
    session.execute(update(Copy).where(Copy.site == site, Copy.file_id.in_(files)).values(held=on))


def _look(house: House, site: str) -> int:
    """Forget what the store was told where it says otherwise: the next run tells it anew."""
    store, after, lost = house.verifier_at(site), "", 0
    while True:
        with house.database.reading() as session:
            part = _originals(session, store.site, Copy.held.is_(True) & ~Document.destroying, after)
        if not part:
            return lost
        after = part[-1].file_id
        for original in [one for one in part if not _held(store, one)]:
            lost += 1
            with house.database.transaction() as session:
                _note(session, store.site, [original], on=False)
                record(session, SCHEDULER, Act.HOLD_DRIFTED, original.document_id, detail={"site": store.site})


def _held(store: ObjectStore, original: Original) -> bool:
    """An original that is missing is for `verify` to report, not a hold that was lost."""
    try:
        return store.held(Bucket.RECORDS, original.key, original.version)
    except NoSuchObject:
        return True


def drop_holds(house: House, *document_ids: str) -> None:
    """Before the point of no return: drop what a store still holds of documents that the rows keep no longer."""
    for site in house.sites():
        with house.database.reading() as session:
            stale = and_(Copy.held.is_(True), ~held_documents(), File.document_id.in_(document_ids))
            part = _originals(session, site, stale, "")
        for document_id in dict.fromkeys(original.document_id for original in part):
            _drop(house, site, document_id, [original for original in part if original.document_id == document_id])


def _drop(house: House, site: str, document_id: str, part: Sequence[Original]) -> None:
    """A site that is away keeps its hold until it is back: erasing there waits for that, too."""
    try:
        store = house.destroyer_at(site)
        told = [original for original in part if _tell(store, original, on=False)]
    except Fault:
        if site == PRIMARY:
            raise
        return
    if told:
        with house.database.transaction() as session:
            _note(session, site, told, on=False)
            record(session, DESTROYER, Act.HOLD_MIRRORED, document_id, detail=_detail(site, False, told))
