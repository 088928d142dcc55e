"""Withdrawal: what was put in by mistake goes again, until it is filed; by who put it in, without a batch.

    condemn     under the row lock: unfiled, not held → destroying, job queued, log entry            (the request)
    carry_out   the same erasing as destruction does, planned anew at each attempt; the stub stays   (commits)

From the first commit on nobody reads it any more. A stack that was divided into documents goes the same way, condemned
in the commit that names its parts (invariant 10).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive.access import Actor, ReadableScope
from archive.audit import DESTROYER, Act, Machine, record
from archive.documents import Document, State
from archive.errors import Conflict, Forbidden, Invalid
from archive.house import House
from archive.jobs import OPEN, Claim, Job, Kind, busy, enqueue
from archive.owed import being_copied
from archive.readable import any_document
from archive.rights import Right
from retention.content import leave_stub
from retention.erasing import Groups, StillRead, erase_documents, need_none, no_ledger, planned
from retention.holds import need_changeable
from retention.mirror import drop_holds
from retention.targets import Hands, Purger

REASON_MAX: Final = 500


class Why(StrEnum):
    """Why a document was withdrawn."""

    MISTAKE = "mistake"
    DIVIDED = "divided"
    MERGED = "merged"


def withdraw(session: Session, actor: Actor, scope: ReadableScope, document_id: str, reason: str) -> Document:
    """Take back what one put in oneself. Asked again while something of it is left, the erasing is begun again.

    NotFound out of sight; Forbidden for another's; Conflict once it was filed, while it is held or stands in a batch,
    or when it was destroyed; Invalid for a reason that is too long.
    """
    actor.need(Right.CAPTURE)
    if len(reason) > REASON_MAX:
        wrong = [{"field": "reason", "code": "length"}]
        raise Invalid(f"A reason has at most {REASON_MAX} characters.", errors=wrong)
    document = any_document(session, scope, document_id, lock=True)
    if document.uploader_id != actor.id:
        raise Forbidden("Who put a document in withdraws it.", code="not_yours")
    if document.filed_at is not None or document.state == State.FILED:
        raise Conflict("It is filed: from now on it goes by appraisal, or as an early deletion.", code="filed_already")
    if document.withdrawn is None:
        need_changeable(session, document)
        condemn(session, actor, document, Why.MISTAKE, reason)
    elif document.destroying:
        _begin(session, document)
    return document


def condemn(session: Session, actor: Actor | Machine, document: Document, why: Why, reason: str = "") -> None:
    """Past the point of no return: unreadable from this commit on, erased after it. The caller holds the row lock."""
    if document.destroying or document.destroyed_at is not None:
        raise Conflict("It is being destroyed, or was.", code="already_purging")
    document.destroying, document.withdrawn = True, why.value
    document.version += 1
    session.flush()
    told = {"why": why.value, "reason": reason, "sha256": document.sha256, "size": document.size}
    record(session, actor, Act.DOCUMENT_WITHDRAWN, document.id, detail=told)
    _begin(session, document)


def _begin(session: Session, document: Document) -> None:
    """Queue the erasing, unless it is queued."""
    mine = (Job.subject == document.id) & (Job.kind == Kind.WITHDRAW_DOCUMENT.value)
    if session.scalar(select(Job.id).where(mine, Job.state.in_(OPEN))) is None:
        times = session.scalar(select(func.count()).select_from(Job).where(mine)) or 0
        enqueue(session, Kind.WITHDRAW_DOCUMENT, document.id, key=f"withdraw:{document.id}:{times}", priority=7)


def carry_out(house: House, purger: Purger, claim: Claim) -> None:
    """Erase a withdrawn document from wherever an earlier run left it; Unfinished while something of it is left."""
    hands = Hands(house, purger, claim)
    with house.database.reading() as session:
        document = session.get_one(Document, claim.subject)
        if document.withdrawn is None or not document.destroying:
            return
        _need_quiet(session, document)
    drop_holds(house, claim.subject)
    with house.database.reading() as session:
        ledger = planned(session, claim.subject)
    purger.purge(claim.subject)
    conclude = partial(_conclude, ledgers=ledger)
    need_none(erase_documents(hands, ledger, no_ledger, conclude))


def _need_quiet(session: Session, document: Document) -> None:
    if busy(session, set(Kind) - {Kind.WITHDRAW_DOCUMENT}, document.id) or being_copied(session, document.id):
        raise StillRead("A worker has the document open; it is erased when that has ended.")


def _conclude(session: Session, document_ids: Sequence[str], ledgers: Groups) -> None:
    for document_id in document_ids:
        document = session.get_one(Document, document_id)
        leave_stub(document)
        verified = dict(Counter(target.kind for target in ledgers[document_id]))
        told = {"withdrawn": document.withdrawn, "verified_absent": verified}
        record(session, DESTROYER, Act.DOCUMENT_DESTROYED, document_id, detail=told)
