"""Destruction batches (销毁批次): a frozen list that two people sign, or that is rejected, cancelled or frozen anew."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from archive.access import Actor
from archive.audit import Act, record
from archive.base import new_id, now
from archive.documents import Document
from archive.errors import Conflict, Forbidden, Invalid, NotFound, reason_given
from archive.rights import Right
from retention.appraisals import the_appraisal
from retention.classes import RetentionClass
from retention.disposal import (
    OPEN_ITEMS,
    TEXT_MAX,
    TITLE_MAX,
    AppraisalItem,
    BatchItem,
    BatchState,
    Decision,
    DestructionBatch,
    DestructionTarget,
    ItemState,
)
from retention.due import Status
from retention.manifest import changed_items, decided_reasons, lines, manifest_of
from retention.recheck import plan_rechecks
from retention.schedule import assess, kept_by_folder
from retention.sight import seen_batches
from retention.signatures import void_signatures
from retention.terms import LEAST_APPROVERS

CHUNK: Final = 500
BEFORE_EXECUTION: Final = frozenset({BatchState.PROPOSED, BatchState.APPROVED, BatchState.COOLING})


def propose(
    session: Session, actor: Actor, *, appraisal_id: str, title: str, fonds: str, zone: ZoneInfo
) -> DestructionBatch:
    """Freeze what an appraisal decided to destroy. Conflict while it is unfinished, or one item is held or not due."""
    actor.need(Right.RECORDS)
    title = title.strip()
    if not 1 <= len(title) <= TITLE_MAX:
        raise Invalid(f"A batch has a title of 1 to {TITLE_MAX} characters.", code="batch_unusable")
    appraisal = the_appraisal(session, actor, appraisal_id, lock=True)
    if appraisal.finished_at is None:
        raise Conflict("Finish the appraisal first: each item needs its decision.", code="appraisal_unfinished")
    chosen = _to_destroy(session, appraisal_id)
    batch = DestructionBatch(
        id=new_id(), title=title, appraisal_id=appraisal_id, proposed_by=actor.id, proposed_at=now(),
        state=BatchState.PROPOSED.value, manifest=b"", manifest_sha256="", rounds=0,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    session.add_all(
        BatchItem(batch_id=batch.id, document_id=d, ordinal=n, line=b"", state=ItemState.PENDING.value)
        for n, d in enumerate(chosen, start=1)
    )
    session.flush()
    freeze(session, batch, fonds, zone)
    told = {"title": title, "documents": len(chosen), "manifest_sha256": batch.manifest_sha256}
    record(session, actor, Act.BATCH_PROPOSED, batch.id, detail=told)
    return batch


def _to_destroy(session: Session, appraisal_id: str) -> list[str]:
    listed = select(BatchItem.document_id).where(BatchItem.state.in_(OPEN_ITEMS))
    chosen = session.scalars(
        select(AppraisalItem.document_id)
        .where(AppraisalItem.appraisal_id == appraisal_id, AppraisalItem.decision == Decision.DESTROY.value)
        .where(AppraisalItem.settled.is_(False), AppraisalItem.document_id.not_in(listed))
        .order_by(AppraisalItem.ordinal)
    ).all()
    if not chosen:
        raise Conflict("This appraisal has nothing left that waits for a batch.", code="nothing_to_destroy")
    return list(chosen)


def freeze(session: Session, batch: DestructionBatch, fonds: str, zone: ZoneInfo) -> None:
    """Make every pending line and the manifest anew from the rows. Conflict when an item is held or not due now."""
    as_of = frozen_on(batch, zone)
    for part in pending_parts(session, batch.id):
        _freeze_part(session, batch, part, as_of)
    session.flush()
    all_lines = session.scalars(
        select(BatchItem.line)
        .where(BatchItem.batch_id == batch.id, BatchItem.state != ItemState.RELEASED.value)
        .order_by(BatchItem.ordinal)
    )
    batch.manifest, batch.manifest_sha256 = manifest_of(batch, fonds, all_lines)
    batch.quorum = _quorum(session, batch.id)


def _quorum(session: Session, batch_id: str) -> int:
    """How many people have to sign: the strictest of the classes on the list (records-rules R16)."""
    versions = (RetentionClass.code == Document.retention_class) & (RetentionClass.version == Document.class_version)
    asked = (
        select(func.max(RetentionClass.approvers))
        .join(Document, versions)
        .join(BatchItem, BatchItem.document_id == Document.id)
        .where(BatchItem.batch_id == batch_id, BatchItem.state == ItemState.PENDING.value)
    )
    return session.scalar(asked) or LEAST_APPROVERS


def _freeze_part(session: Session, batch: DestructionBatch, part: Sequence[BatchItem], as_of: date) -> None:
    ids = [item.document_id for item in part]
    documents = session.scalars(select(Document).where(Document.id.in_(ids)).with_for_update(of=Document)).all()
    need_disposable(session, documents, as_of)
    reasons = decided_reasons(session, batch.appraisal_id, ids)
    numbers = {item.document_id: item.ordinal for item in part}
    fresh = lines(session, documents, reasons, numbers=numbers, as_of=as_of)
    for item in part:
        item.line = fresh[item.document_id]


def need_disposable(session: Session, documents: Sequence[Document], as_of: date) -> None:
    """Conflict, naming them, when documents of a batch are held, or not due on that day."""
    views = assess(session, documents, as_of)
    if held := [document_id for document_id, view in views.items() if view.holds]:
        raise Conflict(f"{len(held)} documents are held.", code="held", documents=held[:100])
    early = [
        document_id
        for document_id, view in views.items()
        if view.due_date is None or view.due_date > as_of or view.status is Status.DESTROYING or view.destroyed
    ]
    if early:
        raise Conflict(f"{len(early)} documents are not due.", code="not_due", documents=early[:100])
    if kept := kept_by_folder(session, [(document, views[document.id]) for document in documents], as_of):
        raise Conflict(
            f"{len(kept)} documents go with their whole folder, and a neighbour stays.",
            code="folder_kept",
            documents=sorted(kept)[:100],
        )


def frozen_on(batch: DestructionBatch, zone: ZoneInfo) -> date:
    """The organisation's date on which the batch was proposed; the lines are reckoned as of that day."""
    return batch.proposed_at.astimezone(zone).date()


