"""Taking a scan in: bytes first, row second (invariant 1; reliability §3a).

    announce   an intent row names the object before it exists                          (commit)
    stow       seal into a temporary file, put, proved by the store
    receive    document, file, copy, job, log entry, idempotency row, intent closed     (commit)

A crash between the steps leaves an open intent, which `archive.reconcile` finds. This is the one use case that spans
two transactions; `take_in` is their edge for every door: page, API, command line and watched folder.
"""

from __future__ import annotations

import tempfile
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import BinaryIO, Final

from sqlalchemy import ColumnElement, ForeignKey, String, exists, func, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.access import Actor, ReadableScope
from archive.audit import Act, record
from archive.base import Id, Ref, Row, new_id, now
from archive.customers import living_customer
from archive.documents import (
    UNFILED_LEVEL,
    Copy,
    Document,
    File,
    FileRole,
    State,
    object_key,
)
from archive.errors import Conflict, Invalid, Refusal
from archive.folders import Folder, open_for_papers
from archive.house import House
from archive.jobs import Kind, enqueue
from archive.media import HEIC, OFD, READABLE, sniff
from archive.owed import name_files
from archive.own_types import need_type
from archive.people import Person, actor_for
from archive.readable import readable, readable_scope, the_folder, the_readable_customer
from archive.rights import Right
from archive.scan_batches import own_scan_batch
from archive.sealing import DocumentKey, Sealed, seal_stream, seal_text
from archive.stores.port import Bucket, Version

INTENT_LIFE = timedelta(hours=1)
SPOOL = 4 * 1024 * 1024
NAME_MAX = 200
TAKEN: Final = "PDF, TIFF, JPEG, PNG, BMP, WebP or JPEG 2000"
NAMED: Final = {OFD: "OFD", HEIC: "HEIC"}
"""Formats that are recognised so that they can be refused by their name (A1)."""
DUPLICATE = "duplicate"
"""The reason of review (`archive.reasons`) of a paper whose bytes were here before."""


class Unsupported(Refusal):
    """The bytes are of a kind that Anjuan does not take."""

    status = 415
    default_code = "unsupported_type"


class TooLarge(Refusal):
    """The file is larger than the installation takes."""

    status = 413
    default_code = "too_large"


class Intent(Row):
    """An object that is about to be put. Open past its expiry: reconcile."""

    __tablename__ = "intent"

    id: Mapped[Id]
    document_id: Mapped[Ref] = mapped_column(index=True)
    file_id: Mapped[Ref]
    owner_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(12), default="open")


