"""Customers: registered, found, renamed, given further numbers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import Field
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from archive.access import Actor, ReadableScope
from archive.customers import (
    Customer,
    CustomerKind,
    Identifier,
    IdentifierType,
    add_identifier,
    by_identifier,
    create_customer,
    folded,
    identifier_value,
    named_in_full,
    rename_customer,
    the_customer,
)
from archive.former_numbers import former_numbers, take_back
from archive.house import House
from archive.people import Person
from archive.readable import readable_customer, the_readable_customer
from archive.rights import Right
from retention.merging import REASON_MAX, merge, take_apart
from service.body import StrictRoute
from service.cursors import Cursors
from service.edge import Needs, OneTransaction, Reading, TheHouse, done_reading, scope_of
from service.etags import IfMatch, check_match, etag
from service.searching import note_words
from service.shapes import UUID, Cursor, In, Items, Reason, Short, Size
from service.views import customer_view, moment

router = APIRouter(prefix="/customers", tags=["customers"], route_class=StrictRoute)

CustomerId = Annotated[str, Path(pattern=UUID)]


class IdentifierIn(In):
    """One number of a customer."""

    type: Annotated[IdentifierType, Field(strict=False)]
    value: Short

    def parsed(self) -> Identifier:
        """As the core takes it."""
        return Identifier(self.type, self.value)


class CustomerIn(In):
    """A new customer. `another`: it is not the one of the same name who is registered already."""

    kind: Annotated[CustomerKind, Field(strict=False)]
    name: Short
    identifiers: Annotated[list[IdentifierIn], Field(max_length=50, default_factory=list)]
    another: bool = False


class TakenBackIn(In):
    """Why a number is taken back, and the right one if it is known."""

    reason: Reason
    instead: Annotated[str, Field(max_length=200)] = ""


class NameIn(In):
    """A customer's other name."""

    name: Short


@router.post("", status_code=201)
def post_customer(
    given: CustomerIn, actor: Annotated[Actor, Needs(Right.CUSTOMERS)], house: TheHouse, session: OneTransaction
) -> dict[str, Any]:
    """Register a customer; 409 with who it is when a number or, unless `another` says so, the name is another's."""
    numbers = [row.parsed() for row in given.identifiers]
    customer = create_customer(
        session, actor, house.vault, kind=given.kind, name=given.name, identifiers=numbers, another=given.another
    )
    return customer_view(customer)


@router.get("")
def get_customers(
    actor: Annotated[Actor, Needs(Right.CUSTOMERS, Right.CORRECT)],
    house: TheHouse,
    session: Reading,
    q: str = "",
    cursor: Cursor = "",
    size: Size = 50,
) -> Items:
    """Customers whose name holds the words, whose number begins with them, or who have exactly this identifier.

    Officers find all; a clerk those of whom something is in sight, and who bears in full the name or number of a paper.
    """
    cursors, words = Cursors(house, actor, f"customers/{q}"), q[:200]
    asked = select(Customer).where(_asked_for(session, house, scope_of(session, actor), words))
    if place := cursors.read(cursor):
        asked = asked.where(Customer.number > str(place[0]))
    rows = session.scalars(asked.order_by(Customer.number).limit(size + 1)).unique().all()
    last = cursors.write(rows[size - 1].number) if len(rows) > size else ""
    found = Items(items=[customer_view(row) for row in rows[:size]], cursor=last)
    done_reading(session)
    if words and not cursor:
        note_words(house, actor, words, len(rows))
    return found


def _asked_for(session: Session, house: House, scope: ReadableScope, words: str) -> ColumnElement[bool]:
    """What was asked, within what the asker may be answered (docs/decisions/0007)."""
    wanted, seen = folded(words), readable_customer(scope)
    if not wanted:
        return seen
    alike = or_(
        Customer.folded.contains(wanted, autoescape=True),
        Customer.number.startswith(words.strip().upper()[:20], autoescape=True),
        Customer.id.in_(_with_identifier(session, house, words)),
    )
    return or_(and_(seen, alike), named_in_full(session, house.vault, words))


def _with_identifier(session: Session, house: House, value: str) -> list[str]:
    found = (by_identifier(session, house.vault, type_, value) for type_ in IdentifierType)
    return [customer.id for customer in found if customer]


