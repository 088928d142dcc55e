"""A database that was set back replays what was destroyed since, before anybody reads it (R28; F20, F33).

Keys that were destroyed leave a tombstone in the vault, and a line with the witness; neither is in a backup of the
rows. A document that the rows still show, and that one of the two calls destroyed, is hidden at the start and erased
again by the destroying worker, whatever the rows say of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from archive.audit import DESTROYER, Act, record
from archive.base import now
from archive.codes import Counter, next_number
from archive.documents import Document
from archive.house import House
from archive.jobs import Claim, Kind, enqueue
from archive.owed import being_copied
from retention.content import leave_stub
from retention.disposal import OPEN_ITEMS, AppraisalItem, BatchItem, ItemState
from retention.erasing import Groups, StillRead, erase_documents, need_none, no_ledger, planned
from retention.targets import Hands, Purger
from retention.withdrawal import Why

PART: Final = 500
WITHDRAWN: Final = "withdrawn "


def condemn_again(house: House) -> int:
    """Hide whatever was destroyed and is shown again, and queue its erasing; how many. Repeatable, cheap when none."""
    gone = house.witness.destructions()
    with house.database.reading() as session:
        destroyed = session.scalar(select(func.count()).where(Document.destroyed_at.is_not(None))) or 0
    if max(house.vault.count_destroyed(), len(gone)) <= destroyed:
        return 0
    gone |= {document_id: number for document_id, number, _ in house.vault.destroyed()}
    names = sorted(gone)
    found = 0
    for start in range(0, len(names), PART):
        with house.database.transaction() as session:
            found += _hide(session, {name: gone[name] for name in names[start : start + PART]})
    return found


def _hide(session: Session, gone: Mapping[str, str]) -> int:
    rows = session.scalars(
        select(Document)
        .where(Document.id.in_(gone), Document.destroyed_at.is_(None), Document.destroying.is_(False))
        .with_for_update(of=Document)
    ).all()
    for document in rows:
        number = gone[document.id]
        document.destroying, document.version = True, document.version + 1
        if number.startswith(WITHDRAWN):
            document.withdrawn = Why.MISTAKE.value
        else:
            document.certificate_no = number
            _count_on(session, number)
        record(session, DESTROYER, Act.DESTRUCTION_REPLAYED, document.id, detail={"certificate_no": number})
        enqueue(
            session, Kind.REPLAY_DESTRUCTION, document.id, key=f"replay:{document.id}:{document.version}", priority=9
        )
    _let_go(session, [document.id for document in rows])
    return len(rows)


def _let_go(session: Session, document_ids: Sequence[str]) -> None:
    """Nothing of them waits in an appraisal or a batch of the older copy any more."""
    mine = AppraisalItem.document_id.in_(document_ids)
    session.execute(update(AppraisalItem).where(mine).values(settled=True))
    listed = BatchItem.document_id.in_(document_ids), BatchItem.state.in_(OPEN_ITEMS)
    session.execute(update(BatchItem).where(*listed).values(state=ItemState.DESTROYED.value, destroyed_at=now()))


def _count_on(session: Session, number: str) -> None:
    """A certificate's number that was given before is not given again."""
    found = re.fullmatch(r"XH-(\d{4})-(\d+)", number)
    if found is None:
        return
    scope = f"certificate/{found[1]}"
    while (session.scalar(select(Counter.last).where(Counter.scope == scope)) or 0) < int(found[2]):
        next_number(session, scope)


def carry_out(house: House, purger: Purger, claim: Claim) -> None:
    """Erase a document again from wherever an earlier run left it; Unfinished while something of it is left."""
    hands = Hands(house, purger, claim)
    with house.database.reading() as session:
        document = session.get_one(Document, claim.subject)
        if not document.destroying:
            return
        if being_copied(session, claim.subject):
            raise StillRead("A worker copies the document to another site; erasing waits for that.")
        ledger = planned(session, claim.subject)
    purger.purge(claim.subject)
    conclude = partial(_conclude, ledgers=ledger)
    need_none(erase_documents(hands, ledger, no_ledger, conclude))


def _conclude(session: Session, document_ids: Sequence[str], ledgers: Groups) -> None:
    for document_id in document_ids:
        document = session.get_one(Document, document_id)
        leave_stub(document)
        told = {"certificate_no": document.certificate_no or "", "again": True, "targets": len(ledgers[document_id])}
        record(session, DESTROYER, Act.DOCUMENT_DESTROYED, document_id, detail=told)
