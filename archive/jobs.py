"""The job table is the truth; the broker is a bell (invariant 3).

A job is enqueued in the transaction of the act that wants it, claimed by compare-and-set with a lease, and every write
of its result carries the fencing number. Attempts are counted and committed before the work starts (F13).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ColumnElement, Index, String, case, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.base import Id, Row, new_id, now, today
from archive.errors import Fault
from archive.logs import bound_request

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 3
RETRY_DELAYS = (timedelta(0), timedelta(seconds=5), timedelta(seconds=30))
AWAY_DELAY = timedelta(seconds=8)
"""How long a job waits when what it needs is away; such a run is no attempt (F21: back within 10 s)."""
LONGEST_DELAY = timedelta(minutes=5)


class Kind(StrEnum):
    """Every kind of work; `workers.runner` routes each to its step and its queue."""

    READ_DOCUMENT = "read_document"
    READ_PAGES = "read_pages"
    FINISH_DOCUMENT = "finish_document"
    COVER_DOCUMENT = "cover_document"
    INDEX_DOCUMENT = "index_document"
    INDEX_CUSTOMER = "index_customer"
    TEND_INDEX = "tend_index"
    EXECUTE_BATCH = "execute_batch"
    ISSUE_CERTIFICATE = "issue_certificate"
    STORE_REPORT = "store_report"
    STAMP_CERTIFICATE = "stamp_certificate"
    MERGE_DOCUMENTS = "merge_documents"
    SPLIT_DOCUMENT = "split_document"
    WITHDRAW_DOCUMENT = "withdraw_document"
    MATCH_WAITING = "match_waiting"
    RECHECK_BATCH = "recheck_batch"
    REPLAY_DESTRUCTION = "replay_destruction"
    MIRROR_HOLDS = "mirror_holds"
    LOOK_FOR_HOLDS = "look_for_holds"
    REPLICATE = "replicate"
    CHECK_PROPERTIES = "check_properties"
    REPAIR_COPY = "repair_copy"
    SEND_SET = "send_set"
    THIN_SETS = "thin_sets"
    FETCH_OBJECTS = "fetch_objects"
    HOLD_DRILL = "hold_drill"
    FINISH_BATCH = "finish_batch"
    LEARN_TYPES = "learn_types"


AT_WORK = frozenset(
    {
        Kind.READ_DOCUMENT,
        Kind.READ_PAGES,
        Kind.FINISH_DOCUMENT,
        Kind.SPLIT_DOCUMENT,
        Kind.MERGE_DOCUMENTS,
        Kind.COVER_DOCUMENT,
    }
)
"""Jobs that open a document or put objects made of it: while one runs, nothing of it can be verified absent."""


class JobState(StrEnum):
    """Where a job stands."""

    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    QUARANTINED = "quarantined"
    CANCELLED = "cancelled"


PLANNED = frozenset({Kind.RECHECK_BATCH.value})
"""Kinds that are put in for a later day: they wait from that day on."""

OPEN = (JobState.READY.value, JobState.RUNNING.value)


class LostLease(Fault):
    """Another worker took the job over meanwhile; nothing of this run may be kept (F15)."""


class Job(Row):
    """One piece of work on one subject."""

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_state_not_before", "state", "not_before"),
        CheckConstraint("attempt >= 0 AND fence >= 0", name="counts"),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(64), index=True)
    args: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16), default=JobState.READY.value)
    attempt: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None] = mapped_column(String(128))
    lease_until: Mapped[datetime | None]
    not_before: Mapped[datetime]
    priority: Mapped[int] = mapped_column(default=0)
    idempotency_key: Mapped[str] = mapped_column(String(160), unique=True)
    error: Mapped[str | None]
    request: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do a job until `lease_until`; every write of its result carries `fence`."""

    job_id: str
    kind: str
    subject: str
    args: dict[str, Any]
    attempt: int
    fence: int
    owner: str
    request: str | None = None

    @property
    def last(self) -> bool:
        """Whether no further attempt follows this one."""
        return self.attempt >= MAX_ATTEMPTS


@dataclass(frozen=True, slots=True)
class Dead:
    """A job that is over without success: its kind, its subject, what it was told, and why."""

    kind: str
    subject: str
    args: dict[str, Any]
    error: str


def clock(session: Session) -> datetime:
    """The database's clock: leases of many machines are compared on one (F29)."""
    if session.get_bind().dialect.name == "postgresql":
        at: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
        return at
    return now()


