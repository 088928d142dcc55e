"""Destruction batches: a frozen list, two signatures, an execution that is watched, and its ledger."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field, StringConstraints
from sqlalchemy.orm import Session

from archive.access import Actor
from archive.base import now
from archive.rights import Right
from retention.appraisals import MOST_ITEMS
from retention.approval import approve, replace_approver
from retention.batches import (
    batches,
    cancel,
    let_stay,
    progress,
    propose,
    refreeze,
    reject,
    reject_items,
    state_of,
    targets_of,
    the_batch,
)
from retention.destruction import begin
from retention.differences import since_last_signature
from retention.disposal import DestructionBatch, DestructionTarget
from retention.recheck import look_again, stuck
from retention.supervision import confirm
from service.body import StrictRoute
from service.edge import Needs, OneTransaction, Reading, TheHouse
from service.shapes import UUID, Id, In, Items, Reason, Short
from service.views import moment

router = APIRouter(prefix="/destruction-batches", tags=["retention"], route_class=StrictRoute)

BatchId = Annotated[str, Path(pattern=UUID)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Opinion = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]


class BatchIn(In):
    """Which appraisal's decisions are to be carried out."""

    appraisal_id: Id
    title: Short


class ApprovalIn(In):
    """A signature under one frozen list."""

    manifest_sha256: Digest
    opinion: Opinion


class RejectIn(In):
    """Why not."""

    reason: Reason


class RefreezeIn(In):
    """Which documents are left out; with none the rows are taken as they are now."""

    without: Annotated[list[Id], Field(max_length=MOST_ITEMS, default_factory=list)]


class RejectItemsIn(In):
    """Which documents are sent back, and why."""

    document_ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_ITEMS)]
    reason: Reason


class ReplaceIn(In):
    """Whose signature is void, because they left."""

    person_id: Id
    reason: Reason


class ExecuteIn(In):
    """Who watches."""

    supervisors: Annotated[list[Id], Field(min_length=2, max_length=2)]


class ConfirmIn(In):
    """What a supervisor saw."""

    observed: Opinion


def batch_view(batch: DestructionBatch) -> dict[str, Any]:
    """A batch with its standing signatures."""
    return {
        "id": batch.id,
        "title": batch.title,
        "appraisal_id": batch.appraisal_id,
        "state": state_of(batch, now()).value,
        "manifest_sha256": batch.manifest_sha256,
        "items": len(batch.items),
        "approvals": [
            {"user_id": row.person_id, "at": moment(row.at), "opinion": row.opinion} for row in batch.standing
        ],
        "quorum": batch.quorum,
        "proposed_by": batch.proposed_by,
        "proposed_at": moment(batch.proposed_at),
        "cooling_until": moment(batch.cooling_until),
        "executor": batch.executor_id,
        "supervisors": [
            {"user_id": row.person_id, "confirmed_at": moment(row.confirmed_at)} for row in batch.supervisors
        ],
        "paper": {
            "fate": batch.paper_fate,
            "place": batch.paper_place,
            "method": batch.paper_method,
            "supervisors": [
                {"user_id": row.person_id, "confirmed_at": moment(row.confirmed_at)} for row in batch.paper_supervisors
            ],
        },
        "certificate_no": batch.certificate_no,
        "error": batch.error,
    }


def target_view(target: DestructionTarget) -> dict[str, Any]:
    """One line of the ledger."""
    return {
        "document_id": target.document_id,
        "site": target.site,
        "target": target.target,
        "method": target.method,
        "result": target.result,
        "executed_at": moment(target.executed_at),
        "verified_at": moment(target.verified_at),
        "error": target.error,
    }


def whole_view(session: Session, batch: DestructionBatch) -> dict[str, Any]:
    """A batch with its ledger."""
    return batch_view(batch) | {
        "targets": [target_view(row) for row in targets_of(session, batch.id)],
        "progress": progress(session, batch.id),
        "documents": [row.document_id for row in batch.items],
        "since_last_signature": [
            {"how": each.how, "code": each.code or None, "values": [list(value) for value in each.values]}
            for each in since_last_signature(batch)
        ],
        "rechecks_given_up": [{"days": job.args["days"], "error": job.error} for job in stuck(session, batch.id)],
    }


@router.post("", status_code=201)
def post_batch(
    given: BatchIn, actor: Annotated[Actor, Needs(Right.RECORDS)], house: TheHouse, session: OneTransaction
) -> dict[str, Any]:
    """Freeze the list of what an appraisal decided to destroy."""
    batch = propose(
        session, actor, appraisal_id=given.appraisal_id, title=given.title, fonds=house.settings.fonds,
        zone=house.settings.zone,
    )  # fmt: skip
    return whole_view(session, batch)


@router.get("")
def get_batches(actor: Annotated[Actor, Needs(Right.SUPERVISE)], session: Reading) -> Items:
    """Batches that the person has to do with."""
    return Items(items=[batch_view(row) for row in batches(session, actor)])


