"""Requests of data subjects to delete: recorded, checked, answered document by document (PIPL art. 47, 50)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.responses import Response

from archive.access import Actor
from archive.audit import Act, record
from archive.base import today
from archive.house import House
from archive.pdf import write_form
from archive.rights import Right
from retention.erasure import (
    MOST_DOCUMENTS,
    Answer,
    Outlook,
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
from retention.letters import Letter, letter_form
from retention.requests import ErasureRequest, Ground, Outcome
from retention.sentences import sentences
from service.body import StrictRoute
from service.edge import Needs, OneTransaction, Reading, TheHouse, storage_scope_of
from service.shapes import UUID, Day, Id, In, Items, Reason, Short
from service.streams import disposition
from service.views import day, moment

router = APIRouter(prefix="/erasure-requests", tags=["retention"], route_class=StrictRoute)

RequestId = Annotated[str, Path(pattern=UUID)]
Officer = Annotated[Actor, Needs(Right.RECORDS)]


class RequestIn(In):
    """Who asks, in what words, on what ground; without `document_ids` everything of the customer is meant."""

    requester: Short
    statement: Reason
    ground: Annotated[Ground, Field(strict=False)]
    received_on: Day
    customer_id: Id | None = None
    document_ids: Annotated[list[Id], Field(max_length=MOST_DOCUMENTS, default_factory=list)]

    def parsed(self) -> RequestOrder:
        """As the use case takes it."""
        return RequestOrder(**self.model_dump())


class IdentityIn(In):
    """How it was checked that the request is the data subject's own."""

    how: Reason


class AnswerIn(In):
    """What becomes of one document, and why; the data subject is told the reason."""

    document_id: Id
    outcome: Annotated[Outcome, Field(strict=False)]
    reason: Reason


class RefusalIn(In):
    """Why the request is refused as a whole; the data subject is told."""

    reason: Reason


def request_view(request: ErasureRequest) -> dict[str, Any]:
    """A request without what it holds sealed."""
    return {
        "id": request.id,
        "number": request.number,
        "ground": request.ground,
        "customer_id": request.customer_id,
        "received_on": day(request.received_on),
        "recorded_by": request.recorded_by,
        "recorded_at": moment(request.recorded_at),
        "identity_by": request.identity_by,
        "identity_at": moment(request.identity_at),
        "refused_at": moment(request.refused_at),
        "documents": len(request.items),
        "decided": sum(item.outcome is not None for item in request.items),
    }


def outlook_view(each: Outlook) -> dict[str, Any]:
    """One document of a request; `bars` say why it may not be deleted today, none that it may."""
    return {
        "document_id": each.document.id,
        "archival_code": each.document.archival_code,
        "class": each.view.class_code,
        "status": each.view.status.value,
        "due_date": day(each.view.due_date),
        "bars": [{"code": reason.code, "values": dict(reason.values)} for reason in each.bars],
        "why": sentences(each.bars, "en"),
        "outcome": each.item.outcome,
        "reason": each.item.reason,
        "restricted": each.document.restricted,
        "certificate_no": each.document.certificate_no,
        "open": each.open,
    }


def _whole(house: House, session: Session, request: ErasureRequest) -> dict[str, Any]:
    seen = outlook(session, request, today=today(house.settings.zone))
    return request_view(request) | {
        "told": told_of(house.vault, request),
        "items": [outlook_view(each) for each in seen],
    }


@router.post("", status_code=201)
def post_request(given: RequestIn, actor: Officer, house: TheHouse, session: OneTransaction) -> dict[str, Any]:
    """Record a request; answered with what bars the deletion of each document today."""
    scope, on = storage_scope_of(session, actor), today(house.settings.zone)
    return _whole(house, session, record_request(session, actor, scope, house.vault, given.parsed(), today=on))


@router.get("")
def get_requests(actor: Officer, session: Reading) -> Items:
    """The requests all of whose documents the person may see, newest first."""
    return Items(items=[request_view(row) for row in requests(session, storage_scope_of(session, actor))])


@router.get("/{request_id}")
def get_request(request_id: RequestId, actor: Officer, house: TheHouse, session: Reading) -> dict[str, Any]:
    """One request, and where each of its documents stands."""
    return _whole(house, session, the_request(session, storage_scope_of(session, actor), request_id))


@router.post("/{request_id}/identity")
def post_identity(
    request_id: RequestId, given: IdentityIn, actor: Officer, house: TheHouse, session: OneTransaction
) -> dict[str, Any]:
    """Record how identity was checked; nothing is decided before."""
    scope = storage_scope_of(session, actor)
    return _whole(house, session, check_identity(session, actor, scope, house.vault, request_id, how=given.how))


@router.post("/{request_id}/decide")
def post_decide(
    request_id: RequestId,
    given: Annotated[list[AnswerIn], Body(min_length=1, max_length=MOST_DOCUMENTS)],
    actor: Officer,
    house: TheHouse,
    session: OneTransaction,
) -> dict[str, Any]:
    """Delete (due from today on, by the usual way) or restrict to storage. 409 `not_erasable` names what bars it."""
    scope, on = storage_scope_of(session, actor), today(house.settings.zone)
    answers = [Answer(each.document_id, each.outcome, each.reason) for each in given]
    return _whole(house, session, decide(session, actor, scope, request_id, answers, today=on))


@router.post("/{request_id}/refuse")
def post_refuse(
    request_id: RequestId, given: RefusalIn, actor: Officer, house: TheHouse, session: OneTransaction
) -> dict[str, Any]:
    """Refuse the request as a whole."""
    scope = storage_scope_of(session, actor)
    return _whole(house, session, refuse(session, actor, scope, house.vault, request_id, reason=given.reason))


@router.get("/{request_id}/letter.pdf")
def get_letter(request_id: RequestId, actor: Officer, house: TheHouse, session: OneTransaction) -> Response:
    """The answer as a letter to print: what becomes of each document, and why."""
    request = the_request(session, storage_scope_of(session, actor), request_id)
    record(session, actor, Act.ERASURE_ANSWERED, request.id, detail={"number": request.number})
    on, own = today(house.settings.zone), house.settings.own_names
    letter = Letter(request, told_of(house.vault, request), outlook(session, request, today=on), "; ".join(own[:1]), on)
    headers = {"Content-Disposition": disposition("attachment", f"{request.number}.pdf")}
    return Response(write_form(letter_form(letter)), media_type="application/pdf", headers=headers)
