"""运行状况: what the installation stands on, what its workers have to do, and how it is set; no scans."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from sqlalchemy import func, select
from starlette.responses import Response

from archive.access import Actor
from archive.documents import Document
from archive.given_up import AGAIN, try_again
from archive.jobs import Job, JobState, depth
from archive.rights import Right
from archive.settings import Settings
from service.edge import Needs, OneTransaction, Reading, TheEngine, TheHouse
from service.health import parts
from service.web.answers import go, show

router = APIRouter(prefix="/health")
SHOWN: tuple[str, ...] = (
    "timezone", "fonds", "own_names", "engine", "sandbox", "destruction_cooling_days", "max_upload_mib", "workers",
)  # fmt: skip
"""Settings that say nothing secret: no address with a credential is among them."""


@router.get("")
def health_page(
    request: Request,
    actor: Annotated[Actor, Needs(Right.HEALTH, Right.SETTINGS)],
    house: TheHouse,
    engine: TheEngine,
    session: Reading,
) -> Response:
    """Every part asked now, queues, quarantined jobs, settings."""
    del actor
    states = session.execute(
        select(Document.state, func.count())
        .where(Document.destroyed_at.is_(None), Document.withdrawn.is_(None))
        .group_by(Document.state)
    )
    broken = session.scalars(
        select(Job).where(Job.state == JobState.QUARANTINED.value).order_by(Job.finished_at.desc()).limit(50)
    )
    return show(
        request, "health.html", parts=list(parts(house, engine)), jobs=depth(session),
        documents=[(state, count) for state, count in states], broken=list(broken), again=AGAIN,
        settings=_settings(house.settings),
    )  # fmt: skip


@router.post("/jobs/{job_id}/again")
def post_again(job_id: str, actor: Annotated[Actor, Needs(Right.SETTINGS)], session: OneTransaction) -> Response:
    """Have a job that was given up tried anew."""
    try_again(session, actor, job_id)
    return go("/health", "tried_again")


def _settings(settings: Settings) -> list[tuple[str, Any]]:
    """Name and value as they are in force; a list with its names apart."""
    found = []
    for name in SHOWN:
        value = getattr(settings, name)
        found.append((f"ANJUAN_{name.upper()}", "; ".join(value) if isinstance(value, tuple) else value))
    return found
