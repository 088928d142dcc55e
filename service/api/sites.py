"""The sites beside the primary, in figures."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter

from archive.access import Actor
from archive.rights import Right
from archive.site_figures import site_figures
from service.edge import Needs, Reading, TheHouse

router = APIRouter(prefix="/sites", tags=["health"])


@router.get("")
def get_sites(
    actor: Annotated[Actor, Needs(Right.REPLICAS_VIEW, Right.HEALTH)], house: TheHouse, session: Reading
) -> list[dict[str, Any]]:
    """What each site has, what it lacks and since when (`lag` in seconds), since when it is away, its sets."""
    del actor
    return [asdict(one) for one in site_figures(session, house.settings.sets_every_minutes)]
