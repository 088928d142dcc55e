"""Documents: one catalogued item with its files, pages and fields. What came from the paper rests sealed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session, relationship

from archive.base import Id, Ref, Row
from archive.customers import Customer
from archive.doctypes import LABELS
from archive.folders import Folder
from archive.jobs import Kind, enqueue
from archive.masking import RULE
from archive.people import Department
from archive.rights import Confidentiality
from archive.sealing import DocumentKey, open_json, open_text, seal_json, seal_text

DOCUMENT_TYPES = tuple(LABELS)

FIELDS = (
    "contract_no", "party_a", "party_b", "name", "id_no", "uscc", "cert_no", "invoice_no", "invoice_code",
    "customer_no", "legal_rep", "agent", "employer", "buyer", "seller", "founded", "signed", "issued", "expires",
    "amount",
)  # fmt: skip

UNFILED_LEVEL = Confidentiality.CONFIDENTIAL
"""An unfiled paper may be anything a customer hands in: the strictest usual level until somebody knows."""


class State(StrEnum):
    """Where processing stands, and nothing else."""

    RECEIVED = "received"
    READING = "reading"
    NEEDS_PASSWORD = "needs_password"  # noqa: S105 - a state
    REVIEW = "review"
    FILED = "filed"
    QUARANTINED = "quarantined"


UNREAD = frozenset({State.RECEIVED, State.READING, State.NEEDS_PASSWORD, State.QUARANTINED})


class FileRole(StrEnum):
    """What a file is of its document. A masked rendition is for readers without the right to see identity numbers.

    A picture is what goes into the searchable PDF where that is not the page image; kept until the PDF is put together.
    """

    ORIGINAL = "original"
    EARLIER = "earlier_original"
    SEARCHABLE = "searchable_pdf"
    SEARCHABLE_MASKED = "searchable_pdf_masked"
    PAGE = "page_image"
    PAGE_MASKED = "page_image_masked"
    THUMBNAIL = "thumbnail"
    THUMBNAIL_MASKED = "thumbnail_masked"
    PICTURE = "picture"
    PICTURE_MASKED = "picture_masked"


class Document(Row):
    """One item. `version` rises with every change that search must know; `indexed_version` is what it knows.

    `reading` counts how often it was read; `shown_reading` is the one whose pages and images people see: the last that
    was finished or, where none was, the one under way. `password`, sealed, opens an encrypted original.
    """

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint("confidentiality BETWEEN 0 AND 3", name="confidentiality"),
        CheckConstraint(
            "state IN ('received','reading','needs_password','review','filed','quarantined')", name="state"
        ),
        CheckConstraint("state <> 'filed' OR folder_id IS NOT NULL", name="filed_in_a_folder"),
        Index("ix_document_scope", "department_id", "confidentiality"),
        Index("ix_document_state_received", "state", "received_at"),
        Index("ix_document_uploader_received", "uploader_id", "received_at"),
        Index(
            "ix_document_unsettled",
            "id",
            sqlite_where=text("indexed_version < version"),
            postgresql_where=text("indexed_version < version"),
        ),
        Index(
            "ix_document_destroying",
            "id",
            sqlite_where=text("destroying = 1"),
            postgresql_where=text("destroying"),
        ),
    )

    id: Mapped[Id]
    state: Mapped[str] = mapped_column(String(16), default=State.RECEIVED.value)
    version: Mapped[int] = mapped_column(default=1)
    indexed_version: Mapped[int] = mapped_column(default=0)
    reading: Mapped[int] = mapped_column(default=1)
    shown_reading: Mapped[int] = mapped_column(default=1)
    password: Mapped[bytes | None] = mapped_column(LargeBinary)
    title: Mapped[bytes | None] = mapped_column(LargeBinary)
    file_name: Mapped[bytes | None] = mapped_column(LargeBinary)
    document_type: Mapped[str | None] = mapped_column(String(32), index=True)
    type_confidence: Mapped[float | None]
    called_type: Mapped[str | None] = mapped_column(String(32))
    called_sure: Mapped[float | None]
    """What reading called it, how surely, whatever a person said afterwards: so that its confidence can be checked."""
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"), index=True)
    customer_given: Mapped[bool] = mapped_column(default=False)
    folder_id: Mapped[str | None] = mapped_column(ForeignKey("folder.id"), index=True)
    batch_id: Mapped[str | None] = mapped_column(ForeignKey("scan_batch.id"), index=True)
    department_id: Mapped[Ref] = mapped_column(ForeignKey("department.id"))
    confidentiality: Mapped[int]
    retention_class: Mapped[str | None] = mapped_column(String(20), index=True)
    class_version: Mapped[int | None]
    class_reason: Mapped[str | None]
    archival_code: Mapped[str | None] = mapped_column(String(80), unique=True)
    uploader_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    received_at: Mapped[datetime]
    filed_at: Mapped[datetime | None]
    dated: Mapped[date | None]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(60))
    page_count: Mapped[int | None]
    pages_read: Mapped[int] = mapped_column(default=0)
    sensitive: Mapped[bool] = mapped_column(default=False)
    covered_by: Mapped[int] = mapped_column(default=RULE, server_default=text("0"))
    """The rule (`archive.masking.RULE`) that said whether it is sensitive, and by which its renditions are covered."""
    review: Mapped[list[Any]]
    because: Mapped[bytes | None] = mapped_column(LargeBinary)
    error: Mapped[str | None] = mapped_column(String(64))
    restricted: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Restricted to storage: `archive.readable` lets nobody read it, and the index does not know it."""
    destroying: Mapped[bool] = mapped_column(default=False)
    destroyed_at: Mapped[datetime | None]
    certificate_no: Mapped[str | None] = mapped_column(String(40), index=True)
    withdrawn: Mapped[str | None] = mapped_column(String(16))

    customer: Mapped[Customer | None] = relationship(lazy="joined")
    folder: Mapped[Folder | None] = relationship(lazy="joined")
    department: Mapped[Department] = relationship(lazy="joined")
    files: Mapped[list[File]] = relationship(order_by="File.role, File.page", lazy="select")
    pages: Mapped[list[Page]] = relationship(
        primaryjoin="and_(Document.id == foreign(Page.document_id), Document.shown_reading == foreign(Page.reading))",
        order_by="Page.number", lazy="select", viewonly=True,
    )  # fmt: skip
    fields: Mapped[list[Field]] = relationship(order_by="Field.name", lazy="select")

    @property
    def level(self) -> Confidentiality:
        """密级 as a value."""
        return Confidentiality(self.confidentiality)

    @property
    def unfinished(self) -> bool:
        """Whether the pages that are shown are those of a reading that did not come to its end, or not yet."""
        return self.shown_reading == self.reading and State(self.state) in UNREAD


