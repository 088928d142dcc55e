"""Holds by words: papers are opened and looked through, those that are there and those that come in (R21).

Within the columns of such a hold everything is held until it has been looked at, so nothing slips through between a
scan's arrival and the look; what could not be read stays held, for nobody can say that the words do not stand there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, selectinload

from archive.audit import SCHEDULER, Act, record
from archive.base import new_id
from archive.documents import Document, State, field_told, file_name_of, page_text, title_of
from archive.errors import Damaged
from archive.house import House
from archive.jobs import OPEN, Claim, Job, Kind, enqueue, still_mine
from archive.sealing import DocumentKey
from retention.hold_queries import HoldLook, HoldQuery, stand_on
from retention.holds import Hold
from retention.signatures import void_signatures_over

PART: Final = 100
FAILED: Final = "failed"


def ask_to_look(session: Session) -> int:
    """Queue a look for every hold whose words nobody has looked for on some paper; how many were queued."""
    busy = select(Job.subject).where(Job.kind == Kind.LOOK_FOR_HOLDS.value, Job.state.in_(OPEN))
    unseen = exists().where(HoldQuery.fits(), _unseen()).correlate(HoldQuery)
    waiting = session.scalars(
        select(Hold.id)
        .join(HoldQuery)
        .where(Hold.lifted_at.is_(None), HoldQuery.words.is_not(None), Hold.id.not_in(busy), unseen)
    ).all()
    for hold_id in waiting:
        enqueue(session, Kind.LOOK_FOR_HOLDS, hold_id, key=f"look:{hold_id}:{new_id()}", priority=8)
    return len(waiting)


def _unseen() -> ColumnElement[bool]:
    """Read, and not looked at since, as a condition on HoldQuery and Document."""
    looked = exists().where(
        HoldLook.hold_id == HoldQuery.hold_id, HoldLook.document_id == Document.id,
        HoldLook.reading == Document.reading,
    )  # fmt: skip
    settled = Document.state.in_([State.FILED.value, State.REVIEW.value])
    there = Document.destroyed_at.is_(None) & Document.destroying.is_(False)
    return settled & there & ~looked.correlate(HoldQuery, Document)


def look(house: House, claim: Claim) -> None:
    """Look through the papers of one hold, some at a time, each part in a commit of its own; repeatable."""
    while True:
        with house.database.transaction() as session:
            still_mine(session, claim)
            query = session.get(HoldQuery, claim.subject)
            hold = session.get(Hold, claim.subject)
            if query is None or hold is None or hold.lifted_at is not None or not query.words:
                return
            part = _part(session, claim.subject)
            if not part:
                return
            _look_at(session, house, query, part)


def look_at_new(session: Session, house: House, document: Document) -> None:
    """Look at a document whose reading has just ended, in its commit: where nothing is found it may be worked on."""
    session.flush()
    asked = select(HoldQuery).join(Hold).join(Document, Document.id == document.id)
    standing = asked.where(Hold.lifted_at.is_(None), HoldQuery.words.is_not(None), HoldQuery.fits(), _unseen())
    for query in session.scalars(standing).all():
        session.expire(document, ["pages", "fields"])
        _look_at(session, house, query, [document])


def _part(session: Session, hold_id: str) -> Sequence[Document]:
    asked = select(Document).join(HoldQuery, HoldQuery.fits()).where(HoldQuery.hold_id == hold_id, _unseen())
    opened = asked.options(selectinload(Document.pages), selectinload(Document.fields))
    return session.scalars(opened.order_by(Document.id).limit(PART)).unique().all()


def _look_at(session: Session, house: House, query: HoldQuery, part: Sequence[Document]) -> None:
    keys = house.vault.keys([document.id for document in part])
    caught = []
    for document in part:
        found = document.id not in keys or _stands(keys[document.id], document, query.words or "")
        session.merge(HoldLook(hold_id=query.hold_id, document_id=document.id, reading=document.reading, found=found))
        if found:
            caught.append(document.id)
            record(session, SCHEDULER, Act.HOLD_CAUGHT, document.id, detail={"hold": query.hold_id})
    session.flush()
    if caught:
        void_signatures_over(session, SCHEDULER, Document.id.in_(caught), "hold_placed")
        enqueue(session, Kind.MIRROR_HOLDS, query.hold_id, key=f"mirror:{query.hold_id}:{new_id()}")


def _stands(key: DocumentKey, document: Document, words: str) -> bool:
    """True, too, for a paper that cannot be read whole: nobody can say that they do not stand there."""
    if not document.pages or any(page.state == FAILED for page in document.pages):
        return True
    try:
        return stand_on(words, "\n".join(_said(key, document)))
    except Damaged:
        return True


def _said(key: DocumentKey, document: Document) -> Iterator[str]:
    yield from (page_text(key, page) for page in document.pages)
    yield from (str(field_told(key, field).get("value") or "") for field in document.fields)
    yield from (title_of(key, document), file_name_of(key, document))
