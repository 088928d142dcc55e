"""What waits for a person (待办), and what an approver may read because it waits before them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from archive.access import Actor, ReadableScope
from archive.base import now
from archive.documents import Document
from archive.people import Person, the_person
from archive.readable import readable
from archive.rights import Right
from retention.appraisals import appraisals
from retention.batches import batches, state_of
from retention.classes import ClassStatus, RetentionClass
from retention.disposal import (
    OPEN_ITEMS,
    Appraisal,
    AppraisalItem,
    Approval,
    BatchItem,
    BatchState,
    DestructionBatch,
    ItemState,
    PaperSupervisor,
    Supervisor,
)
from retention.erasure import outlook, requests
from retention.holds import Hold, seen_subjects
from retention.restriction import restrictions
from retention.schedule import eligible
from retention.sight import seen_appraisals, seen_batches

UNDER_WAY: Final = (BatchState.COOLING, BatchState.EXECUTING, BatchState.PARTIAL)
TOLD: Final = timedelta(days=14)
"""How long a person is told that their password was reset."""


class Matter(StrEnum):
    """What a person is asked to do."""

    APPROVE_CLASSES = "approve_classes"
    APPROVE_BATCH = "approve_batch"
    LIFT_HOLD = "lift_hold"
    DECIDE_APPRAISAL = "decide_appraisal"
    PROPOSE_BATCH = "propose_batch"
    EXECUTE_BATCH = "execute_batch"
    RESUME_BATCH = "resume_batch"
    CONFIRM_BATCH = "confirm_batch"
    CONFIRM_PAPER = "confirm_paper"
    APPRAISE_DUE = "appraise_due"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a matter, no password
    ANSWER_REQUEST = "answer_request"
    LIFT_RESTRICTION = "lift_restriction"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits: its id (empty where it is many), its title, how many, since when."""

    matter: Matter
    id: str
    title: str
    count: int
    since: datetime | None


def waiting_documents(session: Session, actor: Actor) -> frozenset[str]:
    """The documents in batches that wait for this approver's signature: they may be read while they wait."""
    if Right.APPROVE not in actor.rights:
        return frozenset()
    rows = session.scalars(
        select(BatchItem.document_id)
        .join(DestructionBatch, DestructionBatch.id == BatchItem.batch_id)
        .where(BatchItem.state == ItemState.PENDING.value, _asks(actor))
    )
    return frozenset(rows)


