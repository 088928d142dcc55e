"""鉴定与销毁: appraisals, and batches of destruction in five steps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from archive.access import Actor, ReadableScope
from archive.base import now, today
from archive.documents import Document
from archive.errors import Invalid
from archive.house import House
from archive.readable import readable
from archive.rights import Right
from retention.appraisals import Verdict, decide, finish, open_appraisal, the_appraisal, withdraw
from retention.batches import (
    cancel,
    count_targets,
    item_lines,
    let_stay,
    progress,
    propose,
    reject,
    reject_items,
    state_of,
    targets_of,
    the_batch,
)
from retention.differences import since_last_signature
from retention.disposal import AppraisalItem, BatchState, Decision, DestructionBatch
from retention.paper import Fate
from retention.recheck import look_again, stuck
from retention.supervision import possible_supervisors
from service.api.destruction_batches import ApprovalIn, ConfirmIn, ExecuteIn, post_approve, post_confirm, post_execute
from service.edge import Needs, OneTransaction, Reading, TheHouse, scope_of, storage_scope_of
from service.views import shown_title
from service.web.answers import go, show
from service.web.forms import Secret, Several, Text, Word, checked, one_of, the_form, whole
from service.web.naming import people_named
from service.web.signing import signed_anew

router = APIRouter()
Keeper = Annotated[Actor, Needs(Right.RECORDS, Right.APPROVE, Right.PROOFS)]
Officer = Annotated[Actor, Needs(Right.RECORDS)]
Approver = Annotated[Actor, Needs(Right.APPROVE)]
Anybody = Annotated[Actor, Needs(Right.SUPERVISE)]
LINES: Final = 500
"""Lines of a list or ledger that stand on one page; the manifest itself has all."""
STEPS: Final = ("list", "signatures", "cooling", "execution", "confirmation")
REACHED: Final = {
    BatchState.PROPOSED: 1, BatchState.COOLING: 2, BatchState.APPROVED: 3, BatchState.EXECUTING: 3,
    BatchState.PARTIAL: 3, BatchState.EXECUTED: 4, BatchState.DONE: 5, BatchState.CANCELLED: 0,
}  # fmt: skip


@router.post("/appraisals")
def post_appraisal(
    actor: Officer,
    house: TheHouse,
    session: OneTransaction,
    title: Word = "",
    document_ids: Several = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Open an appraisal of what was chosen."""
    opened = open_appraisal(
        session, actor, storage_scope_of(session, actor), title=title, document_ids=document_ids,
        today=today(house.settings.zone),
    )  # fmt: skip
    return go(f"/appraisals/{opened.id}", "created")


@router.get("/appraisals/{appraisal_id}")
def appraisal_page(
    request: Request, appraisal_id: str, actor: Keeper, house: TheHouse, session: Reading,
    cursor: Annotated[int, Query(ge=0)] = 0,
) -> Response:  # fmt: skip
    """Its items with their decisions, some hundreds at a time; the cursor is the last item that was shown."""
    appraisal = the_appraisal(session, actor, appraisal_id)
    standing = select(func.count()).where(AppraisalItem.appraisal_id == appraisal.id, AppraisalItem.settled.is_(False))
    waiting = session.scalar(standing.where(AppraisalItem.decision == Decision.DESTROY.value))
    listed = select(AppraisalItem).where(AppraisalItem.appraisal_id == appraisal.id, AppraisalItem.ordinal > cursor)
    items = session.scalars(listed.order_by(AppraisalItem.ordinal).limit(LINES + 1)).all()
    return show(
        request, "appraisal.html", appraisal=appraisal,
        items=_items(house, session, scope_of(session, actor), items[:LINES]),
        decisions=list(Decision), proposable=bool(appraisal.finished_at and waiting),
        undecided=session.scalar(standing.where(AppraisalItem.decision.is_(None))) or 0,
        cursor=str(items[LINES - 1].ordinal) if len(items) > LINES else "", several=cursor > 0 or len(items) > LINES,
        batches=session.execute(_batches_of(appraisal.id)).all(),
    )  # fmt: skip


