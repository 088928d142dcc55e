"""Approval: two people, or as many as a class wants, sign the list's digest with their own keys; not its proposer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.access import Actor
from archive.audit import Act, AuditEntry, record
from archive.base import new_id, now
from archive.canonical import canonical
from archive.documents import Document
from archive.errors import Conflict, Forbidden, Invalid, NotFound, reason_given
from archive.people import humans, the_person
from archive.rights import Right
from archive.signing import SigningKeys, verified
from retention.batches import need_unchanged, the_batch
from retention.bundle.shape import Statement
from retention.disposal import TEXT_MAX, Approval, BatchItem, BatchState, DestructionBatch, ItemState
from retention.holds import held_documents
from retention.signatures import BEFORE_EXECUTION

APPROVAL_LIFE: Final = timedelta(days=30)
"""How long after the cooling period a batch may begin before its signatures have to be given anew."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement in its canonical bytes, with the signature and the key that made it."""

    statement: bytes
    signature: bytes
    public_key: bytes
    at: datetime


def approve(
    session: Session,
    actor: Actor,
    signing: SigningKeys,
    *,
    batch_id: str,
    manifest_sha256: str,
    opinion: str,
    cooling_days: int,
    zone: ZoneInfo,
) -> DestructionBatch:
    """Sign a batch. Signing again changes nothing.

    Forbidden for its proposer; StepUpRequired; Conflict for another list than the frozen one, a list that changed, or
    a batch that does not wait for signatures.
    """
    actor.need(Right.APPROVE)
    batch = the_batch(session, actor, batch_id, lock=True)
    if humans(session, [actor.id]) & humans(session, [batch.proposed_by, *who_did(session, batch, Act.BATCH_REFROZEN)]):
        raise Forbidden("You made this list: other people sign it.", code="own_batch")
    actor.need_fresh(now())
    if manifest_sha256 != batch.manifest_sha256:
        raise Conflict("This is not the list that the batch holds. Read it again, then sign.", code="another_manifest")
    if any(approval.person_id == actor.id for approval in batch.standing):
        return batch
    if humans(session, [actor.id]) & humans(session, [approval.person_id for approval in batch.standing]):
        raise Forbidden("You signed this list already, with another account.", code="two_parts")
    if batch.state != BatchState.PROPOSED:
        raise Conflict(f"This batch is {batch.state} and takes no signature.", code="batch_not_proposed")
    need_unchanged(session, batch, zone)
    _need_no_hold(session, batch)
    _add(session, actor, batch, sign(signing, actor, batch, "approval", opinion))
    if len(batch.standing) >= batch.quorum:
        cool(batch, cooling_days)
    session.flush()
    return batch


def _need_no_hold(session: Session, batch: DestructionBatch) -> None:
    """Conflict while a pending document is held: a signature given now would outlive the hold (R20)."""
    pending = select(BatchItem.document_id).where(
        BatchItem.batch_id == batch.id, BatchItem.state == ItemState.PENDING.value
    )
    held = session.scalars(select(Document.id).where(Document.id.in_(pending), held_documents()).limit(100)).all()
    if held:
        raise Conflict(
            "Documents of this list are held. Leave them out, or sign when the hold is lifted.",
            code="held",
            documents=list(held),
        )


def sign(
    signing: SigningKeys,
    actor: Actor,
    batch: DestructionBatch,
    statement: Literal["approval", "confirmation"],
    opinion: str,
) -> Signed:
    """The actor's statement about this batch, signed with their own key. Ask for a fresh sign-in first."""
    opinion = opinion.strip()
    if not 1 <= len(opinion) <= TEXT_MAX:
        raise Invalid(
            "Write your opinion, in at most 1,000 characters.", errors=[{"field": "opinion", "code": "length"}]
        )
    at, key = now(), signing.person(actor.id)
    told: Statement = {
        "statement": statement,
        "manifest_sha256": batch.manifest_sha256,
        "batch": batch.id,
        "opinion": opinion,
        "signer": actor.id,
        "at": at.isoformat(timespec="microseconds"),
    }
    return Signed(canonical(told), key.sign_value(told), key.public, at)


