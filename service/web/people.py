"""Accounts: made and disabled by the administrator; roles, clearance, grants and reset by the security officer."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Request
from sqlalchemy import false, select, true
from starlette.responses import Response

from archive.access import Actor
from archive.folders import Folder
from archive.grants import Grant, give_grant, revoke_grant
from archive.people import (
    Department,
    Person,
    create_person,
    join_accounts,
    reset_password,
    set_active,
    set_authority,
    the_person,
)
from archive.readable import level_named
from archive.rights import Confidentiality, Right, Role
from archive.signin import end_access
from retention.approval import replace_approver, signatures_left
from service.edge import Needs, OneTransaction, Reading, TheHouse
from service.views import person_view
from service.web.answers import go, show, told
from service.web.forms import Several, Text, Word, day, one_of

router = APIRouter(prefix="/people")
Keeper = Annotated[Actor, Needs(Right.ACCOUNTS, Right.AUTHORITY)]
Administrator = Annotated[Actor, Needs(Right.ACCOUNTS)]
SecurityOfficer = Annotated[Actor, Needs(Right.AUTHORITY)]


@router.get("")
def people_page(request: Request, actor: Keeper, session: Reading) -> Response:
    """All accounts."""
    del actor
    people = [person_view(row) for row in session.scalars(select(Person).order_by(Person.name)).unique()]
    departments = list(session.scalars(select(Department.name).order_by(Department.name)))
    return show(request, "people.html", people=people, departments=departments)


@router.post("")
def post_person(
    request: Request, actor: Administrator, session: OneTransaction, name: Word = "", department: Word = ""
) -> Response:
    """Create an account without roles, and show its initial password once."""
    person, initial = create_person(
        session, actor, name=name, roles=[], department=department, clearance=Confidentiality.PUBLIC
    )
    return _person(request, actor, session, person, initial)


@router.get("/{person_id}")
def person_page(request: Request, person_id: str, actor: Keeper, session: Reading) -> Response:
    """One account with its grants."""
    return _person(request, actor, session, the_person(session, person_id))


def _person(request: Request, actor: Actor, session: Reading, person: Person, initial: str = "") -> Response:
    """The page; grants name folders and papers, and are the security officer's."""
    asked = select(Grant, Folder).outerjoin(Folder, Grant.folder_id == Folder.id).where(Grant.person_id == person.id)
    asked = asked.where(true() if Right.AUTHORITY in actor.rights else false())
    told = _of_one(actor, session, person)
    grants = [(grant, folder) for grant, folder in session.execute(asked.order_by(Grant.granted_at.desc())).unique()]
    return show(
        request, "person.html", person=person_view(person), grants=grants, initial=initial, roles=list(Role), **told
    )


def _of_one(actor: Actor, session: Reading, person: Person) -> dict[str, Any]:
    """Accounts of the same natural person, and what somebody who left signed: for the security officer."""
    if Right.AUTHORITY not in actor.rights:
        return {"same": [], "others": [], "signatures": []}
    rows = session.scalars(select(Person).order_by(Person.name)).unique().all()
    root = person.same_as or person.id
    same = [row for row in rows if row.id != person.id and (row.same_as or row.id) == root]
    taken = {person.id, actor.id, *(row.id for row in same)}
    others = [(row.id, f"{row.name} · {row.department.name}") for row in rows if row.id not in taken]
    return {"same": same, "others": others, "signatures": signatures_left(session, actor, person.id)}


@router.post("/{person_id}/authority")
def post_authority(
    person_id: str,
    actor: SecurityOfficer,
    session: OneTransaction,
    roles: Several = [],  # noqa: B006 - FastAPI copies it
    clearance: Word = "public",
) -> Response:
    """Give other roles and another clearance."""
    held = [one_of(Role, role, "roles") for role in roles]
    set_authority(session, actor, person_id, roles=held, clearance=level_named(clearance))
    return go(f"/people/{person_id}", "saved")


@router.post("/{person_id}/reset")
def post_reset(request: Request, person_id: str, actor: SecurityOfficer, session: OneTransaction) -> Response:
    """A new initial password, shown once."""
    initial = reset_password(session, actor, person_id)
    end_access(session, person_id)
    return _person(request, actor, session, the_person(session, person_id), initial)


@router.post("/{person_id}/active")
def post_active(person_id: str, actor: Administrator, session: OneTransaction, active: Word = "") -> Response:
    """Disable or enable an account."""
    set_active(session, actor, person_id, active=active == "yes")
    if active != "yes":
        end_access(session, person_id)
    return go(f"/people/{person_id}", "enabled" if active == "yes" else "disabled")


@router.post("/{person_id}/grants")
def post_grant(
    request: Request,
    person_id: str,
    actor: SecurityOfficer,
    house: TheHouse,
    session: OneTransaction,
    code: Word = "",
    purpose: Text = "",
    ends_on: Word = "",
    unmasked: Word = "",
) -> Response:
    """Let the person read one folder, named by its code, through the end of a day."""
    folder = session.scalar(select(Folder).where(Folder.code == code))
    if folder is None:
        fault = told(request, "people.no_folder", "error")
        person = the_person(session, person_id)
        return show(
            request, "person.html", 422, person=person_view(person), grants=[], initial="", roles=list(Role),
            told=fault, **_of_one(actor, session, person),
        )  # fmt: skip
    ends = datetime.combine(day(ends_on, "ends_at"), time.max, house.settings.zone)
    give_grant(
        session, actor, person_id=person_id, folder_id=folder.id, document_id=None, unmasked=unmasked == "yes",
        purpose=purpose, ends_at=ends,
    )  # fmt: skip
    return go(f"/people/{person_id}", "saved")


@router.post("/{person_id}/grants/{grant_id}/revoke")
def post_revoke(person_id: str, grant_id: str, actor: SecurityOfficer, session: OneTransaction) -> Response:
    """End a grant."""
    revoke_grant(session, actor, grant_id)
    return go(f"/people/{person_id}", "revoked")


@router.post("/{person_id}/same-as")
def post_same_as(person_id: str, actor: SecurityOfficer, session: OneTransaction, other: Word = "") -> Response:
    """Say whose account it is, too; with nobody named, that it is of a person of its own."""
    join_accounts(session, actor, person_id, other or None)
    return go(f"/people/{person_id}", "saved")


@router.post("/{person_id}/signatures/{batch_id}/replace")
def post_replacement(
    person_id: str, batch_id: str, actor: SecurityOfficer, session: OneTransaction, reason: Text = ""
) -> Response:
    """Void the signature of an approver who left, so that another signs."""
    replace_approver(session, actor, batch_id, person_id, reason)
    return go(f"/people/{person_id}", "replaced")
