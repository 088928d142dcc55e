"""Early deletion on a data subject's request (mission E9; PIPL art. 47, 50; records-rules R38).

    record      who asks, in what words, on what ground, for which documents                          (an officer)
    identity    how it was checked that it is they
    decide      document by document: delete, where neither floor nor hold bars it; else restrict to storage
    afterwards  what is to be deleted is due from that day on, and goes the usual way: appraisal, list, two signatures,
                supervisors, certificate, with the request named on it

Nothing here destroys anything. A request that is unfounded is refused as a whole, with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from archive.access import Actor, ReadableScope
from archive.audit import Act, record
from archive.base import new_id, now
from archive.codes import next_number
from archive.documents import Document
from archive.errors import Conflict, Invalid, NotFound, reason_given
from archive.readable import readable, the_readable_customer
from archive.rights import Right
from archive.vault import Vault
from retention.due import Reason, Status
from retention.lifting import REASON_MAX
from retention.requests import ErasureItem, ErasureRequest, Ground, Outcome
from retention.restriction import restrict
from retention.schedule import RetentionView, assess

MOST_DOCUMENTS: Final = 1000
NAME_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class RequestOrder:
    """A request as it came in. Without `document_ids`: everything of the customer."""

    requester: str
    statement: str
    ground: Ground
    received_on: date
    customer_id: str | None = None
    document_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What is decided of one document, and why; the reason goes into the letter."""

    document_id: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """One document of a request: where it stands, and what bars its deletion today (nothing: it may be deleted)."""

    item: ErasureItem
    document: Document
    view: RetentionView
    bars: tuple[Reason, ...]

    @property
    def gone(self) -> bool:
        """Whether it is destroyed, or being destroyed."""
        return self.document.destroying or self.view.destroyed

    @property
    def open(self) -> bool:
        """Whether something waits to be decided: undecided yet, or kept by the law then and free to go now."""
        return not self.gone and (
            self.item.outcome is None or (self.item.outcome == Outcome.RESTRICT and not self.bars)
        )


def record_request(
    session: Session, actor: Actor, scope: ReadableScope, vault: Vault, order: RequestOrder, *, today: date
) -> ErasureRequest:
    """Record a request. NotFound for a customer or document out of sight; Invalid without who, words or documents."""
    actor.need(Right.RECORDS)
    _check(order, today)
    wanted = _documents(session, scope, order)
    request = ErasureRequest(
        id=new_id(), number=f"SQ-{today.year}-{next_number(session, f'erasure/{today.year}'):04d}",
        customer_id=order.customer_id, ground=order.ground.value, received_on=order.received_on, told=b"",
        recorded_by=actor.id, recorded_at=now(),
        items=[ErasureItem(document_id=each, ordinal=n, because=[]) for n, each in enumerate(wanted, start=1)],
    )  # fmt: skip
    _tell(vault, request, requester=order.requester.strip(), statement=order.statement.strip())
    session.add(request)
    session.flush()
    told = {"number": request.number, "ground": request.ground, "documents": len(wanted)}
    record(session, actor, Act.ERASURE_REQUESTED, request.id, detail=told)
    return request


def _check(order: RequestOrder, today: date) -> None:
    problems = []
    if not 1 <= len(order.requester.strip()) <= NAME_MAX:
        problems.append({"field": "requester", "code": "length"})
    if not 1 <= len(order.statement.strip()) <= REASON_MAX:
        problems.append({"field": "statement", "code": "length"})
    if order.received_on > today:
        problems.append({"field": "received_on", "code": "range"})
    if order.customer_id is None and not order.document_ids:
        problems.append({"field": "document_ids", "code": "count"})
    if problems:
        raise Invalid(
            "A request says who asks, in what words, since when, and for which customer's or which documents.",
            code="request_unusable",
            errors=problems,
        )


def _documents(session: Session, scope: ReadableScope, order: RequestOrder) -> list[str]:
    """The documents asked for that still stand. All that are named have to be in sight, and the customer's own."""
    asked = select(Document.id).where(readable(scope), Document.destroyed_at.is_(None), Document.destroying.is_(False))
    if order.customer_id is not None:
        the_readable_customer(session, scope, order.customer_id)
        asked = asked.where(Document.customer_id == order.customer_id)
    named = list(dict.fromkeys(order.document_ids))
    asked = asked.where(Document.id.in_(named)) if named else asked
    found = list(session.scalars(asked.order_by(Document.id).limit(MOST_DOCUMENTS + 1)))
    if named and len(found) < len(named):
        raise NotFound
    if not 1 <= len(found) <= MOST_DOCUMENTS:
        raise Invalid(
            f"A request reaches 1 to {MOST_DOCUMENTS} documents.",
            code="request_unusable",
            errors=[{"field": "document_ids", "code": "count"}],
        )
    return named or found


