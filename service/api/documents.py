"""Documents: put in, looked at, corrected, read again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Header, Path, Response, UploadFile
from sqlalchemy import select, tuple_

from archive.access import Actor
from archive.documents import Document, State, title_of
from archive.intake import Order, duplicates, take_in
from archive.readable import readable, the_document
from archive.rights import Right
from service.body import StrictRoute
from service.cursors import Cursors
from service.edge import Needs, OneTransaction, Reading, TheHouse, scope_of
from service.etags import IfMatch, check_match, etag
from service.shapes import UUID, Cursor, Id, In, Items, Level, Reason, Short, Size
from service.sightings import note_view
from service.views import document_view, moment

router = APIRouter(prefix="/documents", tags=["documents"], route_class=StrictRoute)

DocumentId = Annotated[str, Path(pattern=UUID)]


@router.post("", status_code=202)
def post_document(
    file: Annotated[UploadFile, File()],
    actor: Annotated[Actor, Needs(Right.CAPTURE)],
    house: TheHouse,
    customer_id: Annotated[Id | None, Form()] = None,
    folder_id: Annotated[Id | None, Form()] = None,
    document_type: Annotated[str | None, Form(max_length=32)] = None,
    batch_id: Annotated[Id | None, Form()] = None,
    idempotency_key: Annotated[str, Header(max_length=100)] = "",
) -> dict[str, Any]:
    """Take one scan in. Answered once its bytes are proved to be in the store; reading follows."""
    order = Order(file.filename or "", customer_id, folder_id, document_type, batch_id, idempotency_key)
    document, new = take_in(house, actor, order, file.file)
    with house.database.reading() as session:
        same = duplicates(session, scope_of(session, actor), document)
    return {
        "id": document.id, "state": document.state, "sha256": document.sha256, "duplicates": same, "repeated": not new,
    }  # fmt: skip


@router.get("")
def get_documents(
    actor: Annotated[Actor, Needs(Right.READ)],
    house: TheHouse,
    session: Reading,
    state: State | None = None,
    folder: Id | None = None,
    batch: Id | None = None,
    cursor: Cursor = "",
    size: Size = 50,
) -> Items:
    """Documents in the reader's scope, newest first, e.g. what waits in review."""
    cursors = Cursors(house, actor, f"documents/{state}/{folder}/{batch}")
    asked = select(Document).where(readable(scope_of(session, actor)), Document.destroyed_at.is_(None))
    asked = asked.where(Document.state == state.value) if state else asked
    asked = asked.where(Document.folder_id == folder) if folder else asked
    asked = asked.where(Document.batch_id == batch) if batch else asked
    if place := cursors.read(cursor):
        last = session.get_one(Document, str(place[0]))
        asked = asked.where(tuple_(Document.received_at, Document.id) < (last.received_at, last.id))
    rows = session.scalars(asked.order_by(Document.received_at.desc(), Document.id.desc()).limit(size + 1)).unique().all()
    keys = house.vault.keys([row.id for row in rows])
    items: list[dict[str, object]] = [
        {
            "id": row.id, "state": row.state, "title": title_of(keys[row.id], row) if row.id in keys else "",
            "archival_code": row.archival_code, "document_type": row.document_type, "review": list(row.review),
            "received_at": moment(row.received_at), "error": row.error,
        }
        for row in rows[:size]
    ]  # fmt: skip
    return Items(items=items, cursor=cursors.write(rows[size - 1].id) if len(rows) > size else "")


@router.get("/{document_id}")
def get_document(
    document_id: DocumentId,
    actor: Annotated[Actor, Needs(Right.READ)],
    house: TheHouse,
    session: Reading,
    response: Response,
) -> dict[str, Any]:
    """What is known of a document. Destroyed: 410 with the certificate's number."""
    scope = scope_of(session, actor)
    document = the_document(session, scope, document_id)
    seen = document_view(house, session, scope, document)
    note_view(house, actor, document.id)
    response.headers["ETag"] = etag(document.version)
    return seen
