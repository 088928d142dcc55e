"""Appraisal (鉴定): what is due is decided on, item by item, with a reason (records-rules R11–R13).

An extension writes a row and keeps every earlier date; the archival code never changes (R12).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.access import Actor, ReadableScope
from archive.audit import Act, record, record_each
from archive.base import new_id, now
from archive.documents import Document
from archive.errors import Conflict, Invalid, NotFound, reason_given
from archive.jobs import Kind, enqueue
from archive.readable import readable
from archive.rights import Right
from retention.dates import plus_years
from retention.disposal import (
    OPEN_ITEMS,
    TEXT_MAX,
    TITLE_MAX,
    Appraisal,
    AppraisalItem,
    BatchItem,
    Decision,
    Extension,
)
from retention.schedule import Candidate, free_candidates
from retention.sight import seen_appraisals
from retention.terms import LONGEST_PERIOD

MOST_ITEMS: Final = 10_000
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided of one document; `years` for an extension only."""

    document_id: str
    decision: Decision
    reason: str
    years: int | None = None


def open_appraisal(
    session: Session, actor: Actor, scope: ReadableScope, *, title: str, document_ids: Sequence[str], today: date
) -> Appraisal:
    """Open an appraisal of documents that are all due, free of holds and in no other appraisal or batch.

    NotFound when one is out of sight, Conflict `not_due` names those that cannot be appraised.
    """
    actor.need(Right.RECORDS)
    title, wanted = title.strip(), list(dict.fromkeys(document_ids))
    if not 1 <= len(title) <= TITLE_MAX or not 1 <= len(wanted) <= MOST_ITEMS:
        raise Invalid(f"An appraisal has a title and 1 to {MOST_ITEMS} documents.", code="appraisal_unusable")
    chosen = _chosen(session, scope, wanted, today)
    appraisal = Appraisal(id=new_id(), title=title, opened_by=actor.id, opened_at=now())
    session.add(appraisal)
    session.flush()
    session.add_all(_item(appraisal, number, candidate) for number, candidate in enumerate(chosen, start=1))
    session.flush()
    record(session, actor, Act.APPRAISAL_OPENED, appraisal.id, detail={"title": title, "documents": len(chosen)})
    return appraisal


def _chosen(session: Session, scope: ReadableScope, wanted: list[str], today: date) -> list[Candidate]:
    found: dict[str, Candidate] = {}
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        rows = session.scalars(
            select(Document)
            .where(Document.id.in_(part), readable(scope))
            .order_by(Document.id)
            .with_for_update(of=Document)
        ).all()
        if len(rows) < len(part):
            raise NotFound
        found |= {candidate.document.id: candidate for candidate in free_candidates(session, rows, today)}
    if undue := [document_id for document_id in wanted if document_id not in found]:
        raise Conflict(
            f"{len(undue)} of the documents are not due, are held, or stand in another appraisal or batch.",
            code="not_due",
            documents=undue[:100],
        )
    return [found[document_id] for document_id in wanted]


def _item(appraisal: Appraisal, number: int, candidate: Candidate) -> AppraisalItem:
    view = candidate.view
    if view.due_date is None:
        raise ValueError(f"document {candidate.document.id} is due without a date")
    return AppraisalItem(
        appraisal_id=appraisal.id, document_id=candidate.document.id, ordinal=number, class_code=view.class_code,
        class_version=view.class_version, event=view.event.value if view.event else None,
        event_date=view.event_date, due_date=view.due_date, settled=False,
    )  # fmt: skip


def the_appraisal(session: Session, actor: Actor, appraisal_id: str, *, lock: bool = False) -> Appraisal:
    """The appraisal, for who keeps records, approves or audits and sees its whole list; NotFound alike otherwise."""
    asked = select(Appraisal).where(Appraisal.id == appraisal_id, seen_appraisals(actor))
    if lock:
        asked = asked.with_for_update(of=Appraisal)
    appraisal = session.scalar(asked.execution_options(populate_existing=lock))
    if appraisal is None:
        raise NotFound(reason="denied" if session.get(Appraisal, appraisal_id) else "absent")
    return appraisal


def appraisals(session: Session, actor: Actor, *, finished: bool) -> list[Appraisal]:
    """Appraisals in the actor's sight that are open, or finished; newest first."""
    stands = Appraisal.finished_at.is_not(None) if finished else Appraisal.finished_at.is_(None)
    asked = select(Appraisal).where(stands, seen_appraisals(actor))
    return list(session.scalars(asked.order_by(Appraisal.opened_at.desc())))


def decide(session: Session, actor: Actor, appraisal_id: str, verdicts: Sequence[Verdict]) -> Appraisal:
    """Decide on some or all of the items; a later decision replaces an earlier one until the appraisal is finished."""
    actor.need(Right.RECORDS)
    appraisal = _unfinished(session, actor, appraisal_id)
    _check(verdicts)
    items = {item.document_id: item for item in appraisal.items}
    if strange := [verdict.document_id for verdict in verdicts if verdict.document_id not in items]:
        raise Invalid(
            "Some of these documents are not in this appraisal.",
            errors=[{"field": document_id, "code": "not_an_item"} for document_id in strange[:100]],
        )
    if taken := [verdict.document_id for verdict in verdicts if items[verdict.document_id].settled]:
        raise Conflict("Some of these documents were withdrawn.", code="withdrawn_item", documents=taken[:100])
    at, alike = now(), dict[tuple[Decision, str, int | None], list[str]]()
    for verdict in verdicts:
        item = items[verdict.document_id]
        item.decision, item.reason, item.years = verdict.decision.value, verdict.reason.strip(), verdict.years
        item.decided_by, item.decided_at = actor.id, at
        alike.setdefault((verdict.decision, verdict.reason.strip(), verdict.years), []).append(item.document_id)
    for (decision, reason, years), document_ids in alike.items():
        told = {"appraisal": appraisal.id, "decision": decision.value, "reason": reason, "years": years}
        record_each(session, actor, Act.APPRAISAL_DECIDED, document_ids, detail=told)
    session.flush()
    return appraisal


