"""Names for identifiers on a page: people, and what an event or a hold is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.audit import DESTROYER, OPERATOR, READER, SCHEDULER
from archive.customers import Customer
from archive.documents import Document
from archive.folders import Folder
from archive.people import Person
from retention.subjects import SubjectKind

MACHINES: Final = frozenset({READER.id, SCHEDULER.id, DESTROYER.id, OPERATOR.id})


def person_called(session: Session, text: str) -> str:
    """The id of the account of that name; any other text as it is."""
    return session.scalar(select(Person.id).where(Person.name == text.strip())) or text


def people_named(session: Session, ids: Iterable[str | None]) -> Mapping[str, str]:
    """The names of people by id; ids of nobody are left out."""
    wanted = {each for each in ids if each}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def code_of(session: Session, kind: str, subject_id: str) -> str:
    """What people call a subject: its code or number; the identifier while it has none."""
    column = {
        SubjectKind.FOLDER.value: (Folder.code, Folder.id),
        SubjectKind.CUSTOMER.value: (Customer.number, Customer.id),
        SubjectKind.DOCUMENT.value: (Document.archival_code, Document.id),
    }.get(kind)
    if column is None:
        return subject_id
    return session.scalar(select(column[0]).where(column[1] == subject_id)) or subject_id


def path_of(kind: str, subject_id: str) -> str:
    """The page of a subject."""
    return f"/{kind}s/{subject_id}"
