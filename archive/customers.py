"""Customers: who the papers are about. Identity numbers rest sealed; look-ups go through a keyed hash."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, ForeignKey, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from archive.access import Actor
from archive.audit import Act, record
from archive.base import Id, Ref, Row, new_id, now
from archive.codes import customer_number
from archive.errors import Conflict, Invalid, NotFound
from archive.han import simplified
from archive.jobs import Kind, enqueue
from archive.numbers import is_registration_number, is_resident_id, is_uscc, resident_id_from_15
from archive.rights import Right
from archive.vault import Vault

NAME_MAX: Final = 200
BEARERS: Final = 20
FIRST_GENERATION: Final = 15


class CustomerKind(StrEnum):
    """A natural person or an organisation."""

    PERSON = "person"
    COMPANY = "company"


class IdentifierType(StrEnum):
    """What a customer can be found by exactly."""

    ID_NO = "id_no"
    USCC = "uscc"
    PHONE = "phone"
    CUSTOMER_NO = "customer_no"


@dataclass(frozen=True, slots=True)
class Identifier:
    """One number of a customer as typed."""

    type: IdentifierType
    value: str


class Customer(Row):
    """A customer with a unique number. `folded` is the name as look-ups compare it."""

    __tablename__ = "customer"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    folded: Mapped[str] = mapped_column(String(NAME_MAX), index=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    created_by: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    merged_into: Mapped[str | None] = mapped_column(String(36))

    identifiers: Mapped[list[CustomerIdentifier]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class CustomerIdentifier(Row):
    """One number of one customer: its keyed hash to look up by, its value sealed under the installation's key."""

    __tablename__ = "customer_identifier"
    __table_args__ = (UniqueConstraint("type", "digest", name="uq_customer_identifier_type"),)

    id: Mapped[Id]
    customer_id: Mapped[Ref] = mapped_column(ForeignKey("customer.id"), index=True)
    type: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes]


def folded(name: str) -> str:
    """A name as look-ups compare it: NFKC, simplified, lower case, no blanks, no punctuation."""
    return re.sub(r"[\W_]+", "", simplified(unicodedata.normalize("NFKC", name))).lower()


def normal_identifier(value: str) -> str:
    """A number as look-ups compare it: NFKC, upper case, letters and digits only."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", value)).upper()


def create_customer(
    session: Session,
    actor: Actor,
    vault: Vault,
    *,
    kind: CustomerKind,
    name: str,
    identifiers: Iterable[Identifier] = (),
    another: bool = False,
) -> Customer:
    """Register a customer. Conflict when a number is another customer's, or the name is and nobody said `another`."""
    actor.need(Right.CUSTOMERS)
    name = _proper_name(name)
    if not another and (known := bearers(session, name)):
        raise Conflict(
            "A customer of this name is registered. Say that this is another one of the same name.",
            code="name_exists", existing=[brief(one) for one in known],
        )  # fmt: skip
    customer = Customer(
        id=new_id(), number=customer_number(session), kind=kind.value, name=name, folded=folded(name),
        created_at=now(), created_by=actor.id,
    )  # fmt: skip
    for given in identifiers:
        customer.identifiers.append(_identifier(session, vault, given))
    session.add(customer)
    session.flush()
    record(session, actor, Act.CUSTOMER_CREATED, customer.id, detail={"number": customer.number, "kind": kind.value})
    _call_waiting(session, customer)
    return customer


def _call_waiting(session: Session, customer: Customer) -> None:
    """Have the papers that wait in review looked at again: they may name who the customer is known to be now."""
    enqueue(session, Kind.MATCH_WAITING, customer.id, key=f"match:{customer.id}:{customer.version}", priority=4)


def index_papers(session: Session, customer_id: str, version: int, after: str = "") -> None:
    """Have the papers of a customer found by the name that it bears since `version`, from the one after that id on."""
    enqueue(
        session, Kind.INDEX_CUSTOMER, customer_id, key=f"customer:{customer_id}:{version}:{after}", priority=1,
        args={"version": version, "after": after},
    )  # fmt: skip


def _proper_name(name: str) -> str:
    name = " ".join(name.split())
    if not folded(name) or len(name) > NAME_MAX:
        wrong = [{"field": "name", "code": "length"}]
        raise Invalid(f"A customer's name has 1 to {NAME_MAX} characters.", errors=wrong)
    return name


def bearers(session: Session, name: str) -> list[Customer]:
    """The customers of exactly this name, as look-ups compare it; the oldest first, a few at most."""
    same = select(Customer).where(Customer.folded == folded(name), Customer.merged_into.is_(None))
    return list(session.scalars(same.order_by(Customer.number).limit(BEARERS)))


def brief(customer: Customer) -> dict[str, str]:
    """A customer as a refusal names it to who keeps the register."""
    return {"id": customer.id, "number": customer.number, "name": customer.name, "kind": customer.kind}


def proper_number(given: Identifier) -> str:
    """The number as it is kept; a resident number of the first generation in its 18 characters (GB 11643).

    Invalid when it is empty or its check digit is wrong (GB 11643, GB 32100, GB/T 17710): what is registered is typed,
    so it is never put right by guessing.
    """
    value = normal_identifier(given.value)
    if not value:
        raise Invalid("An identifier is empty.", errors=[{"field": given.type.value, "code": "empty"}])
    if given.type is IdentifierType.ID_NO:
        return _resident_number(value)
    if given.type is IdentifierType.USCC and not (is_uscc(value) or is_registration_number(value)):
        raise _wrong_number(given.type)
    return value


