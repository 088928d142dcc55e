"""Supervision (监销): two people who had no other part confirm what they saw; the second word closes the batch."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive.access import Actor
from archive.audit import Act, record
from archive.base import now
from archive.errors import Conflict, Forbidden
from archive.house import House
from archive.people import Person, humans
from archive.rights import Right
from retention.approval import sign, who_did
from retention.batches import the_batch
from retention.disposal import BatchState, DestructionBatch, Supervisor
from retention.paper import issue_when_confirmed
from retention.sight import highest_level


def confirm(session: Session, actor: Actor, house: House, *, batch_id: str, observed: str) -> DestructionBatch:
    """Confirm an executed batch with one's own signature. After the last the certificate is issued.

    NotFound or Forbidden for who was not named; StepUpRequired; Conflict before every target is verified. Confirming
    again changes nothing.
    """
    actor.need(Right.SUPERVISE)
    batch = the_batch(session, actor, batch_id, lock=True)
    named = _named(batch, actor)
    actor.need_fresh(now())
    if named.confirmed_at is not None:
        return batch
    if batch.state != BatchState.EXECUTED:
        raise Conflict("Not every target is verified absent yet; there is nothing to confirm.", code="not_executed")
    _need_another_human(session, batch, actor)
    signed = sign(house.signing, actor, batch, "confirmation", observed)
    named.observed, named.statement, named.signature = observed.strip(), signed.statement, signed.signature
    named.public_key, named.confirmed_at = signed.public_key, signed.at
    record(session, actor, Act.BATCH_CONFIRMED, batch.id, detail={"observed": named.observed})
    session.flush()
    issue_when_confirmed(session, house, batch)
    return batch


def _need_another_human(session: Session, batch: DestructionBatch, actor: Actor) -> None:
    """Accounts may have been found to be one person's since the supervisors were named."""
    others = [row.person_id for row in batch.supervisors if row.person_id != actor.id]
    others += [row.person_id for row in batch.paper_supervisors]
    others += [batch.proposed_by, batch.executor_id or "", *(row.person_id for row in batch.standing)]
    if humans(session, [actor.id]) & humans(session, others):
        raise Forbidden("You play another part in this destruction, with another account.", code="two_parts")


def possible_supervisors(session: Session, actor: Actor, batch: DestructionBatch) -> list[Person]:
    """Whom this executor could name: active, cleared for the whole list, and without another part in the batch."""
    taken = {actor.id, batch.proposed_by, *(row.person_id for row in batch.standing)}
    for act in (Act.BATCH_REFROZEN, Act.BATCH_BEGUN):
        taken |= who_did(session, batch, act)
    free = func.coalesce(Person.same_as, Person.id).not_in(humans(session, taken))
    reaches = Person.clearance >= int(highest_level(session, batch.appraisal_id))
    asked = select(Person).where(Person.disabled_at.is_(None), reaches, free).order_by(Person.name)
    return list(session.scalars(asked).unique())


def _named(batch: DestructionBatch, actor: Actor) -> Supervisor:
    for supervisor in batch.supervisors:
        if supervisor.person_id == actor.id:
            return supervisor
    raise Forbidden("Only the two supervisors who were named confirm a destruction.", code="not_a_supervisor")
