"""Where documents stand in their retention, and which may be appraised: rows in, the pure rule of `retention.due` out.

SQL narrows by class and event; the rule decides. Nothing here asks a search index (invariant 8).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, tuple_
from sqlalchemy.orm import Session

from archive.access import ReadableScope
from archive.documents import Document, State
from archive.readable import readable
from retention.classes import RetentionClass, class_in_force
from retention.dates import latest_start
from retention.disposal import OPEN_ITEM, OPEN_ITEMS, UNSETTLED_ITEM, AppraisalItem, BatchItem, Extension
from retention.due import (
    ClassVersion,
    Due,
    Extended,
    Happened,
    Reason,
    Requested,
    Status,
    counted,
    due,
    lawful_from,
)
from retention.events import TriggerEvent
from retention.holds import Hold, held_documents, holds_of
from retention.requests import ErasureItem, ErasureRequest, Outcome
from retention.subjects import SubjectKind, of_document
from retention.terms import Counts, Event, Level, StartRule, Terms

LARGEST_PAGE = 500
SETTLED_STATES = (State.FILED.value, State.REVIEW.value)


@dataclass(frozen=True, slots=True)
class RetentionView:
    """Retention as a document shows it. `status` is the rule's, unless a batch or a destruction stands above it."""

    class_code: str | None
    class_version: int | None
    level: Level
    status: Status
    event: Event | None
    event_date: date | None
    due_date: date | None
    holds: tuple[Hold, ...]
    why: tuple[Reason, ...]
    appraised: bool
    destroyed: bool
    terms: Terms | None = None
    lawful_from: date | None = None
    """The first day on which the class's floor lets it go early; None where it has no class, or its floor no start."""
    requested: Requested | None = None

    @property
    def free(self) -> bool:
        """Whether it may be chosen for appraisal now; the stub of what was destroyed may not."""
        return self.status is Status.DUE and not self.holds and not self.appraised and not self.destroyed


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that is due, and its standing."""

    document: Document
    view: RetentionView


def retention_of(session: Session, document: Document, today: date) -> RetentionView:
    """Where one document stands, as seen on `today` (the organisation's date)."""
    return assess(session, [document], today)[document.id]


@dataclass(frozen=True, slots=True)
class _Rows:
    """What the rows say of documents that have a class: by document, events by subject."""

    versions: dict[str, ClassVersion] = field(default_factory=dict)
    events: dict[tuple[SubjectKind, str], list[Happened]] = field(default_factory=dict)
    extended: dict[str, list[Extended]] = field(default_factory=dict)
    listed: frozenset[str] = frozenset()
    appraised: frozenset[str] = frozenset()
    requested: dict[str, Requested] = field(default_factory=dict)


def assess(session: Session, documents: Sequence[Document], today: date) -> dict[str, RetentionView]:
    """Where each document stands; a handful of questions for any number of documents, one where none has a class."""
    held, rows = holds_of(session, documents), _rows(session, documents)
    found = {}
    for document in documents:
        klass = rows.versions.get(document.id)
        happened = [event for s in of_document(document) for event in rows.events.get((s.kind, s.id), [])]
        requested = rows.requested.get(document.id)
        outcome = due(klass, happened, rows.extended.get(document.id, []), today, requested=requested)
        lists = (document.id in rows.appraised, document.id in rows.listed)
        view = _view(document, klass, outcome, held.get(document.id, []), lists)
        lawful = lawful_from(klass.terms, counted(klass.terms, happened)) if klass else None
        found[document.id] = replace(view, lawful_from=lawful, requested=requested)
    return found


def _rows(session: Session, documents: Sequence[Document]) -> _Rows:
    """Without a class nothing is ever due, so such documents are in no appraisal, batch or extension."""
    classed = [document for document in documents if document.retention_class]
    if not classed:
        return _Rows()
    return _Rows(
        _versions(session, classed), _events(session, classed), _extensions(session, classed),
        _listed(session, classed), _appraised(session, classed), _requested(session, classed),
    )  # fmt: skip


def _view(
    document: Document, klass: ClassVersion | None, outcome: Due, holds: Sequence[Hold], lists: tuple[bool, bool]
) -> RetentionView:
    """`lists`: whether it stands in an appraisal, and in a batch; their titles are for who sees the whole list."""
    status, why = outcome.status, [*outcome.because, *_doubts(document, outcome)]
    why += [Reason("held", {"since": hold.placed_at.date().isoformat(), "title": hold.title}) for hold in holds]
    if lists[0]:
        why.append(Reason("in_appraisal"))
    if lists[1]:
        status = Status.IN_BATCH
        why.append(Reason("in_batch"))
    if document.destroying:
        status = Status.DESTROYING
        why.append(Reason("destroying"))
    return RetentionView(
        class_code=document.retention_class, class_version=klass.version if klass else None,
        level=klass.terms.level if klass else Level.DOCUMENT, status=status,
        event=outcome.event.event if outcome.event else None,
        event_date=outcome.event.occurred_on if outcome.event else None,
        due_date=outcome.date, holds=tuple(holds), why=tuple(why), appraised=lists[0],
        destroyed=document.destroyed_at is not None, terms=klass.terms if klass else None,
    )  # fmt: skip


def _doubts(document: Document, outcome: Due) -> list[Reason]:
    """An event that is earlier than the paper it is about: perhaps it was recorded for the whole folder."""
    if outcome.event is None or document.dated is None or document.dated <= outcome.event.occurred_on:
        return []
    told = {"occurred_on": outcome.event.occurred_on.isoformat(), "dated": document.dated.isoformat()}
    return [Reason("event_before_paper", told)]


def class_version(row: RetentionClass) -> ClassVersion:
    """A class's row as the rule sees it."""
    return ClassVersion(row.terms, row.version, row.in_force)


def _versions(session: Session, documents: Sequence[Document]) -> dict[str, ClassVersion]:
    """The class version of each document; one that was given a class without a version counts as the one in force."""
    wanted = {(d.retention_class, d.class_version) for d in documents if d.retention_class and d.class_version}
    rows = session.scalars(
        select(RetentionClass).where(tuple_(RetentionClass.code, RetentionClass.version).in_(wanted))
    )
    known = {(row.code, row.version): class_version(row) for row in rows}
    bare = {d.retention_class for d in documents if d.retention_class and d.class_version is None}
    in_force = {code: class_version(class_in_force(session, code)) for code in bare}
    found = {}
    for document in documents:
        code, version = document.retention_class, document.class_version
        if code:
            found[document.id] = in_force[code] if version is None else known[code, version]
    return found


def _events(session: Session, documents: Sequence[Document]) -> dict[tuple[SubjectKind, str], list[Happened]]:
    subjects = {(s.kind.value, s.id) for document in documents for s in of_document(document)}
    rows = session.execute(
        select(TriggerEvent.subject_kind, TriggerEvent.subject_id, TriggerEvent.event, TriggerEvent.occurred_on).where(
            TriggerEvent.superseded_by.is_(None),
            TriggerEvent.subject_id.in_({subject_id for _, subject_id in subjects}),
        )
    )
    found: dict[tuple[SubjectKind, str], list[Happened]] = {}
    for kind, subject_id, event, occurred_on in rows:
        found.setdefault((SubjectKind(kind), subject_id), []).append(Happened(Event(event), occurred_on))
    return found


def _extensions(session: Session, documents: Sequence[Document]) -> dict[str, list[Extended]]:
    rows = session.execute(
        select(Extension.document_id, Extension.until).where(Extension.document_id.in_([d.id for d in documents]))
    )
    found: dict[str, list[Extended]] = {}
    for document_id, until in rows:
        found.setdefault(document_id, []).append(Extended(until))
    return found


def _requested(session: Session, documents: Sequence[Document]) -> dict[str, Requested]:
    """What data subjects asked to be deleted, and were granted; of several the first that was."""
    rows = session.execute(
        select(ErasureItem.document_id, ErasureRequest.number, ErasureRequest.ground, ErasureItem.decided_on)
        .join(ErasureRequest, ErasureRequest.id == ErasureItem.request_id)
        .where(ErasureItem.document_id.in_([d.id for d in documents]), ErasureItem.outcome == Outcome.DELETE.value)
        .order_by(ErasureItem.decided_on.desc(), ErasureRequest.number.desc())
    )
    return {document_id: Requested(number, ground, on) for document_id, number, ground, on in rows if on}


def _listed(session: Session, documents: Sequence[Document]) -> frozenset[str]:
    asked = select(BatchItem.document_id).where(BatchItem.state.in_(OPEN_ITEMS))
    return frozenset(session.scalars(asked.where(BatchItem.document_id.in_([d.id for d in documents]))))


def _appraised(session: Session, documents: Sequence[Document]) -> frozenset[str]:
    asked = select(AppraisalItem.document_id).where(AppraisalItem.settled.is_(False))
    return frozenset(session.scalars(asked.where(AppraisalItem.document_id.in_([d.id for d in documents]))))


def candidates(
    session: Session, scope: ReadableScope, today: date, *, after: str = "", size: int = 50
) -> tuple[list[Candidate], str]:
    """Documents that are due and free, by id from `after` on, and where to go on (empty at the end)."""
    size = min(max(size, 1), LARGEST_PAGE)
    found: list[Candidate] = []
    narrowed = eligible(session, today) & readable(scope)
    while len(found) <= size:
        rows = session.scalars(
            select(Document).where(narrowed, Document.id > after).order_by(Document.id).limit(size + 1)
        ).all()
        found += free_candidates(session, rows, today)
        if len(rows) <= size:
            break
        after = rows[-1].id
    return found[:size], found[size - 1].document.id if len(found) > size else ""


def free_candidates(session: Session, documents: Sequence[Document], today: date) -> list[Candidate]:
    """Those that the rule finds due and free; folder-level ones only if their whole folder is (R08)."""
    views = assess(session, documents, today)
    free = [Candidate(document, views[document.id]) for document in documents if views[document.id].free]
    kept = kept_by_folder(session, [(c.document, c.view) for c in free], today)
    return [candidate for candidate in free if candidate.document.id not in kept]


def kept_by_folder(session: Session, seen: Iterable[tuple[Document, RetentionView]], today: date) -> set[str]:
    """Those of these documents that a neighbour keeps: folder-level ones go with their whole folder or not (R08).

    What a data subject's request brought forward goes by itself.
    """
    whole = [(d, d.folder_id) for d, view in seen if view.level is Level.FOLDER and not view.requested]
    blocked = _blocked(session, {folder_id for _, folder_id in whole if folder_id}, today)
    return {document.id for document, folder_id in whole if folder_id in blocked}


def _blocked(session: Session, folder_ids: Iterable[str], today: date) -> set[str]:
    """Folders with a member that is held, unread, or of a folder-level class and not due (records-rules R08)."""
    blocked = set()
    for folder_id in folder_ids:
        members = session.scalars(
            select(Document).where(Document.folder_id == folder_id, Document.destroyed_at.is_(None))
        ).all()
        views = assess(session, members, today)
        if any(_blocks(member, views[member.id], today) for member in members):
            blocked.add(folder_id)
    return blocked


def _blocks(member: Document, view: RetentionView, today: date) -> bool:
    """By its date, not its status: a member whose event was corrected while it stands in a batch keeps its folder."""
    due_now = view.due_date is not None and view.due_date <= today
    undue = view.level is Level.FOLDER and not due_now and not member.destroying
    return undue or bool(view.holds) or member.state not in SETTLED_STATES


def eligible(session: Session, today: date) -> ColumnElement[bool]:
    """What SQL can say of being due and free, as a condition on Document; wider than the rule, never narrower."""
    classes = session.scalars(
        select(RetentionClass).where(RetentionClass.approved_at.is_not(None), RetentionClass.period_years.is_not(None))
    ).all()
    ripe = or_(false(), *(_ripe(row, today) for row in classes))
    listed = exists().where(BatchItem.document_id == Document.id, OPEN_ITEM)
    appraised = exists().where(AppraisalItem.document_id == Document.id, UNSETTLED_ITEM)
    later = or_(Extension.until.is_(None), Extension.until > today)
    extended = exists().where(Extension.document_id == Document.id, later)
    whole = and_(
        Document.state.in_(SETTLED_STATES),
        Document.folder_id.is_not(None),
        Document.destroying.is_(False),
        Document.destroyed_at.is_(None),
    )
    free = and_(~held_documents(), ~listed.correlate(Document), ~appraised.correlate(Document))
    granted = exists().where(ErasureItem.document_id == Document.id, ErasureItem.outcome == Outcome.DELETE.value)
    usual = and_(ripe, ~extended.correlate(Document))
    return and_(whole, free, or_(usual, granted.correlate(Document)))


def _ripe(row: RetentionClass, today: date) -> ColumnElement[bool]:
    """The class's documents whose counted event lies far enough back."""
    terms = row.terms
    last = latest_event(terms, today)
    mine = and_(Document.retention_class == row.code, Document.class_version == row.version)
    happened = _happened(terms, TriggerEvent.occurred_on <= last)
    if terms.counts is Counts.FIRST:
        return and_(mine, happened)
    return and_(mine, happened, ~_happened(terms, TriggerEvent.occurred_on > last))


def latest_event(terms: Terms, today: date) -> date:
    """The latest day of an event of this class whose period can be over today."""
    if terms.period_years is None:
        return date.min
    start = latest_start(today, terms.period_years)
    if terms.start_rule is StartRule.NEXT_YEAR and start.year > 1:
        return date(start.year - 1, 12, 31)
    return start


def _happened(terms: Terms, when: ColumnElement[bool]) -> ColumnElement[bool]:
    kind, subject = TriggerEvent.subject_kind, TriggerEvent.subject_id
    reached = or_(
        and_(kind == SubjectKind.DOCUMENT.value, subject == Document.id),
        and_(kind == SubjectKind.FOLDER.value, subject == Document.folder_id),
        and_(kind == SubjectKind.CUSTOMER.value, subject == Document.customer_id),
    )
    names = [event.value for event in terms.events]
    stands = and_(TriggerEvent.superseded_by.is_(None), TriggerEvent.event.in_(names))
    return exists().where(stands, reached, when).correlate(Document)