def _batches_of(appraisal_id: str) -> Any:  # noqa: ANN401 - a select
    columns = (DestructionBatch.id, DestructionBatch.title, DestructionBatch.state)
    return select(*columns).where(DestructionBatch.appraisal_id == appraisal_id)


def _items(
    house: House, session: Session, scope: ReadableScope, items: Sequence[AppraisalItem]
) -> list[dict[str, Any]]:
    """The items; the titles, which come from the papers, for who may read them."""
    ids = [item.document_id for item in items]
    rows = session.execute(select(Document.id, Document.archival_code).where(Document.id.in_(ids)))
    codes = {row.id: row.archival_code for row in rows}
    titles, keys = _titles(house, session, scope, ids), house.vault.keys(ids)
    return [
        {
            "id": item.document_id, "class": item.class_code, "due": item.due_date, "decision": item.decision,
            "reason": item.reason or "", "years": item.years, "code": codes[item.document_id],
            "gone": item.document_id not in keys, "settled": item.settled,
            "title": titles.get(item.document_id, ""),
        }
        for item in items
    ]  # fmt: skip


def _titles(house: House, session: Session, scope: ReadableScope, ids: Sequence[str]) -> dict[str, str]:
    """The titles of documents that still stand and that the scope reaches, as its reader may see them."""
    rows = session.scalars(select(Document).where(Document.id.in_(ids), readable(scope))).unique()
    keys = house.vault.keys(ids)
    return {row.id: shown_title(keys[row.id], row, scope) for row in rows if row.id in keys}


@router.post("/appraisals/{appraisal_id}/decisions")
def post_decisions(
    appraisal_id: str, actor: Officer, session: OneTransaction, form: Annotated[FormData, the_form]
) -> Response:
    """Keep what was decided so far; with `finish` the appraisal ends."""
    verdicts = list(_verdicts(form))
    if verdicts:
        with _named_by_code(session, storage_scope_of(session, actor)):
            decide(session, actor, appraisal_id, verdicts)
    return go(f"/appraisals/{appraisal_id}", "decided")


@contextmanager
def _named_by_code(session: Session, scope: ReadableScope) -> Iterator[None]:
    """A row's faults under its archival code, by which people know it; a form may name any document."""
    try:
        yield
    except Invalid as refusal:
        errors = refusal.extra.get("errors")
        for each in errors if isinstance(errors, list) else []:
            document_id, _, name = str(each["field"]).partition(".")
            seen = select(Document.archival_code).where(Document.id == document_id, readable(scope))
            each["field"], each["value"] = name or "code", session.scalar(seen) or ""
        raise


def _verdicts(form: FormData) -> list[Verdict]:
    """The rows that have a decision; each row's fields carry its document's id."""
    found = []
    for document_id in form.getlist("document_id"):
        decision = str(form.get(f"decision-{document_id}", ""))
        if not decision:
            continue
        years = whole(str(form.get(f"years-{document_id}", "")), "years")
        verdict = one_of(Decision, decision, "decision")
        kept = years if verdict is Decision.EXTEND else None
        reason = str(form.get(f"reason-{document_id}", "")).strip()
        found.append(Verdict(str(document_id), verdict, reason, kept))
    return found


@router.post("/appraisals/{appraisal_id}/rest")
def post_rest(
    appraisal_id: str, actor: Officer, session: OneTransaction, decision: Word = "", years: Word = "",
    reason: Text = "",
) -> Response:  # fmt: skip
    """Decide all that is undecided yet alike."""
    verdict, kept = one_of(Decision, decision, "decision"), whole(years, "years")
    appraisal = the_appraisal(session, actor, appraisal_id)
    rest = [
        Verdict(item.document_id, verdict, reason, kept if verdict is Decision.EXTEND else None)
        for item in appraisal.items
        if item.decision is None and not item.settled
    ]
    if rest:
        decide(session, actor, appraisal_id, rest)
    return go(f"/appraisals/{appraisal_id}", "decided")


@router.post("/appraisals/{appraisal_id}/withdraw")
def post_withdraw(
    appraisal_id: str, actor: Officer, session: OneTransaction, why: Text = "",
    chosen: Several = [],  # noqa: B006 - FastAPI copies it
) -> Response:  # fmt: skip
    """Take the chosen documents out of the appraisal."""
    withdraw(session, actor, appraisal_id, chosen, why)
    return go(f"/appraisals/{appraisal_id}", "items_withdrawn")


