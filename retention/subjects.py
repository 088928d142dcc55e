"""What an event or a hold is about: one document, a folder with all its documents, or a customer with all of theirs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import Session

from archive.access import ReadableScope
from archive.customers import Customer
from archive.documents import Document
from archive.errors import Invalid, NotFound
from archive.folders import Folder
from archive.readable import readable, readable_folder


class SubjectKind(StrEnum):
    """The three sizes of a subject."""

    DOCUMENT = "document"
    FOLDER = "folder"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject by kind and id."""

    kind: SubjectKind
    id: str


def check_visible(session: Session, scope: ReadableScope, subject: Subject) -> None:
    """NotFound unless the subject stands and the scope reaches it; a customer is seen by whoever keeps records."""
    asked = {
        SubjectKind.DOCUMENT: select(Document.id).where(Document.id == subject.id, readable(scope)),
        SubjectKind.FOLDER: select(Folder.id).where(Folder.id == subject.id, readable_folder(scope)),
        SubjectKind.CUSTOMER: select(Customer.id).where(Customer.id == subject.id),
    }[subject.kind]
    if session.scalar(asked) is None:
        raise NotFound


def visible(session: Session, scope: ReadableScope, wanted: Mapping[SubjectKind, Collection[str]]) -> set[Subject]:
    """Of many subjects those that stand and that the scope reaches; customers for whoever reads everywhere."""
    asked = {
        SubjectKind.DOCUMENT: select(Document.id).where(Document.id.in_(wanted[SubjectKind.DOCUMENT]), readable(scope)),
        SubjectKind.FOLDER: select(Folder.id).where(Folder.id.in_(wanted[SubjectKind.FOLDER]), readable_folder(scope)),
        SubjectKind.CUSTOMER: select(Customer.id).where(
            Customer.id.in_(wanted[SubjectKind.CUSTOMER]) if scope.everywhere else false()
        ),
    }
    return {Subject(kind, found) for kind, question in asked.items() for found in session.scalars(question)}


def subject_named(session: Session, scope: ReadableScope, code: str) -> Subject:
    """The folder, customer or document that somebody typed the code of. Invalid alike for none and for one unseen."""
    wanted = code.strip().upper()
    asked = (
        (SubjectKind.FOLDER, select(Folder.id).where(Folder.code == wanted, readable_folder(scope))),
        (SubjectKind.CUSTOMER, select(Customer.id).where(Customer.number == wanted)),
        (SubjectKind.DOCUMENT, select(Document.id).where(Document.archival_code == wanted, readable(scope))),
    )
    for kind, question in asked:
        if found := session.scalar(question):
            return Subject(kind, found)
    raise Invalid(
        "Nothing has this code, or it is not for you to see.",
        code="no_such_subject",
        errors=[{"field": "code", "code": "unknown", "value": code.strip()}],
    )


def customer_numbered(session: Session, number: str) -> str:
    """The id of the customer of that number. Invalid for none."""
    found = session.scalar(select(Customer.id).where(Customer.number == number.strip().upper()))
    if found is None:
        wrong = [{"field": "customer", "code": "unknown", "value": number.strip()}]
        raise Invalid("No customer has this number.", code="no_such_subject", errors=wrong)
    return found


def members(subject: Subject) -> ColumnElement[bool]:
    """The documents that a subject takes in, as a condition on Document."""
    column = {
        SubjectKind.DOCUMENT: Document.id,
        SubjectKind.FOLDER: Document.folder_id,
        SubjectKind.CUSTOMER: Document.customer_id,
    }[subject.kind]
    return column == subject.id


def of_document(document: Document) -> list[Subject]:
    """All subjects that take this document in."""
    found = [Subject(SubjectKind.DOCUMENT, document.id)]
    if document.folder_id:
        found.append(Subject(SubjectKind.FOLDER, document.folder_id))
    if document.customer_id:
        found.append(Subject(SubjectKind.CUSTOMER, document.customer_id))
    return found
