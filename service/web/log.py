"""日志: everything, newest first, a sentence an entry."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from archive.access import Actor
from archive.anchors import anchored
from archive.audit import Act
from archive.log import verify_log
from archive.rights import Right, Role
from archive.signing import Purpose
from service.api.audit import get_audit
from service.edge import Needs, Reading, TheHouse
from service.web.answers import show
from service.web.naming import MACHINES, people_named

router = APIRouter(prefix="/log")
Anybody = Annotated[Actor, Needs(Right.LOG)]


@router.get("")
def log_page(
    request: Request, actor: Anybody, house: TheHouse, session: Reading, subject: str = "", by: str = "",
    action: str = "", cursor: str = "",
) -> Response:  # fmt: skip
    """Entries that the person may see."""
    found = get_audit(actor, house, session, subject=subject, by=by, action=action, cursor=cursor)
    names = people_named(
        session, [entry["actor"] for entry in found["entries"]] + [entry["subject"] for entry in found["entries"]]
    )
    return show(
        request, "log.html", entries=found["entries"], cursor=found["cursor"], names=names, machines=MACHINES,
        subject=subject, by=by, action=action, acts=[act.value for act in Act], may_verify=Role.AUDITOR in actor.roles,
    )  # fmt: skip


@router.post("/verify")
def post_verify(
    request: Request, actor: Annotated[Actor, Needs(Right.LOG)], house: TheHouse, session: Reading
) -> Response:
    """Recompute the whole tree and say what holds, or the first place that does not."""
    if Role.AUDITOR not in actor.roles:
        actor.need(Right.PROOFS)
    found = verify_log(session, house.signing.installation(Purpose.CHECKPOINT), house.vault, anchored(house))
    return show(request, "verified.html", found=found)
