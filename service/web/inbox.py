"""待办: what waits for a person, by kind, oldest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Annotated, Final

from fastapi import APIRouter, Request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from archive.access import Actor, ReadableScope
from archive.base import today
from archive.documents import Document, State
from archive.house import House
from archive.readable import readable
from archive.rights import Right
from retention.inbox import Matter, inbox, standing
from service.edge import Needs, Reading, TheHouse, scope_of, storage_scope_of
from service.web.answers import show

router = APIRouter()
REMEMBERED: Final = 15.0
"""Seconds for which counts are good enough."""
MOST_PEOPLE: Final = 10_000
STUCK: Final = (State.REVIEW.value, State.NEEDS_PASSWORD.value, State.QUARANTINED.value)
PATHS: Final[Mapping[Matter, str]] = {
    Matter.APPROVE_CLASSES: "/classes",
    Matter.APPROVE_BATCH: "/destruction/{id}",
    Matter.LIFT_HOLD: "/holds#{id}",
    Matter.DECIDE_APPRAISAL: "/appraisals/{id}",
    Matter.PROPOSE_BATCH: "/appraisals/{id}",
    Matter.EXECUTE_BATCH: "/destruction/{id}",
    Matter.RESUME_BATCH: "/destruction/{id}",
    Matter.CONFIRM_BATCH: "/destruction/{id}",
    Matter.CONFIRM_PAPER: "/destruction/{id}",
    Matter.APPRAISE_DUE: "/schedule",
    Matter.PASSWORD_RESET: "/account",
    Matter.ANSWER_REQUEST: "/erasures/{id}",
    Matter.LIFT_RESTRICTION: "/restrictions",
}


@router.get("/inbox")
def inbox_page(
    request: Request, actor: Annotated[Actor, Needs(Right.SELF)], house: TheHouse, session: Reading
) -> Response:
    """Everything that waits for this person."""
    scope = storage_scope_of(session, actor)
    on = today(house.settings.zone)
    waiting = [(each, PATHS[each.matter].format(id=each.id)) for each in inbox(session, actor, scope, on)]
    records = standing(session, actor, scope, on) if Right.RECORDS in actor.rights else None
    return show(request, "inbox.html", waiting=waiting, stuck=stuck(session, actor), records=records)


def stuck(session: Session, actor: Actor) -> Mapping[str, int]:
    """How many documents need this person, by state."""
    if Right.CORRECT not in actor.rights:
        return {}
    rows = session.execute(
        select(Document.state, func.count())
        .where(Document.state.in_(STUCK), readable(scope_of(session, actor)))
        .where(Document.destroyed_at.is_(None), Document.withdrawn.is_(None))
        .group_by(Document.state)
    )
    return {str(state): int(count) for state, count in rows}


def waiting_counts(house: House, actor: Actor) -> Mapping[str, int]:
    """How much waits for a person, by place in the left column."""
    counts: Counter[str] = Counter()
    with house.database.reading() as session:
        counts["review"] = sum(stuck(session, actor).values())
        scope = storage_scope_of(session, actor)
        counts["inbox"] = len(inbox(session, actor, scope, today(house.settings.zone))) + (counts["review"] > 0)
    return counts


@dataclass
class Badges:
    """The counts beside the places, remembered for moments: every page shows them, and counting asks many rows."""

    remembered: dict[ReadableScope, tuple[float, Mapping[str, int]]] = field(default_factory=dict)

    def of(self, house: House, actor: Actor, *, anew: bool) -> Mapping[str, int]:
        """The counts for a person; `anew` after an act of theirs. Who may read something else is counted for anew."""
        at = monotonic()
        with house.database.reading() as session:
            scope = scope_of(session, actor)
        known = self.remembered.get(scope)
        if known and not anew and at - known[0] < REMEMBERED:
            return known[1]
        if len(self.remembered) > MOST_PEOPLE:
            self.remembered.clear()
        counts = waiting_counts(house, actor)
        self.remembered[scope] = (at, counts)
        return counts