def pending_parts(session: Session, batch_id: str) -> Iterator[list[BatchItem]]:
    """The items that still wait, some hundreds at a time, in their order."""
    after = 0
    while True:
        part = session.scalars(
            select(BatchItem)
            .where(BatchItem.batch_id == batch_id, BatchItem.state == ItemState.PENDING.value)
            .where(BatchItem.ordinal > after)
            .order_by(BatchItem.ordinal)
            .limit(CHUNK)
        ).all()
        if not part:
            return
        yield list(part)
        after = part[-1].ordinal


def need_unchanged(session: Session, batch: DestructionBatch, zone: ZoneInfo) -> None:
    """Conflict `manifest_changed` when a pending line would be another one now: what was signed is not what is."""
    as_of = frozen_on(batch, zone)
    changed = [d for part in pending_parts(session, batch.id) for d in changed_items(session, batch, part, as_of)]
    if changed:
        raise Conflict(
            "Documents of this batch have changed since it was frozen. Freeze it anew, then it is signed anew.",
            code="manifest_changed",
            documents=changed[:100],
        )


def refreeze(
    session: Session, actor: Actor, batch_id: str, *, without: frozenset[str], fonds: str, zone: ZoneInfo
) -> DestructionBatch:
    """Leave documents out, or take the rows as they are now: the list is a new one and its signatures are void."""
    actor.need(Right.RECORDS)
    batch = before_execution(session, actor, batch_id)
    _leave_out(session, batch, without)
    void_signatures(session, actor, batch, "refrozen")
    freeze(session, batch, fonds, zone)
    told = {"without": len(without), "manifest_sha256": batch.manifest_sha256}
    record(session, actor, Act.BATCH_REFROZEN, batch.id, detail=told)
    session.flush()
    return batch


