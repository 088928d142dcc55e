"""What people changed about a document, as the log keeps it: who put it where it is, and what happened meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.audit import Act, AuditEntry, detail_of
from archive.documents import Document
from archive.sealing import DocumentKey

CHANGES: Final = (
    Act.DOCUMENT_CORRECTED, Act.DOCUMENT_FILED, Act.DOCUMENT_REREAD, Act.DOCUMENT_RECOGNISED, Act.DOCUMENT_WITHDRAWN,
)  # fmt: skip
LATEST: Final = 20


@dataclass(frozen=True, slots=True)
class Change:
    """One act on a document: by whom (an id), when, and the names of what differs after it."""

    actor: str
    at: datetime
    act: str
    what: tuple[str, ...] = ()


def changes_since(session: Session, key: DocumentKey, document: Document, since: datetime) -> list[Change]:
    """What happened to it after that instant, newest first; the caller may read the document."""
    asked = select(AuditEntry).where(AuditEntry.subject == document.id, AuditEntry.at > since)
    asked = asked.where(AuditEntry.action.in_([act.value for act in CHANGES]))
    rows = session.scalars(asked.order_by(AuditEntry.at.desc()).limit(LATEST)).all()
    return [Change(row.actor, row.at, row.action, tuple(_differs(session, row, key))) for row in rows]


def placed_by(session: Session, key: DocumentKey, document: Document) -> str | None:
    """Who chose the customer or folder that it has: a person's id, None when the machine did."""
    asked = select(AuditEntry).where(AuditEntry.subject == document.id)
    asked = asked.where(AuditEntry.action == Act.DOCUMENT_CORRECTED.value).order_by(AuditEntry.at.desc())
    for row in session.scalars(asked.limit(LATEST)):
        if {"customer", "folder"} & set(_differs(session, row, key)):
            return row.actor
    return document.uploader_id if document.customer_given else None


def _differs(session: Session, entry: AuditEntry, key: DocumentKey) -> Iterator[str]:
    """The names of what a correction changed, fields among them."""
    told: dict[str, Any] = detail_of(session, entry, key) or {}
    before, after = told.get("before"), told.get("after")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    for name in after:
        if name != "fields" and before.get(name) != after[name]:
            yield name
    held, given = before.get("fields") or {}, after.get("fields") or {}
    yield from sorted(name for name in {*held, *given} if held.get(name) != given.get(name))
