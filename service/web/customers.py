"""客户与案卷: who it is, what there is of them, and the folders of their matters."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from archive.access import Actor, ReadableScope
from archive.base import today
from archive.customers import (
    Customer,
    CustomerKind,
    Identifier,
    IdentifierType,
    add_identifier,
    create_customer,
    identifier_value,
    rename_customer,
    the_customer,
)
from archive.documents import Document
from archive.errors import Invalid
from archive.folders import close_folder, create_folder
from archive.former_numbers import former_numbers, take_back
from archive.house import House
from archive.people import Department
from archive.readable import level_named, readable, the_folder
from archive.rights import Right
from retention.classes import RetentionClass, class_in_force, classes
from retention.merging import merge, merges_of, take_apart
from service.api.customers import get_customers
from service.api.documents import get_documents
from service.api.folders import get_folders
from service.edge import Needs, OneTransaction, Reading, TheHouse, scope_of, storage_scope_of
from service.views import customer_view, folder_view
from service.web.answers import go, show
from service.web.forms import Text, Word, day, one_of
from service.web.naming import people_named

router = APIRouter()
STUBS: Final = 500
Officer = Annotated[Actor, Needs(Right.CUSTOMERS)]
Reader = Annotated[Actor, Needs(Right.READ)]


@router.get("/customers")
def customers_page(
    request: Request, actor: Officer, house: TheHouse, session: Reading, q: str = "", cursor: str = ""
) -> Response:
    """Customers by name, number or identifier."""
    found = get_customers(actor, house, session, q=q, cursor=cursor)
    return show(request, "customers.html", customers=found.items, cursor=found.cursor, q=q)


@router.post("/customers")
def post_customer(
    actor: Officer, house: TheHouse, session: OneTransaction, kind: Word = "", name: Word = "", number: Word = "",
    another: Word = "",
) -> Response:  # fmt: skip
    """Register a customer."""
    customer = register(session, actor, house, kind=kind, name=name, number=number, another=another)
    return go(f"/customers/{customer.id}", "created")


def register(
    session: Session, actor: Actor, house: House, *, kind: str, name: str, number: str, another: str
) -> Customer:
    """A customer from what a form says; the number is of the kind that such a customer has."""
    held = one_of(CustomerKind, kind, "kind")
    type_ = IdentifierType.ID_NO if held is CustomerKind.PERSON else IdentifierType.USCC
    numbers = [Identifier(type_, number)] if number else []
    return create_customer(
        session, actor, house.vault, kind=held, name=name, identifiers=numbers, another=another == "yes"
    )


@router.get("/customers/{customer_id}")
def customer_page(request: Request, customer_id: str, actor: Officer, house: TheHouse, session: Reading) -> Response:
    """One customer with numbers and folders."""
    customer = the_customer(session, customer_id)
    numbers = [(row.id, row.type, identifier_value(house.vault, row)) for row in customer.identifiers]
    former = former_numbers(session, house.vault, customer_id)
    return show(
        request, "customer.html", customer=customer_view(customer), numbers=numbers, former=former,
        merges=[(the_customer(session, row.gone_id), row) for row in merges_of(session, customer_id)],
        people=people_named(session, [row.taken_back_by for row, _ in former]),
        folders=get_folders(actor, house, session, customer=customer_id, size=500).items,
        classes=[(row.code, f"{row.code} {row.title}") for row in _codes(session)],
        departments=list(session.scalars(select(Department.name).order_by(Department.name))),
    )  # fmt: skip


def _codes(session: Reading) -> list[RetentionClass]:
    return list({row.code: row for row in classes(session)}.values())


@router.post("/customers/{customer_id}/merge")
def post_merge(
    customer_id: str, actor: Officer, session: OneTransaction, number: Word = "", reason: Word = ""
) -> Response:
    """The two are one; this one goes over."""
    kept = session.scalar(select(Customer.id).where(Customer.number == number.upper()))
    if kept is None:
        raise Invalid("There is no such customer.", errors=[{"field": "number", "code": "unknown"}])
    merge(session, actor, gone_id=customer_id, kept_id=kept, reason=reason)
    return go(f"/customers/{kept}", "merged")


@router.post("/customers/{customer_id}/take-apart")
def post_take_apart(customer_id: str, actor: Officer, session: OneTransaction, reason: Word = "") -> Response:
    """They are two after all."""
    take_apart(session, actor, customer_id, reason)
    return go(f"/customers/{customer_id}", "parted")


@router.post("/customers/{customer_id}/name")
def post_name(customer_id: str, actor: Officer, session: OneTransaction, name: Word = "") -> Response:
    """Change the name; the old one stays in the log."""
    rename_customer(session, actor, customer_id, name)
    return go(f"/customers/{customer_id}", "saved")


@router.post("/customers/{customer_id}/identifiers")
def post_identifier(
    customer_id: str,
    actor: Officer,
    house: TheHouse,
    session: OneTransaction,
    type: Word = "",  # noqa: A002 - the form's field
    value: Word = "",
) -> Response:
    """Give the customer one more number."""
    add_identifier(session, actor, house.vault, customer_id, Identifier(one_of(IdentifierType, type, "type"), value))
    return go(f"/customers/{customer_id}", "saved")


@router.post("/customers/{customer_id}/identifiers/take-back")
def post_take_back(
    customer_id: str, actor: Officer, house: TheHouse, session: OneTransaction, identifier_id: Word = "",
    reason: Text = "", instead: Word = "",
) -> Response:  # fmt: skip
    """Take a wrong number back, or put the right one in its place."""
    take_back(session, actor, house.vault, customer_id, identifier_id, reason=reason, instead=instead)
    return go(f"/customers/{customer_id}", "saved")


@router.post("/customers/{customer_id}/folders")
def post_folder(
    customer_id: str,
    actor: Officer,
    house: TheHouse,
    session: OneTransaction,
    title: Word = "",
    department: Word = "",
    retention_class: Word = "",
    confidentiality: Word = "",
) -> Response:
    """Open a folder for a matter of this customer."""
    class_in_force(session, retention_class)
    folder = create_folder(
        session, actor, customer_id=customer_id, title=title, department=department, retention_class=retention_class,
        confidentiality=level_named(confidentiality), fonds=house.settings.fonds,
        year=today(house.settings.zone).year,
    )  # fmt: skip
    return go(f"/folders/{folder.id}", "created")


@router.get("/folders/{folder_id}")
def folder_page(
    request: Request, folder_id: str, actor: Reader, house: TheHouse, session: Reading, cursor: str = ""
) -> Response:
    """One folder with its papers."""
    folder = the_folder(session, scope_of(session, actor), folder_id)
    papers = get_documents(actor, house, session, folder=folder_id, cursor=cursor, size=100)
    return show(
        request, "folder.html", folder=folder_view(folder), papers=papers.items, cursor=papers.cursor,
        stubs=_stubs(session, scope_of(session, actor), folder.id), restricted=_restricted(session, actor, folder.id),
        today=today(house.settings.zone).isoformat(),
    )  # fmt: skip


def _restricted(session: Reading, actor: Actor, folder_id: str) -> int:
    """How many of its documents are restricted to storage, for who may know of it."""
    asked = select(func.count()).where(Document.folder_id == folder_id, Document.restricted)
    return session.scalar(asked.where(readable(storage_scope_of(session, actor)))) or 0


def _stubs(session: Reading, scope: ReadableScope, folder_id: str) -> list[Document]:
    """What stays of the folder's destroyed documents: why its codes have gaps (records-rules R30)."""
    asked = select(Document).where(
        Document.folder_id == folder_id, readable(scope), Document.archival_code.is_not(None)
    )
    gone = asked.where(Document.destroyed_at.is_not(None), Document.certificate_no.is_not(None))
    return list(session.scalars(gone.order_by(Document.archival_code).limit(STUBS)).unique())


@router.post("/folders/{folder_id}/close")
def post_close(folder_id: str, actor: Officer, session: OneTransaction, closed_on: Word = "") -> Response:
    """Close the matter: the folder becomes formal."""
    the_folder(session, scope_of(session, actor), folder_id)
    close_folder(session, actor, folder_id, day(closed_on, "closed_on"))
    return go(f"/folders/{folder_id}", "closed")