def reject_items(
    session: Session, actor: Actor, batch_id: str, *, documents: frozenset[str], reason: str, fonds: str, zone: ZoneInfo
) -> DestructionBatch:
    """An approver sends single documents back (R14): the rest is a new list, and what was signed is void.

    Nothing comes into the list by this, so the approver may still sign what is left.
    """
    actor.need(Right.APPROVE)
    batch, reason = before_execution(session, actor, batch_id), reason_given(reason, TEXT_MAX)
    if batch.proposed_by == actor.id:
        raise Forbidden("You proposed this batch: leave documents out and freeze it anew.", code="own_batch")
    if not documents:
        raise Invalid("Say which documents are sent back.", errors=[{"field": "document_ids", "code": "missing"}])
    _leave_out(session, batch, documents)
    void_signatures(session, actor, batch, "item_rejected")
    freeze(session, batch, fonds, zone)
    for document_id in sorted(documents):
        told = {"batch": batch.id, "reason": reason}
        record(session, actor, Act.ITEM_REJECTED, document_id, detail=told)
    session.flush()
    return batch


def _leave_out(session: Session, batch: DestructionBatch, without: frozenset[str]) -> None:
    """Release documents from a list. Invalid for one that is not on it; Conflict when nothing would be left."""
    items = session.scalars(
        select(BatchItem)
        .where(BatchItem.batch_id == batch.id, BatchItem.document_id.in_(without))
        .where(BatchItem.state == ItemState.PENDING.value)
    ).all()
    if len(items) != len(without):
        raise Invalid("Some of these documents are not on the list.", errors=[{"field": "without", "code": "unknown"}])
    for item in items:
        item.state = ItemState.RELEASED.value
    settle_appraisal(session, batch, sorted(without))
    session.flush()
    if not next(pending_parts(session, batch.id), None):
        raise Conflict("Nothing would be left in the batch. Cancel it instead.", code="empty_batch")


def settle_appraisal(session: Session, batch: DestructionBatch, document_ids: Sequence[str]) -> None:
    """Nothing of these documents waits in the appraisal any more: they are gone, or may be appraised anew."""
    session.execute(
        update(AppraisalItem)
        .where(AppraisalItem.appraisal_id == batch.appraisal_id, AppraisalItem.document_id.in_(document_ids))
        .values(settled=True)
    )


def reject(session: Session, actor: Actor, batch_id: str, reason: str) -> DestructionBatch:
    """An approver says no: the batch is over and its documents may be appraised anew."""
    actor.need(Right.APPROVE)
    batch = before_execution(session, actor, batch_id)
    if batch.proposed_by == actor.id:
        raise Forbidden("You proposed this batch: you can cancel it, another person decides on it.", code="own_batch")
    return _close(session, actor, batch, Act.BATCH_REJECTED, reason)


def cancel(session: Session, actor: Actor, batch_id: str, reason: str) -> DestructionBatch:
    """Stop a batch at any time before its execution begins."""
    if not actor.rights & {Right.RECORDS, Right.APPROVE}:
        actor.need(Right.RECORDS)
    return _close(session, actor, before_execution(session, actor, batch_id), Act.BATCH_CANCELLED, reason)


def _close(session: Session, actor: Actor, batch: DestructionBatch, act: Act, reason: str) -> DestructionBatch:
    reason = reason_given(reason, TEXT_MAX)
    void_signatures(session, actor, batch, act.value)
    for part in pending_parts(session, batch.id):
        settle_appraisal(session, batch, [item.document_id for item in part])
    session.execute(update(BatchItem).where(BatchItem.batch_id == batch.id).values(state=ItemState.RELEASED.value))
    batch.state, batch.closed_at, batch.closed_reason = BatchState.CANCELLED.value, now(), reason
    record(session, actor, act, batch.id, detail={"reason": batch.closed_reason})
    session.flush()
    return batch