def told_of(vault: Vault, request: ErasureRequest) -> dict[str, str]:
    """Who asks, in what words, and, once they stand, how identity was checked and why it was refused."""
    found: dict[str, str] = json.loads(vault.open_own(_place(request), request.told))
    return found


def _tell(vault: Vault, request: ErasureRequest, **told: str) -> None:
    known = told_of(vault, request) if request.told else {}
    request.told = vault.seal_own(_place(request), json.dumps(known | told, ensure_ascii=False).encode())


def _place(request: ErasureRequest) -> str:
    return f"erasure/{request.id}"


def the_request(session: Session, scope: ReadableScope, request_id: str, *, lock: bool = False) -> ErasureRequest:
    """The request, for who may see every document that it names; NotFound alike otherwise."""
    request = session.get(ErasureRequest, request_id, with_for_update=lock or None, populate_existing=lock)
    if request is None or request.id in _beyond(session, scope, [request]):
        raise NotFound
    return request


def requests(session: Session, scope: ReadableScope) -> list[ErasureRequest]:
    """The requests in sight, newest first."""
    rows = session.scalars(select(ErasureRequest).order_by(ErasureRequest.recorded_at.desc())).all()
    beyond = _beyond(session, scope, rows)
    return [row for row in rows if row.id not in beyond]


def _beyond(session: Session, scope: ReadableScope, rows: Sequence[ErasureRequest]) -> set[str]:
    mine = ErasureItem.request_id.in_([row.id for row in rows])
    return set(session.scalars(requests_beyond(scope).where(mine).distinct()))


def requests_beyond(scope: ReadableScope) -> Select[str]:
    """The ids of requests with a document out of sight: they are seen whole or not at all (docs/decisions/0006)."""
    named = select(ErasureItem.request_id).join(Document, Document.id == ErasureItem.document_id)
    return named.where(~readable(scope))


def check_identity(
    session: Session, actor: Actor, scope: ReadableScope, vault: Vault, request_id: str, *, how: str
) -> ErasureRequest:
    """Record how it was checked that the request is the data subject's own. A later entry replaces an earlier one."""
    actor.need(Right.RECORDS)
    request = _unrefused(session, scope, request_id)
    if not 1 <= len(how.strip()) <= REASON_MAX:
        raise Invalid("Say how identity was checked.", errors=[{"field": "how", "code": "length"}])
    _tell(vault, request, identity=how.strip())
    request.identity_by, request.identity_at = actor.id, now()
    record(session, actor, Act.ERASURE_IDENTIFIED, request.id, detail={"number": request.number})
    session.flush()
    return request


def _unrefused(session: Session, scope: ReadableScope, request_id: str) -> ErasureRequest:
    request = the_request(session, scope, request_id, lock=True)
    if request.refused_at is not None:
        raise Conflict("This request was refused.", code="request_refused")
    return request


def refuse(
    session: Session, actor: Actor, scope: ReadableScope, vault: Vault, request_id: str, *, reason: str
) -> ErasureRequest:
    """Refuse a request as a whole, with the reason that its letter gives. Conflict once something of it was decided."""
    actor.need(Right.RECORDS)
    request, reason = _unrefused(session, scope, request_id), reason_given(reason, REASON_MAX)
    if any(item.outcome for item in request.items):
        raise Conflict("Something of this request was decided already.", code="request_decided")
    _tell(vault, request, refusal=reason)
    request.refused_by, request.refused_at = actor.id, now()
    record(session, actor, Act.ERASURE_REFUSED, request.id, detail={"number": request.number})
    session.flush()
    return request


def outlook(session: Session, request: ErasureRequest, *, today: date) -> list[Outlook]:
    """Each document of a request with what bars its deletion on that day: class, least period, holds, lists."""
    items = {item.document_id: item for item in request.items}
    rows = session.scalars(select(Document).where(Document.id.in_(items))).unique().all()
    views = assess(session, rows, today)
    found = [Outlook(items[row.id], row, views[row.id], bars(views[row.id], today)) for row in rows]
    return sorted(found, key=lambda each: each.item.ordinal)


