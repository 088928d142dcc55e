"""When a document may be appraised, and why: one pure rule over class version, events and extensions.

Source: records-rules R04–R06, R10, R12, R20, R38. A hold does not move the date; it keeps what is due from choice.
A data subject's request that was granted brings it forward, never before the least period that the law wants.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from retention.dates import CALENDAR, FiscalYear, first_day, plus_years
from retention.terms import Counts, Event, Terms


class Status(StrEnum):
    """Where a document stands in its retention."""

    UNAPPROVED = "unapproved"
    WAITING = "waiting"
    RUNNING = "running"
    DUE = "due"
    PERMANENT = "permanent"
    IN_BATCH = "in_batch"
    DESTROYING = "destroying"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as a stable code with its values; `retention.sentences` puts it into words."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClassVersion:
    """A version of a class as the rule sees it; `in_force` once an approver has approved it."""

    terms: Terms
    version: int
    in_force: bool


@dataclass(frozen=True, slots=True)
class Happened:
    """One event that stands (superseded ones are left out)."""

    event: Event
    occurred_on: date


@dataclass(frozen=True, slots=True)
class Extended:
    """One extension by appraisal (续存); without `until` it is permanent."""

    until: date | None


@dataclass(frozen=True, slots=True)
class Requested:
    """A data subject's request to delete that was granted: its number, its ground (PIPL art. 47), since when."""

    number: str
    ground: str
    on: date


@dataclass(frozen=True, slots=True)
class Due:
    """The outcome: `date` is the first day on which appraisal may happen, None while there is none."""

    date: date | None
    status: Status
    event: Happened | None
    because: tuple[Reason, ...]


def counted(terms: Terms, events: Iterable[Happened]) -> Happened | None:
    """The one event that counts, None while none of the class's events happened."""
    fitting = sorted((e for e in events if e.event in terms.events), key=lambda e: (e.occurred_on, e.event))
    if not fitting:
        return None
    return fitting[0] if terms.counts is Counts.FIRST else fitting[-1]


def due(
    klass: ClassVersion | None,
    events: Sequence[Happened],
    extensions: Sequence[Extended],
    today: date,
    fiscal: FiscalYear = CALENDAR,
    *,
    requested: Requested | None = None,
) -> Due:
    """When a document of this class with these events may be appraised, as seen on `today`."""
    if klass is None:
        return Due(None, Status.WAITING, None, (Reason("no_class"),))
    terms = klass.terms
    named = Reason("class", {"code": terms.code, "version": str(klass.version), "basis": terms.basis})
    if not klass.in_force:
        return Due(None, Status.UNAPPROVED, None, (Reason("class_unapproved", {"code": terms.code}),))
    if terms.period_years is None:
        return Due(None, Status.PERMANENT, None, (named, Reason("permanent")))
    if any(extension.until is None for extension in extensions):
        return Due(None, Status.PERMANENT, None, (named, Reason("permanent_by_appraisal")))
    usual = _usual(terms, named, counted(terms, events), extensions, today, fiscal=fiscal)
    return _brought_forward(terms, usual, requested, today, fiscal) if requested else usual


def _usual(
    terms: Terms,
    named: Reason,
    happened: Happened | None,
    extensions: Sequence[Extended],
    today: date,
    *,
    fiscal: FiscalYear,
) -> Due:
    if happened is None:
        return Due(None, Status.WAITING, None, (named, Reason("no_event", {"events": " ".join(terms.events)})))
    start = first_day(terms.start_rule, happened.event, happened.occurred_on, fiscal)
    day = plus_years(start, terms.period_years or 0)
    because = (named, _period(terms, happened, start, day))
    return _extended(happened, day, because, extensions, today)


def lawful_from(terms: Terms, happened: Happened | None, fiscal: FiscalYear = CALENDAR) -> date | None:
    """The first day on which the class's floor lets it go early; None while the floor has not begun to run."""
    if not terms.floor_years:
        return date.min
    if happened is None:
        return None
    return plus_years(first_day(terms.start_rule, happened.event, happened.occurred_on, fiscal), terms.floor_years)


def _brought_forward(terms: Terms, usual: Due, requested: Requested, today: date, fiscal: FiscalYear) -> Due:
    lawful = lawful_from(terms, usual.event, fiscal)
    if lawful is None:
        return usual
    day = max(lawful, requested.on)
    if usual.date is not None and usual.date <= day:
        return usual
    told = {"number": requested.number, "ground": requested.ground, "due": day.isoformat()}
    because = (*usual.because, Reason("erasure_requested", told))
    return Due(day, Status.DUE if day <= today else Status.RUNNING, usual.event, because)


def _period(terms: Terms, happened: Happened, start: date, day: date) -> Reason:
    values = {
        "years": str(terms.period_years), "event": happened.event.value, "counts": terms.counts.value,
        "occurred_on": happened.occurred_on.isoformat(), "start_rule": terms.start_rule.value,
        "start": start.isoformat(), "due": day.isoformat(),
    }  # fmt: skip
    return Reason("period", values)


def _extended(
    happened: Happened, day: date, because: tuple[Reason, ...], extensions: Sequence[Extended], today: date
) -> Due:
    latest = max((e.until for e in extensions if e.until is not None), default=day)
    if latest > day:
        because = (*because, Reason("extended", {"from": day.isoformat(), "until": latest.isoformat()}))
        day = latest
    return Due(day, Status.DUE if day <= today else Status.RUNNING, happened, because)