@router.get("/{batch_id}")
def get_batch(batch_id: BatchId, actor: Annotated[Actor, Needs(Right.SUPERVISE)], session: Reading) -> dict[str, Any]:
    """One batch with its ledger."""
    return whole_view(session, the_batch(session, actor, batch_id))


@router.post("/{batch_id}/approve")
def post_approve(
    batch_id: BatchId,
    given: ApprovalIn,
    actor: Annotated[Actor, Needs(Right.APPROVE)],
    house: TheHouse,
    session: OneTransaction,
) -> dict[str, Any]:
    """Sign the frozen list with one's own key; needs a fresh sign-in."""
    batch = approve(
        session, actor, house.signing, batch_id=batch_id, manifest_sha256=given.manifest_sha256, opinion=given.opinion,
        cooling_days=house.settings.destruction_cooling_days, zone=house.settings.zone,
    )  # fmt: skip
    return whole_view(session, batch)


@router.post("/{batch_id}/reject")
def post_reject(
    batch_id: BatchId, given: RejectIn, actor: Annotated[Actor, Needs(Right.APPROVE)], session: OneTransaction
) -> dict[str, Any]:
    """Send the batch back; its documents can be appraised anew."""
    return whole_view(session, reject(session, actor, batch_id, given.reason))


@router.post("/{batch_id}/reject-items")
def post_reject_items(
    batch_id: BatchId,
    given: RejectItemsIn,
    actor: Annotated[Actor, Needs(Right.APPROVE)],
    house: TheHouse,
    session: OneTransaction,
) -> dict[str, Any]:
    """Send single documents back: the rest is a new list, to be signed anew."""
    batch = reject_items(
        session, actor, batch_id, documents=frozenset(given.document_ids), reason=given.reason,
        fonds=house.settings.fonds, zone=house.settings.zone,
    )  # fmt: skip
    return whole_view(session, batch)


@router.post("/{batch_id}/replace-approver")
def post_replace_approver(
    batch_id: BatchId, given: ReplaceIn, actor: Annotated[Actor, Needs(Right.AUTHORITY)], session: OneTransaction
) -> dict[str, Any]:
    """Void the signature of an approver who left, so that another can sign; by the security officer."""
    batch = replace_approver(session, actor, batch_id, given.person_id, given.reason)
    return {"id": batch.id, "state": batch.state, "approvals": len(batch.standing), "quorum": batch.quorum}


@router.post("/{batch_id}/refreeze")
def post_refreeze(
    batch_id: BatchId,
    given: RefreezeIn,
    actor: Annotated[Actor, Needs(Right.RECORDS)],
    house: TheHouse,
    session: OneTransaction,
) -> dict[str, Any]:
    """Freeze the list anew, with or without some documents; its signatures are void."""
    batch = refreeze(
        session, actor, batch_id, without=frozenset(given.without), fonds=house.settings.fonds,
        zone=house.settings.zone,
    )  # fmt: skip
    return whole_view(session, batch)


@router.post("/{batch_id}/let-stay")
def post_let_stay(
    batch_id: BatchId, given: RejectIn, actor: Annotated[Actor, Needs(Right.RECORDS)], session: OneTransaction
) -> dict[str, Any]:
    """End a partial batch without the documents that could not go; the certificate names them as kept."""
    return whole_view(session, let_stay(session, actor, batch_id, given.reason))


@router.post("/{batch_id}/cancel")
def post_cancel(
    batch_id: BatchId, given: RejectIn, actor: Annotated[Actor, Needs(Right.RECORDS)], session: OneTransaction
) -> dict[str, Any]:
    """Give the batch up before anything was destroyed."""
    return whole_view(session, cancel(session, actor, batch_id, given.reason))


@router.post("/{batch_id}/execute", status_code=202)
def post_execute(
    batch_id: BatchId,
    given: ExecuteIn,
    actor: Annotated[Actor, Needs(Right.RECORDS)],
    house: TheHouse,
    session: OneTransaction,
) -> dict[str, Any]:
    """Begin the destruction under two supervisors; the destroying worker carries it out."""
    batch = begin(session, actor, batch_id=batch_id, supervisors=given.supervisors, zone=house.settings.zone)
    return whole_view(session, batch)


@router.post("/{batch_id}/confirm")
def post_confirm(
    batch_id: BatchId,
    given: ConfirmIn,
    actor: Annotated[Actor, Needs(Right.SUPERVISE)],
    house: TheHouse,
    session: OneTransaction,
) -> dict[str, Any]:
    """Sign, as a supervisor, what one saw; after the second the certificate is issued."""
    return whole_view(session, confirm(session, actor, house, batch_id=batch_id, observed=given.observed))


@router.post("/{batch_id}/look-again", status_code=202)
def post_look_again(
    batch_id: BatchId, actor: Annotated[Actor, Needs(Right.RECORDS)], session: OneTransaction
) -> dict[str, Any]:
    """Begin the later looks that were given up anew, once the store was put right."""
    batch = the_batch(session, actor, batch_id, lock=True)
    look_again(session, actor, batch)
    return whole_view(session, batch)
