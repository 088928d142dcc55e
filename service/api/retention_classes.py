"""Retention classes: proposed, listed, approved by another person."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from archive.access import Actor
from archive.rights import Right
from retention.classes import RetentionClass, approve, classes, propose
from retention.terms import LEAST_APPROVERS, MOST_APPROVERS, Action, Counts, Event, Level, StartRule, Terms
from service.body import StrictRoute
from service.edge import Needs, OneTransaction, Reading
from service.shapes import Code, In, Items, Short
from service.views import moment

router = APIRouter(prefix="/retention-classes", tags=["retention"], route_class=StrictRoute)

Years = Annotated[int, Field(ge=1, le=1000)]


class ClassIn(In):
    """A class as proposed; `period_years` null is permanent."""

    code: Annotated[Code, Field(max_length=20)]
    title: Short
    period_years: Years | None
    events: Annotated[list[Annotated[Event, Field(strict=False)]], Field(min_length=1, max_length=15)]
    counts: Annotated[Counts, Field(strict=False)] = Counts.LAST
    start_rule: Annotated[StartRule, Field(strict=False)]
    action: Annotated[Action, Field(strict=False)]
    basis: Annotated[str, Field(min_length=1, max_length=500)]
    level: Annotated[Level, Field(strict=False)] = Level.DOCUMENT
    floor_years: Years | None = None
    ceiling_years: Years | None = None
    approvers: Annotated[int, Field(ge=LEAST_APPROVERS, le=MOST_APPROVERS)] = LEAST_APPROVERS
    scope_note: Annotated[str, Field(max_length=500)] = ""

    def parsed(self) -> Terms:
        """As the schedule takes it."""
        return Terms(
            code=self.code, title=self.title, period_years=self.period_years, events=tuple(self.events),
            start_rule=self.start_rule, action=self.action, basis=self.basis, counts=self.counts, level=self.level,
            floor_years=self.floor_years, ceiling_years=self.ceiling_years, scope_note=self.scope_note,
            approvers=self.approvers,
        )  # fmt: skip


class CodesIn(In):
    """The classes to approve; `versions` are those that were looked at, by code: another one is not approved (409)."""

    codes: Annotated[list[Code], Field(min_length=1, max_length=500)]
    versions: Annotated[dict[Code, Annotated[int, Field(ge=1)]], Field(max_length=500, default_factory=dict)]


def class_view(row: RetentionClass) -> dict[str, Any]:
    """One version of a class."""
    return {
        "code": row.code,
        "version": row.version,
        "status": row.status,
        "title": row.title,
        "period_years": row.period_years,
        "events": list(row.events),
        "counts": row.counts,
        "start_rule": row.start_rule,
        "action": row.action,
        "basis": row.basis,
        "level": row.level,
        "floor_years": row.floor_years,
        "ceiling_years": row.ceiling_years,
        "approvers": row.approvers,
        "proposed_by": row.proposed_by,
        "approved_by": row.approved_by,
        "approved_at": moment(row.approved_at),
    }


@router.post("", status_code=201)
def post_class(
    given: ClassIn, actor: Annotated[Actor, Needs(Right.RECORDS)], session: OneTransaction
) -> dict[str, Any]:
    """Propose a class, or a new version of a known code."""
    return class_view(propose(session, actor, given.parsed()))


@router.get("")
def get_classes(
    actor: Annotated[Actor, Needs(Right.RECORDS, Right.APPROVE, Right.CORRECT, Right.PROOFS)], session: Reading
) -> Items:
    """The schedule: of each code the version in force and one that waits for approval."""
    del actor
    return Items(items=[class_view(row) for row in classes(session)])


@router.post("/approve")
def post_approve(given: CodesIn, actor: Annotated[Actor, Needs(Right.APPROVE)], session: OneTransaction) -> Items:
    """Approve classes that somebody else proposed, in the versions that were looked at."""
    return Items(items=[class_view(row) for row in approve(session, actor, given.codes, given.versions)])
