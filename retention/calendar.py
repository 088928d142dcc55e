"""What falls due in the years to come, and what was destroyed, by class and year: counts made by set operations.

A document counts with its counted event and its extension; holds, appraisals and whole folders do not move a date, and
so do not show here. Documents without an event have no date and stand in no year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Subquery, and_, extract, func, or_, select, union_all
from sqlalchemy.orm import Session

from archive.access import Actor, ReadableScope
from archive.documents import Document
from archive.readable import readable
from retention.classes import RetentionClass
from retention.disposal import DestructionBatch, Extension
from retention.due import ClassVersion, Extended, Happened, due
from retention.events import TriggerEvent
from retention.schedule import class_version
from retention.sight import seen_batches
from retention.subjects import SubjectKind
from retention.terms import Counts, Event, StartRule, Terms

YEARS: Final = 10


@dataclass(slots=True)
class Row:
    """One class: how many are due already, in each of the coming years, and later."""

    code: str
    overdue: int = 0
    years: dict[int, int] = field(default_factory=dict)
    later: int = 0

    def add(self, day: date, count: int, today: date) -> None:
        """Count so many documents whose date is that day."""
        if day <= today:
            self.overdue += count
        elif day.year < today.year + YEARS:
            self.years[day.year] = self.years.get(day.year, 0) + count
        else:
            self.later += count


def calendar(session: Session, scope: ReadableScope, today: date) -> list[Row]:
    """The classes that have dates, by code; permanent ones have none."""
    found: dict[str, Row] = {}
    classes = session.scalars(
        select(RetentionClass)
        .where(RetentionClass.approved_at.is_not(None), RetentionClass.period_years.is_not(None))
        .order_by(RetentionClass.code, RetentionClass.version)
    ).all()
    for version in classes:
        row = found.setdefault(version.code, Row(version.code))
        for day, count in _dates(session, scope, version, today):
            row.add(day, count, today)
    return [row for row in found.values() if row.overdue or row.years or row.later]


def _dates(session: Session, scope: ReadableScope, version: RetentionClass, today: date) -> list[tuple[date, int]]:
    """The dates of a version's documents with how many have each: one question, however many documents.

    Events are brought together as far as the rule's answer cannot differ; the rule itself gives the date.
    """
    told_apart = _told_apart(version.terms)
    counted = _counted(version, scope, told_apart)
    days = [counted.c[f"day_{number}"] for number in range(len(told_apart))]
    until = func.max(Extension.until).label("until")
    extended = select(Extension.document_id, until).group_by(Extension.document_id).subquery()
    forever = select(Extension.document_id).where(Extension.until.is_(None))
    rows = session.execute(
        select(func.count(), extended.c.until, *days)
        .join(extended, extended.c.document_id == counted.c.id, isouter=True)
        .where(counted.c.id.not_in(forever))
        .group_by(extended.c.until, *days)
    )
    klass = class_version(version)
    return [(_due(klass, told_apart, on, until, today), count) for count, until, *on in rows]


def _told_apart(terms: Terms) -> tuple[Event, ...]:
    """The events whose names the rule asks for: all where a fiscal year's end says itself when it was, else one."""
    return terms.events if terms.start_rule is StartRule.AFTER_FISCAL_YEAR else terms.events[:1]


def _due(
    klass: ClassVersion, events: Sequence[Event], days: Sequence[date | None], until: date | None, today: date
) -> date:
    happened = [Happened(event, on) for event, on in zip(events, days, strict=True) if on is not None]
    return due(klass, happened, [Extended(until)] if until else [], today).date or date.max


def _counted(version: RetentionClass, scope: ReadableScope, told_apart: Sequence[Event]) -> Subquery:
    """Each document of the version with the days that may count; through three indexes, one for each size.

    A column for each event that is told apart, or one for all.
    """
    mine = and_(
        Document.retention_class == version.code, Document.class_version == version.version,
        Document.destroyed_at.is_(None), Document.destroying.is_(False), readable(scope),
    )  # fmt: skip
    columns: Mapping[SubjectKind, ColumnElement[Any]] = {
        SubjectKind.DOCUMENT: Document.id.expression, SubjectKind.FOLDER: Document.folder_id.expression,
        SubjectKind.CUSTOMER: Document.customer_id.expression,
    }  # fmt: skip
    reached = union_all(*(_reached(version, kind, column, mine) for kind, column in columns.items())).subquery()
    last = func.min if version.counts == Counts.FIRST else func.max
    apart = [event.value for event in told_apart] if len(told_apart) > 1 else []
    days = [last(reached.c.occurred_on).filter(reached.c.event == name) for name in apart]
    named = [day.label(f"day_{number}") for number, day in enumerate(days or [last(reached.c.occurred_on)])]
    return select(reached.c.id, *named).group_by(reached.c.id).subquery()


def _reached(
    version: RetentionClass, kind: SubjectKind, column: ColumnElement[Any], mine: ColumnElement[bool]
) -> Select[str, str, date]:
    same = and_(TriggerEvent.subject_kind == kind.value, TriggerEvent.subject_id == column)
    stands = and_(TriggerEvent.superseded_by.is_(None), TriggerEvent.event.in_(version.events))
    asked = select(Document.id, TriggerEvent.event, TriggerEvent.occurred_on)
    return asked.join(TriggerEvent, same).where(mine, stands)


def destroyed(session: Session, actor: Actor, scope: ReadableScope) -> list[tuple[str, int, int, int]]:
    """What was destroyed, in a batch that the actor sees or of what they could read: class, year, items, pages.

    Stubs stay for good, so the counts do.
    """
    seen = Document.certificate_no.in_(select(DestructionBatch.certificate_no).where(seen_batches(actor)))
    year = extract("year", Document.destroyed_at)
    rows = session.execute(
        select(Document.retention_class, year, func.count(), func.coalesce(func.sum(Document.page_count), 0))
        .where(Document.destroyed_at.is_not(None), Document.certificate_no.is_not(None), or_(readable(scope), seen))
        .group_by(Document.retention_class, year)
        .order_by(year.desc(), Document.retention_class)
    )
    return [(code or "", int(when), count, int(pages or 0)) for code, when, count, pages in rows]
