"""People: accounts, roles, clearance, passwords."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import Field
from sqlalchemy import select

from archive.access import Actor
from archive.people import (
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
from archive.signin import change_own_password, end_access
from retention.batches import the_batch
from retention.supervision import possible_supervisors
from service.body import StrictRoute
from service.cursors import Cursors
from service.edge import Needs, OneTransaction, Reading, TheHouse, address_of
from service.shapes import UUID, Cursor, Id, In, Items, Level, Short, Size
from service.views import person_view

router = APIRouter(prefix="/people", tags=["people"], route_class=StrictRoute)

PersonId = Annotated[str, Path(pattern=UUID)]
Roles = Annotated[list[Annotated[Role, Field(strict=False)]], Field(max_length=len(Role))]
Password = Annotated[str, Field(max_length=1024)]


class PersonIn(In):
    """A new account. Roles other than none are given by the security officer afterwards."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    department: Annotated[str, Field(min_length=1, max_length=100)]


class AuthorityIn(In):
    """What a person may do from now on."""

    roles: Roles
    clearance: Level


class SameAsIn(In):
    """Another account of the same natural person; null when it is nobody else's."""

    person_id: Annotated[str, Field(pattern=UUID)] | None


class PasswordIn(In):
    """One's own password, changed."""

    old: Password
    new: Password


@router.post("", status_code=201)
def post_person(
    given: PersonIn, actor: Annotated[Actor, Needs(Right.ACCOUNTS)], session: OneTransaction
) -> dict[str, Any]:
    """Create an account without any role; the answer holds its first password, once."""
    person, initial = create_person(
        session, actor, name=given.name, roles=[], department=given.department, clearance=Confidentiality.PUBLIC
    )
    return person_view(person) | {"initial_password": initial}


@router.get("")
def get_people(
    actor: Annotated[Actor, Needs(Right.ACCOUNTS, Right.AUTHORITY)],
    house: TheHouse,
    session: Reading,
    cursor: Cursor = "",
    size: Size = 100,
) -> Items:
    """All accounts, by name."""
    cursors = Cursors(house, actor, "people")
    asked = select(Person).order_by(Person.name).limit(size + 1)
    if place := cursors.read(cursor):
        asked = asked.where(Person.name > str(place[0]))
    rows = session.scalars(asked).unique().all()
    last = cursors.write(rows[size - 1].name) if len(rows) > size else ""
    return Items(items=[person_view(row) for row in rows[:size]], cursor=last)


@router.get("/me")
def get_me(actor: Annotated[Actor, Needs(Right.SELF, given=True)], session: Reading) -> dict[str, Any]:
    """Oneself, with the rights that the roles give."""
    return person_view(the_person(session, actor.id)) | {"rights": sorted(actor.rights)}


@router.post("/me/password")
def post_password(
    request: Request, given: PasswordIn, actor: Annotated[Actor, Needs(Right.SELF, given=True)], house: TheHouse
) -> dict[str, Any]:
    """Change one's own password; all sign-ins end."""
    change_own_password(house.database, actor, old=given.old, new=given.new, address=address_of(request))
    with house.database.reading() as session:
        return person_view(the_person(session, actor.id))


@router.get("/supervisors")
def get_supervisors(actor: Annotated[Actor, Needs(Right.RECORDS)], session: Reading, batch: Id) -> Items:
    """Who could be named as a supervisor of a batch: active, cleared for its list, without another part in it."""
    rows = possible_supervisors(session, actor, the_batch(session, actor, batch))
    return Items(items=[{"id": row.id, "name": row.name, "department": row.department.name} for row in rows])


@router.put("/{person_id}/authority")
def put_authority(
    person_id: PersonId, given: AuthorityIn, actor: Annotated[Actor, Needs(Right.AUTHORITY)], session: OneTransaction
) -> dict[str, Any]:
    """Give other roles and another clearance."""
    person = set_authority(session, actor, person_id, roles=given.roles, clearance=level_named(given.clearance))
    return person_view(person)


@router.put("/{person_id}/same-as")
def put_same_as(
    person_id: PersonId, given: SameAsIn, actor: Annotated[Actor, Needs(Right.AUTHORITY)], session: OneTransaction
) -> dict[str, Any]:
    """Say that two accounts are of one natural person, who then counts once wherever two people are wanted."""
    return person_view(join_accounts(session, actor, person_id, given.person_id))


@router.post("/{person_id}/reset-password")
def post_reset(
    person_id: PersonId, actor: Annotated[Actor, Needs(Right.AUTHORITY)], session: OneTransaction
) -> dict[str, Any]:
    """A code for a day, shown once, with which the person chooses a password anew; their sign-ins and tokens end.

    The person is told who had it made, and signs nothing for a day.
    """
    code = reset_password(session, actor, person_id)
    end_access(session, person_id)
    return {"id": person_id, "initial_password": code}


@router.post("/{person_id}/disable")
def post_disable(
    person_id: PersonId, actor: Annotated[Actor, Needs(Right.ACCOUNTS)], session: OneTransaction
) -> dict[str, Any]:
    """Disable an account: its sign-ins and tokens end at once, and for good."""
    person = set_active(session, actor, person_id, active=False)
    end_access(session, person_id)
    return person_view(person)


@router.post("/{person_id}/enable")
def post_enable(
    person_id: PersonId, actor: Annotated[Actor, Needs(Right.ACCOUNTS)], session: OneTransaction
) -> dict[str, Any]:
    """Enable an account again."""
    return person_view(set_active(session, actor, person_id, active=True))


__all__ = ["Short", "router"]
