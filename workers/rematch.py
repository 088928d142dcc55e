"""Papers that waited in review for their customer to be registered: matched again from what was read of them.

Nothing is recognised anew. What a paper says stands in its fields and what its pages are in their rows, so that
customer and place are decided on exactly as at the end of its reading. Done twice, it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from archive.audit import READER, Act, record
from archive.doctypes import LABELS
from archive.documents import Document, Field, Page, State, changed, field_told, reasons_of
from archive.errors import Gone
from archive.jobs import Claim, finish, still_mine
from archive.own_types import type_label
from archive.sealing import DocumentKey
from workers.case import Outcome, keep_decisions, locked, log_filing, measured
from workers.filing import POLICY, decide_filing
from workers.match import match_customer
from workers.register import CustomerRows
from workers.sheets import Facts, FieldValue, Verdict
from workers.tools import Tools

CHUNK: Final = 200

WAITS: Final = (
    (Document.state == State.REVIEW.value)
    & Document.customer_id.is_(None)
    & Document.folder_id.is_(None)
    & Document.restricted.is_(False)
    & Document.destroying.is_(False)
    & Document.destroyed_at.is_(None)
)
"""In review, and nobody has said whose it is."""


def match_waiting(tools: Tools, held: Claim) -> None:
    """Give the customer who is the job's subject the papers that waited for them, each in a commit of its own."""
    for document_id in _naming(tools, held.subject):
        with tools.house.database.transaction() as session:
            still_mine(session, held)
            _take_up(tools, session, document_id, held.subject)
    with tools.house.database.transaction() as session:
        finish(session, held)


def _naming(tools: Tools, customer_id: str) -> Iterator[str]:
    """The waiting papers whose evidence names this customer, by id."""
    after = ""
    while True:
        with tools.house.database.reading() as session:
            asked = select(Document).where(WAITS, Document.id > after).order_by(Document.id).limit(CHUNK)
            part = session.scalars(asked).unique().all()
            keys = tools.house.vault.keys([document.id for document in part])
            found = [
                document.id
                for document in part
                if document.id in keys and _judged(tools, session, document, keys[document.id], customer_id)
            ]
        yield from found
        if not part:
            return
        after = part[-1].id


def _take_up(tools: Tools, session: Session, document_id: str, customer_id: str) -> None:
    """Decide on one paper anew, under its lock, unless somebody else did meanwhile."""
    try:
        document = locked(session, document_id)
    except Gone:
        return
    if session.scalar(select(Document.id).where(Document.id == document_id, WAITS)) is None:
        return
    key = tools.house.vault.key(document_id)
    outcome = _judged(tools, session, document, key, customer_id)
    if outcome is None:
        return
    keep_decisions(tools, session, key, document, outcome)
    told = {"customer": customer_id, "because": list(outcome.match.because), "state": document.state}
    record(session, READER, Act.DOCUMENT_MATCHED, document_id, detail=told, key=key)
    if document.state == State.FILED:
        log_filing(session, document)
    changed(session, document)


def _judged(tools: Tools, session: Session, document: Document, key: DocumentKey, customer_id: str) -> Outcome | None:
    """What is decided of the paper now, if its evidence names this customer."""
    because = {str(reason["about"]): list(reason["told"]) for reason in reasons_of(key, document)}
    kind = document.document_type or "other"
    name = type_label(session, kind)[0] if kind not in LABELS else ""
    verdict = Verdict(kind, document.type_confidence or 0.0, tuple(because.get("type", ())), name)
    facts = Facts(_fields(key, document.fields), tuple(because.get("fields", ())))
    match = match_customer(facts, kind, CustomerRows(session, tools.house.vault), tools.own_names)
    if match.customer_id != customer_id:
        return None
    pages = (Page.document_id == document.id) & (Page.reading == document.shown_reading)
    asked = select(Page).where(pages).options(defer(Page.text), defer(Page.words)).order_by(Page.number)
    sheets = [measured(page) for page in session.scalars(asked)]
    return Outcome(sheets, verdict, facts, match, decide_filing(sheets, verdict, facts, match, POLICY, []), [])


def _fields(key: DocumentKey, rows: Sequence[Field]) -> dict[str, FieldValue]:
    """The fields as they were read, or as people corrected them."""
    return {row.name: _value(row, field_told(key, row)) for row in rows}


def _value(row: Field, told: dict[str, Any]) -> FieldValue:
    box = tuple(told["box"]) if told.get("box") else None
    return FieldValue(
        str(told.get("value") or ""), row.confidence, row.page, box, told.get("because") or "",
        told.get("problem") or "",
    )  # fmt: skip
