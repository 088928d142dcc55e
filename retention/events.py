"""Trigger events: what happened, when, to which document, folder or customer, by what evidence (records-rules R04).

An event is never edited: a later one supersedes it. Nothing is computed here; due dates are read from events each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.access import Actor, ReadableScope
from archive.audit import Act, record
from archive.base import Id, Ref, Row, new_id, now
from archive.documents import Document
from archive.errors import Conflict, Invalid, NotFound
from archive.readable import readable
from archive.rights import Right
from retention.subjects import Subject, SubjectKind, check_visible, members
from retention.terms import Event

EVIDENCE_MAX: Final = 500
EARLIEST: Final = date(1900, 1, 1)


class TriggerEvent(Row):
    """One event. `superseded_by` names the event that stands in its place."""

    __tablename__ = "trigger_event"
    __table_args__ = (
        CheckConstraint("subject_kind IN ('document','folder','customer')", name="subject_kind"),
        CheckConstraint("superseded_by IS NULL OR superseded_by <> id", name="superseded_by_another"),
        Index("ix_trigger_event_subject", "subject_kind", "subject_id"),
    )

    id: Mapped[Id]
    event: Mapped[str] = mapped_column(String(32))
    subject_kind: Mapped[str] = mapped_column(String(12))
    subject_id: Mapped[Ref]
    occurred_on: Mapped[date]
    evidence: Mapped[str] = mapped_column(String(EVIDENCE_MAX))
    entered_by: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]
    superseded_by: Mapped[str | None] = mapped_column(ForeignKey("trigger_event.id"))


@dataclass(frozen=True, slots=True)
class EventOrder:
    """An event to record. `supersedes` is the id of the one that it corrects, empty for a new one."""

    event: Event
    subject: Subject
    occurred_on: date
    evidence: str
    supersedes: str = ""


def record_event(
    session: Session, actor: Actor, scope: ReadableScope, order: EventOrder, *, today: date
) -> TriggerEvent:
    """Record what happened. Invalid for a day to come or without evidence; NotFound for a subject out of sight."""
    actor.need(Right.RECORDS)
    check_event(order, today)
    check_visible(session, scope, order.subject)
    row = TriggerEvent(
        id=new_id(), event=order.event.value, subject_kind=order.subject.kind.value, subject_id=order.subject.id,
        occurred_on=order.occurred_on, evidence=order.evidence.strip(), entered_by=actor.id, entered_at=now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    told = {"event": row.event, "event_id": row.id, "occurred_on": row.occurred_on.isoformat()}
    record(session, actor, Act.EVENT_RECORDED, row.subject_id, detail=told | {"evidence": row.evidence})
    if order.supersedes:
        _supersede(session, actor, order.supersedes, row)
    return row


def check_event(order: EventOrder, today: date) -> None:
    """Invalid for a day to come or before all memory, or without evidence."""
    problems = []
    if not EARLIEST <= order.occurred_on <= today:
        problems.append({"field": "occurred_on", "code": "range"})
    if not 1 <= len(order.evidence.strip()) <= EVIDENCE_MAX:
        problems.append({"field": "evidence", "code": "length"})
    if problems:
        raise Invalid(
            f"An event has happened (from {EARLIEST} to {today}) and has evidence of 1 to {EVIDENCE_MAX} characters.",
            code="event_unusable",
            errors=problems,
        )


def _supersede(session: Session, actor: Actor, earlier_id: str, row: TriggerEvent) -> None:
    earlier = session.get(TriggerEvent, earlier_id, with_for_update=True)
    if earlier is None or (earlier.subject_kind, earlier.subject_id) != (row.subject_kind, row.subject_id):
        raise NotFound
    if earlier.superseded_by is not None:
        raise Conflict("This event was superseded already; correct the one that stands.", code="event_superseded")
    earlier.superseded_by = row.id
    told = {"event_id": earlier.id, "by": row.id, "occurred_on": earlier.occurred_on.isoformat()}
    record(session, actor, Act.EVENT_SUPERSEDED, earlier.subject_id, detail=told)


def ask_first(session: Session, scope: ReadableScope, order: EventOrder) -> None:
    """Conflict `event_before_papers` with their number when the event is earlier than papers that it would reach."""
    if later := dated_later(session, scope, order.subject, order.occurred_on):
        raise Conflict(
            f"{later} of its papers are dated after this event. Check the date and the subject, then confirm it.",
            code="event_before_papers",
            documents=later,
        )


def dated_later(session: Session, scope: ReadableScope, subject: Subject, on: date) -> int:
    """How many documents of a subject, of those in sight, are dated after a day: an event of it is hardly theirs."""
    asked = select(func.count()).select_from(Document).where(members(subject), readable(scope))
    return session.scalar(asked.where(Document.destroyed_at.is_(None), Document.dated > on)) or 0


def events_of(session: Session, subject: Subject) -> list[TriggerEvent]:
    """All events of exactly this subject, superseded ones too, in the order of their entry."""
    rows = session.scalars(
        select(TriggerEvent)
        .where(TriggerEvent.subject_kind == subject.kind.value, TriggerEvent.subject_id == subject.id)
        .order_by(TriggerEvent.entered_at)
    )
    return list(rows)


__all__ = [
    "EventOrder", "Subject", "SubjectKind", "TriggerEvent", "ask_first", "dated_later", "events_of", "record_event",
]  # fmt: skip