class Idempotency(Row):
    """One answered request of one person: asked again, it has the same answer."""

    __tablename__ = "idempotency"

    person_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    request: Mapped[str] = mapped_column(String(64))
    document_id: Mapped[Ref] = mapped_column(ForeignKey("document.id"))
    created_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of one file: its name as given, and where it belongs if the person knows."""

    file_name: str
    customer_id: str | None = None
    folder_id: str | None = None
    document_type: str | None = None
    batch_id: str | None = None
    idempotency_key: str = ""

    def digest(self, content: str) -> str:
        """What makes two requests the same: content and order."""
        parts = (content, self.customer_id, self.folder_id, self.document_type, self.batch_id, self.file_name)
        return sha256("\0".join(part or "" for part in parts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Stowed:
    """A sealed original in the store, not yet named by a row."""

    document_id: str
    file_id: str
    key: DocumentKey
    sealed: Sealed
    version: Version
    media_type: str
    site: str


def take_in(house: House, actor: Actor, order: Order, source: BinaryIO) -> tuple[Document, bool]:
    """Take one file in. Returns the document and whether it is new (False: this request was answered before).

    Raises before anything is stored: Invalid (empty), Unsupported, TooLarge, NotFound (folder, customer or batch out of
    sight), Conflict (closed folder; the idempotency key stands for another request).
    """
    actor.need(Right.CAPTURE)
    media_type = examine(source, house.settings.max_upload_mib * 1024 * 1024)
    request = order.digest(_digest(source))
    intent = Intent(id=new_id(), document_id=new_id(), file_id=new_id(), owner_id=actor.id, state="open")
    with house.database.transaction() as session:
        if answered := _answered(session, actor, order, request):
            return answered, False
        _place(session, readable_scope(session, actor), actor, order)
        announce(session, intent)
    stowed = stow(house, intent, source, media_type)
    try:
        with house.database.transaction() as session:
            return receive(session, actor, order, stowed, request), True
    except IntegrityError:
        with house.database.transaction() as session:
            if answered := _answered(session, actor, order, request):
                return answered, False
        raise


def examine(source: BinaryIO, limit: int) -> str:
    """What a file is, by its content. Invalid when it is empty, TooLarge, Unsupported."""
    size = source.seek(0, 2)
    source.seek(0)
    if size == 0:
        raise Invalid("The file is empty. Nothing was kept; scan it again.", code="empty")
    if size > limit:
        raise TooLarge(f"The file is larger than {limit // 1024 // 1024} MiB. Split it, or ask for a higher limit.")
    media_type = sniff(source.read(4096))
    source.seek(0)
    if media_type is None:
        raise Unsupported(f"This is no {TAKEN}. Save the scan as one of these.")
    if media_type not in READABLE:
        name = NAMED[media_type]
        raise Unsupported(f"{name} is not read here. Save it as {TAKEN}.", code=f"unsupported_{name.lower()}")
    return media_type


def _digest(source: BinaryIO) -> str:
    digest = sha256()
    while chunk := source.read(SPOOL):
        digest.update(chunk)
    source.seek(0)
    return digest.hexdigest()


def _answered(session: Session, actor: Actor, order: Order, request: str) -> Document | None:
    if not order.idempotency_key:
        return None
    known = session.get(Idempotency, (actor.id, order.idempotency_key))
    if known is None:
        return None
    if known.request != request:
        raise Conflict("This Idempotency-Key was used for another request.", code="idempotency_key_reused")
    return session.get_one(Document, known.document_id)


def _place(session: Session, scope: ReadableScope, actor: Actor, order: Order) -> Folder | None:
    if order.document_type is not None:
        need_type(session, order.document_type)
    if len(order.idempotency_key) > 100:  # noqa: PLR2004 - the column's width
        raise Invalid("An Idempotency-Key has at most 100 characters.", code="idempotency_key_length")
    if order.batch_id:
        own_scan_batch(session, actor, order.batch_id)
    if order.customer_id:
        the_readable_customer(session, scope, order.customer_id)
        living_customer(session, order.customer_id)
    if not order.folder_id:
        return None
    folder = the_folder(session, scope, order.folder_id)
    open_for_papers(session, folder)
    if order.customer_id and folder.customer_id != order.customer_id:
        raise Invalid("The folder is another customer's.", errors=[{"field": "customer_id", "code": "mismatch"}])
    return folder


def announce(session: Session, intent: Intent) -> None:
    """Write down that an object is about to be put."""
    intent.created_at = now()
    intent.expires_at = intent.created_at + INTENT_LIFE
    session.add(intent)


def stow(house: House, intent: Intent, source: BinaryIO, media_type: str) -> Stowed:
    """Make the key, seal, and put what the intent names; proved by the store."""
    key = house.vault.create(intent.document_id)
    with tempfile.TemporaryFile(dir=house.settings.scratch) as sealed_file:
        sealed = seal_stream(key, intent.file_id, source, sealed_file)
        sealed_file.seek(0)
        version = house.site.put(
            Bucket.RECORDS,
            object_key(intent.document_id, intent.file_id),
            sealed_file,
            length=sealed.length,
            sha256=sealed.sha256,
        )
    return Stowed(intent.document_id, intent.file_id, key, sealed, version, media_type, house.site.site)


def receive(session: Session, actor: Actor, order: Order, stowed: Stowed, request: str) -> Document:
    """Name the stored original by rows, queue its reading, log it. The folder is asked again: it may have closed."""
    scope = readable_scope(session, actor)
    folder = _place(session, scope, actor, order)
    document = Document(
        id=stowed.document_id, state=State.RECEIVED.value, document_type=order.document_type,
        type_confidence=1.0 if order.document_type else None,
        customer_id=folder.customer_id if folder else order.customer_id,
        customer_given=bool(folder or order.customer_id),
        folder_id=folder.id if folder else None, batch_id=order.batch_id,
        department_id=folder.department_id if folder else actor.department_id,
        confidentiality=folder.confidentiality if folder else int(UNFILED_LEVEL),
        retention_class=folder.retention_class if folder else None,
        uploader_id=actor.id, received_at=now(), sha256=stowed.sealed.plain_sha256, size=stowed.sealed.plain_length,
        media_type=stowed.media_type, review=[],
        file_name=seal_text(stowed.key, "file_name", shown_name(order.file_name)),
    )  # fmt: skip
    session.add(document)
    session.flush()
    add_original(session, document, stowed)
    if order.idempotency_key:
        session.add(
            Idempotency(
                person_id=actor.id, key=order.idempotency_key, request=request, document_id=document.id,
                created_at=document.received_at,
            )
        )  # fmt: skip
    close_intent(session, stowed)
    told = {"sha256": document.sha256, "size": document.size, "media_type": document.media_type, "door": actor.origin}
    record(session, actor, Act.DOCUMENT_RECEIVED, document.id, detail=told)
    enqueue(session, Kind.READ_DOCUMENT, document.id, key=f"read:{document.id}:{document.reading}")
    return document


def add_original(session: Session, document: Document, stowed: Stowed) -> None:
    """Name the stowed object by a file's row."""
    copy = Copy(
        site=stowed.site, version=stowed.version.version, sealed_size=stowed.sealed.length,
        sealed_sha256=stowed.sealed.sha256, verified_at=document.received_at,
    )  # fmt: skip
    file = File(
        id=stowed.file_id, document_id=document.id, role=FileRole.ORIGINAL.value, bucket=Bucket.RECORDS.value,
        media_type=stowed.media_type, size=stowed.sealed.plain_length, sha256=stowed.sealed.plain_sha256,
        created_at=now(), copies=[copy],
    )  # fmt: skip
    name_files(session, [file])


