"""个人信息删除请求: recorded, checked, answered paper by paper; and what is restricted to storage."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from archive.access import Actor, ReadableScope
from archive.base import today
from archive.documents import Document
from archive.readable import readable
from archive.rights import Right
from retention.erasure import (
    Answer,
    RequestOrder,
    check_identity,
    decide,
    outlook,
    record_request,
    refuse,
    requests,
    the_request,
    told_of,
)
from retention.requests import Ground, Outcome
from retention.restriction import lift, restrictions
from retention.sentences import sentence
from retention.subjects import SubjectKind, members, subject_named
from service.edge import Needs, OneTransaction, Reading, TheHouse, storage_scope_of
from service.web.answers import go, language_of, show
from service.web.forms import Text, Word, day, one_of, the_form
from service.web.naming import code_of, people_named

router = APIRouter()
Officer = Annotated[Actor, Needs(Right.RECORDS)]


@router.get("/erasures")
def erasures_page(request: Request, actor: Officer, house: TheHouse, session: Reading) -> Response:
    """The requests in sight, those with something to decide first."""
    on = today(house.settings.zone)
    found = requests(session, storage_scope_of(session, actor))
    waits = {
        row.id: 0 if row.refused_at else sum(each.open for each in outlook(session, row, today=on)) for row in found
    }
    return show(
        request, "erasures.html", requests=sorted(found, key=lambda row: not waits[row.id]), waits=waits, today=on,
        grounds=list(Ground),
        customers={row.id: code_of(session, "customer", row.customer_id) for row in found if row.customer_id},
    )  # fmt: skip


@router.post("/erasures")
def post_erasure(
    actor: Officer,
    house: TheHouse,
    session: OneTransaction,
    requester: Word = "",
    statement: Text = "",
    ground: Word = "",
    received_on: Word = "",
    codes: Text = "",
) -> Response:
    """Record a request over what the codes name, one a line: customers, folders, documents."""
    scope = storage_scope_of(session, actor)
    order = RequestOrder(
        requester, statement, one_of(Ground, ground, "ground"), day(received_on, "received_on"),
        *_reached(session, scope, codes),
    )  # fmt: skip
    made = record_request(session, actor, scope, house.vault, order, today=today(house.settings.zone))
    return go(f"/erasures/{made.id}", "created")


def _reached(session: Session, scope: ReadableScope, codes: str) -> tuple[str | None, list[str]]:
    """The customer, where one and nothing else is named; else the documents that are meant."""
    subjects = [subject_named(session, scope, code) for code in codes.split()]
    if len(subjects) == 1 and subjects[0].kind is SubjectKind.CUSTOMER:
        return subjects[0].id, []
    if not subjects:
        return None, []
    meant = or_(*(members(subject) for subject in subjects))
    asked = select(Document.id).where(meant, readable(scope), Document.destroyed_at.is_(None))
    return None, list(session.scalars(asked.where(Document.destroying.is_(False)).order_by(Document.archival_code)))


@router.get("/erasures/{request_id}")
def erasure_page(request: Request, request_id: str, actor: Officer, house: TheHouse, session: Reading) -> Response:
    """One request: who asks and how that was checked, and each paper with what bars its deletion."""
    row = the_request(session, storage_scope_of(session, actor), request_id)
    language = language_of(request)
    seen = outlook(session, row, today=today(house.settings.zone))
    return show(
        request, "erasure.html", row=row, told_=told_of(house.vault, row), seen=seen, outcomes=list(Outcome),
        why={each.document.id: [sentence(bar, language) for bar in each.bars] for each in seen},
        names=people_named(session, [row.recorded_by, row.identity_by, row.refused_by]),
        customer=code_of(session, "customer", row.customer_id) if row.customer_id else "",
        decided=any(each.item.outcome for each in seen), waits=sum(each.open for each in seen),
    )  # fmt: skip


@router.post("/erasures/{request_id}/identity")
def post_identity(
    request_id: str, actor: Officer, house: TheHouse, session: OneTransaction, how: Text = ""
) -> Response:
    """Record how identity was checked."""
    check_identity(session, actor, storage_scope_of(session, actor), house.vault, request_id, how=how)
    return go(f"/erasures/{request_id}", "saved")


@router.post("/erasures/{request_id}/decide")
def post_decision(
    request_id: str, actor: Officer, house: TheHouse, session: OneTransaction, form: Annotated[FormData, the_form]
) -> Response:
    """Answer the papers that have an outcome; each row's fields carry its document's id."""
    answers = [
        Answer(str(each), one_of(Outcome, str(form[f"outcome-{each}"]), "outcome"), str(form.get(f"reason-{each}", "")))
        for each in form.getlist("document_id")
        if form.get(f"outcome-{each}")
    ]
    if answers:
        on = today(house.settings.zone)
        decide(session, actor, storage_scope_of(session, actor), request_id, answers, today=on)
    return go(f"/erasures/{request_id}", "answered")


@router.post("/erasures/{request_id}/refuse")
def post_refusal(
    request_id: str, actor: Officer, house: TheHouse, session: OneTransaction, reason: Text = ""
) -> Response:
    """Refuse the request as a whole."""
    refuse(session, actor, storage_scope_of(session, actor), house.vault, request_id, reason=reason)
    return go(f"/erasures/{request_id}", "saved")


@router.get("/restrictions")
def restrictions_page(request: Request, actor: Officer, session: Reading) -> Response:
    """What is restricted to storage: codes and reasons, no titles."""
    found = restrictions(session, storage_scope_of(session, actor))
    people = [each for row, _ in found for each in (row.placed_by, row.lift_asked_by)]
    return show(request, "restrictions.html", restrictions=found, names=people_named(session, people), me=actor.id)


@router.post("/restrictions/{restriction_id}/lift")
def post_lift(restriction_id: str, actor: Officer, session: OneTransaction, reason: Text = "") -> Response:
    """Ask for a restriction to be lifted, or lift what another person asked for."""
    _, lifted = lift(session, actor, storage_scope_of(session, actor), restriction_id, reason)
    return go("/restrictions", "restriction_lifted" if lifted else "lift_asked")
