"""Retention classes (保管期限表): proposed by one person, approved by another, versioned and never edited.

A document keeps the version that it was given until a recorded act gives it another (records-rules R01–R03).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import CheckConstraint, Index, String, func, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.access import Actor
from archive.audit import OPERATOR, Act, Machine, record
from archive.base import Row, now
from archive.database import in_turn
from archive.documents import Document
from archive.errors import Conflict, Forbidden, Invalid, NotFound
from archive.own_types import newest_types
from archive.people import humans
from archive.rights import Right
from retention.seed import OWN_CLASS, PROPOSED_FOR, SEED
from retention.terms import (
    LEAST_APPROVERS,
    LONGEST_PERIOD,
    MOST_APPROVERS,
    Action,
    Counts,
    Event,
    Level,
    StartRule,
    Terms,
)

CODE: Final = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*")
CODE_MAX: Final = 20
TITLE_MAX: Final = 200


class ClassStatus(StrEnum):
    """Where a version stands. Only an approved or superseded one gives due dates."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    SUPERSEDED = "superseded"


class RetentionClass(Row):
    """One version of one class. Of a code at most one version is approved at a time."""

    __tablename__ = "retention_class"
    __table_args__ = (
        CheckConstraint("(period_years IS NULL) = (action = 'permanent')", name="permanent"),
        CheckConstraint("period_years >= 1", name="period"),
        CheckConstraint("status IN ('proposed','approved','superseded')", name="status"),
        CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="two_people"),
        CheckConstraint("status <> 'approved' OR approved_by IS NOT NULL", name="approved_by_someone"),
        Index(
            "uq_retention_class_approved", "code", unique=True,
            sqlite_where=text("status = 'approved'"), postgresql_where=text("status = 'approved'"),
        ),
    )  # fmt: skip

    code: Mapped[str] = mapped_column(String(CODE_MAX), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(String(TITLE_MAX))
    period_years: Mapped[int | None]
    events: Mapped[list[Any]]
    counts: Mapped[str] = mapped_column(String(8))
    start_rule: Mapped[str] = mapped_column(String(32))
    action: Mapped[str] = mapped_column(String(12))
    basis: Mapped[str]
    scope_note: Mapped[str]
    level: Mapped[str] = mapped_column(String(12))
    floor_years: Mapped[int | None]
    ceiling_years: Mapped[int | None]
    approvers: Mapped[int] = mapped_column(default=LEAST_APPROVERS, server_default=str(LEAST_APPROVERS))
    status: Mapped[str] = mapped_column(String(12), default=ClassStatus.PROPOSED.value)
    proposed_by: Mapped[str] = mapped_column(String(64))
    proposed_at: Mapped[datetime]
    approved_by: Mapped[str | None] = mapped_column(String(64))
    approved_at: Mapped[datetime | None]

    @property
    def terms(self) -> Terms:
        """The version as plain values."""
        return Terms(
            code=self.code, title=self.title, period_years=self.period_years,
            events=tuple(Event(name) for name in self.events), start_rule=StartRule(self.start_rule),
            action=Action(self.action), basis=self.basis, counts=Counts(self.counts), level=Level(self.level),
            floor_years=self.floor_years, ceiling_years=self.ceiling_years, scope_note=self.scope_note,
            approvers=self.approvers,
        )  # fmt: skip

    @property
    def in_force(self) -> bool:
        """Whether an organisation ever approved this version: its documents then have due dates."""
        return self.approved_at is not None


def check_terms(terms: Terms, floor: int | None) -> None:
    """Invalid when a class contradicts itself or falls below the floor that is known for its code (R03)."""
    if problems := [*_form_problems(terms), *_period_problems(terms, floor)]:
        raise Invalid(
            "The class cannot be as it is: " + "; ".join(text for _, _, text in problems) + ".",
            code="class_unusable",
            errors=[{"field": field, "code": code} for field, code, _ in problems],
        )


def _form_problems(terms: Terms) -> list[tuple[str, str, str]]:
    found = []
    if len(terms.code) > CODE_MAX or not CODE.fullmatch(terms.code):
        found.append(("code", "form", f"a code has at most {CODE_MAX} of A–Z, 0–9 and single hyphens"))
    if not terms.title.strip() or len(terms.title) > TITLE_MAX:
        found.append(("title", "length", f"a title has 1 to {TITLE_MAX} characters"))
    if not terms.basis.strip():
        found.append(("basis", "missing", "the legal basis or the resolution is missing"))
    if not LEAST_APPROVERS <= terms.approvers <= MOST_APPROVERS:
        found.append(("approvers", "range", f"{LEAST_APPROVERS} to {MOST_APPROVERS} people approve a destruction"))
    if not terms.events or len(set(terms.events)) != len(terms.events):
        found.append(("events", "count", "name at least one event, each once"))
    return found


def _period_problems(terms: Terms, floor: int | None) -> list[tuple[str, str, str]]:
    years, found = terms.period_years, []
    if (years is None) != (terms.action is Action.PERMANENT):
        found.append(("action", "permanent", "permanent means no period, and the other way round"))
    if years is not None and not 1 <= years <= LONGEST_PERIOD:
        found.append(("period_years", "range", f"a period has 1 to {LONGEST_PERIOD} years"))
    floors = [limit for limit in (floor, terms.floor_years) if limit is not None]
    if years is not None and floors and years < max(floors):
        found.append(("period_years", "below_floor", f"the law wants at least {max(floors)} years"))
    if floor is not None and (terms.floor_years is None or terms.floor_years < floor):
        found.append(("floor_years", "lowered", f"the floor of {floor} years cannot be lowered"))
    ceiling = terms.ceiling_years
    if ceiling is not None and (years is None or years > ceiling):
        found.append(("period_years", "above_ceiling", f"it may be kept for at most {ceiling} years"))
    return found


def propose(session: Session, actor: Actor, terms: Terms) -> RetentionClass:
    """Propose a class, or a new version of a known code. Invalid as `check_terms` says."""
    actor.need(Right.RECORDS)
    floor = known_floor(session, terms.code)
    if terms.floor_years is None and floor is not None:
        terms = _with_floor(terms, floor)
    check_terms(terms, floor)
    return _add(session, actor, terms)


def _with_floor(terms: Terms, floor: int) -> Terms:
    return Terms(**{name: getattr(terms, name) for name in Terms.__slots__} | {"floor_years": floor})


def known_floor(session: Session, code: str) -> int | None:
    """The highest floor that any version of this code has had, years."""
    return session.scalar(select(func.max(RetentionClass.floor_years)).where(RetentionClass.code == code))


def known_approvers(session: Session, code: str) -> int:
    """How many sign by the last version of this code; the least where there is none."""
    asked = select(RetentionClass.approvers).where(RetentionClass.code == code)
    return session.scalar(asked.order_by(RetentionClass.version.desc()).limit(1)) or LEAST_APPROVERS


_SEEDING: Final = 0x73656564  # «seed», the advisory lock under which the schedule is proposed


def propose_seed(session: Session) -> int:
    """Propose the schedule that ships with the product; codes that are known stay as they are. How many were new."""
    in_turn(session, _SEEDING)  # services may start at once
    known = set(session.scalars(select(RetentionClass.code)))
    fresh = [terms for terms in SEED if terms.code not in known]
    for terms in fresh:
        _add(session, OPERATOR, terms)
    return len(fresh)


def _add(session: Session, actor: Actor | Machine, terms: Terms) -> RetentionClass:
    latest = session.scalar(select(func.max(RetentionClass.version)).where(RetentionClass.code == terms.code)) or 0
    values = asdict(terms) | {"events": [event.value for event in terms.events]}
    row = RetentionClass(
        **values, version=latest + 1, status=ClassStatus.PROPOSED.value, proposed_by=actor.id, proposed_at=now()
    )
    session.add(row)
    session.flush()
    record(session, actor, Act.CLASS_PROPOSED, terms.code, detail=values | {"version": row.version})
    return row


def approve(
    session: Session, actor: Actor, codes: Sequence[str], seen: Mapping[str, int] = MappingProxyType({})
) -> list[RetentionClass]:
    """Approve the newest proposed version of each code; `seen` are versions that the approver had before them, by code.

    Forbidden for one's own; NotFound; Conflict when none waits, or `class_stale` when another than the seen one does.
    """
    actor.need(Right.APPROVE)
    if strange := sorted(set(seen) - set(codes)):
        wrong = [{"field": f"versions.{code}", "code": "not_named"} for code in strange]
        raise Invalid("A version is given for a class that is not to be approved.", errors=wrong)
    rows = [_waiting_version(session, code) for code in dict.fromkeys(codes)]
    if stale := [row.code for row in rows if seen.get(row.code, row.version) != row.version]:
        raise Conflict(
            f"Another version of {', '.join(stale)} was proposed since you looked. Read it, then approve.",
            code="class_stale",
            codes=stale,
        )
    if not rows:
        raise Invalid("Name the classes to approve.", errors=[{"field": "codes", "code": "missing"}])
    if own := [row.code for row in rows if _same_human(session, actor, row)]:
        raise Forbidden(f"You proposed {', '.join(own)} yourself: another approver decides.", code="own_proposal")
    for row in rows:
        _approve_one(session, actor, row)
    return rows


def _same_human(session: Session, actor: Actor, row: RetentionClass) -> bool:
    """Whether this person proposed the version, with whichever of their accounts."""
    return bool(humans(session, [actor.id]) & humans(session, [row.proposed_by]))


def _waiting_version(session: Session, code: str) -> RetentionClass:
    newest = session.scalar(
        select(RetentionClass)
        .where(RetentionClass.code == code)
        .order_by(RetentionClass.version.desc())
        .limit(1)
        .with_for_update()
    )
    if newest is None:
        raise NotFound
    if newest.status != ClassStatus.PROPOSED:
        raise Conflict(f"Nothing of {code} waits for approval.", code="class_not_proposed")
    return newest


def _approve_one(session: Session, actor: Actor, row: RetentionClass) -> None:
    """The version before it is superseded; versions that nobody approved hand their documents over."""
    earlier = (RetentionClass.code == row.code) & (RetentionClass.version < row.version)
    never = select(RetentionClass.version).where(earlier, RetentionClass.approved_at.is_(None))
    moved = session.execute(
        update(Document)
        .where(Document.retention_class == row.code, Document.class_version.in_(never))
        .values(class_version=row.version)
        .execution_options(synchronize_session=False)  # a million ids are not fetched: nobody holds one here
    )
    superseded = update(RetentionClass).where(earlier).values(status=ClassStatus.SUPERSEDED.value)
    session.execute(superseded.execution_options(synchronize_session="fetch"))
    row.status, row.approved_by, row.approved_at = ClassStatus.APPROVED.value, actor.id, now()
    session.flush()
    told = {"version": row.version, "documents_moved": int(getattr(moved, "rowcount", 0))}
    record(session, actor, Act.CLASS_APPROVED, row.code, detail=told)


def awaiting(session: Session, actor: Actor) -> set[tuple[str, int]]:
    """Codes and versions that this person can approve: the newest of each code, if it waits and another proposed it."""
    newest: dict[str, RetentionClass] = {row.code: row for row in classes(session)}
    waiting = [row for row in newest.values() if row.status == ClassStatus.PROPOSED]
    return {(row.code, row.version) for row in waiting if not _same_human(session, actor, row)}


def permanent_codes(session: Session) -> list[str]:
    """Codes of the approved classes that are kept for ever."""
    approved = RetentionClass.status == ClassStatus.APPROVED.value
    kept = RetentionClass.action == Action.PERMANENT.value
    return list(session.scalars(select(RetentionClass.code).where(approved, kept)))


def classes(session: Session) -> list[RetentionClass]:
    """The schedule: of each code the version in force and, after it, one that waits for approval."""
    rows = session.scalars(
        select(RetentionClass)
        .where(RetentionClass.status != ClassStatus.SUPERSEDED.value)
        .order_by(RetentionClass.code, RetentionClass.version)
    )
    return list(rows)


def class_in_force(session: Session, code: str) -> RetentionClass:
    """The approved version of a code, or the newest proposed one while none is. Invalid for an unknown code."""
    known = session.scalars(
        select(RetentionClass)
        .where(RetentionClass.code == code, RetentionClass.status != ClassStatus.SUPERSEDED.value)
        .order_by(RetentionClass.approved_at.is_(None), RetentionClass.version.desc())
        .limit(1)
    ).one_or_none()
    if known is None:
        raise Invalid(f"There is no retention class {code}.", errors=[{"field": "retention_class", "code": "unknown"}])
    return known


def effective_class(document_type: str, folder_class: str, own_class: str | None = None) -> tuple[str, str]:
    """The class of a document, and why: `type` wins over `folder`; with neither folder nor type it is a proposal.

    `own_class` is what the organisation gave to a type of its own.
    """
    if document_type in OWN_CLASS:
        return OWN_CLASS[document_type], "type"
    if folder_class:
        return folder_class, "folder"
    return own_class or PROPOSED_FOR.get(document_type, PROPOSED_FOR["other"]), "proposal"


def _class_of_own(session: Session, document_type: str) -> str | None:
    """The class of a type that the organisation added; none for one that comes with Anjuan, or was given none."""
    own = newest_types(session).get(document_type) if document_type not in PROPOSED_FOR else None
    return own.retention_class if own else None


def assign(session: Session, document: Document) -> RetentionClass:
    """Give the document its one class and version by the rule; a class that a person chose stays (R01).

    A folder that collects whatever comes gives none: there each paper has the class proposed for its type.
    """
    if document.class_reason == "person" and document.retention_class:
        code, reason = document.retention_class, "person"
    else:
        folder_class = document.folder.retention_class if document.folder and not document.folder.collects else ""
        kind = document.document_type or "other"
        code, reason = effective_class(kind, folder_class, _class_of_own(session, kind))
    if code == document.retention_class and document.class_version is not None:
        document.class_reason = reason
        return session.get_one(RetentionClass, (code, document.class_version))
    chosen = class_in_force(session, code)
    document.retention_class, document.class_version, document.class_reason = code, chosen.version, reason
    return chosen
