"""Results of the four-property checks, kept for ever: one row for each document and time it was looked at.

They say nothing of what stands on the paper, and stay when it is destroyed, like its stub.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Index, String, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.access import ReadableScope
from archive.audit import SCHEDULER, Act, record
from archive.base import Id, Row, new_id, now
from archive.database import in_turn
from archive.documents import Document, State
from archive.errors import Conflict
from archive.jobs import Kind, enqueue
from archive.properties import SCHEME, Outcome, Phase, Result, Verdict, outcome
from archive.readable import readable

SETTLED: Final = (State.REVIEW.value, State.FILED.value, State.QUARANTINED.value, State.NEEDS_PASSWORD.value)
_ASKING: Final = 0x70726F70  # «prop», the advisory lock under which looks are queued
WITHIN: Final = timedelta(days=365)
WITHIN_PERMANENT: Final = timedelta(days=90)
"""How often what is kept is looked at again, and what is kept permanently (records-rules §4)."""


class PropertyCheck(Row):
    """One look at one document. `results` holds an item's code, its verdict and the reason, in the scheme's order."""

    __tablename__ = "property_check"
    __table_args__ = (Index("ix_property_check_document_at", "document_id", "at"), Index("ix_property_check_at", "at"))

    id: Mapped[Id]
    document_id: Mapped[str] = mapped_column(String(36))
    reading: Mapped[int]
    phase: Mapped[str] = mapped_column(String(12))
    scheme: Mapped[int]
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(12))
    scanner: Mapped[str] = mapped_column(String(120))
    results: Mapped[list[Any]]


def keep(session: Session, document: Document, phase: Phase, results: Sequence[Result], scanner: str) -> PropertyCheck:
    """Keep what was found, and log it."""
    row = PropertyCheck(
        id=new_id(), document_id=document.id, reading=document.reading, phase=phase.value, scheme=SCHEME, at=now(),
        outcome=outcome(results).value, scanner=scanner,
        results=[[result.code, result.verdict.value, result.reason] for result in results],
    )  # fmt: skip
    session.add(row)
    failed = [result.code for result in results if result.verdict is Verdict.FAILED]
    told = {"phase": phase.value, "outcome": row.outcome, "failed": failed}
    record(session, SCHEDULER, Act.DOCUMENT_CHECKED, document.id, detail=told)
    return row


def need_no_veto(session: Session, document: Document) -> None:
    """Conflict while the last look at this reading of the document ended in a veto."""
    mine = (PropertyCheck.document_id == document.id) & (PropertyCheck.reading == document.reading)
    last = session.scalar(select(PropertyCheck).where(mine).order_by(PropertyCheck.at.desc()).limit(1))
    if last is not None and last.outcome == Outcome.VETOED:
        failed = ", ".join(code for code, verdict, _ in last.results if verdict == Verdict.FAILED)
        raise Conflict(f"The check of its four properties forbids it ({failed}). Have it scanned again.", code="vetoed")


def ask(session: Session, document_id: str, phase: Phase, key: str) -> None:
    """Queue a look; the same key twice is one."""
    enqueue(session, Kind.CHECK_PROPERTIES, document_id, key=f"properties:{phase}:{document_id}:{key}",
            args={"phase": phase.value}, priority=-1)  # fmt: skip


def ask_for_due(session: Session, permanent: Sequence[str], limit: int) -> int:
    """Queue looks at what came in and was not looked at, then at what was not for so long; how many."""
    in_turn(session, _ASKING)  # every scheduler asks
    there = Document.destroyed_at.is_(None) & Document.destroying.is_(False) & Document.state.in_(SETTLED)
    asked = select(Document.id, Document.reading).where(there).limit(limit)
    came = session.execute(asked.where(~_looked(PropertyCheck.reading == Document.reading))).all()
    for document_id, reading in came:
        ask(session, document_id, Phase.INTAKE, str(reading))
    at = now()
    late = ~_looked(PropertyCheck.at > at - WITHIN)
    late |= Document.retention_class.in_(permanent) & ~_looked(PropertyCheck.at > at - WITHIN_PERMANENT)
    before = _looked(PropertyCheck.reading == Document.reading)
    again = session.execute(asked.where(before, late).limit(max(0, limit - len(came)))).all()
    for document_id, _ in again:
        ask(session, document_id, Phase.SCHEDULE, f"{at:%Y-%m-%d}")
    return len(came) + len(again)


def ask_for_folder(session: Session, scope: ReadableScope, folder_id: str, phase: Phase) -> int:
    """Queue looks at what may be read of a folder, such as before it is handed over; how many."""
    there = (Document.folder_id == folder_id) & Document.destroyed_at.is_(None) & Document.destroying.is_(False)
    ids = session.scalars(select(Document.id).where(there, readable(scope), Document.state.in_(SETTLED))).all()
    asked = new_id()
    for document_id in ids:
        ask(session, document_id, phase, asked)
    return len(ids)


def checks_of(session: Session, document: Document) -> Sequence[PropertyCheck]:
    """Every look at a document that may be read, newest first."""
    mine = PropertyCheck.document_id == document.id
    return session.scalars(select(PropertyCheck).where(mine).order_by(PropertyCheck.at.desc())).all()


def _looked(when: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(PropertyCheck.document_id == Document.id, when)


@dataclass(frozen=True, slots=True)
class Month:
    """What was found between two moments: by phase and outcome, by item and verdict, and with which scanners."""

    since: datetime
    until: datetime
    outcomes: Counter[tuple[str, str]]
    verdicts: Counter[tuple[str, str]]
    scanners: Counter[str]


def tallied(session: Session, since: datetime, until: datetime) -> Month:
    """Counts over all looks of the time; nothing of any document."""
    found = Month(since, until, Counter(), Counter(), Counter())
    within = (PropertyCheck.at >= since) & (PropertyCheck.at < until)
    columns = (PropertyCheck.phase, PropertyCheck.outcome, PropertyCheck.scanner, PropertyCheck.results)
    for phase, ended, scanner, results in session.execute(
        select(*columns).where(within).execution_options(yield_per=1000)
    ):
        found.outcomes[phase, ended] += 1
        found.scanners[scanner] += 1
        found.verdicts.update((code, verdict) for code, verdict, _ in results)
    return found


def failures(
    session: Session, scope: ReadableScope, since: datetime, until: datetime, limit: int
) -> list[tuple[PropertyCheck, Document]]:
    """Looks that found something wrong with documents that may be read, newest first."""
    bad = PropertyCheck.outcome.in_((Outcome.VETOED.value, Outcome.FAILED.value))
    within = (PropertyCheck.at >= since) & (PropertyCheck.at < until)
    asked = select(PropertyCheck, Document).join(Document, Document.id == PropertyCheck.document_id)
    rows = session.execute(asked.where(bad, within, readable(scope)).order_by(PropertyCheck.at.desc()).limit(limit))
    return [(check, document) for check, document in rows.unique()]