def close_intent(session: Session, stowed: Stowed) -> None:
    """The object has its row now. Conflict when the intent was given up meanwhile."""
    mine = select(Intent).where(Intent.document_id == stowed.document_id, Intent.state == "open")
    intent = session.scalar(mine.with_for_update())
    if intent is None:
        raise Conflict("The upload took too long and was given up. Send it again.", code="upload_expired")
    intent.state = "done"


def shown_name(given: str) -> str:
    """A file's name fit to be shown: the last path part, no controls or direction marks, at most 200 characters."""
    name = given.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(char for char in name if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
    return kept.strip(" .")[:NAME_MAX] or "unnamed"


def duplicates(session: Session, scope: ReadableScope, document: Document) -> list[str]:
    """Other documents with the same bytes that this reader may see (A6; L19: never one they may not)."""
    return list(
        session.scalars(
            select(Document.id)
            .where(Document.sha256 == document.sha256, Document.id != document.id)
            .where(Document.destroyed_at.is_(None), Document.destroying.is_(False), readable(scope))
            .order_by(Document.received_at)
        )
    )


def twinned(scope: ReadableScope, among: ColumnElement[bool]) -> ColumnElement[bool]:
    """Which of these documents have another beside them of the same bytes that the reader may see too (A6; L19)."""
    asked = select(Document.sha256).where(among).correlate(None)
    there = Document.destroyed_at.is_(None) & Document.destroying.is_(False) & readable(scope)
    seen = select(Document.sha256).where(there, Document.sha256.in_(asked)).group_by(Document.sha256)
    return among & Document.sha256.in_(seen.having(func.count() > 1).correlate(None))


def came_before(session: Session, document: Document) -> bool:
    """Whether the uploader put in what they could have seen to be here already: then a person decides (A6; L19)."""
    uploader = session.get_one(Person, document.uploader_id)
    scope = readable_scope(session, actor_for(uploader, scopes=frozenset(), fresh_until=None))
    known = duplicates(session, scope, document)
    earlier = tuple_(Document.received_at, Document.id) < (document.received_at, document.id)
    return bool(known) and session.scalar(select(exists().where(Document.id.in_(known), earlier))) is True
