"""What becomes of the paper originals of a batch (E7; records-rules R33): kept, moved, or destroyed under its own eyes.

The plan stands in the frozen list, so it is signed with it. Paper that is destroyed has two supervisors of its own, who
sign what they saw; the certificate waits for them. What was planned and not done is kept, and the certificate says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from archive.access import Actor
from archive.audit import Act, record
from archive.base import now
from archive.errors import Conflict, Forbidden, Invalid, reason_given
from archive.house import House
from archive.people import humans
from archive.rights import Right
from retention.approval import need_other_people, sign
from retention.batches import before_execution, freeze, the_batch
from retention.certificate import issue
from retention.disposal import TEXT_MAX, BatchState, DestructionBatch, PaperSupervisor
from retention.signatures import void_signatures
from retention.watchers import need_active, need_cleared

PLACE_MAX: Final = 200


class Fate(StrEnum):
    """What becomes of the paper."""

    KEPT = "kept"
    MOVED = "moved"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class PaperPlan:
    """Where the paper goes, or is destroyed, and how."""

    fate: Fate
    place: str
    method: str


def plan_paper(
    session: Session, actor: Actor, batch_id: str, plan: PaperPlan, *, fonds: str, zone: ZoneInfo
) -> DestructionBatch:
    """Say what becomes of the paper: the list is a new one, and its signatures are void. Before execution only.

    Invalid without a place, or a method for paper that is destroyed.
    """
    actor.need(Right.RECORDS)
    batch = before_execution(session, actor, batch_id)
    place, method = plan.place.strip(), plan.method.strip()
    problems = [
        {"field": name, "code": "length"}
        for name, value, wanted in (("place", place, True), ("method", method, plan.fate is Fate.DESTROYED))
        if not (1 if wanted else 0) <= len(value) <= PLACE_MAX
    ]
    if problems:
        raise Invalid("Say where the paper is or goes, and how it is destroyed.", code="paper_plan", errors=problems)
    batch.paper_fate, batch.paper_place, batch.paper_method = plan.fate.value, place, method
    if plan.fate is not Fate.DESTROYED:
        batch.paper_supervisors.clear()
    void_signatures(session, actor, batch, "paper_planned")
    freeze(session, batch, fonds, zone)
    told = {"fate": plan.fate.value, "place": place, "method": method, "manifest_sha256": batch.manifest_sha256}
    record(session, actor, Act.BATCH_PAPER_PLANNED, batch.id, detail=told)
    session.flush()
    return batch


def name_paper_supervisors(session: Session, actor: Actor, batch_id: str, people: Sequence[str]) -> DestructionBatch:
    """Name the two who watch the paper's destruction; others can be named until one of them has signed.

    Forbidden for who has another part in the batch; Conflict where no paper is destroyed, or it is over.
    """
    actor.need(Right.RECORDS)
    batch = _open(session, actor, batch_id)
    if any(row.confirmed_at for row in batch.paper_supervisors):
        raise Conflict("One of the paper's supervisors has signed already.", code="paper_confirmed")
    watching = list(dict.fromkeys(people))
    need_active(session, watching)
    need_cleared(session, batch, watching)
    need_other_people(session, batch, watching, "supervise")
    _need_apart(session, batch, watching)
    batch.paper_supervisors.clear()
    session.flush()
    batch.paper_supervisors += [
        PaperSupervisor(batch_id=batch.id, person_id=person, ordinal=n) for n, person in enumerate(watching)
    ]
    record(session, actor, Act.BATCH_PAPER_SUPERVISED, batch.id, detail={"supervisors": watching})
    session.flush()
    return batch


def _open(session: Session, actor: Actor, batch_id: str) -> DestructionBatch:
    batch = the_batch(session, actor, batch_id, lock=True)
    if batch.paper_fate != Fate.DESTROYED or batch.state in {BatchState.DONE, BatchState.CANCELLED}:
        raise Conflict("No paper waits to be destroyed in this batch.", code="no_paper")
    return batch


def _need_apart(session: Session, batch: DestructionBatch, people: Sequence[str]) -> None:
    """The paper's supervisors are its own: none of them watches or executes the batch."""
    others = [row.person_id for row in batch.supervisors] + ([batch.executor_id] if batch.executor_id else [])
    if humans(session, people) & humans(session, others):
        raise Forbidden("The paper has supervisors of its own.", code="two_parts")


def confirm_paper(session: Session, actor: Actor, house: House, *, batch_id: str, observed: str) -> DestructionBatch:
    """Sign, as one of the paper's supervisors, what one saw. Confirming again changes nothing.

    Forbidden for who was not named or has another part meanwhile; StepUpRequired; Conflict before it is executed.
    """
    actor.need(Right.SUPERVISE)
    batch = the_batch(session, actor, batch_id, lock=True)
    named = next((row for row in batch.paper_supervisors if row.person_id == actor.id), None)
    if named is None:
        raise Forbidden("Only the two who were named for the paper confirm its destruction.", code="not_a_supervisor")
    actor.need_fresh(now())
    if named.confirmed_at is not None:
        return batch
    if batch.state != BatchState.EXECUTED or batch.paper_fate != Fate.DESTROYED:
        raise Conflict("The paper is destroyed after the records, and confirmed then.", code="not_executed")
    need_other_people(session, batch, [actor.id], "supervise")
    _need_apart(session, batch, [actor.id])
    signed = sign(house.signing, actor, batch, "confirmation", observed)
    named.observed, named.statement, named.signature = observed.strip(), signed.statement, signed.signature
    named.public_key, named.confirmed_at = signed.public_key, signed.at
    record(session, actor, Act.BATCH_PAPER_CONFIRMED, batch.id, detail={"observed": named.observed})
    session.flush()
    issue_when_confirmed(session, house, batch)
    return batch


def keep_paper(session: Session, actor: Actor, house: House, *, batch_id: str, reason: str) -> DestructionBatch:
    """The paper is not destroyed after all: it is kept where it is, and the certificate says so."""
    actor.need(Right.RECORDS)
    batch, reason = _open(session, actor, batch_id), reason_given(reason, TEXT_MAX)
    if batch.state != BatchState.EXECUTED:
        raise Conflict("Before the records are destroyed, change the plan instead.", code="not_executed")
    if any(row.confirmed_at for row in batch.paper_supervisors):
        raise Conflict("One of the paper's supervisors has signed already.", code="paper_confirmed")
    batch.paper_fate, batch.paper_method = Fate.KEPT.value, ""
    batch.paper_supervisors.clear()
    record(session, actor, Act.BATCH_PAPER_KEPT, batch.id, detail={"reason": reason})
    session.flush()
    issue_when_confirmed(session, house, batch)
    return batch


def issue_when_confirmed(session: Session, house: House, batch: DestructionBatch) -> None:
    """The certificate, once every supervisor has signed: the batch's, and the paper's where it is destroyed."""
    waiting = [row for row in batch.supervisors if row.confirmed_at is None]
    paper = batch.paper_supervisors
    destroyed = batch.paper_fate == Fate.DESTROYED
    if not waiting and not (destroyed and (not paper or any(row.confirmed_at is None for row in paper))):
        issue(session, house, batch)
