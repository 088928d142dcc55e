"""Grants: reading beyond one's department, for a purpose, with an end."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, Field
from sqlalchemy import select

from archive.access import Actor
from archive.documents import Document
from archive.errors import NotFound
from archive.folders import Folder
from archive.grants import Grant, give_grant, revoke_grant
from archive.people import the_person
from archive.rights import Right
from service.body import StrictRoute
from service.edge import Needs, OneTransaction, Reading
from service.shapes import UUID, Id, In, Items
from service.views import moment

router = APIRouter(prefix="/grants", tags=["grants"], route_class=StrictRoute)


class GrantIn(In):
    """Who may read what, why, and until when."""

    person_id: Id
    folder_id: Id | None = None
    document_id: Id | None = None
    unmasked: bool = False
    purpose: Annotated[str, Field(min_length=1, max_length=300)]
    ends_at: Annotated[AwareDatetime, Field(strict=False)]


def grant_view(grant: Grant) -> dict[str, Any]:
    """A grant as given."""
    return {
        "id": grant.id,
        "person_id": grant.person_id,
        "folder_id": grant.folder_id,
        "document_id": grant.document_id,
        "unmasked": grant.unmasked,
        "purpose": grant.purpose,
        "granted_by": grant.granted_by,
        "granted_at": moment(grant.granted_at),
        "ends_at": moment(grant.ends_at),
        "revoked_at": moment(grant.revoked_at),
    }


@router.post("", status_code=201)
def post_grant(
    given: GrantIn, actor: Annotated[Actor, Needs(Right.AUTHORITY)], session: OneTransaction
) -> dict[str, Any]:
    """Let a person read one folder or one document until then."""
    the_person(session, given.person_id)
    for kind, asked in ((Folder, given.folder_id), (Document, given.document_id)):
        if asked and session.get(kind, asked) is None:
            raise NotFound
    ends: datetime = given.ends_at
    grant = give_grant(
        session, actor, person_id=given.person_id, folder_id=given.folder_id, document_id=given.document_id,
        unmasked=given.unmasked, purpose=given.purpose, ends_at=ends,
    )  # fmt: skip
    return grant_view(grant)


@router.get("")
def get_grants(actor: Annotated[Actor, Needs(Right.AUTHORITY)], session: Reading, person: Id | None = None) -> Items:
    """Grants, newest first."""
    del actor
    asked = select(Grant).order_by(Grant.granted_at.desc()).limit(500)
    asked = asked.where(Grant.person_id == person) if person else asked
    return Items(items=[grant_view(row) for row in session.scalars(asked)])


@router.delete("/{grant_id}")
def delete_grant(
    grant_id: Annotated[str, Path(pattern=UUID)], actor: Annotated[Actor, Needs(Right.AUTHORITY)],
    session: OneTransaction,
) -> dict[str, Any]:  # fmt: skip
    """End a grant; it works on the next query."""
    revoke_grant(session, actor, grant_id)
    return {"id": grant_id, "revoked": True}
