"""The rescan list: pages whose scan is not good enough, and the two ways off it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Path, UploadFile
from pydantic import Field

from archive.access import Actor
from archive.rescans import REASON_MAX, rescan_list
from archive.rights import Right
from retention.rescans import accept, rescan
from service.body import StrictRoute
from service.edge import Needs, OneTransaction, Reading, TheHouse, scope_of
from service.shapes import UUID, Id, In, Items
from service.views import moment, shown_title

router = APIRouter(tags=["rescans"], route_class=StrictRoute)

DocumentId = Annotated[str, Path(pattern=UUID)]
Scanner = Annotated[Actor, Needs(Right.CAPTURE)]


class AcceptIn(In):
    """Why the scan is good enough as it is."""

    reason: Annotated[str, Field(min_length=1, max_length=REASON_MAX)]


@router.get("/rescans")
def get_rescans(actor: Scanner, house: TheHouse, session: Reading, batch: Id | None = None) -> Items:
    """Pages in sight that should be scanned again, with findings, measured values and clauses of DA/T 31."""
    scope = scope_of(session, actor)
    listed = rescan_list(session, scope, batch_id=batch)
    keys = house.vault.keys(list({item.document.id for item in listed}))
    items: list[dict[str, object]] = [
        {
            "document_id": item.document.id, "page": item.page, "findings": [dict(each) for each in item.findings],
            "title": shown_title(keys[item.document.id], item.document, scope) if item.document.id in keys else "",
            "archival_code": item.document.archival_code, "batch_id": item.document.batch_id,
            "department": item.document.department.name, "received_at": moment(item.document.received_at),
        }
        for item in listed
    ]  # fmt: skip
    return Items(items=items, cursor="")


@router.post("/documents/{document_id}/pages/{number}/accept")
def post_accept(
    document_id: DocumentId,
    number: Annotated[int, Path(ge=1, le=5000)],
    given: AcceptIn,
    actor: Annotated[Actor, Needs(Right.CORRECT)],
    session: OneTransaction,
) -> dict[str, Any]:
    """Take a page as it is: it leaves the rescan list."""
    left = accept(session, actor, scope_of(session, actor), document_id, page=number, reason=given.reason)
    return {"id": document_id, "left": [item.page for item in left]}


@router.post("/documents/{document_id}/rescan", status_code=202)
def post_rescan(
    document_id: DocumentId, file: Annotated[UploadFile, File()], actor: Scanner, house: TheHouse
) -> dict[str, Any]:
    """A better scan of the same paper: read anew, the earlier file kept beside it until the document is destroyed."""
    document = rescan(house, actor, document_id, file.file)
    return {"id": document.id, "state": document.state, "sha256": document.sha256}
