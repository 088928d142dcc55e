"""Documents made of pages of other documents: a lossless extract, own objects, own key, and where it came from.

Invariant 10: nothing is shared, so that destroying one touches no other. Each part is stowed first (bytes first); all
parts of one act are then named in one commit (row second), so that a crash leaves nothing but open intents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import PurePath
from typing import Any, BinaryIO, Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.access import Actor
from archive.arrangements import Leaf, add_arrangement
from archive.audit import Act, Machine, record
from archive.base import Ref, Row, new_id, now
from archive.documents import UNFILED_LEVEL, Document, State
from archive.folders import Folder
from archive.house import House
from archive.intake import Intent, Stowed, add_original, announce, close_intent, stow
from archive.jobs import Kind, enqueue
from archive.sealing import seal_text
from archive.separators import Separator

STEM_MAX: Final = 150


class How(StrEnum):
    """By which act a document was made of others' pages."""

    STACK = "stack"
    SPLIT = "split"
    MERGE = "merge"


class Origin(Row):
    """One run of pages that a document was made of, in their order; `source_sha256` is of the source as received."""

    __tablename__ = "origin"
    __table_args__ = (
        CheckConstraint("how IN ('stack','split','merge')", name="how"),
        Index("ix_origin_source", "source_id"),
    )

    document_id: Mapped[Ref] = mapped_column(ForeignKey("document.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source_id: Mapped[Ref] = mapped_column(ForeignKey("document.id"))
    source_sha256: Mapped[str] = mapped_column(String(64))
    pages: Mapped[list[Any]]
    how: Mapped[str] = mapped_column(String(8))
    separator_id: Mapped[str | None] = mapped_column(ForeignKey(Separator.id))
    doubt: Mapped[str] = mapped_column(String(40), default="")
    made_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Run:
    """Pages of one source, counted from 1, in the order that they have in the part."""

    source_id: str
    source_sha256: str
    pages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A document to be named: what it is made of, and what is known of where it belongs."""

    runs: tuple[Run, ...]
    how: How
    file_name: str
    customer_id: str | None = None
    folder: Folder | None = None
    document_type: str | None = None
    separator_id: str | None = None
    doubt: str = ""
    leaves: tuple[Leaf, ...] = ()
    """Which way a person had turned its pages, where one had."""


def stow_part(house: House, owner_id: str, body: BinaryIO, media_type: str) -> Stowed:
    """Seal an extract under a key of its own and put it, proved by the store; an intent names it until a row does."""
    intent = Intent(id=new_id(), document_id=new_id(), file_id=new_id(), owner_id=owner_id, state="open")
    with house.database.transaction() as session:
        announce(session, intent)
    return stow(house, intent, body, media_type)


def name_part(session: Session, actor: Actor | Machine, like: Document, part: Part, stowed: Stowed) -> Document:
    """Name a stowed extract by rows, queue its reading. `like` gives uploader, batch and, without a folder, place."""
    folder = part.folder
    document = Document(
        id=stowed.document_id, state=State.RECEIVED.value, document_type=part.document_type,
        type_confidence=1.0 if part.document_type else None,
        customer_id=folder.customer_id if folder else part.customer_id,
        customer_given=bool(folder or part.customer_id), folder_id=folder.id if folder else None,
        batch_id=like.batch_id, department_id=folder.department_id if folder else like.department_id,
        confidentiality=folder.confidentiality if folder else max(like.confidentiality, int(UNFILED_LEVEL)),
        retention_class=folder.retention_class if folder else None, uploader_id=like.uploader_id, received_at=now(),
        sha256=stowed.sealed.plain_sha256, size=stowed.sealed.plain_length, media_type=stowed.media_type, review=[],
        file_name=seal_text(stowed.key, "file_name", part.file_name),
    )  # fmt: skip
    session.add(document)
    session.flush()
    add_original(session, document, stowed)
    _add_origins(session, document, part)
    if any(leaf.turn is not None for leaf in part.leaves):
        add_arrangement(session, document.id, part.leaves, document.uploader_id)
    close_intent(session, stowed)
    told = {
        "sha256": document.sha256, "size": document.size, "media_type": document.media_type, "how": part.how.value,
        "from": [{"document": run.source_id, "pages": list(run.pages)} for run in part.runs],
    }  # fmt: skip
    record(session, actor, Act.DOCUMENT_RECEIVED, document.id, detail=told)
    enqueue(session, Kind.READ_DOCUMENT, document.id, key=f"read:{document.id}:{document.reading}")
    return document


def _add_origins(session: Session, document: Document, part: Part) -> None:
    session.add_all(
        Origin(
            document_id=document.id, ordinal=number, source_id=run.source_id, source_sha256=run.source_sha256,
            pages=list(run.pages), how=part.how.value, separator_id=part.separator_id, doubt=part.doubt,
            made_at=document.received_at,
        )
        for number, run in enumerate(part.runs)
    )  # fmt: skip


def origins_of(session: Session, document_id: str) -> Sequence[Origin]:
    """What a document was made of, in order; nothing for one that came as it is."""
    asked = select(Origin).where(Origin.document_id == document_id).order_by(Origin.ordinal)
    return session.scalars(asked).all()


def part_name(source: str, pages: Sequence[int]) -> str:
    """The name of an extract, from its source's name and its pages: `scan 3-7.pdf`."""
    path = PurePath(source)
    run = f"{pages[0]}-{pages[-1]}" if len(pages) > 1 else str(pages[0])
    return f"{path.stem[:STEM_MAX]} {run}{path.suffix}"