@router.post("/appraisals/{appraisal_id}/finish")
def post_finish(appraisal_id: str, actor: Officer, house: TheHouse, session: OneTransaction) -> Response:
    """Close the appraisal: extensions take effect."""
    finish(session, actor, appraisal_id, today=today(house.settings.zone))
    return go(f"/appraisals/{appraisal_id}", "finished")


@router.post("/destruction")
def post_batch(
    actor: Officer, house: TheHouse, session: OneTransaction, appraisal_id: Word = "", title: Word = ""
) -> Response:
    """Freeze the list of what is to be destroyed."""
    batch = propose(
        session, actor, appraisal_id=appraisal_id, title=title, fonds=house.settings.fonds, zone=house.settings.zone
    )
    return go(f"/destruction/{batch.id}", "proposed")


@router.get("/destruction/{batch_id}")
def batch_page(request: Request, batch_id: str, actor: Anybody, house: TheHouse, session: Reading) -> Response:
    """Where the batch stands in its five steps, its frozen list with today's titles beside it, and its ledger."""
    batch = the_batch(session, actor, batch_id)
    state, lines, (targets, verified) = state_of(batch, now()), item_lines(batch), count_targets(session, batch.id)
    parts = {batch.proposed_by, batch.executor_id, *(row.person_id for row in batch.approvals)}
    parts |= {row.person_id for row in batch.supervisors} | {row.person_id for row in batch.paper_supervisors}
    return show(
        request, "destruction.html", batch=batch, state=state, lines=lines[:LINES], total=len(lines),
        pages=sum(int(line["pages"]) for line in lines), ledger=targets_of(session, batch.id, LINES),
        targets=targets, verified=verified, progress=progress(session, batch.id),
        codes={line["document_id"]: line["archival_code"] for line in lines},
        titles=_titles(house, session, scope_of(session, actor), [str(line["document_id"]) for line in lines[:LINES]]),
        names=people_named(session, parts), steps=STEPS, reached=REACHED[state], fates=list(Fate),
        may=_may(batch, state, actor),
        signed_before=state is BatchState.PROPOSED and batch.last_signed is not None,
        differing=since_last_signature(batch), kept=_kept(batch.error), stuck=stuck(session, batch.id),
        people=_supervisors(session, actor, batch) if Right.RECORDS in actor.rights else [],
    )  # fmt: skip


def _kept(error: str | None) -> list[tuple[str, int]]:
    """What kept documents of a partial batch, as code and count; nothing for an error of another kind."""
    parts = [re.fullmatch(r"(\d+): ([a-z_]+)(:.*)?", part) for part in (error or "").split("; ")]
    found = [(part[2], int(part[1])) for part in parts if part]
    return found if len(found) == len(parts) else []


def _may(batch: DestructionBatch, state: BatchState, actor: Actor) -> dict[str, bool]:
    """What this person can do with the batch now; the use cases decide again."""
    signed = any(row.person_id == actor.id for row in batch.standing)
    mine = batch.proposed_by == actor.id
    early = state in {BatchState.PROPOSED, BatchState.COOLING, BatchState.APPROVED}
    destroyed = batch.paper_fate == Fate.DESTROYED and state is not BatchState.CANCELLED
    begun = any(row.confirmed_at for row in batch.paper_supervisors)
    watches = any(row.person_id == actor.id and row.confirmed_at is None for row in batch.paper_supervisors)
    unconfirmed = any(row.person_id == actor.id and row.confirmed_at is None for row in batch.supervisors)
    return {
        "sign": Right.APPROVE in actor.rights and state is BatchState.PROPOSED and not mine and not signed,
        "reject": Right.APPROVE in actor.rights and early and not mine,
        "cancel": Right.RECORDS in actor.rights and early,
        "execute": Right.RECORDS in actor.rights and not mine and state in {BatchState.APPROVED, BatchState.PARTIAL},
        "let_stay": Right.RECORDS in actor.rights and state is BatchState.PARTIAL,
        "confirm": unconfirmed and state is BatchState.EXECUTED,
        "plan_paper": Right.RECORDS in actor.rights and early,
        "name_paper": Right.RECORDS in actor.rights and destroyed and not begun and state is not BatchState.DONE,
        "confirm_paper": watches and destroyed and state is BatchState.EXECUTED,
        "keep_paper": Right.RECORDS in actor.rights and destroyed and not begun and state is BatchState.EXECUTED,
    }


