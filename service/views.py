"""How rows look to a reader: plain values for API and pages, with what the reader may not see already hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from archive.access import ReadableScope
from archive.base import today
from archive.customers import Customer
from archive.documents import Document, Field, File, FileRole, Page, field_told, title_of
from archive.folders import Folder
from archive.house import House
from archive.intake import DUPLICATE, duplicates
from archive.masking import KEPT_FIRST, KEPT_LAST, MASK, mask
from archive.parts import origins_of
from archive.people import Person
from archive.progress import Progress, progress_of
from archive.readable import readable, sees_unmasked
from archive.rights import Confidentiality
from archive.scan_batches import ScanBatch
from archive.sealing import DocumentKey
from retention.schedule import retention_of
from retention.sentences import sentences
from service.renditions import may_show_numbers

SHOWN_ROLES = frozenset({FileRole.ORIGINAL.value, FileRole.EARLIER.value, FileRole.SEARCHABLE.value})


def moment(at: datetime | None) -> str | None:
    """An instant as the API writes it."""
    return at.isoformat().replace("+00:00", "Z") if at else None


def day(at: date | None) -> str | None:
    """A date as the API writes it."""
    return at.isoformat() if at else None


def person_view(person: Person) -> dict[str, Any]:
    """An account without its secrets."""
    return {
        "id": person.id,
        "name": person.name,
        "department": person.department.name,
        "roles": sorted(person.role_set),
        "clearance": Confidentiality(person.clearance).label,
        "active": person.active,
        "must_change_password": person.must_change,
        "created_at": moment(person.created_at),
    }


def document_view(house: House, session: Session, scope: ReadableScope, document: Document) -> dict[str, Any]:
    """A document as the contract has it; identity numbers masked for who may not see them."""
    key, bare = house.vault.key(document.id), sees_unmasked(scope, document)
    return {
        "id": document.id,
        "state": document.state,
        "title": shown_title(key, document, scope),
        "archival_code": document.archival_code,
        "document_type": {"code": document.document_type, "confidence": document.type_confidence},
        "customer": customer_brief(document.customer),
        "folder": {"id": document.folder.id, "code": document.folder.code} if document.folder else None,
        "retention": retention_view(house, session, document),
        "confidentiality": document.level.label,
        "fields": {field.name: field_view(key, field, bare=bare) for field in document.fields},
        "pages": [page_view(page) for page in measured_pages(session, document)],
        "files": _shown_files(session, document) if bare or not may_show_numbers(document) else [],
        "review": shown_review(session, scope, document),
        "error": document.error,
        "sha256": document.sha256,
        "size": document.size,
        "media_type": document.media_type,
        "received_at": moment(document.received_at),
        "filed_at": moment(document.filed_at),
        "department": document.department.name,
        "progress": progress_view(progress_of(session, [document]).get(document.id)),
        "origins": _origins(session, scope, document),
        "masked": may_show_numbers(document) and not bare,
    }


def _origins(session: Session, scope: ReadableScope, document: Document) -> list[dict[str, Any]]:
    """What it was made of; a source that this reader may not see has no name here (invariant 6)."""
    origins = origins_of(session, document.id)
    sources = {origin.source_id for origin in origins}
    seen = set(session.scalars(select(Document.id).where(Document.id.in_(sources), readable(scope))))
    return [
        {
            "how": origin.how, "pages": list(origin.pages),
            "document_id": origin.source_id if origin.source_id in seen else None,
            "sha256": origin.source_sha256 if origin.source_id in seen else None,
        }
        for origin in origins
    ]  # fmt: skip


def shown_review(session: Session, scope: ReadableScope, document: Document) -> list[str]:
    """What waits for a person, as codes; that it has a twin only for who may see the twin (L19)."""
    codes = list(document.review)
    if DUPLICATE in codes and not duplicates(session, scope, document):
        codes.remove(DUPLICATE)
    return codes


def measured_pages(session: Session, document: Document) -> Sequence[Page]:
    """The document's pages without what they say, which may be long."""
    shown = (Page.document_id == document.id) & (Page.reading == document.shown_reading)
    asked = select(Page).where(shown).order_by(Page.number)
    return session.scalars(asked.options(defer(Page.text), defer(Page.words))).all()


