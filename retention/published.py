"""Every key that proves something here, by its fingerprint: to be printed, and compared with one had by another way.

A person's key is listed once it has signed; it stays listed after they left, for what it signed stays valid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from archive.house import House
from archive.people import Person
from archive.signing import Purpose, fingerprint
from retention.disposal import Approval, PaperSupervisor, Supervisor

SEAL = "seal"
PERSON = "person"


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """One key: what it is used for, whose it is (empty: the installation's), when it signed, whether it still may."""

    use: str
    name: str
    fingerprint: str
    first: datetime | None = None
    last: datetime | None = None
    active: bool = True


def published_keys(session: Session, house: House) -> list[PublishedKey]:
    """The installation's keys by purpose and its seal on prints, then people's by name."""
    made = [(purpose, house.signing.made(purpose)) for purpose in Purpose]
    own = [PublishedKey(purpose.value, "", key.fingerprint) for purpose, key in made if key]
    return [*own, PublishedKey(SEAL, "", house.seal.fingerprint), *_of_people(session)]


def _of_people(session: Session) -> Iterator[PublishedKey]:
    signed = union_all(
        select(Approval.person_id, Approval.public_key, Approval.at),
        *(
            select(row.person_id, row.public_key, row.confirmed_at).where(row.public_key.is_not(None))
            for row in (Supervisor, PaperSupervisor)
        ),
    ).subquery()
    person_id, key, at = signed.c
    rows = session.execute(
        select(Person.name, Person.disabled_at, key, func.min(at), func.max(at))
        .join(Person, Person.id == person_id)
        .group_by(Person.id, Person.name, Person.disabled_at, key)
        .order_by(Person.name, func.min(at))
    )
    for name, disabled, public, first, last in rows:
        yield PublishedKey(PERSON, name, fingerprint(public), first, last, active=disabled is None)
