"""The paper originals of a destruction batch: what becomes of them, and who watches."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from archive.access import Actor
from archive.rights import Right
from retention.paper import PLACE_MAX, Fate, PaperPlan, confirm_paper, keep_paper, name_paper_supervisors, plan_paper
from service.api.destruction_batches import BatchId, ConfirmIn, ExecuteIn, RejectIn, whole_view
from service.body import StrictRoute
from service.edge import Needs, OneTransaction, TheHouse
from service.shapes import In

router = APIRouter(prefix="/destruction-batches", tags=["retention"], route_class=StrictRoute)

Officer = Annotated[Actor, Needs(Right.RECORDS)]
Words = Annotated[str, StringConstraints(max_length=PLACE_MAX, strip_whitespace=True)]


class PaperIn(In):
    """What becomes of the paper: where it is or goes, and how it is destroyed."""

    fate: Annotated[Fate, Field(strict=False)]
    place: Words
    method: Words = ""


@router.post("/{batch_id}/paper")
def post_paper(
    batch_id: BatchId, given: PaperIn, actor: Officer, house: TheHouse, session: OneTransaction
) -> dict[str, Any]:
    """Say what becomes of the paper, before execution; the list is a new one and its signatures are void."""
    plan, settings = PaperPlan(given.fate, given.place, given.method), house.settings
    return whole_view(session, plan_paper(session, actor, batch_id, plan, fonds=settings.fonds, zone=settings.zone))


@router.post("/{batch_id}/paper/supervisors")
def post_paper_supervisors(
    batch_id: BatchId, given: ExecuteIn, actor: Officer, session: OneTransaction
) -> dict[str, Any]:
    """Name the two who watch the paper's destruction; nobody with another part in the batch."""
    return whole_view(session, name_paper_supervisors(session, actor, batch_id, given.supervisors))


@router.post("/{batch_id}/paper/confirm")
def post_paper_confirmation(
    batch_id: BatchId,
    given: ConfirmIn,
    actor: Annotated[Actor, Needs(Right.SUPERVISE)],
    house: TheHouse,
    session: OneTransaction,
) -> dict[str, Any]:
    """Sign, as one of the paper's supervisors, what one saw; needs a fresh sign-in."""
    return whole_view(session, confirm_paper(session, actor, house, batch_id=batch_id, observed=given.observed))


@router.post("/{batch_id}/paper/keep")
def post_paper_kept(
    batch_id: BatchId, given: RejectIn, actor: Officer, house: TheHouse, session: OneTransaction
) -> dict[str, Any]:
    """After execution: the paper is not destroyed, it is kept; the certificate says so."""
    return whole_view(session, keep_paper(session, actor, house, batch_id=batch_id, reason=given.reason))
