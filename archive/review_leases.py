"""Who has which paper of the review queue before them: a short lease that ends by itself (mission B6).

A lease keeps two clerks of one queue from the same paper; it locks nothing: a change is guarded by the document's
version. Rows, so that it holds over all processes of the service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, ForeignKey, and_, delete, exists, not_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.access import Actor
from archive.base import Ref, Row, now
from archive.documents import Document
from archive.people import Person

LEASE: Final = timedelta(minutes=2)
"""A page that is open asks anew every half a minute; a browser that died frees its paper after this."""


class ReviewLease(Row):
    """One paper before one person, until when."""

    __tablename__ = "review_lease"

    document_id: Mapped[Ref] = mapped_column(ForeignKey("document.id"), primary_key=True)
    person_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"), index=True)
    until: Mapped[datetime]


def before_another(actor: Actor) -> ColumnElement[bool]:
    """As a condition on Document: somebody else has it before them now."""
    theirs = and_(
        ReviewLease.document_id == Document.id, ReviewLease.person_id != actor.id, ReviewLease.until > now()
    )  # fmt: skip
    return exists().where(theirs)


def free_for(actor: Actor) -> ColumnElement[bool]:
    """As a condition on Document: nobody else has it before them now."""
    return not_(before_another(actor))


def hold(session: Session, actor: Actor, document_id: str) -> str:
    """Take the paper, or keep it, for a while. Returns the name of who has it instead; empty when it is the actor.

    The document's row is locked, so that of two who ask at once one has it.
    """
    session.execute(select(Document.id).where(Document.id == document_id).with_for_update(of=Document))
    lease = session.get(ReviewLease, document_id, populate_existing=True)
    if lease is not None and lease.person_id != actor.id and lease.until > now():
        return session.get_one(Person, lease.person_id).name
    if lease is None:
        lease = ReviewLease(document_id=document_id)
        session.add(lease)
    lease.person_id, lease.until = actor.id, now() + LEASE
    session.flush()
    return ""


def leave(session: Session, actor: Actor, document_id: str) -> None:
    """Give the paper back to the queue; another's lease stays."""
    mine = (ReviewLease.document_id == document_id) & (ReviewLease.person_id == actor.id)
    session.execute(delete(ReviewLease).where(mine))


def holders(session: Session, document_ids: Sequence[str]) -> Mapping[str, str]:
    """The names of who has these papers before them now, by document."""
    asked = select(ReviewLease.document_id, Person.name).join(Person, Person.id == ReviewLease.person_id)
    asked = asked.where(ReviewLease.document_id.in_(document_ids), ReviewLease.until > now())
    return {row.document_id: row.name for row in session.execute(asked)}
