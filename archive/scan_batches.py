"""Scan batches: a stack of paper as it came in, with what was expected of it (mission A2)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.access import Actor
from archive.audit import Act, record
from archive.base import Id, Ref, Row, new_id, now
from archive.errors import Invalid, NotFound
from archive.rights import Right


class ScanBatch(Row):
    """One stack, its owner, and how many files and pages the paper has."""

    __tablename__ = "scan_batch"
    __table_args__ = (CheckConstraint("expected_files >= 0 AND expected_pages >= 0", name="expected"),)

    id: Mapped[Id]
    title: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"), index=True)
    department_id: Mapped[Ref] = mapped_column(ForeignKey("department.id"))
    expected_files: Mapped[int | None]
    expected_pages: Mapped[int | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


def open_scan_batch(
    session: Session, actor: Actor, *, title: str, expected_files: int | None = None, expected_pages: int | None = None
) -> ScanBatch:
    """Begin a stack."""
    actor.need(Right.CAPTURE)
    title = " ".join(title.split())[:200]
    if not title:
        raise Invalid("A scan batch needs a title.", errors=[{"field": "title", "code": "missing"}])
    batch = ScanBatch(
        id=new_id(), title=title, owner_id=actor.id, department_id=actor.department_id,
        expected_files=expected_files, expected_pages=expected_pages, opened_at=now(),
    )  # fmt: skip
    session.add(batch)
    session.flush()
    record(session, actor, Act.SCAN_BATCH_OPENED, batch.id, detail={"files": expected_files, "pages": expected_pages})
    return batch


def own_scan_batch(session: Session, actor: Actor, batch_id: str) -> ScanBatch:
    """The actor's own batch; NotFound for everybody else's."""
    batch = session.get(ScanBatch, batch_id)
    if batch is None or batch.owner_id != actor.id:
        raise NotFound
    return batch


def close_scan_batch(session: Session, actor: Actor, batch_id: str) -> ScanBatch:
    """Say that the whole stack is in."""
    batch = own_scan_batch(session, actor, batch_id)
    batch.closed_at = batch.closed_at or now()
    record(session, actor, Act.SCAN_BATCH_CHANGED, batch.id, detail={"closed": True})
    return batch