def bars(view: RetentionView, today: date) -> tuple[Reason, ...]:
    """Why a document may not be deleted today at its subject's request; nothing when it may."""
    found = [Reason("held", {"since": hold.placed_at.date().isoformat(), "title": hold.title}) for hold in view.holds]
    if view.status is Status.PERMANENT or view.status is Status.UNAPPROVED or view.terms is None:
        return (*found, *(reason for reason in view.why if reason.code in KEEPS))
    floor = {"years": str(view.terms.floor_years), "basis": view.terms.basis}
    if view.lawful_from is None:
        found.append(Reason("floor_not_begun", floor))
    elif view.lawful_from > today:
        found.append(Reason("floor", floor | {"until": view.lawful_from.isoformat()}))
    found += [reason for reason in view.why if reason.code in {"in_appraisal", "in_batch"}]
    return tuple(found)


KEEPS: Final = frozenset(
    {"no_class", "class_unapproved", "permanent", "permanent_by_appraisal", "in_appraisal", "in_batch"}
)


def decide(
    session: Session,
    actor: Actor,
    scope: ReadableScope,
    request_id: str,
    answers: Sequence[Answer],
    *,
    today: date,
) -> ErasureRequest:
    """Decide on documents of a request; what was restricted may be deleted later, once nothing bars it.

    Conflict before identity was checked, and for a deletion that floor, hold or list bars; Invalid for a document that
    the request does not name, or without a reason.
    """
    actor.need(Right.RECORDS)
    request = _unrefused(session, scope, request_id)
    if request.identity_at is None:
        raise Conflict("Record first how identity was checked.", code="identity_unchecked")
    _check_answers(request, answers)
    wanted = {answer.document_id: answer for answer in answers}
    session.execute(
        select(Document.id).where(Document.id.in_(wanted)).order_by(Document.id).with_for_update(of=Document)
    )
    session.expire_all()
    seen = [each for each in outlook(session, request, today=today) if each.document.id in wanted]
    _need_decidable(seen, wanted)
    for each in seen:
        _decide_one(session, actor, request, each, wanted[each.document.id], today=today)
    session.flush()
    return request


def _check_answers(request: ErasureRequest, answers: Sequence[Answer]) -> None:
    named = {item.document_id for item in request.items}
    problems = [{"field": a.document_id, "code": "not_an_item"} for a in answers if a.document_id not in named]
    problems += [
        {"field": f"{a.document_id}.reason", "code": "length"}
        for a in answers
        if not 1 <= len(a.reason.strip()) <= REASON_MAX
    ]
    if problems:
        raise Invalid("Each answer names a document of the request, and a reason.", errors=problems[:100])


def _need_decidable(seen: Sequence[Outlook], wanted: dict[str, Answer]) -> None:
    if gone := [each.document.id for each in seen if each.gone]:
        raise Conflict("Some of these documents are gone already.", code="already_purging", documents=gone[:100])
    barred = [each for each in seen if _barred(each, wanted[each.document.id])]
    if barred:
        raise Conflict(
            f"{len(barred)} documents may not be decided so: {barred[0].bars[0].code}.",
            code="not_erasable",
            documents=[each.document.id for each in barred[:100]],
            bars=sorted({reason.code for each in barred for reason in each.bars}),
        )


def _barred(each: Outlook, answer: Answer) -> bool:
    """A deletion that is granted is not taken back under those who list it already."""
    listed = each.view.appraised or each.view.status is Status.IN_BATCH
    taken_back = each.item.outcome == Outcome.DELETE and answer.outcome is Outcome.RESTRICT and listed
    return taken_back or (answer.outcome is Outcome.DELETE and bool(each.bars))


def _decide_one(
    session: Session, actor: Actor, request: ErasureRequest, each: Outlook, answer: Answer, *, today: date
) -> None:
    item = each.item
    item.outcome, item.reason = answer.outcome.value, answer.reason.strip()
    item.decided_on, item.decided_by, item.decided_at = today, actor.id, now()
    item.because = [_plain(reason) for reason in each.bars]
    told = {"request": request.number, "outcome": item.outcome, "reason": item.reason, "bars": item.because}
    record(session, actor, Act.ERASURE_DECIDED, item.document_id, detail=told)
    if answer.outcome is Outcome.RESTRICT:
        restrict(session, actor, each.document, request)


def _plain(reason: Reason) -> dict[str, Any]:
    """A reason as the row keeps it; which hold it was stays with the hold."""
    values = {} if reason.code == "held" else dict(reason.values)
    return {"code": reason.code, "values": values}
