"""Holds: whatever is held is not destroyed, corrected or reclassified; a hold wins until the bytes are gone.

Source: records-rules R19–R22. A hold keeps its documents, it does not move their dates. Two people lift it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    and_,
    delete,
    exists,
    false,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from archive.access import Actor, ReadableScope
from archive.audit import Act, record
from archive.base import Id, Ref, Row, new_id, now
from archive.customers import folded
from archive.documents import Document
from archive.errors import Conflict, Forbidden, Invalid, NotFound, reason_given
from archive.jobs import Kind, enqueue
from archive.rights import Right
from retention.disposal import OPEN_ITEMS, BatchItem
from retention.hold_queries import WORDS_MAX, HoldLook, HoldQuery, Query
from retention.lifting import REASON_MAX, LiftedByTwo, Lifting, ask_or_lift, checks
from retention.signatures import void_signatures_over
from retention.subjects import Subject, SubjectKind, check_visible, members, of_document, visible

TITLE_MAX: Final = 200
MOST_SUBJECTS: Final = 1000


class Ground(StrEnum):
    """Why something is kept: a hold (court, regulator, audit, dispute), or a matter that is not settled (R17)."""

    HOLD = "hold"
    UNSETTLED = "unsettled"


class Hold(LiftedByTwo, Row):
    """One hold over one or several subjects, until two people lift it."""

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("ground IN ('hold','unsettled')", name="ground"),
        *checks(),
    )

    id: Mapped[Id]
    title: Mapped[str] = mapped_column(String(TITLE_MAX))
    reason: Mapped[str] = mapped_column(String(REASON_MAX))
    ground: Mapped[str] = mapped_column(String(12), default=Ground.HOLD.value)
    placed_by: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    placed_at: Mapped[datetime]

    subjects: Mapped[list[HoldSubject]] = relationship(lazy="selectin", cascade="all, delete-orphan")
    query: Mapped[HoldQuery | None] = relationship(lazy="selectin", cascade="all, delete-orphan", uselist=False)


class HoldSubject(Row):
    """One subject of a hold."""

    __tablename__ = "hold_subject"
    __table_args__ = (
        CheckConstraint("kind IN ('document','folder','customer')", name="kind"),
        Index("ix_hold_subject_subject", "kind", "subject_id"),
    )

    hold_id: Mapped[Ref] = mapped_column(ForeignKey("hold.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    subject_id: Mapped[Ref] = mapped_column(primary_key=True)

    @property
    def subject(self) -> Subject:
        """The subject as a value."""
        return Subject(SubjectKind(self.kind), self.subject_id)


@dataclass(frozen=True, slots=True)
class HoldOrder:
    """A hold to place, over subjects, over whatever a query finds now and later, or both."""

    title: str
    reason: str
    subjects: Sequence[Subject]
    ground: Ground = Ground.HOLD
    query: Query | None = None


def place_hold(session: Session, actor: Actor, scope: ReadableScope, order: HoldOrder) -> Hold:
    """Place a hold; signatures under batches with one of its documents are void from now on.

    NotFound when a subject is out of sight; Conflict `already_purging` when a named document is past the point of no
    return. Documents are locked in the order of their ids, so that a hold and a purge of one document never cross.
    """
    actor.need(Right.RECORDS)
    _check(order)
    for subject in order.subjects:
        check_visible(session, scope, subject)
    if order.query is not None and not scope.everywhere:
        raise NotFound
    if order.query is not None and order.query.customer_id:
        check_visible(session, scope, Subject(SubjectKind.CUSTOMER, order.query.customer_id))
    taken = or_(false(), *(members(subject) for subject in order.subjects), *_at_once(order.query))
    _lock(session, taken, {s.id for s in order.subjects if s.kind is SubjectKind.DOCUMENT})
    hold = Hold(
        id=new_id(), title=order.title.strip(), reason=order.reason.strip(), ground=order.ground.value,
        placed_by=actor.id, placed_at=now(),
        subjects=[HoldSubject(kind=s.kind.value, subject_id=s.id) for s in dict.fromkeys(order.subjects)],
        query=HoldQuery(**asdict(order.query)) if order.query else None,
    )  # fmt: skip
    session.add(hold)
    session.flush()
    for about, kind in _about(hold):
        told = {"hold": hold.id, "title": hold.title, "reason": hold.reason, "kind": kind}
        query = order.query.told() if order.query and kind == "query" else {}
        record(session, actor, Act.HOLD_PLACED, about, detail=told | query)
    enqueue(session, Kind.MIRROR_HOLDS, hold.id, key=f"mirror:{hold.id}:placed")
    if order.query is not None and order.query.words:
        enqueue(session, Kind.LOOK_FOR_HOLDS, hold.id, key=f"look:{hold.id}:placed", priority=8)
    void_signatures_over(session, actor, taken, "hold_placed")
    return hold


def _at_once(query: Query | None) -> list[ColumnElement[bool]]:
    """What a query is known to hold without opening a paper; signatures over the rest fall when its words are found."""
    return [query.fits()] if query is not None and not query.words else []


def _check(order: HoldOrder) -> None:
    problems = []
    if not 1 <= len(order.title.strip()) <= TITLE_MAX:
        problems.append({"field": "title", "code": "length"})
    if not 1 <= len(order.reason.strip()) <= REASON_MAX:
        problems.append({"field": "reason", "code": "length"})
    if not (1 if order.query is None else 0) <= len(order.subjects) <= MOST_SUBJECTS:
        problems.append({"field": "subjects", "code": "count"})
    if order.query is not None and not order.query.told():
        problems.append({"field": "query", "code": "empty"})
    if order.query is not None and order.query.words is not None and not _usable(order.query.words):
        problems.append({"field": "words", "code": "length"})
    if problems:
        raise Invalid(
            f"A hold has a title, a reason and 1 to {MOST_SUBJECTS} subjects.", code="hold_unusable", errors=problems
        )


def _usable(words: str) -> bool:
    """Words that nothing is left of would stand on every paper."""
    return len(words) <= WORDS_MAX and bool(words.split()) and all(folded(word) for word in words.split())


def query_of(hold: Hold) -> Query:
    """What a hold by query looks for, as a value."""
    return Query(**{name: getattr(hold.query, name) for name in Query.__slots__})


def _about(hold: Hold) -> list[tuple[str, str]]:
    """What its entries in the log are about: its subjects, and for a query the hold itself."""
    return [(row.subject_id, row.kind) for row in hold.subjects] + ([(hold.id, "query")] if hold.query else [])


def _lock(session: Session, taken: ColumnElement[bool], named: set[str]) -> None:
    rows = session.execute(
        select(Document.id, Document.destroying, Document.destroyed_at)
        .where(taken)
        .order_by(Document.id)
        .with_for_update(of=Document)
    ).all()
    if too_late := [row.id for row in rows if row.id in named and (row.destroying or row.destroyed_at)]:
        raise Conflict(
            "The destruction of this document has begun already; a hold comes too late.",
            code="already_purging",
            documents=too_late,
        )


def lift_hold(session: Session, actor: Actor, scope: ReadableScope, hold_id: str, reason: str) -> tuple[Hold, bool]:
    """Ask for a hold to be lifted, or lift it if somebody else asked before. True when it is lifted now.

    The same person asking again changes nothing (R19); with another account of theirs it is Forbidden, as it is for
    whoever does not see all that it keeps: nobody lets go what they cannot judge. NotFound when nothing of it is in
    sight, Conflict when it was lifted already.
    """
    actor.need(Right.RECORDS)
    reason = reason_given(reason, REASON_MAX)
    hold = session.get(Hold, hold_id, with_for_update=True)
    if hold is None or hold.id not in (seen := seen_subjects(session, scope, [hold])):
        raise NotFound
    if len(seen[hold.id]) < len(hold.subjects) or (hold.query is not None and not scope.everywhere):
        raise Forbidden("This hold keeps more than you may see. Who sees all of it lifts it.", code="hold_beyond_sight")
    if hold.lifted_at is not None:
        raise Conflict("This hold is lifted already.", code="hold_lifted")
    done = ask_or_lift(session, actor, hold, reason)
    if done is Lifting.ASKED:
        _record_lift(session, actor, Act.HOLD_LIFT_ASKED, hold, reason)
    elif done is Lifting.LIFTED:
        _record_lift(session, actor, Act.HOLD_LIFTED, hold, reason)
        session.execute(delete(HoldLook).where(HoldLook.hold_id == hold.id))
        enqueue(session, Kind.MIRROR_HOLDS, hold.id, key=f"mirror:{hold.id}:lifted")
    session.flush()
    return hold, hold.lifted_at is not None


def _record_lift(session: Session, actor: Actor, act: Act, hold: Hold, reason: str) -> None:
    for subject, kind in _about(hold):
        told = {"hold": hold.id, "title": hold.title, "reason": reason, "kind": kind}
        record(session, actor, act, subject, detail=told)


def held_documents() -> ColumnElement[bool]:
    """Whether a document is held, as a condition on Document."""
    reached = or_(
        and_(HoldSubject.kind == SubjectKind.DOCUMENT.value, HoldSubject.subject_id == Document.id),
        and_(HoldSubject.kind == SubjectKind.FOLDER.value, HoldSubject.subject_id == Document.folder_id),
        and_(HoldSubject.kind == SubjectKind.CUSTOMER.value, HoldSubject.subject_id == Document.customer_id),
    )
    named = exists().where(HoldSubject.hold_id == Hold.id, Hold.lifted_at.is_(None), reached)
    sought = exists().where(HoldQuery.hold_id == Hold.id, Hold.lifted_at.is_(None), HoldQuery.keeps())
    return or_(named.correlate(Document), sought.correlate(Document))


def held(session: Session, document_id: str) -> bool:
    """Whether any hold keeps this document now."""
    return session.scalar(select(Document.id).where(Document.id == document_id, held_documents())) is not None


def holds_of(session: Session, documents: Sequence[Document]) -> dict[str, list[Hold]]:
    """The holds that keep each of these documents, oldest first; documents without any are left out."""
    wanted: dict[tuple[str, str], list[str]] = {}
    for document in documents:
        for subject in of_document(document):
            wanted.setdefault((subject.kind.value, subject.id), []).append(document.id)
    rows = session.execute(
        select(HoldSubject.kind, HoldSubject.subject_id, Hold)
        .join(Hold)
        .where(Hold.lifted_at.is_(None), HoldSubject.subject_id.in_({subject_id for _, subject_id in wanted}))
        .order_by(Hold.placed_at)
    )
    pairs = [(document, hold) for kind, subject, hold in rows for document in wanted.get((kind, subject), [])]
    found: dict[str, list[Hold]] = {}
    for document_id, hold in [*pairs, *_sought(session, [document.id for document in documents])]:
        if hold not in found.setdefault(document_id, []):
            found[document_id].append(hold)
    return {document_id: sorted(kept, key=lambda hold: hold.placed_at) for document_id, kept in found.items()}


def _sought(session: Session, document_ids: Sequence[str]) -> list[tuple[str, Hold]]:
    """Which of these documents the queries of standing holds find."""
    asked = select(Document.id, Hold).select_from(Document).join(HoldQuery, HoldQuery.keeps())
    rows = session.execute(
        asked.join(Hold, Hold.id == HoldQuery.hold_id).where(Hold.lifted_at.is_(None), Document.id.in_(document_ids))
    )
    return [(row[0], row[1]) for row in rows]


def holds(session: Session, *, lifted: bool = False) -> list[Hold]:
    """The holds that stand, newest first; with `lifted` those that do not any more."""
    asked = select(Hold).where(Hold.lifted_at.is_not(None) if lifted else Hold.lifted_at.is_(None))
    return list(session.scalars(asked.order_by(Hold.placed_at.desc())))


def seen_subjects(session: Session, scope: ReadableScope, listed: Sequence[Hold]) -> dict[str, list[Subject]]:
    """Of each hold the subjects that the scope reaches; holds that keep nothing of it are left out (invariant 6)."""
    wanted: dict[SubjectKind, set[str]] = {kind: set() for kind in SubjectKind}
    for hold in listed:
        for row in hold.subjects:
            wanted[SubjectKind(row.kind)].add(row.subject_id)
    seen = visible(session, scope, wanted)
    found = {hold.id: [row.subject for row in hold.subjects if row.subject in seen] for hold in listed}
    whole = {hold.id for hold in listed if hold.query is not None and scope.everywhere}
    return {hold_id: subjects for hold_id, subjects in found.items() if subjects or hold_id in whole}


def need_changeable(session: Session, document: Document) -> None:
    """Conflict while the document is held or stands in a batch: what is said of it must not change then (R21, R15)."""
    if held(session, document.id):
        raise Conflict("A hold keeps this document as it is. Lift the hold first.", code="held")
    listed = session.scalar(
        select(BatchItem.batch_id).where(
            BatchItem.document_id == document.id,
            BatchItem.state.in_(OPEN_ITEMS),
        )
    )
    if listed is not None:
        raise Conflict("This document stands in a destruction batch. Cancel the batch first.", code="in_batch")
