"""How the installation does: its parts, its queues."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter
from sqlalchemy import func, select

from archive.access import Actor
from archive.documents import Document
from archive.jobs import Job, depth
from archive.rights import Right
from service import health
from service.edge import Needs, Reading, TheEngine, TheHouse, TheSites

router = APIRouter(prefix="/status", tags=["health"])


@router.get("")
def get_status(
    actor: Annotated[Actor, Needs(Right.HEALTH)],
    house: TheHouse,
    engine: TheEngine,
    sites: TheSites,
    session: Reading,
) -> dict[str, Any]:
    """Parts, open jobs by kind, jobs given up, documents by state; numbers only, no papers."""
    del actor
    states = session.execute(
        select(Document.state, func.count())
        .where(Document.destroyed_at.is_(None), Document.withdrawn.is_(None))
        .group_by(Document.state)
    )
    given_up = select(func.count()).select_from(Job).where(Job.state == "quarantined")
    return {
        "parts": [asdict(part) for part in health.parts(house, engine, sites)],
        "jobs": depth(session),
        "given_up": session.scalar(given_up),
        "documents": {state: count for state, count in states},  # noqa: C416 - rows are no pairs to the type checker,
    }
