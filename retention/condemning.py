"""The point of no return: what keeps a document is asked of stores and then, under its row lock, of the rows.

Source: invariant 9. Documents go some dozens together, so that their number costs no commits; each has its conditions,
its ledger and its entry in the log for itself, and what keeps one keeps no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from archive.audit import DESTROYER, Act, record_each
from archive.base import now
from archive.documents import Document
from archive.errors import Conflict
from archive.jobs import AT_WORK, busy, day_of
from archive.owed import being_copied
from retention.batches import frozen_on
from retention.disposal import TEXT_MAX, BatchItem, BatchState, DestructionBatch, DestructionTarget, ItemState
from retention.erasing import AT_ONCE, StillRead
from retention.manifest import changed_items
from retention.mirror import drop_holds
from retention.objects import UnknownVersion
from retention.schedule import assess, kept_by_folder
from retention.targets import METHODS, Hands, Place, check_stores, plan


def condemn(hands: Hands, batch_id: str, document_ids: Sequence[str]) -> list[str]:
    """Take documents past the point of no return, unless something keeps them. Those that are past it."""
    drop_holds(hands.house, *document_ids)
    mine = (BatchItem.batch_id == batch_id) & BatchItem.document_id.in_(document_ids)
    with hands.house.database.reading() as session:
        condemned = BatchItem.state == ItemState.CONDEMNED.value
        past = set(session.scalars(select(BatchItem.document_id).where(mine, condemned)))
        places = plan(session, *(document_id for document_id in document_ids if document_id not in past))
    if places:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = pool.map(partial(_why_stores_keep, hands), places.values())
            kept = {document_id: why for document_id, why in zip(places, found, strict=True) if why}
        with hands.transaction() as session:
            past |= _condemn_locked(session, hands, batch_id, list(places), kept)
    return [document_id for document_id in document_ids if document_id in past]


def _why_stores_keep(hands: Hands, places: Sequence[Place]) -> str:
    """A stable code and words for a version that a store does not let go, or that no row names; empty for none."""
    try:
        check_stores(hands, places)
    except (Conflict, UnknownVersion) as keeps:
        return f"{getattr(keeps, 'code', 'unknown_version')}: {keeps}"
    return ""


def _condemn_locked(
    session: Session, hands: Hands, batch_id: str, document_ids: Sequence[str], kept: Mapping[str, str]
) -> set[str]:
    """Under the documents' row locks: state, hold, due date, signed line of each read again (invariant 9).

    Locked in the order of their ids, as a hold locks them. `kept` are those that a store keeps.
    """
    locked = select(Document).where(Document.id.in_(document_ids)).order_by(Document.id).with_for_update(of=Document)
    documents = session.scalars(locked.execution_options(populate_existing=True)).all()
    batch = session.get_one(DestructionBatch, batch_id)
    asked = select(BatchItem).where(BatchItem.batch_id == batch_id, BatchItem.document_id.in_(document_ids))
    items = {item.document_id: item for item in session.scalars(asked.execution_options(populate_existing=True))}
    if being_copied(session, *document_ids):
        raise StillRead("A worker copies a document to another site; its destruction waits for that.")
    found = {**_why_kept(session, documents, batch, items, hands.house.settings.zone), **kept}
    for document in documents:
        item = items[document.id]
        item.error = found[document.id][:TEXT_MAX] if document.id in found else None
        if item.error is None:
            document.destroying, document.certificate_no = True, batch.certificate_no
            document.version += 1
            item.state, item.condemned_at = ItemState.CONDEMNED.value, now()
    gone = [document_id for document_id in document_ids if document_id not in found]
    _write_ledger(session, batch_id, gone)
    told = {"batch": batch_id, "certificate_no": batch.certificate_no}
    record_each(session, DESTROYER, Act.DOCUMENT_CONDEMNED, gone, detail=told)
    return set(gone)


def _why_kept(
    session: Session,
    documents: Sequence[Document],
    batch: DestructionBatch,
    items: Mapping[str, BatchItem],
    zone: ZoneInfo,
) -> dict[str, str]:
    """A stable code for what keeps a document, the weightiest first; those that nothing keeps are left out."""
    day = day_of(session, zone)
    views = assess(session, documents, day)
    whole = kept_by_folder(session, [(document, views[document.id]) for document in documents], day)
    changed = set(changed_items(session, batch, list(items.values()), frozen_on(batch, zone)))
    read = busy(session, AT_WORK, *items)
    executing = batch.state == BatchState.EXECUTING
    found = {}
    for document in documents:
        view, waits = views[document.id], items[document.id].state == ItemState.PENDING
        reasons = {
            "not_in_execution": not executing or not waits or document.destroyed_at is not None,
            "held": bool(view.holds), "not_due": view.due_date is None or view.due_date > day,
            "folder_kept": document.id in whole, "changed": document.id in changed, "being_read": document.id in read,
        }  # fmt: skip
        if why := next((code for code, holds in reasons.items() if holds), ""):
            found[document.id] = why
    return found


def _write_ledger(session: Session, batch_id: str, document_ids: Sequence[str]) -> None:
    lines = [
        {
            "batch_id": batch_id, "document_id": document_id, "ordinal": number, "site": where, "kind": kind.value,
            "target": target, "version": version, "method": METHODS[kind], "result": "open",
        }
        for document_id, places in plan(session, *document_ids).items()
        for number, (kind, where, target, version) in enumerate(places, start=1)
    ]  # fmt: skip
    if lines:
        session.execute(insert(DestructionTarget), lines)
