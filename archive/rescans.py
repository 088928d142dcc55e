"""The rescan list: what scan checks found on pages, until they are rescanned or accepted as they are (A7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ForeignKey, String, cast, or_, select
from sqlalchemy.orm import Mapped, Session, defer, mapped_column

from archive.access import ReadableScope
from archive.base import Ref, Row
from archive.documents import Document, Page
from archive.readable import readable

REASON_MAX: Final = 500
MOST: Final = 1_000
MINOR: Final = frozenset({"dpi_fair", "dpi_missing", "turned", "skew", "text_layer_rejected", "near_blank"})
"""Worth knowing, and no reason to fetch the paper again."""
FAILED: Final = "page_failed"
ASKED: Final = "asked"
"""A person at the review desk wants it scanned again."""


class Accepted(Row):
    """One finding of one page that a person takes as it is."""

    __tablename__ = "scan_accepted"

    document_id: Mapped[Ref] = mapped_column(ForeignKey("document.id"), primary_key=True)
    page: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    reason: Mapped[str] = mapped_column(String(REASON_MAX))
    accepted_by: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    accepted_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class ToRescan:
    """One page to be scanned again, and what was found about it: `{code, value, clause}` each."""

    document: Document
    page: int
    findings: tuple[Mapping[str, str], ...]


def rescan_list(
    session: Session, scope: ReadableScope, *, batch_id: str | None = None, document_id: str | None = None
) -> list[ToRescan]:
    """Pages in sight with findings that nobody has accepted, by batch if one is named; the latest papers first."""
    doubtful = or_(cast(Page.findings, String) != "[]", Page.state == "failed")
    asked = (
        select(Document, Page)
        .join(Page, (Page.document_id == Document.id) & (Page.reading == Document.shown_reading))
        .where(doubtful, readable(scope), Document.destroyed_at.is_(None), Document.destroying.is_(False))
        .options(defer(Page.text), defer(Page.words))
    )
    asked = asked.where(Document.batch_id == batch_id) if batch_id else asked
    asked = asked.where(Document.id == document_id) if document_id else asked
    rows = session.execute(asked.order_by(Document.received_at.desc(), Document.id, Page.number).limit(MOST)).unique()
    return list(_open(session, [(document, page) for document, page in rows]))


def _open(session: Session, rows: Sequence[tuple[Document, Page]]) -> Iterator[ToRescan]:
    ids = {document.id for document, _ in rows}
    taken = session.execute(
        select(Accepted.document_id, Accepted.page, Accepted.code).where(Accepted.document_id.in_(ids))
    )
    known = {(row.document_id, row.page, row.code) for row in taken}
    for document, page in rows:
        found = [{"code": FAILED, "value": page.error, "clause": "10.5.1"}] if page.state == "failed" else page.findings
        new = (each for each in found if (document.id, page.number, each["code"]) not in known)
        left = tuple(each for each in new if grave(each["code"]))
        if left:
            yield ToRescan(document, page.number, left)


def grave(code: str) -> bool:
    """Whether a finding asks for the paper; what a separator sheet left undone asks for a person only."""
    return code not in MINOR and not code.startswith("separator")