def _unfinished(session: Session, actor: Actor, appraisal_id: str) -> Appraisal:
    appraisal = the_appraisal(session, actor, appraisal_id, lock=True)
    if appraisal.finished_at is not None:
        raise Conflict("This appraisal is finished; its decisions stand.", code="appraisal_finished")
    return appraisal


def _check(verdicts: Sequence[Verdict]) -> None:
    problems = []
    for verdict in verdicts:
        if not 1 <= len(verdict.reason.strip()) <= TEXT_MAX:
            problems.append({"field": f"{verdict.document_id}.reason", "code": "length"})
        if (verdict.decision is Decision.EXTEND) != (verdict.years is not None):
            problems.append({"field": f"{verdict.document_id}.years", "code": "extend_only"})
        if verdict.years is not None and not 1 <= verdict.years <= LONGEST_PERIOD:
            problems.append({"field": f"{verdict.document_id}.years", "code": "range"})
    if problems or not verdicts:
        raise Invalid(
            f"Each decision has a reason, and an extension 1 to {LONGEST_PERIOD} years.",
            code="decision_unusable",
            errors=problems[:100],
        )


def finish(session: Session, actor: Actor, appraisal_id: str, *, today: date) -> Appraisal:
    """Close the appraisal: extensions take effect, what is to be destroyed waits for a batch.

    Conflict `undecided` while an item has no decision (R13).
    """
    actor.need(Right.RECORDS)
    appraisal = _unfinished(session, actor, appraisal_id)
    standing = [item for item in appraisal.items if not item.settled]
    if undecided := [item.document_id for item in standing if item.decision is None]:
        raise Conflict(
            f"{len(undecided)} documents are not decided on yet.", code="undecided", documents=undecided[:100]
        )
    for item in standing:
        if item.decision != Decision.DESTROY:
            _extend(session, item, today)
    appraisal.finished_by, appraisal.finished_at = actor.id, now()
    counts = {d.value: sum(item.decision == d for item in standing) for d in Decision}
    record(session, actor, Act.APPRAISAL_FINISHED, appraisal.id, detail=counts)
    enqueue(session, Kind.STORE_REPORT, appraisal.id, key=f"report:{appraisal.id}")
    session.flush()
    return appraisal


def _extend(session: Session, item: AppraisalItem, today: date) -> None:
    """An extension counts from the due date, or from the day of the decision where that is later."""
    until = plus_years(max(item.due_date, today), item.years) if item.years is not None else None
    session.add(
        Extension(
            id=new_id(), document_id=item.document_id, appraisal_id=item.appraisal_id, earlier_due=item.due_date,
            until=until, made_at=now(),
        )
    )  # fmt: skip
    item.settled = True


def withdraw(session: Session, actor: Actor, appraisal_id: str, document_ids: Sequence[str], reason: str) -> Appraisal:
    """Take documents out, so that one that is held or no longer due keeps no other waiting; they may be appraised anew.

    Conflict for those that stand in a batch, or that nothing waits for any more.
    """
    actor.need(Right.RECORDS)
    appraisal, reason = the_appraisal(session, actor, appraisal_id, lock=True), reason_given(reason, TEXT_MAX)
    if not document_ids:
        wrong = [{"field": "document_ids", "code": "missing"}]
        raise Invalid("Say which documents are withdrawn.", errors=wrong)
    waiting = {item.document_id: item for item in appraisal.items if not item.settled}
    listed = select(BatchItem.document_id).where(
        BatchItem.document_id.in_(document_ids), BatchItem.state.in_(OPEN_ITEMS)
    )
    fixed = {*session.scalars(listed), *(set(document_ids) - set(waiting))}
    if fixed:
        raise Conflict(
            f"{len(fixed)} of these documents stand in a batch, or wait for nothing here.",
            code="not_withdrawable",
            documents=sorted(fixed)[:100],
        )
    for document_id in dict.fromkeys(document_ids):
        waiting[document_id].settled = True
        told = {"appraisal": appraisal.id, "reason": reason}
        record(session, actor, Act.APPRAISAL_WITHDRAWN, document_id, detail=told)
    session.flush()
    return appraisal


def report_no(appraisal: Appraisal) -> str:
    """The number under which a finished appraisal's report is cited. ValueError before that."""
    if appraisal.finished_at is None:
        raise ValueError(f"appraisal {appraisal.id} is not finished")
    return f"JD-{appraisal.finished_at.year}-{appraisal.id[:8].upper()}"


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One line of the appraisal report (鉴定报告): the item and its archival code."""

    item: AppraisalItem
    archival_code: str


def report(session: Session, appraisal: Appraisal) -> list[ReportLine]:
    """The lines of the report, in the order of the appraisal."""
    rows = session.execute(
        select(AppraisalItem, Document.archival_code)
        .join(Document, Document.id == AppraisalItem.document_id)
        .where(AppraisalItem.appraisal_id == appraisal.id)
        .order_by(AppraisalItem.ordinal)
    )
    return [ReportLine(item, code or "") for item, code in rows]
