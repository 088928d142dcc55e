"""日志: everything, newest first, a sentence an entry; what looks unusual in it, for auditors."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from archive.access import Actor
from archive.anchors import anchored
from archive.audit import Act
from archive.log import verify_log
from archive.rights import Right, Role
from archive.signing import Purpose
from service.api.audit import get_anomalies, get_audit
from service.edge import Needs, Reading, TheHouse
from service.log_filters import Filter
from service.web.answers import show
from service.web.naming import MACHINES, people_named, person_called

router = APIRouter(prefix="/log")
Anybody = Annotated[Actor, Needs(Right.LOG)]


@router.get("")
def log_page(
    request: Request, actor: Anybody, house: TheHouse, session: Reading, subject: str = "", by: str = "",
    action: str = "", document: str = "", since: str = "", until: str = "", cursor: str = "",
) -> Response:  # fmt: skip
    """Entries that the person may see."""
    who = person_called(session, by)
    asked_for = Filter(subject, who, action, document, _day(since), _day(until))
    found = get_audit(actor, house, session, asked_for, cursor=cursor)
    entries = found["entries"]
    names = people_named(session, (entry[part] for entry in entries for part in ("actor", "subject")))
    asked = {
        "subject": subject,
        "by": names.get(by, by),
        "action": action,
        "document": document,
        "since": since,
        "until": until,
    }
    given = {name: value for name, value in asked.items() if value and (name not in {"since", "until"} or _day(value))}
    listed = {name: value for name, value in given.items() if name != "by"} | ({"actor": who} if who else {})
    return show(
        request, "log.html", entries=entries, cursor=found["cursor"], names=names, machines=MACHINES,
        asked=asked, query=urlencode(given), as_list=urlencode(listed),
        acts=[act.value for act in Act], auditing=Role.AUDITOR in actor.roles,
    )  # fmt: skip


def _day(text: str) -> date | None:
    """The day of a form's field, None for an empty one or a half-typed one."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@router.get("/anomalies")
def anomalies_page(
    request: Request, actor: Anybody, house: TheHouse, session: Reading, since: str = "", until: str = ""
) -> Response:
    """What looks unusual, day by day."""
    found = get_anomalies(actor, house, session, since=_day(since), until=_day(until)).items
    names = people_named(session, [str(each["actor"]) for each in found])
    return show(request, "anomalies.html", found=found, names=names, since=since, until=until)


@router.post("/verify")
def post_verify(
    request: Request, actor: Annotated[Actor, Needs(Right.LOG)], house: TheHouse, session: Reading
) -> Response:
    """Recompute the whole tree and say what holds, or the first place that does not."""
    if Role.AUDITOR not in actor.roles:
        actor.need(Right.PROOFS)
    found = verify_log(session, house.signing.installation(Purpose.CHECKPOINT), house.vault, anchored(house))
    return show(request, "verified.html", found=found)
