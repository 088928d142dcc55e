"""保管: what is due, the retention classes, trigger events and holds."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from archive.access import Actor, ReadableScope
from archive.base import now, today
from archive.errors import Invalid
from archive.house import House
from archive.own_types import type_labels
from archive.rights import Right
from retention.appraisals import appraisals
from retention.batches import batches, state_of
from retention.calendar import YEARS, calendar, destroyed
from retention.classes import ClassStatus, approve, awaiting, classes, known_approvers, propose
from retention.event_lists import look_at, record_list
from retention.events import EventOrder, dated_later, events_of, record_event
from retention.hold_queries import Query
from retention.holds import Ground, HoldOrder, holds, lift_hold, place_hold, query_of, seen_subjects
from retention.schedule import Candidate, candidates
from retention.subjects import Subject, SubjectKind, check_visible, customer_numbered, subject_named
from retention.terms import Action, Counts, Event, Level, StartRule, Terms
from service.edge import Needs, OneTransaction, Reading, TheHouse, storage_scope_of
from service.views import shown_title
from service.web.answers import SEE_OTHER, go, show
from service.web.forms import LongText, Several, Text, Word, day, one_of, whole
from service.web.naming import code_of, path_of, people_named

router = APIRouter()
Keeper = Annotated[Actor, Needs(Right.RECORDS, Right.APPROVE, Right.PROOFS)]
Officer = Annotated[Actor, Needs(Right.RECORDS)]
Approver = Annotated[Actor, Needs(Right.APPROVE)]
SHOWN: Final = 100


@router.get("/schedule")
def schedule_page(request: Request, actor: Keeper, house: TheHouse, session: Reading, cursor: str = "") -> Response:
    """What is due and free, and how far appraisals and batches have come."""
    due: list[dict[str, Any]] = []
    onward = ""
    if Right.RECORDS in actor.rights:
        on = today(house.settings.zone)
        scope = storage_scope_of(session, actor)
        found, onward = candidates(session, scope, on, after=cursor, size=SHOWN)
        due = _lines(house, scope, found)
    return show(
        request, "schedule.html", due=due, cursor=onward, open_appraisals=appraisals(session, actor, finished=False),
        finished=appraisals(session, actor, finished=True)[:20],
        batches=[(row, state_of(row, now())) for row in batches(session, actor)[:50]],
        unapproved=sum(row.status == ClassStatus.PROPOSED for row in classes(session)),
    )  # fmt: skip


@router.get("/calendar")
def calendar_page(request: Request, actor: Keeper, house: TheHouse, session: Reading) -> Response:
    """What falls due in the next ten years, by class, and what was destroyed."""
    on, scope = today(house.settings.zone), storage_scope_of(session, actor)
    rows = calendar(session, scope, on)
    return show(
        request, "calendar.html", rows=rows, years=range(on.year, on.year + YEARS),
        most=max((count for row in rows for count in row.years.values()), default=1),
        destroyed=destroyed(session, actor, scope),
    )  # fmt: skip


def _lines(house: House, scope: ReadableScope, found: list[Candidate]) -> list[dict[str, Any]]:
    keys = house.vault.keys([each.document.id for each in found])
    return [
        {
            "id": each.document.id, "code": each.document.archival_code,
            "title": shown_title(keys[each.document.id], each.document, scope) if each.document.id in keys else "",
            "class": each.view.class_code, "due": each.view.due_date, "event": each.view.event,
            "event_date": each.view.event_date, "pages": each.document.page_count,
        }
        for each in found
    ]  # fmt: skip


@router.get("/classes")
def classes_page(request: Request, actor: Keeper, session: Reading) -> Response:
    """The schedule of classes; what waits for approval first."""
    rows = sorted(classes(session), key=lambda row: (row.status != ClassStatus.PROPOSED, row.code))
    return show(
        request, "classes.html", classes=rows, awaiting=awaiting(session, actor), events=list(Event),
        rules=list(StartRule), actions=list(Action), names=people_named(session, [row.approved_by for row in rows]),
    )  # fmt: skip


@router.post("/classes")
def post_class(
    actor: Officer,
    session: OneTransaction,
    code: Word = "",
    title: Word = "",
    period_years: Word = "",
    events: Several = [],  # noqa: B006 - FastAPI copies it
    counts: Word = "last",
    start_rule: Word = "",
    action: Word = "",
    basis: Text = "",
    level: Word = "document",
    floor_years: Word = "",
    ceiling_years: Word = "",
    approvers: Word = "",
) -> Response:
    """Propose a class, or a new version of one."""
    propose(
        session, actor,
        Terms(
            code=code.upper(), title=title, period_years=whole(period_years, "period_years"),
            events=tuple(one_of(Event, event, "events") for event in events),
            start_rule=one_of(StartRule, start_rule, "start_rule"), action=one_of(Action, action, "action"),
            basis=basis, counts=one_of(Counts, counts, "counts"), level=one_of(Level, level, "level"),
            floor_years=whole(floor_years, "floor_years"), ceiling_years=whole(ceiling_years, "ceiling_years"),
            approvers=whole(approvers, "approvers") or known_approvers(session, code.upper()),
        ),
    )  # fmt: skip
    return go("/classes", "proposed")


@router.post("/classes/approve")
def post_approve(actor: Approver, session: OneTransaction, codes: Several = []) -> Response:  # noqa: B006 - as above
    """Approve the very versions that were ticked, each named as `CODE:version`."""
    pairs = [value.rpartition(":") for value in codes]
    approve(session, actor, [code for code, _, _ in pairs], {code: _version(number) for code, _, number in pairs})
    return go("/classes", "approved")


def _version(number: str) -> int:
    """The version in a form; a form without one is not of this page."""
    found = whole(number, "versions")
    if found is None:
        raise Invalid("Load the page again, then approve.", errors=[{"field": "versions", "code": "missing"}])
    return found


@router.get("/events")
def events_page(request: Request, actor: Officer, session: Reading, kind: str = "", id: str = "") -> Response:  # noqa: A002 - the address
    """Record what happened to a document, folder or customer, beside what is recorded already."""
    subject = Subject(one_of(SubjectKind, kind, "kind"), id) if id else None
    if subject is not None:
        check_visible(session, storage_scope_of(session, actor), subject)
    blank = {"event": Event.CONTRACT_PERFORMED.value, "occurred_on": "", "evidence": "", "supersedes": ""}
    return _events_page(request, session, subject, blank)


def _events_page(
    request: Request, session: Session, subject: Subject | None, typed: dict[str, str], later: int = 0
) -> Response:
    """The form with what was typed, and what is known of its subject. `later`: papers dated after the event."""
    known = events_of(session, subject) if subject else []
    code = code_of(session, subject.kind.value, subject.id) if subject else ""
    return show(
        request, "events.html", known=known, events=list(Event), code=code, typed=typed, later=later,
        names=people_named(session, [row.entered_by for row in known]),
    )  # fmt: skip


@router.post("/events")
def post_event(
    request: Request,
    actor: Officer,
    house: TheHouse,
    session: OneTransaction,
    code: Word = "",
    event: Word = "",
    occurred_on: Word = "",
    evidence: Text = "",
    supersedes: Word = "",
    sure: Word = "",
) -> Response:
    """Record an event; one that is earlier than papers that it would reach is asked about first."""
    scope = storage_scope_of(session, actor)
    subject = subject_named(session, scope, code)
    order = EventOrder(one_of(Event, event, "event"), subject, day(occurred_on, "occurred_on"), evidence, supersedes)
    if not sure and (later := dated_later(session, scope, subject, order.occurred_on)):
        typed = {"event": event, "occurred_on": occurred_on, "evidence": evidence, "supersedes": supersedes}
        return _events_page(request, session, subject, typed, later)
    record_event(session, actor, scope, order, today=today(house.settings.zone))
    return go("/events", "event_recorded", kind=subject.kind.value, id=subject.id)


@router.post("/events/list")
def post_event_list(
    request: Request, actor: Officer, house: TheHouse, session: OneTransaction, text: LongText = "", record: Word = "",
    sure: Word = "",
) -> Response:  # fmt: skip
    """Look at a list of events, or record it as a whole; events that are earlier than papers are asked about first."""
    scope, on = storage_scope_of(session, actor), today(house.settings.zone)
    lines = look_at(session, actor, scope, text, today=on)
    if record and (sure or not any(line.later for line in lines)):
        record_list(session, actor, scope, lines, today=on)
        return go("/events", "event_recorded")
    return show(request, "event_list.html", text=text, lines=lines, events=list(Event))


@router.get("/holds")
def holds_page(request: Request, actor: Keeper, session: Reading, kind: str = "", id: str = "") -> Response:  # noqa: A002 - the address
    """The holds that stand, and those that were lifted."""
    scope = storage_scope_of(session, actor)
    seen = seen_subjects(session, scope, [*holds(session), *holds(session, lifted=True)])
    standing = [hold for hold in holds(session) if hold.id in seen]
    lifted = [hold for hold in holds(session, lifted=True) if hold.id in seen][:100]
    shown = [*standing, *lifted]
    about = {
        hold.id: [
            (each.kind, code_of(session, each.kind, each.id), path_of(each.kind, each.id)) for each in seen[hold.id]
        ]
        for hold in shown
    }
    if id:
        check_visible(session, scope, Subject(one_of(SubjectKind, kind, "kind"), id))
    people = [each for hold in shown for each in (hold.placed_by, hold.lift_asked_by, hold.lifted_by)]
    return show(
        request, "holds.html", holds=standing, lifted=lifted, about=about, names=people_named(session, people),
        code=code_of(session, kind, id) if id else "", me=actor.id, types=tuple(type_labels(session)),
        classes=sorted({row.code for row in classes(session)}),
        sought={hold.id: _sought(session, query_of(hold)) for hold in shown if hold.query},
    )  # fmt: skip


def _sought(session: Session, query: Query) -> dict[str, str]:
    """What a query looks for, as people call it."""
    told = query.told()
    return told | ({"customer_id": code_of(session, "customer", query.customer_id)} if query.customer_id else {})


@router.get("/holds/{hold_id}")
def hold_page(hold_id: str, actor: Keeper) -> Response:
    """One hold, in its list."""
    del actor
    return RedirectResponse(f"/holds#{hold_id}", SEE_OTHER)


@router.post("/holds")
def post_hold(
    actor: Officer,
    session: OneTransaction,
    title: Word = "",
    reason: Text = "",
    codes: Text = "",
    ground: Word = "hold",
    document_type: Word = "",
    retention_class: Word = "",
    dated_from: Word = "",
    dated_until: Word = "",
    customer: Word = "",
    words: Word = "",
) -> Response:
    """Place a hold over what the codes name, one a line, and over what fits the query if one is given."""
    scope = storage_scope_of(session, actor)
    subjects = [subject_named(session, scope, code) for code in codes.split() if code]
    query = Query(
        document_type=document_type or None, retention_class=retention_class or None,
        dated_from=day(dated_from, "dated_from") if dated_from else None,
        dated_until=day(dated_until, "dated_until") if dated_until else None,
        customer_id=customer_numbered(session, customer) if customer else None, words=words or None,
    )  # fmt: skip
    order = HoldOrder(title, reason, subjects, one_of(Ground, ground, "ground"), query if query.told() else None)
    place_hold(session, actor, scope, order)
    return go("/holds", "hold_placed")


@router.post("/holds/{hold_id}/lift")
def post_lift(hold_id: str, actor: Officer, session: OneTransaction, reason: Text = "") -> Response:
    """Ask for a hold to be lifted, or lift what another person asked for."""
    _, lifted = lift_hold(session, actor, storage_scope_of(session, actor), hold_id, reason)
    return go("/holds", "lifted" if lifted else "lift_asked")