def _add(session: Session, actor: Actor, batch: DestructionBatch, signed: Signed) -> None:
    opinion = json.loads(signed.statement)["opinion"]
    batch.approvals.append(
        Approval(
            id=new_id(), batch_id=batch.id, proposed_by=batch.proposed_by, person_id=actor.id,
            manifest_sha256=batch.manifest_sha256, opinion=opinion, statement=signed.statement,
            signature=signed.signature, public_key=signed.public_key, at=signed.at,
        )
    )  # fmt: skip
    session.flush()
    told = {"manifest_sha256": batch.manifest_sha256, "opinion": opinion}
    record(session, actor, Act.BATCH_APPROVED, batch.id, detail=told)


def cool(batch: DestructionBatch, days: int) -> None:
    """Begin the cooling period after the last signature (R18); without one the batch is approved at once."""
    at = now()
    batch.cooling_until = at + timedelta(days=days)
    batch.state = (BatchState.COOLING if days else BatchState.APPROVED).value


def need_signatures(session: Session, batch: DestructionBatch) -> None:
    """Conflict unless as many people as the classes want signed this very list, and not longer ago than they may."""
    holding = [approval.person_id for approval in batch.standing if signature_holds(batch, approval)]
    if len(humans(session, holding)) < batch.quorum:
        raise Conflict(f"{batch.quorum} approvers must sign this list first.", code="signatures_missing")
    if batch.cooling_until is not None and batch.cooling_until + APPROVAL_LIFE < now() and batch.rounds == 0:
        raise Conflict(
            "The signatures are older than 30 days. Freeze the batch anew and have it signed again.",
            code="signatures_expired",
        )


def replace_approver(session: Session, actor: Actor, batch_id: str, person_id: str, reason: str) -> DestructionBatch:
    """Void the signature of an approver who left: the batch waits for another's. By the security officer.

    NotFound without such a signature; Conflict while the approver is active, or once execution has begun.
    """
    actor.need(Right.AUTHORITY)
    batch = session.get(DestructionBatch, batch_id, with_for_update=True)
    approval = next((row for row in batch.standing if row.person_id == person_id), None) if batch else None
    if batch is None or approval is None:
        raise NotFound
    reason = reason_given(reason, TEXT_MAX)
    if batch.state not in BEFORE_EXECUTION:
        raise Conflict(f"This batch is {batch.state}; that is decided.", code="batch_begun")
    if the_person(session, person_id).active:
        raise Conflict("This approver is here: who signed can reject the batch.", code="approver_is_here")
    approval.voided_at, approval.void_reason = now(), "approver_left"
    batch.state, batch.cooling_until = BatchState.PROPOSED.value, None
    record(session, actor, Act.APPROVER_REPLACED, batch.id, detail={"person": person_id, "reason": reason})
    session.flush()
    return batch


def signatures_left(session: Session, actor: Actor, person_id: str) -> list[Approval]:
    """What somebody who left signed and that is not executed yet; for the security officer, who sees no list."""
    actor.need(Right.AUTHORITY)
    if the_person(session, person_id).active:
        return []
    asked = select(Approval).join(DestructionBatch, DestructionBatch.id == Approval.batch_id)
    mine = asked.where(Approval.person_id == person_id, Approval.voided_at.is_(None))
    return list(session.scalars(mine.where(DestructionBatch.state.in_(BEFORE_EXECUTION)).order_by(Approval.at)))


def signature_holds(batch: DestructionBatch, approval: Approval) -> bool:
    """Whether the stored statement is about this list by this person, and was signed by the stored key."""
    told = json.loads(approval.statement)
    about = (told["statement"], told["manifest_sha256"], told["batch"], told["signer"])
    mine = about == ("approval", batch.manifest_sha256, batch.id, approval.person_id)
    return mine and verified(approval.public_key, approval.statement, approval.signature)


def who_did(session: Session, batch: DestructionBatch, act: Act) -> set[str]:
    """Everybody who ever did this to the batch, as the log has it: rounds and lists come and go, the parts stay."""
    asked = select(AuditEntry.actor).where(AuditEntry.subject == batch.id, AuditEntry.action == act.value)
    return set(session.scalars(asked.distinct()))


def need_other_people(session: Session, batch: DestructionBatch, people: Iterable[str], part: str) -> None:
    """Forbidden when one of these people made the list or approved it: nobody plays two parts."""
    taken = {batch.proposed_by, *(approval.person_id for approval in batch.standing)}
    taken |= who_did(session, batch, Act.BATCH_REFROZEN)
    if humans(session, taken) & humans(session, people):
        raise Forbidden(f"Who proposed or approved a batch cannot {part} it.", code="two_parts")
