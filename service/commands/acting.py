"""As whom a command acts: the rights are that account's, and the log names it."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import select

from archive.access import Actor
from archive.errors import Invalid
from archive.house import House
from archive.people import Person, actor_for

AsPerson = Annotated[str, typer.Option("--as", help="The account in whose name and with whose rights this is done.")]


def acting(house: House, name: str) -> Actor:
    """The active account of that name, acting from this host. Invalid when there is none."""
    with house.database.reading() as session:
        person = session.scalar(select(Person).where(Person.name == name, Person.disabled_at.is_(None)))
        if person is None:
            raise Invalid(f"There is no active account named {name}. Name one with --as.")
        return actor_for(person, scopes=frozenset({"read", "write"}), fresh_until=None, origin="command line")
