"""Trigger events from a list (CSV): looked at as a whole, then recorded as a whole or not at all (records-rules R04).

    event,code,occurred_on,evidence
    contract_performed,A001-2019-SALES-0007,2019-06-30,验收单 17

A code is a document's archival code, a folder's code or a customer's number; columns may be parted by tabs.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive.access import Actor, ReadableScope
from archive.documents import Document
from archive.errors import Invalid, Refusal
from archive.rights import Right
from retention.events import EventOrder, TriggerEvent, check_event, dated_later, record_event
from retention.subjects import Subject, members, subject_named
from retention.terms import Event

COLUMNS: Final = ("event", "code", "occurred_on", "evidence")
MOST_LINES: Final = 10_000
_DAY: Final = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: its number (the head is line 1), the order it makes, or the code of what is wrong with it."""

    number: int
    code: str
    order: EventOrder | None
    documents: int = 0
    problem: str = ""
    later: int = 0
    """How many of its documents, of those in sight, are dated after the event: to be looked at, no hindrance."""


def look_at(session: Session, actor: Actor, scope: ReadableScope, text: str, *, today: date) -> list[Line]:
    """What recording this list would do, line by line; nothing is written. Invalid when it is no such list."""
    actor.need(Right.RECORDS)
    seen: dict[tuple[str, Subject, date], int] = {}
    found = []
    for number, row in _rows(text):
        line = _line(session, scope, number, row, today)
        if line.order is not None:
            same = (line.order.event.value, line.order.subject, line.order.occurred_on)
            if seen.setdefault(same, number) != number:
                line = Line(number, line.code, None, problem="stands_twice")
        found.append(line)
    return found


def record_list(
    session: Session, actor: Actor, scope: ReadableScope, lines: Sequence[Line], *, today: date
) -> list[TriggerEvent]:
    """Record every line of a list that was looked at. Invalid names those that cannot be recorded; then none is."""
    faults = [{"field": f"line {line.number}", "code": line.problem} for line in lines if line.problem]
    if faults:
        raise Invalid(
            f"{len(faults)} lines cannot be recorded; nothing was.", code="list_unusable", errors=faults[:100]
        )
    return [record_event(session, actor, scope, line.order, today=today) for line in lines if line.order]


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines by their columns' names; a byte-order mark and blank lines do not count."""
    text = text.removeprefix("\ufeff")
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter="\t" if "\t" in head else ",", strict=True)
    try:
        rows = [
            (reader.line_num, [cell.strip() for cell in row]) for row in reader if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise Invalid(
            "This is no CSV list.", code="list_unusable", errors=[{"field": "csv", "code": str(error)}]
        ) from error
    if len(rows) - 1 not in range(1, MOST_LINES + 1) or tuple(rows[0][1]) != COLUMNS:
        raise Invalid(f"The list has the head «{','.join(COLUMNS)}» and 1 to {MOST_LINES} lines.", code="list_unusable")
    for number, row in rows[1:]:
        yield number, dict(zip(COLUMNS, [*row, *[""] * len(COLUMNS)], strict=False)) if len(row) <= len(COLUMNS) else {}


def _day(text: str) -> date | None:
    """A day, year first, as spreadsheets write it too: 2019-06-30, 2019/6/30, 2019年6月30日."""
    parts = _DAY.fullmatch(text)
    try:
        return date(*map(int, parts.groups())) if parts else date.fromisoformat(text)
    except ValueError:
        return None


def _line(session: Session, scope: ReadableScope, number: int, row: dict[str, str], today: date) -> Line:
    code = row.get("code", "")
    if not row:
        return Line(number, code, None, problem="columns")
    if row["event"] not in set(Event):
        return Line(number, code, None, problem="event_unknown")
    day = _day(row["occurred_on"])
    if day is None:
        return Line(number, code, None, problem="date")
    try:
        subject = subject_named(session, scope, code)
    except Invalid:
        return Line(number, code, None, problem="code_unknown")
    order = EventOrder(Event(row["event"]), subject, day, row["evidence"])
    try:
        check_event(order, today)
    except Refusal:
        return Line(number, code, None, problem="event_unusable")
    reached = select(func.count()).select_from(Document).where(members(subject), Document.destroyed_at.is_(None))
    return Line(number, code, order, session.scalar(reached) or 0, later=dated_later(session, scope, subject, day))
