"""Two customers that are one: merged, and taken apart again; numbers, folders and papers go over and come back.

What was moved is written down, so that taking apart gives back exactly that, and nothing that came later. Nothing is
merged while a hold, a batch or a trigger event stands on either: all three follow the customer, and would change whom
they reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ForeignKey, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.access import Actor
from archive.audit import Act, record
from archive.base import Id, Ref, Row, new_id, now
from archive.customers import Customer, CustomerIdentifier, the_customer
from archive.documents import Document, changed
from archive.errors import Conflict, Invalid, reason_given
from archive.folders import Folder
from archive.rights import Right
from archive.separators import Separator
from retention.disposal import BatchItem, ItemState
from retention.events import TriggerEvent
from retention.holds import Hold, HoldSubject, held_documents
from retention.subjects import SubjectKind

REASON_MAX: Final = 500


class CustomerMerge(Row):
    """One merging: who was kept, who went, and the ids of what went over, until it is taken apart."""

    __tablename__ = "customer_merge"

    id: Mapped[Id]
    kept_id: Mapped[Ref] = mapped_column(ForeignKey("customer.id"), index=True)
    gone_id: Mapped[Ref] = mapped_column(ForeignKey("customer.id"), index=True)
    reason: Mapped[str] = mapped_column(String(REASON_MAX))
    moved: Mapped[dict[str, Any]]
    merged_by: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    merged_at: Mapped[datetime]
    parted_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    parted_at: Mapped[datetime | None]


def merge(session: Session, actor: Actor, *, gone_id: str, kept_id: str, reason: str) -> CustomerMerge:
    """Let everything of one customer be the other's. Conflict while something of either is kept as it is; Invalid."""
    actor.need(Right.CUSTOMERS)
    reason = reason_given(reason, REASON_MAX)
    _check(gone_id, kept_id)
    gone, kept = _both(session, gone_id, kept_id)
    if gone.merged_into or kept.merged_into or merges_of(session, gone.id):  # no chains: each goes over by itself
        raise Conflict("One of them was merged into another customer already.", code="merged_already")
    if gone.kind != kept.kind:
        raise Conflict("A person and a company are not one customer.", code="other_kind")
    _need_free(session, [gone.id, kept.id])
    moved = {name: _move(session, rows, kept.id) for name, rows in _belongings(session, gone.id).items()}
    gone.merged_into = kept.id
    row = CustomerMerge(
        id=new_id(), kept_id=kept.id, gone_id=gone.id, reason=reason, moved=moved, merged_by=actor.id,
        merged_at=now(),
    )  # fmt: skip
    session.add(row)
    _noted(session, actor, Act.CUSTOMER_MERGED, (gone, kept), {"merge": row.id, "reason": row.reason})
    return row


def take_apart(session: Session, actor: Actor, gone_id: str, reason: str) -> CustomerMerge:
    """Give a merged customer back what went over and is still there. Conflict as for merging."""
    actor.need(Right.CUSTOMERS)
    standing = select(CustomerMerge).where(CustomerMerge.gone_id == gone_id, CustomerMerge.parted_at.is_(None))
    row = session.scalar(standing.with_for_update())
    if row is None:
        raise Conflict("This customer is not merged into another one.", code="not_merged")
    reason = reason_given(reason, REASON_MAX)
    gone, kept = _both(session, row.gone_id, row.kept_id)
    _need_free(session, [gone.id, kept.id])
    for name, rows in _belongings(session, kept.id).items():
        _move(session, [each for each in rows if each.id in set(row.moved[name])], gone.id)
    gone.merged_into, row.parted_by, row.parted_at = None, actor.id, now()
    _noted(session, actor, Act.CUSTOMER_PARTED, (gone, kept), {"merge": row.id, "reason": reason})
    return row


def merges_of(session: Session, customer_id: str) -> Sequence[CustomerMerge]:
    """The mergings that stand with this customer on either side, oldest first."""
    mine = or_(CustomerMerge.kept_id == customer_id, CustomerMerge.gone_id == customer_id)
    asked = select(CustomerMerge).where(mine, CustomerMerge.parted_at.is_(None))
    return session.scalars(asked.order_by(CustomerMerge.merged_at)).all()


def _check(gone_id: str, kept_id: str) -> None:
    if gone_id == kept_id:
        raise Invalid("A customer is not merged with itself.", errors=[{"field": "into", "code": "same"}])


def _both(session: Session, gone_id: str, kept_id: str) -> tuple[Customer, Customer]:
    """Both customers, locked in the order of their ids, so that two mergings at once never cross."""
    rows = {each: the_customer(session, each, lock=True) for each in sorted((gone_id, kept_id))}
    return rows[gone_id], rows[kept_id]


def _need_free(session: Session, customers: Sequence[str]) -> None:
    """Conflict while a hold, a batch or an event stands on one of them, or on a paper of theirs."""
    papers = Document.customer_id.in_(customers)
    subject = (HoldSubject.kind == SubjectKind.CUSTOMER.value) & HoldSubject.subject_id.in_(customers)
    on_them = select(Hold.id).join(HoldSubject).where(subject, Hold.lifted_at.is_(None))
    if session.scalar(on_them.limit(1)) or session.scalar(select(Document.id).where(papers, held_documents()).limit(1)):
        raise Conflict("A hold keeps one of them, or a paper of theirs. Lift it first.", code="held")
    listed = select(BatchItem.document_id).join(Document, Document.id == BatchItem.document_id)
    open_items = BatchItem.state.in_([ItemState.PENDING.value, ItemState.CONDEMNED.value])
    if session.scalar(listed.where(papers, open_items).limit(1)):
        raise Conflict("A paper of theirs stands in a destruction batch. Cancel it first.", code="in_batch")
    events = (TriggerEvent.subject_kind == SubjectKind.CUSTOMER.value) & TriggerEvent.subject_id.in_(customers)
    if session.scalar(select(TriggerEvent.id).where(events, TriggerEvent.superseded_by.is_(None)).limit(1)):
        raise Conflict("A trigger event of one of them would reach the other's papers too.", code="customer_has_events")


Belonging = CustomerIdentifier | Folder | Document | Separator


def _belongings(session: Session, customer_id: str) -> dict[str, list[Belonging]]:
    numbers = select(CustomerIdentifier).where(CustomerIdentifier.customer_id == customer_id)
    return {
        "identifiers": list(session.scalars(numbers)),
        "folders": list(session.scalars(select(Folder).where(Folder.customer_id == customer_id)).unique()),
        "documents": list(session.scalars(select(Document).where(Document.customer_id == customer_id)).unique()),
        "separators": list(session.scalars(select(Separator).where(Separator.customer_id == customer_id)).unique()),
    }


def _move(session: Session, rows: Iterable[Belonging], to: str) -> list[str]:
    """Give these rows to a customer; search learns of the papers. Their ids."""
    moved = []
    for row in rows:
        row.customer_id = to
        moved.append(row.id)
        if isinstance(row, Document) and row.destroyed_at is None and not row.destroying:
            changed(session, row)
    session.flush()
    return moved


def _noted(session: Session, actor: Actor, act: Act, both: tuple[Customer, Customer], told: dict[str, str]) -> None:
    gone, kept = both
    for customer in both:
        customer.version += 1
        record(session, actor, act, customer.id, detail=told | {"kept": kept.number, "gone": gone.number})
    session.flush()
    session.expire_all()