def day_of(session: Session, zone: ZoneInfo) -> date:
    """The organisation's date by whichever clock is behind, this machine's or the database's.

    A clock that runs ahead makes nothing due (reliability §5 R06).
    """
    return min(today(zone), clock(session).astimezone(zone).date())


def enqueue(
    session: Session,
    kind: Kind,
    subject: str,
    *,
    key: str,
    args: dict[str, Any] | None = None,
    priority: int = 0,
    not_before: datetime | None = None,
) -> Job:
    """Put a job beside the act that wants it; the same key twice is one job. The bell rings after the commit."""
    session.flush()
    known = session.scalar(select(Job).where(Job.idempotency_key == key))
    if known is not None:
        return known
    job = Job(
        id=new_id(), kind=kind.value, subject=subject, args=args or {}, state=JobState.READY.value, attempt=0, fence=0,
        not_before=not_before or clock(session), priority=priority, idempotency_key=key, created_at=now(),
        request=bound_request(),
    )  # fmt: skip
    session.add(job)
    session.info.setdefault("bell", []).append((job.id, job.kind))
    return job


def claim(session: Session, job_id: str, owner: str, lease: timedelta = LEASE) -> Claim | None:
    """Take the job if it is due and nobody's, or its lease ran out. None: leave it alone. Commit before working."""
    at = clock(session)
    free = or_(
        (Job.state == JobState.READY.value) & (Job.not_before <= at),
        (Job.state == JobState.RUNNING.value) & (Job.lease_until < at),
    )
    taken = session.execute(
        update(Job)
        .where(Job.id == job_id, free, Job.attempt < MAX_ATTEMPTS)
        .values(
            state=JobState.RUNNING.value,
            attempt=Job.attempt + 1,
            fence=Job.fence + 1,
            lease_owner=owner,
            lease_until=at + lease,
        )
        .returning(Job.kind, Job.subject, Job.args, Job.attempt, Job.fence, Job.request)
    ).one_or_none()
    if taken is None:
        return None
    return Claim(job_id, taken.kind, taken.subject, taken.args, taken.attempt, taken.fence, owner, taken.request)


def heartbeat(session: Session, held: Claim, lease: timedelta = LEASE) -> bool:
    """Lengthen the lease; False when it was lost."""
    return _mine(session, held, lease_until=clock(session) + lease)


def still_mine(session: Session, held: Claim) -> None:
    """Ask before writing anything that the job's end does not commit. LostLease when another run took over (F15)."""
    if not heartbeat(session, held):
        raise LostLease(f"job {held.job_id} was taken over")


def finish(session: Session, held: Claim) -> None:
    """Mark the job done in the transaction of its result. LostLease rolls that result back."""
    if not _mine(session, held, state=JobState.DONE.value, finished_at=now(), lease_until=None, error=None):
        raise LostLease(f"job {held.job_id} was taken over")


def fail(session: Session, held: Claim, error: str, *, retryable: bool) -> bool:
    """Give the job back for another attempt, or quarantine it. True when it is over. LostLease as in `finish`."""
    over = held.last or not retryable
    state = JobState.QUARANTINED if over else JobState.READY
    delay = RETRY_DELAYS[min(held.attempt, len(RETRY_DELAYS) - 1)]
    values: dict[str, Any] = {"state": state.value, "error": error[:2000], "lease_until": None}
    values |= {"finished_at": now()} if over else {"not_before": clock(session) + delay}
    if not _mine(session, held, **values):
        raise LostLease(f"job {held.job_id} was taken over")
    return over


def postpone(session: Session, held: Claim, error: str, delay: timedelta = AWAY_DELAY) -> None:
    """Give the job back, the attempt uncounted: what it needs is away, which says nothing about its subject (F21)."""
    values: dict[str, Any] = {"state": JobState.READY.value, "error": error[:2000], "lease_until": None}
    values |= {"attempt": held.attempt - 1, "not_before": clock(session) + delay}
    if not _mine(session, held, **values):
        raise LostLease(f"job {held.job_id} was taken over")


def patience(session: Session, held: Claim) -> timedelta:
    """How long to wait for what may be away for days: the longer the job waits already, the longer, up to a bound."""
    waited = clock(session) - session.get_one(Job, held.job_id).created_at
    return min(max(AWAY_DELAY, waited / 10), LONGEST_DELAY)


