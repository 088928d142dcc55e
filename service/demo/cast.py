"""The people of the demonstration, each with rights of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from archive.audit import OPERATOR
from archive.house import House, open_house
from archive.people import create_person, initial_password
from archive.rights import Confidentiality, Role
from archive.signin import create_token
from service.commands.opening import make_ready
from service.demo.client import Client
from service.demo.scratch import Scratch

ROLES: Final[Mapping[str, tuple[tuple[Role, ...], str]]] = {
    "clerk": ((Role.SCANNER,), "sales"),
    "sales": ((Role.SEARCHER,), "sales"),
    "finance": ((Role.SEARCHER,), "finance"),
    "officer": ((Role.OFFICER, Role.APPROVER), "records"),
    "officer2": ((Role.OFFICER,), "records"),
    "approver": ((Role.APPROVER,), "sales"),
    "approver2": ((Role.APPROVER,), "legal"),
    "auditor": ((Role.AUDITOR,), "audit"),
    "security": ((Role.SECURITY,), "audit"),
    "admin": ((Role.ADMIN,), "computing"),
}
"""Name, roles, department. The officer is an approver too, so that it shows that this does not help."""

_SCOPES: Final = ("read", "write", "sign")


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody's way in: a client with a token, and the password for the pages."""

    clients: Mapping[str, Client]
    passwords: Mapping[str, str]
    unsigned: Client
    """The first approver with a token that was not made for signing."""

    def __getitem__(self, name: str) -> Client:
        return self.clients[name]


def hire(place: Scratch) -> Cast:
    """Prepare the scratch installation and make its accounts, as its operator does on the host."""
    house = open_house(place.settings)
    try:
        make_ready(house)
        return _hire(house, place.url)
    finally:
        house.close()


def _hire(house: House, url: str) -> Cast:
    clients, passwords = {}, {}
    with house.database.transaction() as session:
        for name, (roles, department) in ROLES.items():
            person, password = create_person(
                session, OPERATOR, name=name, roles=roles, department=department,
                clearance=Confidentiality.CONFIDENTIAL, password=initial_password(),
            )  # fmt: skip
            _, token = create_token(session, OPERATOR, person.id, _SCOPES)
            clients[name], passwords[name] = Client(url, person.id, token), password
        approver = clients["approver"].person_id
        _, token = create_token(session, OPERATOR, approver, ("read", "write"))
    return Cast(clients, passwords, Client(url, approver, token))
