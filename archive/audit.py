"""The log: every act is written in its own transaction, in canonical bytes, from a closed vocabulary (invariant 7).

An entry has no place in the tree until the sequencer (`archive.log`) gives it one. Personal detail stands beside the
leaf and can be erased; the leaf holds a salted commitment, so that its proof outlives the detail.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.access import Actor
from archive.base import Id, Row, new_id, now
from archive.canonical import canonical
from archive.sealing import DocumentKey, open_json, seal_json


class Act(StrEnum):
    """Everything that can be in the log. `subject.action`, past tense."""

    INSTALLATION_SET_UP = "installation.set_up"
    PERSON_CREATED = "person.created"
    PERSON_CHANGED = "person.changed"
    PERSON_DISABLED = "person.disabled"
    PERSON_ENABLED = "person.enabled"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - an act, not a password
    PASSWORD_RESET = "password.reset"  # noqa: S105 - an act, not a password
    SIGNED_IN = "person.signed_in"
    SIGN_IN_FAILED = "person.sign_in_failed"
    SIGNED_OUT = "person.signed_out"
    SIGNED_IN_ANEW = "person.signed_in_anew"
    TOKEN_CREATED = "token.created"  # noqa: S105 - an act, not a token
    TOKEN_REVOKED = "token.revoked"  # noqa: S105 - an act, not a token
    GRANT_GIVEN = "grant.given"
    GRANT_REVOKED = "grant.revoked"
    CUSTOMER_CREATED = "customer.created"
    CUSTOMER_CHANGED = "customer.changed"
    CUSTOMER_MERGED = "customer.merged"
    CUSTOMER_PARTED = "customer.taken_apart"
    FOLDER_CREATED = "folder.created"
    FOLDER_CLOSED = "folder.closed"
    FOLDER_TAKEN = "folder.taken"
    CODE_VOIDED = "code.voided"
    SCAN_BATCH_OPENED = "scan_batch.opened"
    SCAN_BATCH_CHANGED = "scan_batch.changed"
    SEPARATOR_PRINTED = "separator.printed"
    DOCUMENT_RECEIVED = "document.received"
    DOCUMENT_RECOGNISED = "document.recognised"
    DOCUMENT_COVERED = "document.covered_anew"
    DOCUMENT_MATCHED = "document.matched"
    DOCUMENT_FILED = "document.filed"
    DOCUMENT_CORRECTED = "document.corrected"
    DOCUMENT_REREAD = "document.reread"
    DOCUMENT_QUARANTINED = "document.quarantined"
    DOCUMENT_WITHDRAWN = "document.withdrawn"
    DOCUMENT_RESCAN_ASKED = "document.rescan_asked"
    DOCUMENT_RESCANNED = "document.rescanned"
    DOCUMENT_SCAN_ACCEPTED = "document.scan_accepted"
    DOCUMENT_ARRANGED = "document.arranged"
    DOCUMENT_MERGED = "document.merged"
    DOCUMENT_DIVIDED = "document.divided"
    DOCUMENT_VIEWED = "document.viewed"
    DOCUMENT_DOWNLOADED = "document.downloaded"
    DOCUMENT_DENIED = "document.denied"
    DOCUMENT_CHECKED = "document.checked"
    DOCUMENT_DAMAGED = "document.damaged"
    DOCUMENT_RECONCILED = "document.reconciled"
    DOCUMENT_CONDEMNED = "document.condemned"
    DOCUMENT_DESTROYED = "document.destroyed"
    DESTRUCTION_REPLAYED = "document.destruction_replayed"
    SEARCH_RUN = "search.run"
    SEARCH_KEPT = "search.kept"
    SEARCH_DROPPED = "search.dropped"
    SEARCH_EXPORTED = "search.exported"
    CLASS_PROPOSED = "class.proposed"
    CLASS_APPROVED = "class.approved"
    EVENT_RECORDED = "event.recorded"
    EVENT_SUPERSEDED = "event.superseded"
    HOLD_PLACED = "hold.placed"
    HOLD_CAUGHT = "hold.caught"
    HOLD_LIFT_ASKED = "hold.lift_asked"
    HOLD_LIFTED = "hold.lifted"
    HOLD_MIRRORED = "hold.mirrored"
    HOLD_DRIFTED = "hold.drifted"
    ERASURE_REQUESTED = "erasure.requested"
    ERASURE_IDENTIFIED = "erasure.identity_checked"
    ERASURE_DECIDED = "erasure.decided"
    ERASURE_REFUSED = "erasure.refused"
    ERASURE_ANSWERED = "erasure.answered"
    DOCUMENT_RESTRICTED = "document.restricted"
    RESTRICTION_LIFT_ASKED = "document.restriction_lift_asked"
    RESTRICTION_LIFTED = "document.restriction_lifted"
    APPRAISAL_OPENED = "appraisal.opened"
    APPRAISAL_DECIDED = "appraisal.decided"
    APPRAISAL_FINISHED = "appraisal.finished"
    APPRAISAL_REPORTED = "appraisal.reported"
    APPRAISAL_WITHDRAWN = "appraisal.withdrawn"
    BATCH_PROPOSED = "batch.proposed"
    BATCH_APPROVED = "batch.approved"
    BATCH_REJECTED = "batch.rejected"
    ITEM_REJECTED = "batch.item_rejected"
    APPROVER_REPLACED = "batch.approver_replaced"
    BATCH_VOIDED = "batch.voided"
    BATCH_CANCELLED = "batch.cancelled"
    BATCH_REFROZEN = "batch.refrozen"
    BATCH_BEGUN = "batch.execution_begun"
    BATCH_HALTED = "batch.halted"
    BATCH_EXECUTED = "batch.executed"
    BATCH_KEPT = "batch.kept"
    BATCH_RECHECKED = "batch.rechecked"
    BATCH_PAPER_PLANNED = "batch.paper_planned"
    BATCH_PAPER_SUPERVISED = "batch.paper_supervised"
    BATCH_PAPER_CONFIRMED = "batch.paper_confirmed"
    BATCH_PAPER_KEPT = "batch.paper_kept"
    BATCH_CONFIRMED = "batch.confirmed"
    CERTIFICATE_ISSUED = "certificate.issued"
    CERTIFICATE_STAMPED = "certificate.stamped"
    CERTIFICATE_READ = "certificate.read"
    LOG_READ = "log.read"
    KEYS_EXPORTED = "keys.exported"
    KEYS_ROTATED = "keys.rotated"
    INDEX_REBUILT = "index.rebuilt"
    INDEX_MENDED = "index.mended"
    STORE_VERIFIED = "store.verified"
    SITE_ADDED = "site.added"
    SITE_PAUSED = "site.paused"
    SITE_RESUMED = "site.resumed"
    SITE_REMOVED = "site.removed"
    COPY_FOUND_FAULTY = "copy.found_faulty"
    SITE_SET_SENT = "site.set_sent"
    SITE_SET_THINNED = "site.set_thinned"
    SITE_ADOPTED = "site.adopted"
    REIGN_STOOD_BY = "reign.stood_by"
    REIGN_BEGAN = "reign.began"
    REIGN_ENDED = "reign.ended"
    REIGN_LEFT = "reign.left"
    OBJECTS_FETCHED = "objects.fetched"
    COPY_REPAIRED = "copy.repaired"
    BACKUP_MADE = "backup.made"
    BACKUP_RESTORED = "backup.restored"
    DRILL_HELD = "drill.held"
    TYPE_DEFINED = "type.defined"
    TYPE_RETIRED = "type.retired"
    TYPE_RESTORED = "type.restored"
    TYPES_LEARNED = "types.learned"
    TYPES_TAKEN_BACK = "types.taken_back"
    INSTALLATION_UPGRADED = "installation.upgraded"
    JOB_GIVEN_UP = "job.given_up"
    JOB_TRIED_AGAIN = "job.tried_again"


class AuditEntry(Row):
    """One act. `body` is the canonical leaf; `leaf_index` its place in the tree once it has one."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_subject_at", "subject", "at"),
        Index("ix_audit_entry_actor_at", "actor", "at"),
    )

    id: Mapped[Id]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(48), index=True)
    subject: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes]
    leaf_index: Mapped[int | None] = mapped_column(unique=True)


