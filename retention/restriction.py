"""Restriction to storage (限制处理): what the law keeps and its subject wants deleted lies still (PIPL art. 47, R38).

Nobody opens, finds, lends or exports it; `archive.readable` sees to that for every query. Officers know that it is
there, holds and periods go on, and it is destroyed like everything else. Two people lift a restriction.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.access import Actor, ReadableScope
from archive.audit import Act, record
from archive.base import new_id, now
from archive.documents import Document, changed
from archive.errors import Conflict, NotFound, reason_given
from archive.readable import readable
from archive.rights import Right
from retention.lifting import REASON_MAX, Lifting, ask_or_lift
from retention.requests import ErasureRequest, Restriction


def restrict(session: Session, actor: Actor, document: Document, request: ErasureRequest) -> None:
    """Hide a document from its next query on. The caller holds its row lock; what is restricted already stays so."""
    if document.restricted:
        return
    document.restricted = True
    changed(session, document)
    session.add(
        Restriction(id=new_id(), document_id=document.id, request_id=request.id, placed_by=actor.id, placed_at=now())
    )
    session.flush()
    record(session, actor, Act.DOCUMENT_RESTRICTED, document.id, detail={"request": request.number})


def restrictions(session: Session, scope: ReadableScope) -> list[tuple[Restriction, Document]]:
    """What is restricted in the scope, which has to count it in; newest first."""
    rows = session.execute(
        select(Restriction, Document)
        .join(Document, Document.id == Restriction.document_id)
        .where(Restriction.lifted_at.is_(None), Document.restricted, readable(scope))
        .order_by(Restriction.placed_at.desc(), Restriction.id)
    )
    return [(row[0], row[1]) for row in rows.unique()]


def lift(
    session: Session, actor: Actor, scope: ReadableScope, restriction_id: str, reason: str
) -> tuple[Restriction, bool]:
    """Ask for a restriction to be lifted, or lift it if another person asked before. True when it is lifted now.

    NotFound out of sight; Forbidden for the same person with another account; Conflict when it is over.
    """
    actor.need(Right.RECORDS)
    reason = reason_given(reason, REASON_MAX)
    found = session.get(Restriction, restriction_id, with_for_update=True)
    document = _restricted(session, scope, found.document_id) if found else None
    if found is None or document is None:
        raise NotFound
    if found.lifted_at is not None or not document.restricted:
        raise Conflict("This restriction is over already.", code="restriction_lifted")
    told = {"restriction": found.id, "reason": reason}
    done = ask_or_lift(session, actor, found, reason)
    if done is Lifting.ASKED:
        record(session, actor, Act.RESTRICTION_LIFT_ASKED, document.id, detail=told)
    elif done is Lifting.LIFTED:
        document.restricted = False
        changed(session, document)
        record(session, actor, Act.RESTRICTION_LIFTED, document.id, detail=told)
    session.flush()
    return found, found.lifted_at is not None


def _restricted(session: Session, scope: ReadableScope, document_id: str) -> Document | None:
    asked = select(Document).where(Document.id == document_id, readable(scope)).with_for_update(of=Document)
    return session.scalar(asked.execution_options(populate_existing=True))