@router.get("/{customer_id}")
def get_customer(
    customer_id: CustomerId,
    actor: Annotated[Actor, Needs(Right.CUSTOMERS, Right.CORRECT)],
    session: Reading,
    response: Response,
) -> dict[str, Any]:
    """One customer, of whom something is in sight."""
    customer = the_readable_customer(session, scope_of(session, actor), customer_id)
    response.headers["ETag"] = etag(customer.version)
    return customer_view(customer)


@router.patch("/{customer_id}")
def patch_customer(
    customer_id: CustomerId,
    given: NameIn,
    actor: Annotated[Actor, Needs(Right.CUSTOMERS)],
    session: OneTransaction,
    response: Response,
    if_match: IfMatch = "",
) -> dict[str, Any]:
    """Change the name."""
    check_match(if_match, the_customer(session, customer_id, lock=True).version)
    customer = rename_customer(session, actor, customer_id, given.name)
    response.headers["ETag"] = etag(customer.version)
    return customer_view(customer)


@router.post("/{customer_id}/identifiers", status_code=201)
def post_identifier(
    customer_id: CustomerId,
    given: IdentifierIn,
    actor: Annotated[Actor, Needs(Right.CUSTOMERS)],
    house: TheHouse,
    session: OneTransaction,
) -> dict[str, Any]:
    """Give a customer one more number."""
    return customer_view(add_identifier(session, actor, house.vault, customer_id, given.parsed()))


class MergeIn(In):
    """Into whom, and why they are one."""

    into: Annotated[str, Field(pattern=UUID)]
    reason: Annotated[str, Field(min_length=1, max_length=REASON_MAX)]


class PartIn(In):
    """Why they are two after all."""

    reason: Annotated[str, Field(min_length=1, max_length=REASON_MAX)]


@router.post("/{customer_id}/merge")
def post_merge(
    customer_id: CustomerId,
    given: MergeIn,
    actor: Annotated[Actor, Needs(Right.CUSTOMERS)],
    session: OneTransaction,
    if_match: IfMatch = "",
) -> dict[str, Any]:
    """Two customers are one: numbers, folders and papers of this one go over to the other. Can be taken apart."""
    check_match(if_match, the_customer(session, customer_id, lock=True).version)
    row = merge(session, actor, gone_id=customer_id, kept_id=given.into, reason=given.reason)
    return {"id": row.id, "kept": row.kept_id, "moved": {name: len(ids) for name, ids in row.moved.items()}}


@router.post("/{customer_id}/take-apart")
def post_take_apart(
    customer_id: CustomerId,
    given: PartIn,
    actor: Annotated[Actor, Needs(Right.CUSTOMERS)],
    session: OneTransaction,
    if_match: IfMatch = "",
) -> dict[str, Any]:
    """A merged customer is one of its own again, with what went over and is still there."""
    check_match(if_match, the_customer(session, customer_id, lock=True).version)
    row = take_apart(session, actor, customer_id, given.reason)
    return {"id": row.id, "kept": row.kept_id}


@router.get("/{customer_id}/identifiers")
def get_identifiers(
    customer_id: CustomerId, actor: Annotated[Actor, Needs(Right.CUSTOMERS)], house: TheHouse, session: Reading
) -> Items:
    """A customer's numbers, and those that were taken back with who did so and why."""
    del actor
    customer = the_customer(session, customer_id)
    held: list[dict[str, object]] = [
        {"id": row.id, "type": row.type, "value": identifier_value(house.vault, row), "taken_back": None}
        for row in customer.identifiers
    ]
    return Items(items=held + _former(session, house, customer_id))


def _former(session: Session, house: House, customer_id: str) -> list[dict[str, object]]:
    return [
        {
            "id": row.id, "type": row.type, "value": value,
            "taken_back": {
                "at": moment(row.taken_back_at), "by": session.get_one(Person, row.taken_back_by).name,
                "reason": row.reason,
            },
        }
        for row, value in former_numbers(session, house.vault, customer_id)
    ]  # fmt: skip


@router.post("/{customer_id}/identifiers/{identifier_id}/take-back")
def post_take_back(
    customer_id: CustomerId,
    identifier_id: Annotated[str, Path(pattern=UUID)],
    given: TakenBackIn,
    actor: Annotated[Actor, Needs(Right.CUSTOMERS)],
    house: TheHouse,
    session: OneTransaction,
) -> dict[str, Any]:
    """Take a wrong number back, or put the right one in its place; the wrong one stays readable."""
    return customer_view(
        take_back(
            session, actor, house.vault, customer_id, identifier_id, reason=given.reason, instead=given.instead
        )
    )  # fmt: skip