class AuditDetail(Row):
    """What the leaf commits to; erasable. `content` is sealed under the document's key where it speaks of one."""

    __tablename__ = "audit_detail"

    entry_id: Mapped[str] = mapped_column(ForeignKey("audit_entry.id"), primary_key=True)
    document_id: Mapped[str | None] = mapped_column(String(36), index=True)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    plain: Mapped[dict[str, Any] | None]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


@dataclass(frozen=True, slots=True)
class Machine:
    """An actor that is a part of Anjuan itself, e.g. the reading worker."""

    id: str


READER = Machine("system:reader")
SCHEDULER = Machine("system:scheduler")
DESTROYER = Machine("system:destroyer")
CERTIFIER = Machine("system:certifier")
OPERATOR = Machine("system:operator")
"""Who works at the host's command line, outside any account."""


def record(
    session: Session,
    actor: Actor | Machine,
    act: Act,
    subject: str,
    *,
    detail: Mapping[str, Any] | None = None,
    key: DocumentKey | None = None,
) -> AuditEntry:
    """Write one act into the caller's transaction. `detail` is sealed when `key`, the subject's, is given."""
    if key is not None and key.document_id != subject:
        raise ValueError("a detail is sealed under the key of its subject")
    entry, beside = _written(actor, act, subject, detail, key)
    session.add(entry)
    session.flush()
    session.add(beside)
    return entry