def _resident_number(value: str) -> str:
    try:
        number = resident_id_from_15(value) if len(value) == FIRST_GENERATION else value
    except ValueError as error:
        raise _wrong_number(IdentifierType.ID_NO) from error
    if not is_resident_id(number):
        raise _wrong_number(IdentifierType.ID_NO)
    return number


def _wrong_number(type_: IdentifierType) -> Invalid:
    told = "The number is not one: its length, its date or its check digit is wrong. Compare it with the paper."
    return Invalid(told, code="number_wrong", errors=[{"field": type_.value, "code": "check_digit"}])


def _identifier(session: Session, vault: Vault, given: Identifier) -> CustomerIdentifier:
    value = proper_number(given)
    if taken := by_identifier(session, vault, given.type, value):
        told = f"Another customer has this {given.type.value} already."
        raise Conflict(told, code="identifier_taken", existing=[brief(taken)])
    row_id, digest = new_id(), vault.blind(given.type.value, value)
    sealed = vault.seal_own(f"customer_identifier/{row_id}", value.encode())
    return CustomerIdentifier(id=row_id, type=given.type.value, digest=digest, sealed=sealed)


def add_identifier(session: Session, actor: Actor, vault: Vault, customer_id: str, given: Identifier) -> Customer:
    """Give a customer one more number."""
    actor.need(Right.CUSTOMERS)
    customer = the_customer(session, customer_id, lock=True)
    customer.identifiers.append(_identifier(session, vault, given))
    customer.version += 1
    record(session, actor, Act.CUSTOMER_CHANGED, customer.id, detail={"added": given.type.value})
    _call_waiting(session, customer)
    return customer


def rename_customer(session: Session, actor: Actor, customer_id: str, name: str) -> Customer:
    """Change a customer's name; the old one stays in the log."""
    actor.need(Right.CUSTOMERS)
    customer, name = the_customer(session, customer_id, lock=True), _proper_name(name)
    record(session, actor, Act.CUSTOMER_CHANGED, customer.id, detail={"before": customer.name, "after": name})
    customer.name, customer.folded, customer.version = name, folded(name), customer.version + 1
    _call_waiting(session, customer)
    index_papers(session, customer.id, customer.version)
    return customer


def the_customer(session: Session, customer_id: str, *, lock: bool = False) -> Customer:
    """The customer of that id; NotFound. `lock`: nobody else changes them before this transaction ends."""
    customer = session.get(Customer, customer_id, with_for_update=lock or None, populate_existing=lock)
    if customer is None:
        raise NotFound
    return customer


def survivor(session: Session, customer_id: str) -> str:
    """The customer that this one is now: itself, or into whom it was merged meanwhile."""
    customer = the_customer(session, customer_id)
    return customer.merged_into or customer.id


def living_customer(session: Session, customer_id: str) -> Customer:
    """The customer, to whom something new may be given. Conflict for one that was merged into another."""
    customer = the_customer(session, customer_id)
    if customer.merged_into is not None:
        kept = the_customer(session, customer.merged_into)
        raise Conflict(f"This customer was merged into {kept.number}. Take that one.", code="customer_merged")
    return customer


def by_identifier(session: Session, vault: Vault, type_: IdentifierType, value: str) -> Customer | None:
    """The customer who has exactly this number."""
    digest = vault.blind(type_.value, normal_identifier(value))
    return session.scalar(
        select(Customer)
        .join(CustomerIdentifier)
        .where(CustomerIdentifier.type == type_.value, CustomerIdentifier.digest == digest)
    )


ON_PAPER: Final = (IdentifierType.ID_NO, IdentifierType.USCC)
"""Numbers with a check digit, which stand on papers: they cannot be counted through as customer numbers can."""


NAME_FIELDS: Final = ("name", "party_a", "party_b", "buyer", "seller")
"""Fields of a paper whose value may be a customer's name."""


def borne_on(session: Session, vault: Vault, read: Mapping[str, str]) -> Iterator[tuple[Customer, str, str]]:
    """Who bears a full name or number that stands on a paper: the customer, `number` or `name`, and in which field."""
    for type_ in ON_PAPER:
        bearer = by_identifier(session, vault, type_, read[type_.value]) if read.get(type_.value) else None
        if bearer is not None:
            yield bearer, "number", type_.value
    for field in NAME_FIELDS:
        for customer in bearers(session, read[field]) if folded(read.get(field, "")) else ():
            yield customer, "name", field


def named_in_full(session: Session, vault: Vault, words: str) -> ColumnElement[bool]:
    """Who bears exactly this name or this number of a paper, as a condition on Customer: never a part, never a list."""
    bearers = (by_identifier(session, vault, type_, words) for type_ in ON_PAPER)
    return or_(Customer.folded == folded(words), Customer.id.in_([one.id for one in bearers if one]))


def identifier_value(vault: Vault, row: CustomerIdentifier) -> str:
    """The number itself, opened; show it only to whom may see it unmasked."""
    return vault.open_own(f"customer_identifier/{row.id}", row.sealed).decode()
