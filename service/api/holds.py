"""Holds: placed by one person, lifted by two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import Field, StringConstraints

from archive.access import Actor
from archive.rights import Right
from retention.hold_queries import WORDS_MAX, Query
from retention.holds import Ground, Hold, HoldOrder, holds, lift_hold, place_hold, query_of, seen_subjects
from retention.subjects import Subject, SubjectKind
from service.body import StrictRoute
from service.edge import Needs, OneTransaction, Reading, storage_scope_of
from service.shapes import UUID, Code, Day, Id, In, Items, Reason, Short
from service.shapes import Subject as SubjectIn
from service.views import moment

router = APIRouter(prefix="/holds", tags=["retention"], route_class=StrictRoute)

HoldId = Annotated[str, Path(pattern=UUID)]


class QueryIn(In):
    """What a hold looks for, now and whenever a paper comes in; each field that is given has to fit.

    `words`, parted by blanks, have each to stand on the paper. Until a worker has looked, all that fits else is held.
    """

    document_type: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")] | None = None
    retention_class: Code | None = None
    department_id: Id | None = None
    dated_from: Day | None = None
    dated_until: Day | None = None
    customer_id: Id | None = None
    words: Annotated[str, StringConstraints(min_length=1, max_length=WORDS_MAX, strip_whitespace=True)] | None = None


class HoldIn(In):
    """What must stay, and why: subjects, or what a query finds, or both."""

    title: Short
    reason: Reason
    subjects: Annotated[list[SubjectIn], Field(max_length=500)] = Field(default_factory=list)
    query: QueryIn | None = None
    ground: Annotated[Ground, Field(strict=False)] = Ground.HOLD

    def parsed(self) -> HoldOrder:
        """As the use case takes it."""
        subjects = [Subject(SubjectKind(subject.kind), subject.id) for subject in self.subjects]
        query = Query(**self.query.model_dump()) if self.query else None
        return HoldOrder(self.title, self.reason, subjects, self.ground, query)


class LiftIn(In):
    """Why it may be lifted."""

    reason: Reason


def hold_view(hold: Hold, subjects: Sequence[Subject]) -> dict[str, Any]:
    """A hold with those of its subjects that the reader may see, who asked to lift it, and whether it stands."""
    return {
        "id": hold.id,
        "title": hold.title,
        "reason": hold.reason,
        "ground": hold.ground,
        "subjects": [{"kind": subject.kind.value, "id": subject.id} for subject in subjects],
        "query": query_of(hold).told() if hold.query else None,
        "placed_by": hold.placed_by,
        "placed_at": moment(hold.placed_at),
        "lift_asked_by": hold.lift_asked_by,
        "lift_asked_at": moment(hold.lift_asked_at),
        "lifted_by": hold.lifted_by,
        "lifted_at": moment(hold.lifted_at),
    }


@router.post("", status_code=201)
def post_hold(given: HoldIn, actor: Annotated[Actor, Needs(Right.RECORDS)], session: OneTransaction) -> dict[str, Any]:
    """Place a hold: from now on nothing of its subjects is destroyed or changed."""
    hold = place_hold(session, actor, storage_scope_of(session, actor), given.parsed())
    return hold_view(hold, [row.subject for row in hold.subjects])


@router.get("")
def get_holds(actor: Annotated[Actor, Needs(Right.RECORDS)], session: Reading, lifted: bool = False) -> Items:
    """The holds that stand, or those that were lifted."""
    listed = holds(session, lifted=lifted)
    seen = seen_subjects(session, storage_scope_of(session, actor), listed)
    return Items(items=[hold_view(row, seen[row.id]) for row in listed if row.id in seen])


@router.post("/{hold_id}/lift")
def post_lift(
    hold_id: HoldId,
    given: LiftIn,
    actor: Annotated[Actor, Needs(Right.RECORDS)],
    session: OneTransaction,
    response: Response,
) -> dict[str, Any]:
    """Ask for the hold to be lifted (202); a second person's call lifts it (200)."""
    hold, lifted = lift_hold(session, actor, storage_scope_of(session, actor), hold_id, given.reason)
    response.status_code = 200 if lifted else 202
    return hold_view(hold, seen_subjects(session, storage_scope_of(session, actor), [hold])[hold.id])