def _mine(session: Session, held: Claim, **values: Any) -> bool:  # noqa: ANN401 - columns of Job
    done = session.execute(
        update(Job)
        .where(Job.id == held.job_id, Job.fence == held.fence, Job.state == JobState.RUNNING.value)
        .values(**values)
    )
    return bool(getattr(done, "rowcount", 0))


def ready_again(session: Session, job: Job) -> None:
    """Put a job that was given up back with all its attempts; the bell rings after the commit."""
    job.state, job.attempt, job.finished_at, job.not_before = JobState.READY.value, 0, None, clock(session)
    session.info.setdefault("bell", []).append((job.id, job.kind))


def due(session: Session, kinds: Collection[str] = tuple(Kind), limit: int = 500) -> list[tuple[str, str]]:
    """Jobs to ring for, as (id, kind): ready and due, or with a lease that ran out and attempts left (F16)."""
    asked = select(Job.id, Job.kind).where(_is_due(session), Job.kind.in_(kinds))
    rows = session.execute(asked.order_by(Job.priority.desc(), Job.created_at).limit(limit))
    return [(row.id, row.kind) for row in rows]


def more_urgent(session: Session, job_id: str, kinds: Collection[str]) -> str:
    """The job that is due before this one by its priority; empty when none is. Bells ring in another order."""
    rung = select(Job.priority).where(Job.id == job_id).scalar_subquery()
    asked = select(Job.id).where(_is_due(session), Job.kind.in_(kinds), Job.priority > rung)
    return session.scalar(asked.order_by(Job.priority.desc(), Job.created_at).limit(1)) or ""


def _is_due(session: Session) -> ColumnElement[bool]:
    at = clock(session)
    ready = (Job.state == JobState.READY.value) & (Job.not_before <= at)
    stale = (Job.state == JobState.RUNNING.value) & (Job.lease_until < at) & (Job.attempt < MAX_ATTEMPTS)
    return or_(ready, stale)


def busy(session: Session, kinds: Collection[Kind], *subjects: str) -> set[str]:
    """Those of the subjects about which a worker is at a job of one of these kinds now."""
    at_it = (Job.state == JobState.RUNNING.value) & (Job.lease_until > clock(session))
    return set(session.scalars(select(Job.subject).where(Job.subject.in_(subjects), Job.kind.in_(kinds), at_it)))


def exhausted(session: Session) -> list[Dead]:
    """Quarantine jobs whose worker died at the last attempt, for their subjects to be told here (F12, F13).

    One statement, so that a run that ends at this moment, or another sweeper, wins or loses as a whole.
    """
    dead = (Job.state == JobState.RUNNING.value) & (Job.lease_until < clock(session)) & (Job.attempt >= MAX_ATTEMPTS)
    told = func.coalesce(Job.error, "The worker died at every attempt.")
    rows = session.execute(
        update(Job)
        .where(dead)
        .values(state=JobState.QUARANTINED.value, finished_at=now(), lease_until=None, error=told)
        .returning(Job.kind, Job.subject, Job.args, Job.error)
        .execution_options(synchronize_session=False)
    )
    return [Dead(row.kind, row.subject, row.args, row.error) for row in rows]


def depth(session: Session) -> dict[str, int]:
    """Open jobs by kind."""
    rows = session.execute(select(Job.kind, func.count()).where(Job.state.in_(OPEN)).group_by(Job.kind))
    return dict(rows.all())


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open jobs of one kind: how many are due, how many are being done, and since when the oldest one is due."""

    kind: str
    due: int
    running: int
    since: datetime | None


def waiting(session: Session) -> list[Waiting]:
    """The queue by kind; what is planned for later does not wait."""
    at, running = clock(session), Job.state == JobState.RUNNING.value
    is_due = (Job.state == JobState.READY.value) & ((Job.not_before <= at) | Job.kind.not_in(PLANNED))
    since = case((Job.kind.in_(PLANNED), Job.not_before), else_=Job.created_at)
    rows = session.execute(
        select(Job.kind, func.count(case((is_due, 1))), func.count(case((running, 1))), func.min(case((is_due, since))))
        .where(Job.state.in_(OPEN))
        .group_by(Job.kind)
    )
    return [Waiting(*row) for row in rows]


def given_up_by_kind(session: Session) -> dict[str, int]:
    """Quarantined jobs by kind."""
    asked = select(Job.kind, func.count()).where(Job.state == JobState.QUARANTINED.value).group_by(Job.kind)
    return dict(session.execute(asked).all())
