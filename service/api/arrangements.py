"""A person puts a document's pages in order, undoes that, or has it split. The original stays untouched."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import Field

from archive.access import Actor
from archive.arrangements import leaves_of
from archive.documents import Document
from archive.readable import the_document
from archive.rights import Right
from retention.arranging import MOST_JOINED, Turned, arrange, join, split, undo
from service.body import StrictRoute
from service.edge import Needs, OneTransaction, Reading, scope_of
from service.etags import IfMatch, check_match, etag
from service.shapes import UUID, Id, In

router = APIRouter(prefix="/documents", tags=["documents"], route_class=StrictRoute)

DocumentId = Annotated[str, Path(pattern=UUID)]
Number = Annotated[int, Field(ge=1, le=5000)]
Corrector = Annotated[Actor, Needs(Right.CORRECT)]


class PlaceIn(In):
    """A page as it is seen now, and how far it is to be turned clockwise from there."""

    page: Number
    turn: Annotated[int, Field(ge=0, le=270)] = 0


class ArrangementIn(In):
    """All pages, in the order in which they are to be shown."""

    pages: Annotated[list[PlaceIn], Field(min_length=1, max_length=5000)]


class SplitIn(In):
    """The pages at which new documents begin."""

    starts: Annotated[list[Number], Field(min_length=1, max_length=5000)]


@router.get("/{document_id}/arrangement")
def get_arrangement(
    document_id: DocumentId, actor: Annotated[Actor, Needs(Right.READ)], session: Reading
) -> dict[str, Any]:
    """Which page of the original stands where, and how a person turned it; no pages: as it was scanned."""
    document = the_document(session, scope_of(session, actor), document_id)
    return {"pages": [{"page": leaf.page, "turn": leaf.turn} for leaf in leaves_of(session, document.id)]}


@router.put("/{document_id}/arrangement", status_code=202)
def put_arrangement(
    document_id: DocumentId,
    given: ArrangementIn,
    actor: Corrector,
    session: OneTransaction,
    response: Response,
    if_match: IfMatch = "",
) -> dict[str, Any]:
    """Show the pages in this order, turned like this; they are read anew. Every page is named once."""
    scope = scope_of(session, actor)
    check_match(if_match, the_document(session, scope, document_id, lock=True).version)
    places = [Turned(place.page, place.turn) for place in given.pages]
    return _queued(response, arrange(session, actor, scope, document_id, places))


@router.delete("/{document_id}/arrangement", status_code=202)
def delete_arrangement(
    document_id: DocumentId, actor: Corrector, session: OneTransaction, response: Response, if_match: IfMatch = ""
) -> dict[str, Any]:
    """Undo the last arrangement."""
    scope = scope_of(session, actor)
    check_match(if_match, the_document(session, scope, document_id, lock=True).version)
    return _queued(response, undo(session, actor, scope, document_id))


@router.post("/{document_id}/split", status_code=202)
def post_split(
    document_id: DocumentId,
    given: SplitIn,
    actor: Corrector,
    session: OneTransaction,
    response: Response,
    if_match: IfMatch = "",
) -> dict[str, Any]:
    """Have it split into documents of their own. They come with `origins` that name it; it is withdrawn itself."""
    scope = scope_of(session, actor)
    check_match(if_match, the_document(session, scope, document_id, lock=True).version)
    return _queued(response, split(session, actor, scope, document_id, given.starts))


def _queued(response: Response, document: Document) -> dict[str, Any]:
    response.headers["ETag"] = etag(document.version)
    return {"id": document.id, "state": document.state}


class MergeIn(In):
    """The documents that are one, in the order of their pages."""

    documents: Annotated[list[Id], Field(min_length=2, max_length=MOST_JOINED)]


@router.post("/merge", status_code=202)
def post_merge(given: MergeIn, actor: Corrector, session: OneTransaction) -> dict[str, Any]:
    """Have documents joined into one, which names them in `origins`; they are withdrawn. Splitting undoes it."""
    rows = join(session, actor, scope_of(session, actor), given.documents)
    return {"documents": [{"id": row.id, "state": row.state} for row in rows]}
