"""运行状况: what is good and what is not, with what to do; queues, jobs given up, settings; no scans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request
from sqlalchemy import select
from starlette.responses import Response

from archive.access import Actor
from archive.given_up import AGAIN, try_again
from archive.jobs import Job, JobState
from archive.rights import Right
from archive.settings import Settings
from service.edge import Needs, OneTransaction, Reading, TheEngine, TheHouse, TheSites
from service.health import parts
from service.metrics import Metrics
from service.standing import Bytes, Grade, Line, standing, worst
from service.web import formats
from service.web.answers import frame_of, go, show
from service.web.language import known
from service.web.render import Frame

router = APIRouter(prefix="/health")
SHOWN: tuple[str, ...] = (
    "timezone", "fonds", "own_names", "engine", "sandbox", "destruction_cooling_days", "max_upload_mib", "workers",
)  # fmt: skip
"""Settings that say nothing secret: no address with a credential is among them."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A line in the words of the page; `do` is empty where all is well."""

    grade: Grade
    name: str
    says: str
    detail: str
    do: str


@router.get("")
def health_page(
    request: Request,
    actor: Annotated[Actor, Needs(Right.HEALTH, Right.SETTINGS)],
    house: TheHouse,
    engine: TheEngine,
    sites: TheSites,
    session: Reading,
) -> Response:
    """Every part asked now, figures of a moment ago, quarantined jobs, settings."""
    del actor
    metrics: Metrics = request.app.state.metrics
    figures, frame = metrics.gauges.read(), frame_of(request)
    lines = standing(list(parts(house, engine, sites)), figures)
    broken = session.scalars(
        select(Job).where(Job.state == JobState.QUARANTINED.value).order_by(Job.finished_at.desc()).limit(50)
    )
    return show(
        request, "health.html", lines=[_shown(frame, line) for line in lines], worst=worst(lines), figures=figures,
        counts=Counter(line.grade.value for line in lines), waits=_waits(frame, figures.quick.at),
        broken=list(broken), again=AGAIN, settings=_settings(house.settings),
    )  # fmt: skip


@router.post("/jobs/{job_id}/again")
def post_again(job_id: str, actor: Annotated[Actor, Needs(Right.SETTINGS)], session: OneTransaction) -> Response:
    """Have a job that was given up tried anew."""
    try_again(session, actor, job_id)
    return go("/health", "tried_again")


def _shown(frame: Frame, line: Line) -> Shown:
    """What is away says so in our words, and how in its own; what is well may have a shorter sentence."""
    values = {name: _written(frame, value) for name, value in line.values.items()}
    if line.grade is Grade.GOOD:
        brief = f"line.{line.name}_well"
        says = frame.say(brief if known(frame.language, brief) else f"line.{line.name}_says", **values)
        return Shown(line.grade, frame.word("line", line.name), says, "", "")
    says = frame.say("health.away") if line.detail else frame.say(f"line.{line.name}_says", **values)
    return Shown(line.grade, frame.word("line", line.name), says, line.detail, frame.say(f"line.{line.name}_do"))


def _written(frame: Frame, value: object) -> str:
    if isinstance(value, timedelta):
        unit, count = formats.lasting(value)
        return frame.say(f"line.{unit}", count=count)
    if isinstance(value, Bytes):
        return formats.size(value.count)
    if isinstance(value, str):
        return value
    return formats.count(value) if isinstance(value, int) else "—"


def _waits(frame: Frame, at: datetime) -> Callable[[datetime | None], str]:
    """How long something waits since a moment, for the template."""
    return lambda since: _written(frame, at - since) if since else "—"


def _settings(settings: Settings) -> list[tuple[str, Any]]:
    """Name and value as they are in force; a list with its names apart."""
    found = []
    for name in SHOWN:
        value = getattr(settings, name)
        found.append((f"ANJUAN_{name.upper()}", "; ".join(value) if isinstance(value, tuple) else value))
    return found