def _supervisors(session: Session, actor: Actor, batch: DestructionBatch) -> list[tuple[str, str]]:
    people = possible_supervisors(session, actor, batch)
    return [(row.id, f"{row.name} · {row.department.name}") for row in people]


@router.post("/destruction/{batch_id}/approve")
def post_signature(
    request: Request, batch_id: str, actor: Approver, house: TheHouse, manifest: Word = "", opinion: Text = "",
    password: Secret = "",
) -> Response:  # fmt: skip
    """Sign the frozen list with one's own key."""
    given = checked(ApprovalIn, manifest_sha256=manifest, opinion=opinion)
    fresh = signed_anew(request, house, actor, password)
    with house.database.transaction() as session:
        post_approve(batch_id, given, fresh, house, session)
    return go(f"/destruction/{batch_id}", "signed")


@router.post("/destruction/{batch_id}/reject")
def post_reject(batch_id: str, actor: Approver, session: OneTransaction, reason: Text = "") -> Response:
    """Send the batch back."""
    reject(session, actor, batch_id, reason)
    return go(f"/destruction/{batch_id}", "rejected")


@router.post("/destruction/{batch_id}/reject-items")
def post_reject_items(
    batch_id: str, actor: Approver, house: TheHouse, session: OneTransaction, reason: Text = "",
    documents: Several = [],  # noqa: B006 - FastAPI copies it
) -> Response:  # fmt: skip
    """Send single documents back; the rest is a new list."""
    reject_items(
        session, actor, batch_id, documents=frozenset(documents), reason=reason, fonds=house.settings.fonds,
        zone=house.settings.zone,
    )  # fmt: skip
    return go(f"/destruction/{batch_id}", "items_rejected")


@router.post("/destruction/{batch_id}/let-stay")
def post_let_stay(batch_id: str, actor: Officer, session: OneTransaction, reason: Text = "") -> Response:
    """End a partial batch without what could not go."""
    let_stay(session, actor, batch_id, reason)
    return go(f"/destruction/{batch_id}", "let_stay")


@router.post("/destruction/{batch_id}/cancel")
def post_cancel(batch_id: str, actor: Officer, session: OneTransaction, reason: Text = "") -> Response:
    """Give the batch up."""
    cancel(session, actor, batch_id, reason)
    return go(f"/destruction/{batch_id}", "cancelled")


@router.post("/destruction/{batch_id}/execute")
def post_execution(
    request: Request, batch_id: str, actor: Officer, house: TheHouse, first: Word = "", second: Word = "",
    password: Secret = "",
) -> Response:  # fmt: skip
    """Begin the destruction under two supervisors."""
    given = checked(ExecuteIn, supervisors=[first, second])
    fresh = signed_anew(request, house, actor, password)
    with house.database.transaction() as session:
        post_execute(batch_id, given, fresh, house, session)
    return go(f"/destruction/{batch_id}", "executing")


@router.post("/destruction/{batch_id}/confirm")
def post_confirmation(
    request: Request, batch_id: str, actor: Anybody, house: TheHouse, observed: Text = "", password: Secret = ""
) -> Response:
    """Sign, as a supervisor, what one saw."""
    given = checked(ConfirmIn, observed=observed)
    fresh = signed_anew(request, house, actor, password)
    with house.database.transaction() as session:
        post_confirm(batch_id, given, fresh, house, session)
    return go(f"/destruction/{batch_id}", "confirmed")


@router.post("/destruction/{batch_id}/look-again")
def post_look_again(batch_id: str, actor: Officer, session: OneTransaction) -> Response:
    """Begin the later looks that were given up anew."""
    look_again(session, actor, the_batch(session, actor, batch_id, lock=True))
    return go(f"/destruction/{batch_id}", "tried_again")
