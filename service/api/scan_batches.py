"""Scan batches: a stack of paper, what was expected of it, and what came."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field
from sqlalchemy import func, select

from archive.access import Actor
from archive.documents import Document
from archive.rights import Right
from archive.scan_batches import ScanBatch, close_scan_batch, open_scan_batch, own_scan_batch
from service.body import StrictRoute
from service.edge import Needs, OneTransaction, Reading
from service.shapes import UUID, In, Items, Short
from service.views import scan_batch_view

router = APIRouter(prefix="/scan-batches", tags=["scan batches"], route_class=StrictRoute)

BatchId = Annotated[str, Path(pattern=UUID)]
Count = Annotated[int | None, Field(ge=0, le=1_000_000)]


class ScanBatchIn(In):
    """A stack that begins."""

    title: Short
    expected_files: Count = None
    expected_pages: Count = None


@router.post("", status_code=201)
def post_scan_batch(
    given: ScanBatchIn, actor: Annotated[Actor, Needs(Right.CAPTURE)], session: OneTransaction
) -> dict[str, Any]:
    """Begin a stack."""
    batch = open_scan_batch(
        session, actor, title=given.title, expected_files=given.expected_files, expected_pages=given.expected_pages
    )
    return scan_batch_view(batch)


@router.get("")
def get_scan_batches(actor: Annotated[Actor, Needs(Right.CAPTURE)], session: Reading) -> Items:
    """The person's own stacks, newest first."""
    asked = select(ScanBatch).where(ScanBatch.owner_id == actor.id).order_by(ScanBatch.opened_at.desc()).limit(200)
    return Items(items=[scan_batch_view(row) for row in session.scalars(asked)])


@router.get("/{batch_id}")
def get_scan_batch(
    batch_id: BatchId, actor: Annotated[Actor, Needs(Right.CAPTURE)], session: Reading
) -> dict[str, Any]:
    """One stack with what came of it, by state."""
    batch = own_scan_batch(session, actor, batch_id)
    asked = select(Document.state, func.count(), func.coalesce(func.sum(Document.page_count), 0))
    rows = session.execute(
        asked.where(Document.batch_id == batch.id, Document.withdrawn.is_(None)).group_by(Document.state)
    ).all()
    states = {state: files for state, files, _ in rows}
    pages = sum(count or 0 for _, _, count in rows)
    return scan_batch_view(batch) | {
        "files": sum(states.values()), "pages": pages, "states": states,
    }  # fmt: skip


@router.post("/{batch_id}/close")
def post_close(
    batch_id: BatchId, actor: Annotated[Actor, Needs(Right.CAPTURE)], session: OneTransaction
) -> dict[str, Any]:
    """Say that the whole stack is in."""
    return scan_batch_view(close_scan_batch(session, actor, batch_id))
