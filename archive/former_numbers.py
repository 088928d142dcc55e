"""Numbers of customers that were taken back: wrong ones stay readable, and nothing is found by them any more."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.access import Actor
from archive.audit import Act, record
from archive.base import Id, Ref, Row, now
from archive.customers import (
    Customer,
    CustomerIdentifier,
    Identifier,
    IdentifierType,
    add_identifier,
    the_customer,
)
from archive.errors import NotFound, reason_given
from archive.rights import Right
from archive.vault import Vault

REASON_MAX: Final = 500


class FormerIdentifier(Row):
    """A number that was taken back, under the id that it had, so that its seal still opens."""

    __tablename__ = "former_identifier"

    id: Mapped[Id]
    customer_id: Mapped[Ref] = mapped_column(ForeignKey("customer.id"), index=True)
    type: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes]
    taken_back_at: Mapped[datetime]
    taken_back_by: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(String(REASON_MAX))


def take_back(
    session: Session, actor: Actor, vault: Vault, customer_id: str, number_id: str, *, reason: str, instead: str = ""
) -> Customer:
    """Take a wrong number back, or put the right one in its place. NotFound, Invalid without a reason."""
    actor.need(Right.CUSTOMERS)
    reason = reason_given(" ".join(reason.split()), REASON_MAX)
    customer = the_customer(session, customer_id, lock=True)
    wrong = next((row for row in customer.identifiers if row.id == number_id), None)
    if wrong is None:
        raise NotFound
    type_ = wrong.type
    _keep(session, actor, wrong, reason)
    customer.identifiers.remove(wrong)
    customer.version += 1
    session.flush()
    record(session, actor, Act.CUSTOMER_CHANGED, customer.id, detail={"taken_back": type_, "reason": reason})
    if instead.strip():
        add_identifier(session, actor, vault, customer_id, Identifier(IdentifierType(type_), instead))
    return customer


def _keep(session: Session, actor: Actor, wrong: CustomerIdentifier, reason: str) -> None:
    session.add(
        FormerIdentifier(
            id=wrong.id, customer_id=wrong.customer_id, type=wrong.type, sealed=wrong.sealed, taken_back_at=now(),
            taken_back_by=actor.id, reason=reason,
        )
    )  # fmt: skip


def former_numbers(session: Session, vault: Vault, customer_id: str) -> list[tuple[FormerIdentifier, str]]:
    """What was taken back from a customer, newest first, each with the number; for who may see it unmasked."""
    asked = select(FormerIdentifier).where(FormerIdentifier.customer_id == customer_id)
    rows = session.scalars(asked.order_by(FormerIdentifier.taken_back_at.desc()))
    return [(row, vault.open_own(f"customer_identifier/{row.id}", row.sealed).decode()) for row in rows]
