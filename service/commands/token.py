"""Tokens made on the host. Such a token works at once."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import select

from archive.audit import OPERATOR
from archive.errors import Invalid
from archive.people import Person
from archive.signin import create_token
from service.commands.counting import need_counting
from service.commands.opening import AsJson, show, the_house

group = typer.Typer(no_args_is_help=True)


@group.callback()
def tokens() -> None:
    """Tokens."""


@group.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Whose token.")],
    scope: Annotated[list[str] | None, typer.Option(help="read, write or sign; read and write unless said.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token for an account and print it, once."""
    with the_house() as house:
        need_counting(house)
        with house.database.transaction() as session:
            person = session.scalar(select(Person).where(Person.name == name))
            if person is None:
                raise Invalid(f"There is no account named {name}.")
            token, secret = create_token(session, OPERATOR, person.id, scope or [])
            made = {"token": secret, "expires_at": token.expires_at.isoformat()}
    show(made, secret, as_json=as_json)
