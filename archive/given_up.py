"""Jobs that were given up: logged when it happens, and tried again by a person once what stopped them is put right.

The log tells which job and why, under its subject. Nothing is decided anew by another try: the act that wanted the job
stands, and every kind is idempotent (invariant 3).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.access import Actor
from archive.audit import SCHEDULER, Act, record
from archive.errors import Conflict, NotFound
from archive.jobs import Dead, Job, JobState, Kind, ready_again
from archive.rights import Right

AGAIN: Final = frozenset(
    {
        Kind.INDEX_DOCUMENT, Kind.TEND_INDEX, Kind.ISSUE_CERTIFICATE, Kind.STAMP_CERTIFICATE, Kind.WITHDRAW_DOCUMENT,
        Kind.MATCH_WAITING, Kind.RECHECK_BATCH, Kind.REPLAY_DESTRUCTION, Kind.MIRROR_HOLDS, Kind.INDEX_CUSTOMER,
        Kind.STORE_REPORT, Kind.COVER_DOCUMENT, Kind.REPLICATE, Kind.REPAIR_COPY, Kind.FINISH_BATCH,
        Kind.LOOK_FOR_HOLDS, Kind.LEARN_TYPES, Kind.SEND_SET, Kind.THIN_SETS, Kind.FETCH_OBJECTS, Kind.HOLD_DRILL,
        Kind.CHECK_PROPERTIES,
    }
)  # fmt: skip
"""What has no other way out. Reading, splitting, joining and executing are begun again where their subject is shown."""


def log_given_up(session: Session, dead: Dead) -> None:
    """Say in the log what did not happen, and why."""
    told = {"job": dead.kind, "args": dead.args, "error": dead.error}
    record(session, SCHEDULER, Act.JOB_GIVEN_UP, dead.subject, detail=told)


def given_up(session: Session, *, subject: str, kinds: Collection[Kind]) -> list[Job]:
    """The jobs of these kinds about a subject that were given up, oldest first."""
    asked = select(Job).where(Job.subject == subject, Job.kind.in_(kinds), Job.state == JobState.QUARANTINED.value)
    return list(session.scalars(asked.order_by(Job.created_at)))


def try_again(session: Session, actor: Actor, job_id: str) -> Job:
    """Have a job tried anew, with all its attempts. NotFound for none; Conflict unless it was given up."""
    actor.need(Right.SETTINGS)
    job = session.get(Job, job_id, with_for_update=True)
    if job is None:
        raise NotFound
    return begin_again(session, actor, job)


def begin_again(session: Session, actor: Actor, job: Job) -> Job:
    """As `try_again`, for who may because of the job's subject."""
    if job.kind not in AGAIN:
        raise Conflict("This is begun again where its document or batch is shown.", code="not_here")
    if job.state != JobState.QUARANTINED:
        raise Conflict("This job was not given up, or is being tried again already.", code="not_given_up")
    ready_again(session, job)
    told = {"job": job.kind, "args": job.args, "error": job.error}
    record(session, actor, Act.JOB_TRIED_AGAIN, job.subject, detail=told)
    return job
