"""What is restricted to storage: known to officers, opened by nobody, lifted by two."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from archive.access import Actor
from archive.documents import Document
from archive.rights import Right
from retention.requests import Restriction
from retention.restriction import lift, restrictions
from service.body import StrictRoute
from service.edge import Needs, OneTransaction, Reading, storage_scope_of
from service.shapes import UUID, In, Items, Reason
from service.views import moment

router = APIRouter(prefix="/restrictions", tags=["retention"], route_class=StrictRoute)

RestrictionId = Annotated[str, Path(pattern=UUID)]


class LiftIn(In):
    """Why it may be lifted."""

    reason: Reason


def restriction_view(row: Restriction) -> dict[str, Any]:
    """A restriction, and who asked to lift it."""
    return {
        "id": row.id,
        "document_id": row.document_id,
        "request_id": row.request_id,
        "placed_by": row.placed_by,
        "placed_at": moment(row.placed_at),
        "lift_asked_by": row.lift_asked_by,
        "lift_asked_at": moment(row.lift_asked_at),
        "lifted_by": row.lifted_by,
        "lifted_at": moment(row.lifted_at),
    }


def _line(row: Restriction, document: Document) -> dict[str, Any]:
    return restriction_view(row) | {
        "archival_code": document.archival_code,
        "document_type": document.document_type,
        "class": document.retention_class,
    }


@router.get("")
def get_restrictions(actor: Annotated[Actor, Needs(Right.STORAGE)], session: Reading) -> Items:
    """What is restricted now, without what it says."""
    found = restrictions(session, storage_scope_of(session, actor))
    return Items(items=[_line(row, document) for row, document in found])


@router.post("/{restriction_id}/lift")
def post_lift(
    restriction_id: RestrictionId,
    given: LiftIn,
    actor: Annotated[Actor, Needs(Right.RECORDS)],
    session: OneTransaction,
    response: Response,
) -> dict[str, Any]:
    """Ask for the restriction to be lifted (202); a second person's call lifts it (200)."""
    row, lifted = lift(session, actor, storage_scope_of(session, actor), restriction_id, given.reason)
    response.status_code = 200 if lifted else 202
    return restriction_view(row)
