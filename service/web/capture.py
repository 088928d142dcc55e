"""收件: where scans are put in, and the stacks they belong to."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Request, UploadFile
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from archive.access import Actor, ReadableScope
from archive.documents import Document, file_name_of
from archive.folders import Folder, FolderState
from archive.house import House
from archive.own_types import types_in_use
from archive.progress import progress_of
from archive.readable import readable, readable_folder
from archive.rights import Right
from archive.scan_batches import ScanBatch, close_scan_batch, open_scan_batch, own_scan_batch
from archive.separators import order_by_names, plan_sheets
from retention.rescans import accept, rescan
from retention.withdrawal import withdraw
from service.api.rescans import get_rescans
from service.api.scan_batches import get_scan_batch, get_scan_batches
from service.api.separators import printed
from service.edge import Needs, OneTransaction, Reading, TheHouse, done_reading, scope_of
from service.views import progress_view, shown_review
from service.web.answers import go, show
from service.web.forms import Word, whole

router = APIRouter()
Scanner = Annotated[Actor, Needs(Right.CAPTURE)]
LATEST = 60
FOLDERS = 100


@router.get("/capture")
def capture_page(request: Request, actor: Scanner, house: TheHouse, session: Reading) -> Response:
    """A place to drop files on, and what came lately."""
    return show(
        request, "capture.html", batches=get_scan_batches(actor, session).items,
        folders=_open_folders(session, scope_of(session, actor)), types=types_in_use(session),
        latest=_latest(house, session, actor), batch=request.query_params.get("batch", ""),
    )  # fmt: skip


def _open_folders(session: Session, scope: ReadableScope) -> list[Folder]:
    """Folders that take papers, newest first."""
    asked = select(Folder).where(readable_folder(scope), Folder.state == FolderState.PROVISIONAL.value)
    return list(session.scalars(asked.order_by(Folder.opened_at.desc()).limit(FOLDERS)).unique())


@router.get("/capture/separators")
def separators_page(request: Request, actor: Scanner, session: Reading) -> Response:
    """Sheets to print, for whom and how many."""
    folders = _open_folders(session, scope_of(session, actor))
    return show(request, "separators.html", folders=folders, types=types_in_use(session))


@router.post("/capture/separators")
def post_separators(
    actor: Scanner, house: TheHouse, session: Reading, customer: Word = "", folder: Word = "",
    document_type: Word = "", copies: Word = "",
) -> Response:  # fmt: skip
    """The sheets as PDF."""
    scope = scope_of(session, actor)
    order = order_by_names(
        session, scope, customer=customer, folder=folder, document_type=document_type,
        copies=whole(copies, "copies") or 1,
    )  # fmt: skip
    planned = plan_sheets(session, actor, scope, order)
    done_reading(session)
    return printed(house, actor, [planned])


@router.get("/capture/rescans")
def rescans_page(request: Request, actor: Scanner, house: TheHouse, session: Reading, batch: str = "") -> Response:
    """Pages that should be scanned again, to be worked off or printed."""
    items = get_rescans(actor, house, session, batch or None).items
    return show(request, "rescans.html", items=items, batch=batch)


@router.post("/documents/{document_id}/rescan")
def post_rescan(document_id: str, actor: Scanner, house: TheHouse, file: Annotated[UploadFile, File()]) -> Response:
    """A better scan in the place of the one that is there."""
    rescan(house, actor, document_id, file.file)
    return go("/capture/rescans", "rescanned")


@router.post("/documents/{document_id}/pages/{number}/accept")
def post_accept(document_id: str, number: int, actor: Scanner, session: OneTransaction, reason: Word = "") -> Response:
    """Take a page as it is."""
    accept(session, actor, scope_of(session, actor), document_id, page=number, reason=reason)
    return go("/capture/rescans", "accepted")


@router.get("/capture/latest")
def latest_part(request: Request, actor: Scanner, house: TheHouse, session: Reading) -> Response:
    """The table of what came lately; asked for every few seconds."""
    return show(request, "parts/latest.html", latest=_latest(house, session, actor))


def _latest(house: House, session: Session, actor: Actor, batch_id: str = "") -> list[dict[str, Any]]:
    scope = scope_of(session, actor)
    mine = (Document.uploader_id == actor.id) & readable(scope)
    asked = select(Document).where(mine, Document.destroyed_at.is_(None), Document.withdrawn.is_(None))
    asked = asked.where(Document.batch_id == batch_id) if batch_id else asked
    rows = (
        session.scalars(asked.order_by(Document.received_at.desc()).limit(500 if batch_id else LATEST)).unique().all()
    )
    keys, going = house.vault.keys([row.id for row in rows]), progress_of(session, rows)
    return [
        {
            "id": row.id, "name": file_name_of(keys[row.id], row) if row.id in keys else "", "state": row.state,
            "kind": row.document_type, "pages": row.page_count, "read": row.pages_read, "size": row.size,
            "received_at": row.received_at, "error": row.error, "review": shown_review(session, scope, row),
            "progress": progress_view(going.get(row.id)),
        }
        for row in rows
    ]  # fmt: skip


@router.post("/documents/{document_id}/withdraw")
def post_withdraw(document_id: str, actor: Scanner, session: OneTransaction, reason: Word = "") -> Response:
    """Take back what one put in by mistake."""
    withdraw(session, actor, scope_of(session, actor), document_id, reason)
    return go("/capture", "withdrawn")


@router.post("/batches")
def post_batch(
    actor: Scanner, session: OneTransaction, title: Word = "", expected_files: Word = "", expected_pages: Word = ""
) -> Response:
    """Begin a stack."""
    batch = open_scan_batch(
        session, actor, title=title, expected_files=whole(expected_files, "expected_files"),
        expected_pages=whole(expected_pages, "expected_pages"),
    )  # fmt: skip
    return go("/capture", "created", batch=batch.id)


@router.get("/batches")
def batches_page(request: Request, actor: Scanner, session: Reading) -> Response:
    """The person's own stacks with what came of each."""
    counts = (
        select(Document.batch_id, func.count(), func.coalesce(func.sum(Document.page_count), 0))
        .join(ScanBatch, ScanBatch.id == Document.batch_id)
        .where(ScanBatch.owner_id == actor.id)
        .group_by(Document.batch_id)
    )
    came = {batch_id: (files, pages) for batch_id, files, pages in session.execute(counts)}
    return show(request, "batches.html", batches=get_scan_batches(actor, session).items, came=came)


@router.get("/batches/{batch_id}")
def batch_page(request: Request, batch_id: str, actor: Scanner, house: TheHouse, session: Reading) -> Response:
    """One stack: counts against what was expected, and every file as a thumbnail."""
    own_scan_batch(session, actor, batch_id)
    files = _latest(house, session, actor, batch_id)
    return show(request, "batch.html", batch=get_scan_batch(batch_id, actor, session), files=files)


@router.post("/batches/{batch_id}/close")
def post_close(batch_id: str, actor: Scanner, session: OneTransaction) -> Response:
    """Say that the whole stack is in."""
    close_scan_batch(session, actor, batch_id)
    return go(f"/batches/{batch_id}", "saved")