def let_stay(session: Session, actor: Actor, batch_id: str, reason: str) -> DestructionBatch:
    """End a partial batch without the documents that could not go: they stay, and may be appraised anew.

    The signed list stays as it is; the certificate names what was kept. Conflict while one document is half erased.
    """
    actor.need(Right.RECORDS)
    batch = the_batch(session, actor, batch_id, lock=True)
    if batch.state != BatchState.PARTIAL:
        raise Conflict(f"This batch is {batch.state}; only of a partial one the rest may stay.", code="not_partial")
    reason = reason_given(reason, TEXT_MAX)
    done = progress(session, batch.id)
    if done.get(ItemState.CONDEMNED):
        raise Conflict("A document is half erased: execute the batch again first.", code="half_erased")
    kept = [item for part in pending_parts(session, batch.id) for item in part]
    for item in kept:
        item.state, item.error = ItemState.KEPT.value, item.error or "kept"
    settle_appraisal(session, batch, [item.document_id for item in kept])
    if done.get(ItemState.DESTROYED):
        batch.state, batch.executed_at = BatchState.EXECUTED.value, now()
        plan_rechecks(session, batch.id, batch.executed_at)
    else:
        batch.state, batch.closed_at, batch.closed_reason = BatchState.CANCELLED.value, now(), reason
    batch.error = None
    told = {"kept": len(kept), "reason": reason, "certificate_no": batch.certificate_no}
    record(session, actor, Act.BATCH_KEPT, batch.id, detail=told)
    session.flush()
    return batch


def before_execution(session: Session, actor: Actor, batch_id: str) -> DestructionBatch:
    """The batch under its lock; Conflict once its execution has begun."""
    batch = the_batch(session, actor, batch_id, lock=True)
    if BatchState(batch.state) not in BEFORE_EXECUTION:
        raise Conflict(f"This batch is {batch.state}; that is decided.", code="batch_begun")
    return batch


def the_batch(session: Session, actor: Actor, batch_id: str, *, lock: bool = False) -> DestructionBatch:
    """The batch, for who sees its whole list by their work, and for its supervisors; NotFound to everybody else."""
    asked = select(DestructionBatch).where(DestructionBatch.id == batch_id, seen_batches(actor))
    if lock:
        asked = asked.with_for_update(of=DestructionBatch)
    batch = session.scalar(asked.execution_options(populate_existing=lock))
    if batch is None:
        raise NotFound(reason="denied" if session.get(DestructionBatch, batch_id) else "absent")
    return batch


def state_of(batch: DestructionBatch, at: datetime) -> BatchState:
    """The state at this moment: a batch whose cooling period is over is approved."""
    state = BatchState(batch.state)
    over = batch.cooling_until is not None and batch.cooling_until <= at
    return BatchState.APPROVED if state is BatchState.COOLING and over else state


def batches(session: Session, actor: Actor, *, states: Sequence[BatchState] = ()) -> list[DestructionBatch]:
    """All batches that the actor may see, newest first; of these states only when some are named."""
    asked = select(DestructionBatch).where(seen_batches(actor)).order_by(DestructionBatch.proposed_at.desc())
    if states:
        asked = asked.where(DestructionBatch.state.in_([state.value for state in states]))
    return list(session.scalars(asked))


def item_lines(batch: DestructionBatch) -> list[dict[str, Any]]:
    """The lines of the frozen list, as `retention.bundle.shape.ManifestItem` says."""
    items: list[dict[str, Any]] = json.loads(batch.manifest)["items"]
    return items


def count_targets(session: Session, batch_id: str) -> tuple[int, int]:
    """How many targets the ledger of a batch has, and how many of them are verified absent."""
    counted = select(func.count(), func.count(DestructionTarget.verified_at))
    total, verified = session.execute(counted.where(DestructionTarget.batch_id == batch_id)).one()
    return total, verified


def targets_of(session: Session, batch_id: str, most: int | None = None) -> list[DestructionTarget]:
    """The ledger of a batch, or its first lines, in the order of its documents and targets."""
    return list(
        session.scalars(
            select(DestructionTarget)
            .join(
                BatchItem,
                (BatchItem.batch_id == DestructionTarget.batch_id)
                & (BatchItem.document_id == DestructionTarget.document_id),
            )
            .where(DestructionTarget.batch_id == batch_id)
            .order_by(BatchItem.ordinal, DestructionTarget.ordinal)
            .limit(most)
        )
    )


def progress(session: Session, batch_id: str) -> dict[str, int]:
    """How many documents of the batch are pending, condemned, destroyed, released."""
    rows = session.execute(
        select(BatchItem.state, func.count()).where(BatchItem.batch_id == batch_id).group_by(BatchItem.state)
    )
    return {state: count for state, count in rows}  # noqa: C416 - rows are no pairs to the type checker
