"""恢复演练: the drills that were held, newest first, each with its signed report."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from archive.access import Actor
from archive.drills import drills, last_good, overdue
from archive.log import began
from archive.rights import Right
from service.edge import Needs, Reading, TheHouse
from service.web import formats
from service.web.answers import frame_of, show
from service.web.render import Frame

router = APIRouter(prefix="/drills")


@router.get("")
def drills_page(
    request: Request, actor: Annotated[Actor, Needs(Right.REPLICAS_VIEW)], house: TheHouse, session: Reading
) -> Response:
    """Drills, and whether one is due."""
    held, every = drills(session, actor), house.settings.drill_every_days
    due, frame = overdue(last_good(session), began(session), every), frame_of(request)
    spans = {row.no: (_span(frame, row.rpo_seconds), _span(frame, row.rto_seconds)) for row in held}
    return show(request, "drills.html", drills=held, due=due, every=every, spans=spans)


def _span(frame: Frame, seconds: int | None) -> str:
    if seconds is None:
        return "—"
    unit, count = formats.lasting(timedelta(seconds=seconds))
    return frame.say(f"line.{unit}", count=count)
