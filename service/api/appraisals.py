"""Appraisals: what is due is looked at by people and decided, item by item, with a reason."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path
from pydantic import Field
from starlette.responses import Response

from archive.access import Actor
from archive.base import today
from archive.rights import Right
from retention.appraisals import (
    MOST_ITEMS,
    Verdict,
    appraisals,
    decide,
    finish,
    open_appraisal,
    the_appraisal,
    withdraw,
)
from retention.disposal import Appraisal, Decision
from retention.reports import stored_report
from retention.schedule import candidates
from service.body import StrictRoute
from service.cursors import Cursors
from service.edge import Needs, OneTransaction, Reading, TheHouse, storage_scope_of
from service.shapes import UUID, Cursor, Id, In, Items, Nothing, Reason, Short, Size
from service.streams import disposition
from service.views import day, moment, shown_title

router = APIRouter(prefix="/appraisals", tags=["retention"], route_class=StrictRoute)

AppraisalId = Annotated[str, Path(pattern=UUID)]


class AppraisalIn(In):
    """Which documents are to be appraised."""

    title: Short
    document_ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_ITEMS)]


class VerdictIn(In):
    """What is decided of one document."""

    document_id: Id
    decision: Annotated[Decision, Field(strict=False)]
    reason: Reason
    years: Annotated[int, Field(ge=1, le=1000)] | None = None

    def parsed(self) -> Verdict:
        """As the use case takes it."""
        return Verdict(self.document_id, self.decision, self.reason, self.years)


class WithdrawIn(In):
    """Which documents are taken out, and why."""

    document_ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_ITEMS)]
    reason: Reason


def appraisal_view(appraisal: Appraisal) -> dict[str, Any]:
    """An appraisal with its items."""
    return {
        "id": appraisal.id,
        "title": appraisal.title,
        "opened_by": appraisal.opened_by,
        "opened_at": moment(appraisal.opened_at),
        "finished_at": moment(appraisal.finished_at),
        "items": [
            {
                "document_id": item.document_id, "class": item.class_code, "due_date": day(item.due_date),
                "decision": item.decision, "reason": item.reason, "years": item.years, "settled": item.settled,
            }
            for item in appraisal.items
        ],
    }  # fmt: skip


@router.get("/candidates")
def get_candidates(
    actor: Annotated[Actor, Needs(Right.RECORDS)],
    house: TheHouse,
    session: Reading,
    cursor: Cursor = "",
    size: Size = 50,
) -> Items:
    """What is due, not held, and in no other appraisal or batch."""
    cursors = Cursors(house, actor, "candidates")
    place = cursors.read(cursor)
    after = str(place[0]) if place else ""
    scope = storage_scope_of(session, actor)
    found, last = candidates(session, scope, today(house.settings.zone), after=after, size=size)
    keys = house.vault.keys([item.document.id for item in found])
    items: list[dict[str, object]] = [
        {
            "document_id": item.document.id, "archival_code": item.document.archival_code,
            "title": shown_title(keys[item.document.id], item.document, scope), "class": item.view.class_code,
            "due_date": day(item.view.due_date),
        }
        for item in found
    ]  # fmt: skip
    return Items(items=items, cursor=cursors.write(last) if last else "")


@router.post("", status_code=201)
def post_appraisal(
    given: AppraisalIn, actor: Annotated[Actor, Needs(Right.RECORDS)], house: TheHouse, session: OneTransaction
) -> dict[str, Any]:
    """Open an appraisal; 409 when one of the documents is not due, held or taken."""
    opened = open_appraisal(
        session, actor, storage_scope_of(session, actor), title=given.title, document_ids=given.document_ids,
        today=today(house.settings.zone),
    )  # fmt: skip
    return {"id": opened.id, "title": opened.title}


@router.get("")
def get_appraisals(
    actor: Annotated[Actor, Needs(Right.RECORDS, Right.APPROVE, Right.PROOFS)],
    session: Reading,
    finished: bool = False,
) -> Items:
    """Appraisals that are open, or finished, whose whole list the person may see."""
    listed = appraisals(session, actor, finished=finished)
    return Items(items=[{"id": row.id, "title": row.title, "opened_at": moment(row.opened_at)} for row in listed])


@router.get("/{appraisal_id}")
def get_appraisal(
    appraisal_id: AppraisalId,
    actor: Annotated[Actor, Needs(Right.RECORDS, Right.APPROVE, Right.PROOFS)],
    session: Reading,
) -> dict[str, Any]:
    """One appraisal."""
    return appraisal_view(the_appraisal(session, actor, appraisal_id))


@router.get("/{appraisal_id}/report.pdf")
def get_report(
    appraisal_id: AppraisalId,
    actor: Annotated[Actor, Needs(Right.RECORDS, Right.APPROVE, Right.PROOFS)],
    house: TheHouse,
    session: Reading,
) -> Response:
    """The report of a finished appraisal, as it was printed, signed and laid down for good."""
    number, chunks = stored_report(session, house, actor, appraisal_id)
    headers = {"Content-Disposition": disposition("attachment", f"{number}.pdf")}
    return Response(b"".join(chunks), media_type="application/pdf", headers=headers)


@router.put("/{appraisal_id}/decisions")
def put_decisions(
    appraisal_id: AppraisalId,
    given: Annotated[list[VerdictIn], Body(min_length=1, max_length=MOST_ITEMS)],
    actor: Annotated[Actor, Needs(Right.RECORDS)],
    session: OneTransaction,
) -> dict[str, Any]:
    """Decide on items; a later decision replaces an earlier one."""
    return appraisal_view(decide(session, actor, appraisal_id, [verdict.parsed() for verdict in given]))


@router.post("/{appraisal_id}/withdraw")
def post_withdraw(
    appraisal_id: AppraisalId,
    given: WithdrawIn,
    actor: Annotated[Actor, Needs(Right.RECORDS)],
    session: OneTransaction,
) -> dict[str, Any]:
    """Take documents out; they may be appraised anew, and the others go on."""
    return appraisal_view(withdraw(session, actor, appraisal_id, given.document_ids, given.reason))


@router.post("/{appraisal_id}/finish")
def post_finish(
    appraisal_id: AppraisalId,
    actor: Annotated[Actor, Needs(Right.RECORDS)],
    house: TheHouse,
    session: OneTransaction,
    given: Nothing | None = None,
) -> dict[str, Any]:
    """Close the appraisal: extensions take effect, what is to be destroyed waits for a batch."""
    del given
    return appraisal_view(finish(session, actor, appraisal_id, today=today(house.settings.zone)))