class File(Row):
    """One object of a document, at `documents/{document_id}/{id}`; size and digest are of the plain bytes."""

    __tablename__ = "file"

    id: Mapped[Id]
    document_id: Mapped[Ref] = mapped_column(ForeignKey("document.id"), index=True)
    role: Mapped[str] = mapped_column(String(24))
    page: Mapped[int | None]
    reading: Mapped[int] = mapped_column(default=0)
    bucket: Mapped[str] = mapped_column(String(12))
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]

    copies: Mapped[list[Copy]] = relationship(lazy="selectin")

    @property
    def key(self) -> str:
        """The object's key in its bucket: opaque, and this document's alone (invariant 10)."""
        return object_key(self.document_id, self.id)


NOT_HERE: Final = ""
"""The version of a copy that a restore has still to fetch."""


class Copy(Row):
    """One stored version of a file at one site, as sealed; `NOT_HERE` after a restore, until it was fetched."""

    __tablename__ = "copy"

    file_id: Mapped[Ref] = mapped_column(ForeignKey("file.id"), primary_key=True)
    site: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)
    version: Mapped[str] = mapped_column(String(128))
    sealed_size: Mapped[int]
    sealed_sha256: Mapped[str] = mapped_column(String(64))
    verified_at: Mapped[datetime | None]
    held: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the store was told to hold it: what `retention.mirror` compares with the holds that stand."""


class Page(Row):
    """One page as read in one reading: its measures in the clear, its words sealed."""

    __tablename__ = "page"
    __table_args__ = (
        UniqueConstraint("document_id", "reading", "number", name="uq_page_number"),
        CheckConstraint("state IN ('recognised','blank','failed')", name="state"),
        Index("ix_page_read_at", "read_at"),
    )

    id: Mapped[Id]
    document_id: Mapped[Ref] = mapped_column(ForeignKey("document.id"), index=True)
    reading: Mapped[int] = mapped_column(default=1)
    number: Mapped[int]
    read_at: Mapped[datetime | None]
    width: Mapped[int]
    height: Mapped[int]
    dpi: Mapped[int]
    turn: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    confidence: Mapped[float]
    source: Mapped[str] = mapped_column(String(12))
    engine: Mapped[str] = mapped_column(String(80))
    findings: Mapped[list[Any]]
    error: Mapped[str] = mapped_column(String(64), default="")
    text: Mapped[bytes | None] = mapped_column(LargeBinary)
    words: Mapped[bytes | None] = mapped_column(LargeBinary)


class Field(Row):
    """One field of a document; value, place and reason rest sealed."""

    __tablename__ = "field"

    document_id: Mapped[Ref] = mapped_column(ForeignKey("document.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(24), primary_key=True)
    confidence: Mapped[float]
    page: Mapped[int]
    corrected: Mapped[bool] = mapped_column(default=False)
    sealed: Mapped[bytes]


def object_key(document_id: str, file_id: str) -> str:
    """Where an object of a document stands in its bucket."""
    return f"documents/{document_id}/{file_id}"


def seal_page(key: DocumentKey, page: Page, text: str, words: list[dict[str, Any]]) -> None:
    """Put a page's text (a line a line) and its words with boxes into the row, sealed."""
    page.text = seal_text(key, f"page/{page.number}/text", text)
    page.words = seal_json(key, f"page/{page.number}/words", words)


