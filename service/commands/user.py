"""Accounts made on the host, without the set-up page."""

from __future__ import annotations

from typing import Annotated

import typer

from archive.audit import OPERATOR
from archive.people import create_person
from archive.readable import level_named
from archive.rights import Role
from service.commands.counting import need_counting
from service.commands.opening import AsJson, show, tell, the_house

group = typer.Typer(no_args_is_help=True)


@group.callback()
def accounts() -> None:
    """Accounts."""


@group.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The account's name.")],
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
