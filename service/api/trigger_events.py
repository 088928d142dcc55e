"""Trigger events: what happened to a document, folder or customer, so that periods begin."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from archive.access import Actor
from archive.base import today
from archive.rights import Right
from retention.event_lists import look_at, record_list
from retention.events import EventOrder, TriggerEvent, ask_first, dated_later, events_of, record_event
from retention.subjects import Subject, SubjectKind, check_visible
from retention.terms import Event
from service.body import StrictRoute
from service.edge import Needs, OneTransaction, Reading, TheHouse, storage_scope_of
from service.shapes import Day, Id, In, Items, Reason
from service.shapes import Subject as SubjectIn
from service.views import day, moment

router = APIRouter(prefix="/trigger-events", tags=["retention"], route_class=StrictRoute)


class EventIn(In):
    """What happened, to whom, when, and how it is known. `supersedes` corrects an earlier entry.

    An event that is earlier than papers that it reaches is recorded and told of in `warnings`; with `confirm` false it
    is refused (409 `event_before_papers`), to be sent again with `confirm` true.
    """

    event: Annotated[Event, Field(strict=False)]
    subject: SubjectIn
    occurred_on: Day
    evidence: Reason
    supersedes: Id | Literal[""] = ""
    confirm: bool | None = None


def event_view(row: TriggerEvent) -> dict[str, Any]:
    """An event as recorded."""
    return {
        "id": row.id,
        "event": row.event,
        "subject": {"kind": row.subject_kind, "id": row.subject_id},
        "occurred_on": day(row.occurred_on),
        "evidence": row.evidence,
        "entered_by": row.entered_by,
        "entered_at": moment(row.entered_at),
        "superseded_by": row.superseded_by,
    }


@router.post("", status_code=201)
def post_event(
    given: EventIn, actor: Annotated[Actor, Needs(Right.RECORDS)], house: TheHouse, session: OneTransaction
) -> dict[str, Any]:
    """Record an event; due dates follow from it at once."""
    subject = Subject(SubjectKind(given.subject.kind), given.subject.id)
    order = EventOrder(given.event, subject, given.occurred_on, given.evidence, given.supersedes)
    scope, day_here = storage_scope_of(session, actor), today(house.settings.zone)
    if given.confirm is False:
        ask_first(session, scope, order)
    row = record_event(session, actor, scope, order, today=day_here)
    later = dated_later(session, scope, subject, order.occurred_on)
    warnings = [{"code": "event_before_papers", "documents": later}] if later else []
    return event_view(row) | {"warnings": warnings}


class ListIn(In):
    """A list of events as CSV: `event,code,occurred_on,evidence`; looked at only, unless `dry_run` is false."""

    csv: Annotated[str, Field(min_length=1, max_length=1_000_000)]
    dry_run: bool = True


@router.post("/import")
def post_list(
    given: ListIn, actor: Annotated[Actor, Needs(Right.RECORDS)], house: TheHouse, session: OneTransaction
) -> dict[str, Any]:
    """Look at a list of events line by line, or record it as a whole or not at all."""
    scope, on = storage_scope_of(session, actor), today(house.settings.zone)
    lines = look_at(session, actor, scope, given.csv, today=on)
    recorded = 0 if given.dry_run else len(record_list(session, actor, scope, lines, today=on))
    return {
        "recorded": recorded,
        "lines": [
            {
                "line": line.number,
                "code": line.code,
                "documents": line.documents,
                "problem": line.problem,
                "dated_later": line.later,
            }
            for line in lines
        ],
    }


@router.get("")
def get_events(
    kind: SubjectKind, subject: Id, actor: Annotated[Actor, Needs(Right.RECORDS)], session: Reading
) -> Items:
    """The events of one subject, superseded ones too."""
    asked = Subject(kind, subject)
    check_visible(session, storage_scope_of(session, actor), asked)
    return Items(items=[event_view(row) for row in events_of(session, asked)])