def page_text(key: DocumentKey, page: Page) -> str:
    """The text of a page, a line a line; nothing for a page that was blank or failed (its state says which)."""
    return open_text(key, f"page/{page.number}/text", page.text) if page.text else ""


def page_words(key: DocumentKey, page: Page) -> list[dict[str, Any]]:
    """The words of a page: `[{text, x, y, w, h, confidence, line}]`, in page pixels, in reading order."""
    if not page.words:
        return []
    words = open_json(key, f"page/{page.number}/words", page.words)
    return list(words) if isinstance(words, list) else []


def seal_password(key: DocumentKey, document: Document, password: str) -> None:
    """Keep the password of an encrypted original, sealed, for this and later readings."""
    document.password = seal_text(key, "password", password)


def password_of(key: DocumentKey, document: Document) -> str:
    """The password that was given for the original; nothing where none was."""
    return open_text(key, "password", document.password) if document.password else ""


def seal_field(key: DocumentKey, name: str, told: dict[str, Any]) -> bytes:
    """Seal what is known of a field: value, box, because, problem."""
    return seal_json(key, f"field/{name}", told)


def field_told(key: DocumentKey, field: Field) -> dict[str, Any]:
    """What is known of a field: value, box, because, problem."""
    told = open_json(key, f"field/{field.name}", field.sealed)
    return dict(told) if isinstance(told, dict) else {}


def values_of(key: DocumentKey, document: Document) -> dict[str, str]:
    """What its fields say, by name; empty for one without a value."""
    return {row.name: str(field_told(key, row).get("value") or "") for row in document.fields}


def seal_title(key: DocumentKey, document: Document, title: str) -> None:
    """Give the document a title made from the paper."""
    document.title = seal_text(key, "title", title)


def received_on(document: Document) -> date:
    """The organisation's day on which it came in: the zone is that of the session's database."""
    session = object_session(document)
    return document.received_at.astimezone(session.info.get("zone", UTC) if session else UTC).date()


def title_of(key: DocumentKey, document: Document) -> str:
    """The title, or the name of the file while nothing better is known."""
    if document.title:
        return open_text(key, "title", document.title)
    return file_name_of(key, document)


def file_name_of(key: DocumentKey, document: Document) -> str:
    """The name that the file came with, for show and for download; sanitised at the door."""
    return open_text(key, "file_name", document.file_name) if document.file_name else ""


def reasons_of(key: DocumentKey, document: Document) -> list[Any]:
    """Why the document is what and where it is, as the machine and people gave it."""
    told = open_json(key, "because", document.because) if document.because else []
    return list(told) if isinstance(told, list) else []


def outdated(document: Document) -> bool:
    """Whether an older rule covered it, which may have missed a number."""
    return document.covered_by < RULE and State(document.state) not in UNREAD


def cover_anew(session: Session, document: Document) -> None:
    """Have it covered by the present rule; asked again while that waits, it is one job."""
    key = f"cover:{document.id}:{document.reading}:{RULE}"
    enqueue(session, Kind.COVER_DOCUMENT, document.id, key=key, priority=6)


def changed(session: Session, document: Document) -> None:
    """Raise the version: search will not answer from what it knew before, and learns anew after the commit."""
    document.version = Document.version + 1  # counted by the database: of two changes at once none is swallowed
    session.flush()
    enqueue(session, Kind.INDEX_DOCUMENT, document.id, key=f"index:{document.id}:{document.version}", priority=5)
