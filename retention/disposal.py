"""The rows of disposal: appraisals, destruction batches, signatures, supervisors, and the ledger of targets.

A document stands in at most one open appraisal and in at most one open batch; the database keeps that.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive.base import Id, Ref, Row

TITLE_MAX: Final = 200
TEXT_MAX: Final = 1000


class Decision(StrEnum):
    """What an appraisal decides of one document."""

    DESTROY = "destroy"
    EXTEND = "extend"
    PERMANENT = "permanent"


class Appraisal(Row):
    """One appraisal (鉴定) of documents that are due."""

    __tablename__ = "appraisal"

    id: Mapped[Id]
    title: Mapped[str] = mapped_column(String(TITLE_MAX))
    opened_by: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime]
    finished_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    finished_at: Mapped[datetime | None]

    items: Mapped[list[AppraisalItem]] = relationship(order_by="AppraisalItem.ordinal", lazy="select")


class AppraisalReport(Row):
    """The report of a finished appraisal, once it lies in the evidence bucket; `sha256` is the PDF's."""

    __tablename__ = "appraisal_report"

    appraisal_id: Mapped[Ref] = mapped_column(ForeignKey("appraisal.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    stored_at: Mapped[datetime]


class AppraisalItem(Row):
    """One document in an appraisal; `settled` once nothing of it waits any more."""

    __tablename__ = "appraisal_item"
    __table_args__ = (
        CheckConstraint("decision IS NULL OR decision IN ('destroy','extend','permanent')", name="decision"),
        CheckConstraint("(decision = 'extend') = (years IS NOT NULL)", name="years"),
        Index(
            "uq_appraisal_item_open", "document_id", unique=True,
            sqlite_where=text("NOT settled"), postgresql_where=text("NOT settled"),
        ),
    )  # fmt: skip

    appraisal_id: Mapped[Ref] = mapped_column(ForeignKey("appraisal.id"), primary_key=True)
    document_id: Mapped[Ref] = mapped_column(ForeignKey("document.id"), primary_key=True)
    ordinal: Mapped[int]
    class_code: Mapped[str] = mapped_column(String(20))
    class_version: Mapped[int]
    event: Mapped[str | None] = mapped_column(String(32))
    event_date: Mapped[date | None]
    due_date: Mapped[date]
    decision: Mapped[str | None] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(TEXT_MAX))
    years: Mapped[int | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    settled: Mapped[bool] = mapped_column(default=False)


class Extension(Row):
    """A period that appraisal added (续存); `until` None is 永久. Earlier dates stay in earlier rows (R12)."""

    __tablename__ = "extension"

    id: Mapped[Id]
    document_id: Mapped[Ref] = mapped_column(ForeignKey("document.id"), index=True)
    appraisal_id: Mapped[Ref] = mapped_column(ForeignKey("appraisal.id"))
    earlier_due: Mapped[date]
    until: Mapped[date | None]
    made_at: Mapped[datetime]


class BatchState(StrEnum):
    """Where a destruction batch stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    COOLING = "cooling"
    EXECUTING = "executing"
    PARTIAL = "partial"
    EXECUTED = "executed"
    DONE = "done"
    CANCELLED = "cancelled"


class DestructionBatch(Row):
    """A frozen list. `manifest` is its canonical bytes, which both approvers sign by `manifest_sha256`."""

    __tablename__ = "destruction_batch"
    __table_args__ = (
        UniqueConstraint("id", "proposed_by", name="uq_destruction_batch_proposer"),
        CheckConstraint("executor_id IS NULL OR executor_id <> proposed_by", name="executor_is_another"),
        CheckConstraint(
            "state IN ('proposed','approved','cooling','executing','partial','executed','done','cancelled')",
            name="state",
        ),
        CheckConstraint("state NOT IN ('executing','executed','done') OR certificate_no IS NOT NULL", name="numbered"),
    )

    id: Mapped[Id]
    title: Mapped[str] = mapped_column(String(TITLE_MAX))
    appraisal_id: Mapped[Ref] = mapped_column(ForeignKey("appraisal.id"), index=True)
    proposed_by: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12), default=BatchState.PROPOSED.value, index=True)
    manifest: Mapped[bytes] = mapped_column(deferred=True)
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    last_signed: Mapped[bytes | None] = mapped_column(deferred=True)
    quorum: Mapped[int] = mapped_column(default=2, server_default="2")
    cooling_until: Mapped[datetime | None]
    executor_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    rounds: Mapped[int] = mapped_column(default=0)
    begun_at: Mapped[datetime | None]
    executed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_reason: Mapped[str | None] = mapped_column(String(TEXT_MAX))
    error: Mapped[str | None] = mapped_column(String(TEXT_MAX))
    certificate_no: Mapped[str | None] = mapped_column(String(40), unique=True)
    paper_fate: Mapped[str | None] = mapped_column(String(12))
    paper_place: Mapped[str | None] = mapped_column(String(TITLE_MAX))
    paper_method: Mapped[str | None] = mapped_column(String(TITLE_MAX))

    items: Mapped[list[BatchItem]] = relationship(order_by="BatchItem.ordinal", lazy="select")
    approvals: Mapped[list[Approval]] = relationship(order_by="Approval.at", lazy="selectin")
    supervisors: Mapped[list[Supervisor]] = relationship(
        order_by="Supervisor.ordinal", lazy="selectin", cascade="all, delete-orphan"
    )

    paper_supervisors: Mapped[list[PaperSupervisor]] = relationship(
        order_by="PaperSupervisor.ordinal", lazy="selectin", cascade="all, delete-orphan"
    )

    @property
    def standing(self) -> list[Approval]:
        """The approvals that were not voided, in the order of their signing."""
        return [approval for approval in self.approvals if approval.voided_at is None]


class ItemState(StrEnum):
    """Where one document of a batch stands. Released: left out of the list; kept: on the list, and let stay."""

    PENDING = "pending"
    CONDEMNED = "condemned"
    DESTROYED = "destroyed"
    RELEASED = "released"
    KEPT = "kept"


OPEN_ITEMS: Final = (ItemState.PENDING.value, ItemState.CONDEMNED.value)

OPEN_ITEM: Final = text("batch_item.state IN ('pending','condemned')")
UNSETTLED_ITEM: Final = text("NOT appraisal_item.settled")
"""The words of the two indexes over open items: where values come as parameters, SQLite reads every row instead."""


class BatchItem(Row):
    """One document of a batch: its line of the manifest, canonical, and how far its destruction got."""

    __tablename__ = "batch_item"
    __table_args__ = (
        CheckConstraint("state IN ('pending','condemned','destroyed','released','kept')", name="state"),
        Index(
            "uq_batch_item_open", "document_id", unique=True,
            sqlite_where=text("state IN ('pending','condemned')"),
            postgresql_where=text("state IN ('pending','condemned')"),
        ),
    )  # fmt: skip

    batch_id: Mapped[Ref] = mapped_column(ForeignKey("destruction_batch.id"), primary_key=True)
    document_id: Mapped[Ref] = mapped_column(ForeignKey("document.id"), primary_key=True)
    ordinal: Mapped[int]
    line: Mapped[bytes]
    state: Mapped[str] = mapped_column(String(12), default=ItemState.PENDING.value)
    error: Mapped[str | None] = mapped_column(String(TEXT_MAX))
    condemned_at: Mapped[datetime | None]
    destroyed_at: Mapped[datetime | None]


class Approval(Row):
    """One approver's signature under one manifest. The proposer's cannot stand here, nor the same person's twice."""

    __tablename__ = "approval"
    __table_args__ = (
        ForeignKeyConstraint(
            ["batch_id", "proposed_by"],
            ["destruction_batch.id", "destruction_batch.proposed_by"],
            name="fk_approval_batch_proposer",
        ),
        CheckConstraint("person_id <> proposed_by", name="approver_is_another"),
        Index(
            "uq_approval_standing", "batch_id", "person_id", unique=True,
            sqlite_where=text("voided_at IS NULL"), postgresql_where=text("voided_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Id]
    batch_id: Mapped[Ref] = mapped_column(index=True)
    proposed_by: Mapped[Ref]
    person_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    opinion: Mapped[str] = mapped_column(String(TEXT_MAX))
    statement: Mapped[bytes]
    signature: Mapped[bytes]
    public_key: Mapped[bytes]
    at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None] = mapped_column(String(TEXT_MAX))


class Supervisor(Row):
    """One of the two who watch the destruction (监销人) and confirm it afterwards, signing the result."""

    __tablename__ = "supervisor"
    __table_args__ = (UniqueConstraint("batch_id", "ordinal", name="uq_supervisor_place"),)

    batch_id: Mapped[Ref] = mapped_column(ForeignKey("destruction_batch.id"), primary_key=True)
    person_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"), primary_key=True)
    ordinal: Mapped[int]
    observed: Mapped[str | None] = mapped_column(String(TEXT_MAX))
    statement: Mapped[bytes | None]
    signature: Mapped[bytes | None]
    public_key: Mapped[bytes | None]
    confirmed_at: Mapped[datetime | None]


class PaperSupervisor(Row):
    """One of the two who watch the destruction of a batch's paper, and sign what they saw."""

    __tablename__ = "paper_supervisor"

    batch_id: Mapped[Ref] = mapped_column(ForeignKey("destruction_batch.id"), primary_key=True)
    person_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"), primary_key=True)
    ordinal: Mapped[int]
    observed: Mapped[str | None] = mapped_column(String(TEXT_MAX))
    statement: Mapped[bytes | None]
    signature: Mapped[bytes | None]
    public_key: Mapped[bytes | None]
    confirmed_at: Mapped[datetime | None]


class DestructionTarget(Row):
    """One place where something of a document stood, and what became of it: a line of the ledger."""

    __tablename__ = "destruction_target"
    __table_args__ = (
        CheckConstraint("(verified_at IS NOT NULL) = (result = 'absent')", name="verified_is_absent"),
        UniqueConstraint("batch_id", "document_id", "site", "target", name="uq_destruction_target_place"),
    )

    batch_id: Mapped[Ref] = mapped_column(ForeignKey("destruction_batch.id"), primary_key=True)
    document_id: Mapped[Ref] = mapped_column(ForeignKey("document.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    site: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    target: Mapped[str] = mapped_column(String(200))
    version: Mapped[str] = mapped_column(String(128), default="")
    method: Mapped[str] = mapped_column(String(32))
    result: Mapped[str] = mapped_column(String(12), default="open")
    executed_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    verifier: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str | None] = mapped_column(String(TEXT_MAX))


class Recheck(Row):
    """One later look at a batch's targets: its statement is appended to the certificate (records-rules §8.6)."""

    __tablename__ = "recheck"

    batch_id: Mapped[Ref] = mapped_column(ForeignKey("destruction_batch.id"), primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    body: Mapped[bytes]


class CertificateRow(Row):
    """One certificate of destruction: its canonical JSON, the keys it is checked with, and its entry in the log.

    `stored_at` is set once its files lie in the evidence bucket under a lock.
    """

    __tablename__ = "certificate"

    no: Mapped[str] = mapped_column(String(40), primary_key=True)
    batch_id: Mapped[Ref] = mapped_column(ForeignKey("destruction_batch.id"), unique=True)
    body: Mapped[bytes]
    sha256: Mapped[str] = mapped_column(String(64))
    keys: Mapped[bytes]
    entry_id: Mapped[Ref] = mapped_column(ForeignKey("audit_entry.id"))
    issued_at: Mapped[datetime]
    stored_at: Mapped[datetime | None]


class CertificateStamp(Row):
    """A certificate's RFC 3161 time stamp: the authority's token, and our statement that names both."""

    __tablename__ = "certificate_stamp"

    certificate_no: Mapped[str] = mapped_column(ForeignKey("certificate.no"), primary_key=True)
    at: Mapped[datetime]
    token: Mapped[bytes]
    body: Mapped[bytes]
