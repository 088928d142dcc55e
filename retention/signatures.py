"""Signatures under a batch stand only while nothing in it changes (records-rules R15)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from archive.access import Actor
from archive.audit import Act, Machine, record
from archive.base import now
from archive.documents import Document
from retention.disposal import BatchItem, BatchState, DestructionBatch, ItemState

BEFORE_EXECUTION: Final = (BatchState.PROPOSED.value, BatchState.APPROVED.value, BatchState.COOLING.value)
"""Once execution has begun the signatures stay: what was held then is passed over, and nothing else may change."""


def void_signatures_over(
    session: Session, actor: Actor | Machine, documents: ColumnElement[bool], why: str
) -> list[str]:
    """Void the signatures of every batch that holds one of these documents still pending; the batches' ids.

    `documents` is a condition on Document; `why` a stable code, such as `hold_placed`.
    """
    touched = select(BatchItem.batch_id).join(Document, Document.id == BatchItem.document_id)
    touched = touched.where(documents, BatchItem.state == ItemState.PENDING.value)
    batches = session.scalars(
        select(DestructionBatch)
        .where(DestructionBatch.id.in_(touched), DestructionBatch.state.in_(BEFORE_EXECUTION))
        .order_by(DestructionBatch.id)
        .with_for_update()
    ).all()
    return [batch.id for batch in batches if void_signatures(session, actor, batch, why)]


def void_signatures(session: Session, actor: Actor | Machine, batch: DestructionBatch, why: str) -> bool:
    """Void what was signed of one batch, so that it waits for all its signatures again. False when there was none."""
    standing = batch.standing
    for approval in standing:
        approval.voided_at, approval.void_reason = now(), why
    if batch.state in {BatchState.APPROVED, BatchState.COOLING}:
        batch.state, batch.cooling_until = BatchState.PROPOSED.value, None
    if standing:
        batch.last_signed = batch.manifest  # callers freeze the list anew after this, not before
        record(session, actor, Act.BATCH_VOIDED, batch.id, detail={"why": why, "signatures": len(standing)})
    return bool(standing)
