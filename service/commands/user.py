"""Accounts made, looked at, shut and opened again on the host, without a page."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.audit import OPERATOR
from archive.errors import Invalid
from archive.people import Person, create_person, reset_password, set_active
from archive.readable import level_named
from archive.rights import Role
from archive.signin import end_access
from service.commands.counting import need_counting
from service.commands.opening import AsJson, show, tell, the_house
from service.views import person_view

group = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The account's name.")]


@group.callback()
def accounts() -> None:
    """Accounts."""


@group.command("add")
def add(
    name: Name,
    role: Annotated[list[Role], typer.Option(help="A role; may be repeated.")],
    department: Annotated[str, typer.Option(help="The department; made if it is new.")],
    clearance: Annotated[str, typer.Option(help="public, internal, confidential or secret.")] = "internal",
    as_json: AsJson = False,
) -> None:
    """Make an account and print its first password, once. The first administrator's may begin a new archive."""
    with the_house(begins=Role.ADMIN in role) as house:
        need_counting(house)
        with house.database.transaction() as session:
            person, initial = create_person(
                session, OPERATOR, name=name, roles=role, department=department, clearance=level_named(clearance)
            )
            made = {"id": person.id, "name": person.name, "initial_password": initial}
    show(made, f"{person.name}\t{person.id}\t{initial}", as_json=as_json)
    tell("Name, id, first password. It is shown once, and changed at the first sign-in.")


@group.command("list")
def listed(as_json: AsJson = False) -> None:
    """The accounts, with roles and department; whether one is disabled, and whether a given password was changed."""
    with the_house() as house, house.database.reading() as session:
        found = [person_view(row) for row in session.scalars(select(Person).order_by(Person.name)).unique()]
    lines = [
        f"{one['name']:<16} {'active' if one['active'] else 'disabled':<8} {one['clearance']:<12} {one['department']}"
        f"  {', '.join(one['roles']) or 'no role'}"
        for one in found
    ]
    show(found, "\n".join(lines), as_json=as_json)


@group.command("reset")
def reset(name: Name, as_json: AsJson = False) -> None:
    """Print a code, once, with which the person chooses a password anew; their sign-ins and tokens end."""
    with the_house() as house:
        need_counting(house)
        with house.database.transaction() as session:
            person = _named(session, name)
            code = reset_password(session, OPERATOR, person.id)
            end_access(session, person.id)
            active, made = person.active, {"id": person.id, "name": person.name, "initial_password": code}
    show(made, f"{name}\t{made['id']}\t{code}", as_json=as_json)
    tell("Name, id, code. It is good for a day, and the account signs nothing for a day; its inbox says so.")
    if not active:
        tell(f"{name} is disabled, and the code opens nothing until «anjuan user enable {name}».")


@group.command("disable")
def disable(name: Name, as_json: AsJson = False) -> None:
    """Disable an account: its sign-ins and tokens end at once."""
    _set_active(name, active=False, as_json=as_json)


@group.command("enable")
def enable(name: Name, as_json: AsJson = False) -> None:
    """Enable an account again."""
    _set_active(name, active=True, as_json=as_json)


def _set_active(name: str, *, active: bool, as_json: bool) -> None:
    with the_house() as house:
        need_counting(house)
        with house.database.transaction() as session:
            person = set_active(session, OPERATOR, _named(session, name).id, active=active)
            if not active:
                end_access(session, person.id)
            shown = {"id": person.id, "name": person.name, "active": person.active}
    show(shown, f"{name} is {'active' if active else 'disabled'}", as_json=as_json)


def _named(session: Session, name: str) -> Person:
    person = session.scalar(select(Person).where(Person.name == name))
    if person is None:
        raise Invalid(f"There is no account named {name}. «anjuan user list» names them.")
    return person
