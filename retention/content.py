"""What the rows hold of documents: erased in the caller's transaction, looked for by a session that only reads.

Source: records-rules R24, R30. Every question is about many documents at once: an execution takes dozens together.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, or_, select, union_all, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from archive.arrangements import Arrangement
from archive.audit import AuditDetail, AuditEntry, erase_details
from archive.base import now
from archive.clues import DocumentClue
from archive.documents import Copy, Document, Field, File, FileRole, Page
from archive.grants import Grant
from archive.intake import Idempotency, Intent
from archive.jobs import OPEN, Job, JobState
from archive.jobs import Kind as JobKind
from archive.owed import Owed
from archive.reconcile import Orphan
from archive.rescans import Accepted
from archive.review_leases import ReviewLease
from archive.type_models import TypeLesson, forget_taught_by
from retention.hold_queries import HoldLook
from retention.objects import prefix_of

ERASING: Final = (JobKind.WITHDRAW_DOCUMENT.value, JobKind.REPLAY_DESTRUCTION.value)
"""Jobs about a document that do the erasing themselves, and end after it."""

OF_ONE_DOCUMENT: Final = (
    Page,
    Field,
    Grant,
    Idempotency,
    Intent,
    Accepted,
    Arrangement,
    ReviewLease,
    TypeLesson,
    HoldLook,
    DocumentClue,
)
"""Rows about a document that go with it. `file` keeps the original's measures, `origin` where it was cut."""

SEALED: Final = (Document.title, Document.file_name, Document.because, Document.password)
"""Columns of a document's own row that were taken from the paper."""


def erase_rows(session: Session, *document_ids: str) -> None:
    """Everything of documents in the rows but their stubs: code, class, dates, counts, sizes, digests (R30)."""
    mine = select(File.id).where(File.document_id.in_(document_ids))
    session.execute(delete(Copy).where(Copy.file_id.in_(mine)))
    session.execute(delete(File).where(File.document_id.in_(document_ids), File.role != FileRole.ORIGINAL.value))
    forget_taught_by(session, *document_ids)
    for row in (*OF_ONE_DOCUMENT, Owed):
        session.execute(delete(row).where(row.document_id.in_(document_ids)))
    session.execute(delete(Orphan).where(_orphan_of(document_ids)))
    session.execute(
        update(Document)
        .where(Document.id.in_(document_ids))
        .values(**{column.key: None for column in SEALED}, customer_id=None, error=None, review=[], restricted=False)
    )
    erase_details(session, *document_ids)
    _clear_jobs(session, document_ids)


def leave_stub(document: Document) -> datetime:
    """Every target of it is verified absent: what is left is the stub. The moment."""
    at = now()
    document.destroying, document.destroyed_at, document.version = False, at, document.version + 1
    return at


def _clear_jobs(session: Session, document_ids: Collection[str]) -> None:
    """What was queued is cancelled, its fence raised, so that no worker keeps a result; a withdrawal is its own job."""
    others = Job.subject.in_(document_ids) & (Job.kind.not_in(ERASING))
    session.execute(
        update(Job)
        .where(others, Job.state.in_(OPEN))
        .values(state=JobState.CANCELLED.value, fence=Job.fence + 1, lease_until=None)
    )
    session.execute(update(Job).where(others).values(args={}, error=None))


def _orphan_of(document_ids: Collection[str]) -> ColumnElement[bool]:
    prefixes = [prefix_of(document_id) for document_id in document_ids]
    return func.substr(Orphan.key, 1, len(prefixes[0])).in_(prefixes)


def _orphans(session: Session, document_ids: Collection[str]) -> set[str]:
    keys = session.scalars(select(Orphan.key).where(_orphan_of(document_ids)))
    return {document_id for key in keys for document_id in document_ids if key.startswith(prefix_of(document_id))}


def _named(session: Session, document_ids: Collection[str], *columns: InstrumentedAttribute[Any]) -> set[str]:
    """Those that stand in one of these columns."""
    return set(session.scalars(union_all(*(select(column).where(column.in_(document_ids)) for column in columns))))


def content_of(session: Session, document_ids: Collection[str]) -> set[str]:
    """Those of which text, words, fields, title, file name or copies are left."""
    kept = or_(*(column.is_not(None) for column in SEALED))
    told = session.scalars(select(Document.id).where(Document.id.in_(document_ids), kept))
    named = (*(row.document_id for row in OF_ONE_DOCUMENT), Owed.document_id)
    copies = select(File.document_id).join(Copy, Copy.file_id == File.id).where(File.document_id.in_(document_ids))
    return {*told, *session.scalars(copies), *_named(session, document_ids, *named)}


def details_of(session: Session, document_ids: Collection[str]) -> set[str]:
    """Those about which the log holds details; the destruction's own come later, and hold nothing of the paper."""
    left = AuditDetail.salt.is_not(None)
    own = select(AuditDetail.document_id).where(AuditDetail.document_id.in_(document_ids), left)
    beside = select(AuditEntry.subject).join(AuditDetail, AuditDetail.entry_id == AuditEntry.id)
    found = session.scalars(union_all(own, beside.where(AuditEntry.subject.in_(document_ids), left)))
    return {name for name in found if name}


def jobs_of(session: Session, document_ids: Collection[str]) -> set[str]:
    """Those about which a job waits or works, or holds arguments or an error."""
    others = Job.subject.in_(document_ids) & (Job.kind.not_in(ERASING))
    jobs = session.execute(select(Job.subject, Job.args, Job.error, Job.state).where(others))
    return {subject for subject, args, error, state in jobs if args or error is not None or state in OPEN}


def grants_of(session: Session, document_ids: Collection[str]) -> set[str]:
    """Those that somebody may read by a grant."""
    return _named(session, document_ids, Grant.document_id)


def requests_of(session: Session, document_ids: Collection[str]) -> set[str]:
    """Those of which requests, intents or orphans are left."""
    asked = _named(session, document_ids, Idempotency.document_id, Intent.document_id)
    return asked | _orphans(session, document_ids)