def record_each(
    session: Session, actor: Actor | Machine, act: Act, subjects: Iterable[str], *, detail: Mapping[str, Any]
) -> None:
    """Write the same act about each of many subjects, an entry for each, in two statements."""
    written = [_written(actor, act, subject, detail, None) for subject in subjects]
    session.add_all(entry for entry, _ in written)
    session.flush()
    session.add_all(beside for _, beside in written)


def _written(
    actor: Actor | Machine, act: Act, subject: str, detail: Mapping[str, Any] | None, key: DocumentKey | None
) -> tuple[AuditEntry, AuditDetail]:
    entry_id, at = new_id(), now()
    salt = secrets.token_bytes(16)
    told = dict(detail or {})
    origin = getattr(actor, "origin", "")
    if origin:
        told["origin"] = origin
    body = {
        "act": act.value,
        "actor": actor.id,
        "at": at.isoformat(timespec="microseconds"),
        "detail": commitment(salt, told),
        "id": entry_id,
        "subject": subject,
    }
    entry = AuditEntry(id=entry_id, at=at, actor=actor.id, action=act.value, subject=subject, body=canonical(body))
    beside = AuditDetail(
        entry_id=entry_id,
        document_id=key.document_id if key else None,
        salt=salt,
        plain=None if key else told,
        sealed=seal_json(key, f"audit/{entry_id}", told) if key else None,
    )
    return entry, beside


def commitment(salt: bytes, detail: Mapping[str, Any]) -> str:
    """SHA-256 over salt and canonical detail, hex."""
    return sha256(salt + canonical(dict(detail))).hexdigest()


def detail_of(session: Session, entry: AuditEntry, key: DocumentKey | None = None) -> dict[str, Any] | None:
    """The detail of an entry, None when it was erased or is sealed and no key was given."""
    row = session.get(AuditDetail, entry.id)
    if row is None or row.salt is None:
        return None
    if row.sealed is not None:
        told = open_json(key, f"audit/{entry.id}", row.sealed) if key else None
        return dict(told) if isinstance(told, dict) else None
    return row.plain


def erase_details(session: Session, *document_ids: str) -> int:
    """Erase what the log holds beside its leaves about documents; the leaves and their proofs stay."""
    entries = select(AuditEntry.id).where(AuditEntry.subject.in_(document_ids))
    rows = session.execute(
        update(AuditDetail)
        .where(AuditDetail.document_id.in_(document_ids) | AuditDetail.entry_id.in_(entries))
        .values(salt=None, plain=None, sealed=None)
    )
    return int(getattr(rows, "rowcount", 0))
