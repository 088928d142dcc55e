"""The paper originals of a destruction batch, on the batch's page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from archive.access import Actor
from archive.rights import Right
from retention.paper import Fate, PaperPlan, confirm_paper, keep_paper, name_paper_supervisors, plan_paper
from service.api.destruction_batches import ConfirmIn, ExecuteIn
from service.edge import Needs, OneTransaction, TheHouse
from service.web.answers import go
from service.web.forms import Secret, Text, Word, checked, one_of
from service.web.signing import signed_anew

router = APIRouter(prefix="/destruction/{batch_id}/paper")
Officer = Annotated[Actor, Needs(Right.RECORDS)]


@router.post("")
def post_paper(
    batch_id: str, actor: Officer, house: TheHouse, session: OneTransaction, fate: Word = "", place: Word = "",
    method: Word = "",
) -> Response:  # fmt: skip
    """Say what becomes of the paper; what was signed is void."""
    plan, settings = PaperPlan(one_of(Fate, fate, "fate"), place, method), house.settings
    plan_paper(session, actor, batch_id, plan, fonds=settings.fonds, zone=settings.zone)
    return go(f"/destruction/{batch_id}", "paper_planned")


@router.post("/supervisors")
def post_supervisors(
    batch_id: str, actor: Officer, session: OneTransaction, first: Word = "", second: Word = ""
) -> Response:
    """Name who watches the paper's destruction."""
    name_paper_supervisors(session, actor, batch_id, checked(ExecuteIn, supervisors=[first, second]).supervisors)
    return go(f"/destruction/{batch_id}", "saved")


@router.post("/confirm")
def post_confirmation(
    request: Request, batch_id: str, actor: Annotated[Actor, Needs(Right.SUPERVISE)], house: TheHouse,
    observed: Text = "", password: Secret = "",
) -> Response:  # fmt: skip
    """Sign, as one of the paper's supervisors, what one saw."""
    given = checked(ConfirmIn, observed=observed)
    fresh = signed_anew(request, house, actor, password)
    with house.database.transaction() as session:
        confirm_paper(session, fresh, house, batch_id=batch_id, observed=given.observed)
    return go(f"/destruction/{batch_id}", "confirmed")


@router.post("/keep")
def post_kept(batch_id: str, actor: Officer, house: TheHouse, session: OneTransaction, reason: Text = "") -> Response:
    """The paper stays after all."""
    keep_paper(session, actor, house, batch_id=batch_id, reason=reason)
    return go(f"/destruction/{batch_id}", "saved")