def _shown_files(session: Session, document: Document) -> list[dict[str, Any]]:
    columns = select(File.role, File.media_type, File.size, File.sha256).order_by(File.role)
    shown = File.role.in_(SHOWN_ROLES) & File.reading.in_([0, document.shown_reading])
    rows = session.execute(columns.where(File.document_id == document.id, shown))
    return [dict(row) for row in rows.mappings()]


def retention_view(house: House, session: Session, document: Document) -> dict[str, Any]:
    """Class, status, event, due date, holds and why; `because` has the reasons as codes with values."""
    seen = retention_of(session, document, today(house.settings.zone))
    return {
        "class": seen.class_code,
        "status": seen.status.value,
        "event": seen.event.value if seen.event else None,
        "event_date": day(seen.event_date),
        "due_date": day(seen.due_date),
        "holds": [{"id": hold.id, "title": hold.title} for hold in seen.holds],
        "why": sentences(seen.why, "en"),
        "because": [{"code": reason.code, "values": dict(reason.values)} for reason in seen.why],
    }


def field_view(key: DocumentKey, field: Field, *, bare: bool) -> dict[str, Any]:
    """One field with its place on the paper."""
    told = field_told(key, field)
    value = told.get("value")
    return {
        "value": value if bare or not isinstance(value, str) else covered(field.name, value),
        "confidence": field.confidence,
        "page": field.page,
        "box": told.get("box"),
        "corrected": field.corrected,
        "problem": told.get("problem"),
    }


def covered(name: str, value: str) -> str:
    """A field's value for who may not see identity numbers; the field of one is covered however it was read."""
    if name == "id_no" and len(value) > KEPT_FIRST + KEPT_LAST:
        return value[:KEPT_FIRST] + MASK * (len(value) - KEPT_FIRST - KEPT_LAST) + value[-KEPT_LAST:]
    return MASK * len(value) if name == "id_no" else mask(value)


def shown_title(key: DocumentKey, document: Document, scope: ReadableScope) -> str:
    """The title as this reader may see it; nobody sees one of what is restricted to storage."""
    if document.restricted:
        return ""
    title = title_of(key, document)
    return title if sees_unmasked(scope, document) else mask(title)


def progress_view(seen: Progress | None) -> dict[str, Any] | None:
    """How far a document's reading has come; None when it is not being read, or its pages are not counted yet."""
    return asdict(seen) if seen else None


def page_view(page: Page) -> dict[str, Any]:
    """The measures of a page and what was found about it."""
    return {
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "dpi": page.dpi,
        "confidence": page.confidence,
        "findings": list(page.findings),
        "state": page.state,
        "source": page.source,
        "engine": page.engine,
        "error": page.error,
    }


def customer_brief(customer: Customer | None) -> dict[str, Any] | None:
    """A customer where it stands beside something else."""
    return {"id": customer.id, "number": customer.number, "name": customer.name} if customer else None


def customer_view(customer: Customer) -> dict[str, Any]:
    """A customer; which numbers are known of it, not the numbers themselves."""
    return {
        "id": customer.id,
        "number": customer.number,
        "kind": customer.kind,
        "name": customer.name,
        "identifiers": sorted(row.type for row in customer.identifiers),
        "merged_into": customer.merged_into,
        "created_at": moment(customer.created_at),
    }


def folder_view(folder: Folder) -> dict[str, Any]:
    """A folder as the contract has it."""
    return {
        "id": folder.id,
        "code": folder.code,
        "title": folder.title,
        "customer": customer_brief(folder.customer),
        "department": folder.department.name,
        "retention_class": folder.retention_class,
        "confidentiality": Confidentiality(folder.confidentiality).label,
        "state": folder.state,
        "opened_at": moment(folder.opened_at),
        "closed_on": day(folder.closed_on),
    }


def scan_batch_view(batch: ScanBatch) -> dict[str, Any]:
    """A stack of paper as it was announced."""
    return {
        "id": batch.id,
        "title": batch.title,
        "expected_files": batch.expected_files,
        "expected_pages": batch.expected_pages,
        "opened_at": moment(batch.opened_at),
        "closed_at": moment(batch.closed_at),
    }