def _asks(actor: Actor) -> ColumnElement[bool]:
    """Batches in sight that want this person's signature, as a condition on DestructionBatch."""
    signed = select(Approval.batch_id).where(Approval.person_id == actor.id, Approval.voided_at.is_(None))
    return and_(
        seen_batches(actor),
        DestructionBatch.state == BatchState.PROPOSED.value,
        DestructionBatch.proposed_by != actor.id,
        DestructionBatch.id.not_in(signed),
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the records stand today, for who keeps them: numbers, and the batches that are under way."""

    due: int
    held: int
    cooling: tuple[DestructionBatch, ...]
    partial: tuple[DestructionBatch, ...]
    running: tuple[DestructionBatch, ...]


def standing(session: Session, actor: Actor, scope: ReadableScope, today: date) -> Standing:
    """What is due and held as far as the scope reaches, and the batches in sight that cool, run or ended in part."""
    at, known = now(), batches(session, actor, states=UNDER_WAY)
    by_state = {
        state: tuple(batch for batch in known if state_of(batch, at) is state)
        for state in (BatchState.COOLING, BatchState.PARTIAL, BatchState.EXECUTING)
    }
    held = select(Hold).where(Hold.lifted_at.is_(None))
    due = sum(waiting.count for waiting in _due(session, scope, today))
    return Standing(
        due, len(seen_subjects(session, scope, session.scalars(held).all())), by_state[BatchState.COOLING],
        by_state[BatchState.PARTIAL], by_state[BatchState.EXECUTING],
    )  # fmt: skip


def inbox(session: Session, actor: Actor, scope: ReadableScope, today: date) -> list[Waiting]:
    """Everything that waits for the actor, most pressing first."""
    found = [*_reset(session, actor), *_confirmations(session, actor)]
    if Right.APPROVE in actor.rights:
        found += _approvals(session, actor)
    if Right.RECORDS in actor.rights:
        found += [*_batches(session, actor), *_holds(session, actor, scope), *_appraisals(session, actor)]
        found += [*_requests(session, scope, today), *_restrictions(session, actor, scope)]
        found += _due(session, scope, today)
    return found


def _reset(session: Session, actor: Actor) -> Iterator[Waiting]:
    """That the password was reset, and by whom: who did not ask for it speaks up before the account signs again."""
    person = the_person(session, actor.id)
    if person.reset_at and person.reset_by and now() < person.reset_at + TOLD:
        by = session.get(Person, person.reset_by)  # none: the operator of the host
        yield Waiting(Matter.PASSWORD_RESET, "", by.name if by else person.reset_by, 1, person.reset_at)


def _confirmations(session: Session, actor: Actor) -> Iterator[Waiting]:
    rows = session.scalars(
        select(DestructionBatch)
        .join(Supervisor, Supervisor.batch_id == DestructionBatch.id)
        .where(Supervisor.person_id == actor.id, Supervisor.confirmed_at.is_(None))
        .where(DestructionBatch.state == BatchState.EXECUTED.value)
        .order_by(DestructionBatch.executed_at)
    )
    for batch in rows:
        yield Waiting(Matter.CONFIRM_BATCH, batch.id, batch.title, 1, batch.executed_at)
    rows = session.scalars(
        select(DestructionBatch)
        .join(PaperSupervisor, PaperSupervisor.batch_id == DestructionBatch.id)
        .where(PaperSupervisor.person_id == actor.id, PaperSupervisor.confirmed_at.is_(None))
        .where(DestructionBatch.state == BatchState.EXECUTED.value)
        .order_by(DestructionBatch.executed_at)
    )
    for batch in rows:
        yield Waiting(Matter.CONFIRM_PAPER, batch.id, batch.title, 1, batch.executed_at)


def _approvals(session: Session, actor: Actor) -> Iterator[Waiting]:
    for batch in session.scalars(select(DestructionBatch).where(_asks(actor)).order_by(DestructionBatch.proposed_at)):
        yield Waiting(Matter.APPROVE_BATCH, batch.id, batch.title, 1, batch.proposed_at)
    waiting, since = session.execute(
        select(func.count(), func.min(RetentionClass.proposed_at)).where(
            RetentionClass.status == ClassStatus.PROPOSED.value, RetentionClass.proposed_by != actor.id
        )
    ).one()
    if waiting:
        yield Waiting(Matter.APPROVE_CLASSES, "", "", waiting, since)


def _batches(session: Session, actor: Actor) -> Iterator[Waiting]:
    """Batches that this person could execute: another's, approved and cooled, or partial."""
    asked = {BatchState.APPROVED: Matter.EXECUTE_BATCH, BatchState.PARTIAL: Matter.RESUME_BATCH}
    states = [BatchState.APPROVED, BatchState.COOLING, BatchState.PARTIAL]
    for batch in batches(session, actor, states=states):
        matter = asked.get(state_of(batch, now()))
        taken = {batch.proposed_by, *(approval.person_id for approval in batch.standing)}
        if matter and actor.id not in taken:
            yield Waiting(matter, batch.id, batch.title, 1, batch.cooling_until or batch.proposed_at)


def _holds(session: Session, actor: Actor, scope: ReadableScope) -> Iterator[Waiting]:
    rows = session.scalars(
        select(Hold)
        .where(Hold.lifted_at.is_(None), Hold.lift_asked_by.is_not(None), Hold.lift_asked_by != actor.id)
        .order_by(Hold.lift_asked_at)
    ).all()
    seen = seen_subjects(session, scope, rows)
    for hold in (row for row in rows if row.id in seen):
        yield Waiting(Matter.LIFT_HOLD, hold.id, hold.title, 1, hold.lift_asked_at)


def _appraisals(session: Session, actor: Actor) -> Iterator[Waiting]:
    """Open appraisals, and finished ones whose decisions to destroy wait for a batch."""
    for appraisal in reversed(appraisals(session, actor, finished=False)):
        yield Waiting(Matter.DECIDE_APPRAISAL, appraisal.id, appraisal.title, 1, appraisal.opened_at)
    listed = select(BatchItem.document_id).where(BatchItem.state.in_(OPEN_ITEMS))
    rows = session.execute(
        select(Appraisal, func.count())
        .join(AppraisalItem, AppraisalItem.appraisal_id == Appraisal.id)
        .where(Appraisal.finished_at.is_not(None), AppraisalItem.settled.is_(False), seen_appraisals(actor))
        .where(AppraisalItem.document_id.not_in(listed))
        .group_by(Appraisal.id)
        .order_by(Appraisal.finished_at)
    )
    for appraisal, count in rows:
        yield Waiting(Matter.PROPOSE_BATCH, appraisal.id, appraisal.title, count, appraisal.finished_at)


def _requests(session: Session, scope: ReadableScope, today: date) -> Iterator[Waiting]:
    """Requests of data subjects with something to decide: undecided yet, or kept by the law and free to go now."""
    for request in reversed(requests(session, scope)):
        waits = [] if request.refused_at else [each for each in outlook(session, request, today=today) if each.open]
        if waits:
            yield Waiting(Matter.ANSWER_REQUEST, request.id, request.number, len(waits), request.recorded_at)


def _restrictions(session: Session, actor: Actor, scope: ReadableScope) -> Iterator[Waiting]:
    asked = [row for row, _ in restrictions(session, scope) if row.lift_asked_by not in {None, actor.id}]
    if asked:
        since = min(row.lift_asked_at for row in asked if row.lift_asked_at)
        yield Waiting(Matter.LIFT_RESTRICTION, "", "", len(asked), since)


def _due(session: Session, scope: ReadableScope, today: date) -> Iterator[Waiting]:
    """How many documents SQL finds due; folder-level classes may hold some of them back."""
    count = session.scalar(select(func.count()).select_from(Document).where(eligible(session, today), readable(scope)))
    if count:
        yield Waiting(Matter.APPRAISE_DUE, "", "", count, None)
