"""One job from the ring of the bell to its end: claim, work under a heartbeat, finish or give back.

The table below is where every job kind goes; there is no other way from a message to work.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import timedelta
from importlib import import_module
from types import TracebackType
from typing import Final

import structlog
from sqlalchemy.orm import Session
from structlog.contextvars import bound_contextvars

from archive.database import Database
from archive.errors import Away, Fault, Refusal
from archive.given_up import AGAIN, log_given_up
from archive.jobs import (
    AWAY_DELAY,
    LEASE,
    Claim,
    Dead,
    Kind,
    LostLease,
    claim,
    due,
    exhausted,
    fail,
    heartbeat,
    more_urgent,
    patience,
    postpone,
)
from archive.queues import QUEUE_OF, Queue
from archive.reigns import is_open
from archive.tracing import span
from workers.case import give_up_reading
from workers.destroy import (
    execute_batch,
    finish_batch,
    give_up_batch,
    issue_certificate,
    recheck_batch,
    replay_destruction,
    stamp_certificate,
    store_report,
    withdraw_document,
)
from workers.drilling import hold_drill
from workers.holds import look_for_holds, mirror
from workers.index import index_customer, index_document, tend_index
from workers.offsite import copy_to_site, fetch_objects, repair_copy, send_set_to, thin_sets_of
from workers.properties import check_properties
from workers.ranges import give_up_range
from workers.rematch import match_waiting
from workers.tools import Tools

log = structlog.get_logger()

TURN: Final = 5.0
"""Seconds for which a worker goes on without the bell, which an embedded broker rings five times a second only."""

WHILE_CLOSED: Final = frozenset({Kind.INDEX_DOCUMENT, Kind.INDEX_CUSTOMER, Kind.TEND_INDEX, Kind.FETCH_OBJECTS})
"""What a copy does that stands by, or was superseded: it is searched and read, and changes nothing elsewhere."""
CLOSED_FOR: Final = timedelta(minutes=1)

Step = Callable[[Tools, Claim], None]
GiveUp = Callable[[Session, Dead], None]


def _of(module: str, name: str) -> Callable[..., None]:
    """A function that is loaded with the first job that wants it: image libraries are for the workers that read."""

    def loaded(*given: object) -> None:
        getattr(import_module(module), name)(*given)

    return loaded


STEPS: Final[Mapping[str, Step]] = {
    Kind.READ_DOCUMENT.value: _of("workers.pipeline", "read_document"),
    Kind.READ_PAGES.value: _of("workers.pipeline", "read_pages"),
    Kind.FINISH_DOCUMENT.value: _of("workers.pipeline", "finish_document"),
    Kind.COVER_DOCUMENT.value: _of("workers.covering", "cover_document"),
    Kind.INDEX_DOCUMENT.value: index_document,
    Kind.INDEX_CUSTOMER.value: index_customer,
    Kind.TEND_INDEX.value: tend_index,
    Kind.EXECUTE_BATCH.value: execute_batch,
    Kind.ISSUE_CERTIFICATE.value: issue_certificate,
    Kind.STAMP_CERTIFICATE.value: stamp_certificate,
    Kind.STORE_REPORT.value: store_report,
    Kind.FINISH_BATCH.value: finish_batch,
    Kind.RECHECK_BATCH.value: recheck_batch,
    Kind.REPLAY_DESTRUCTION.value: replay_destruction,
    Kind.MIRROR_HOLDS.value: mirror,
    Kind.LOOK_FOR_HOLDS.value: look_for_holds,
    Kind.REPLICATE.value: copy_to_site,
    Kind.CHECK_PROPERTIES.value: check_properties,
    Kind.REPAIR_COPY.value: repair_copy,
    Kind.SEND_SET.value: send_set_to,
    Kind.THIN_SETS.value: thin_sets_of,
    Kind.FETCH_OBJECTS.value: fetch_objects,
    Kind.HOLD_DRILL.value: hold_drill,
    Kind.LEARN_TYPES.value: _of("workers.learning", "learn_types"),
    Kind.WITHDRAW_DOCUMENT.value: withdraw_document,
    Kind.MATCH_WAITING.value: match_waiting,
    Kind.SPLIT_DOCUMENT.value: _of("workers.stack", "split_document"),
    Kind.MERGE_DOCUMENTS.value: _of("workers.joining", "merge_documents"),
}

GIVE_UPS: Final[Mapping[str, GiveUp]] = {
    Kind.READ_DOCUMENT.value: give_up_reading,
    Kind.READ_PAGES.value: give_up_range,
    Kind.FINISH_DOCUMENT.value: give_up_reading,
    Kind.EXECUTE_BATCH.value: give_up_batch,
    Kind.SPLIT_DOCUMENT.value: _of("workers.stack", "give_up_split"),
    Kind.MERGE_DOCUMENTS.value: _of("workers.joining", "give_up_merge"),
    **{kind.value: log_given_up for kind in AGAIN},
}
"""What the subject is told when a job is over without success, in the same commit."""


def worker_name() -> str:
    """Who holds a lease: host and process."""
    return f"{socket.gethostname()}:{os.getpid()}"


def run(tools: Tools, job_id: str) -> bool:
    """Do a job if it is due and nobody's. True when it was this call that did it."""
    with tools.house.database.transaction() as session:
        held = claim(session, job_id, worker_name())
        if held and held.kind not in WHILE_CLOSED and not is_open(session):
            postpone(session, held, "This copy is not the one that counts.", CLOSED_FOR)
            return False
    if held is None:
        return False
    told_with = {"job": job_id, "kind": held.kind, "subject": held.subject, "attempt": held.attempt}
    traced = span(held.kind, held.request, job=job_id, attempt=held.attempt)
    with bound_contextvars(**told_with, request=held.request), traced as about, Heartbeat(tools.house.database, held):
        done = _done(tools, held)
        about.tell(done=int(done))
        return done


def _done(tools: Tools, held: Claim) -> bool:
    """Take the step; what goes wrong is told in the log, and the job goes back or to quarantine."""
    began = time.monotonic()
    try:
        STEPS[held.kind](tools, held)
    except LostLease:
        log.warning("job.lost_lease")
        return False
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the job goes back or to quarantine
        _give_back(tools, held, error)
        log.warning("job.failed", error=told(error), at=where(error))
        return False
    log.info("job.done", seconds=round(time.monotonic() - began, 3))
    return True


def work_on(tools: Tools, job_id: str, queue: Queue) -> None:
    """Do the job that was rung for and then, for a short turn, what else waits in its queue: no bell is waited for.

    What is more urgent than the one that was rung for goes first: the bells of a long document's ranges ring before
    those of single pages that came in later, and these would wait for all of them. A turn ends early with a job that
    another took or that failed, so that no job is tried over and over here.
    """
    kinds = [kind for kind, own in QUEUE_OF.items() if own is queue]
    ends = time.monotonic() + TURN
    urgent = _more_urgent(tools, job_id, kinds)
    if not (urgent and run(tools, urgent)):
        run(tools, job_id)
    while time.monotonic() < ends and (following := _next(tools, kinds)) and run(tools, following):
        pass


def _more_urgent(tools: Tools, job_id: str, kinds: list[str]) -> str:
    with tools.house.database.reading() as session:
        return more_urgent(session, job_id, kinds)


def _next(tools: Tools, kinds: list[str]) -> str:
    """The job that is due first; empty when none is."""
    with tools.house.database.reading() as session:
        return next((job_id for job_id, _ in due(session, kinds, 1)), "")


def _give_back(tools: Tools, held: Claim, error: Exception) -> None:
    """Another attempt where that may help; else quarantine, and the subject is told in the same commit (F12)."""
    retryable = not isinstance(error, Refusal) and (not isinstance(error, Fault) or error.retryable)
    said = told(error)
    try:
        with tools.house.database.transaction() as session:
            if isinstance(error, Away):
                delay = patience(session, held) if error.patient else AWAY_DELAY
                postpone(session, held, said, delay)
            elif fail(session, held, said, retryable=retryable):
                GIVE_UPS[held.kind](session, Dead(held.kind, held.subject, held.args, said))
    except LostLease:
        return


def told(error: Exception) -> str:
    """An error for rows and logs: our own words whole; of others' the kind, for theirs may quote the paper."""
    own = isinstance(error, (Fault, Refusal))
    return f"{type(error).__name__}: {error}" if own else type(error).__name__


def where(error: Exception) -> list[str]:
    """Where it came up, innermost last; no values."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)[-8:]]


def bury_exhausted(tools: Tools) -> int:
    """Quarantine jobs whose workers died at every attempt, and tell their subjects; how many (F13)."""
    with tools.house.database.transaction() as session:
        dead = exhausted(session)
        for job in dead:
            GIVE_UPS[job.kind](session, job)
    return len(dead)


class Heartbeat:
    """Lengthens a lease every third of it while the work goes on, in a thread of its own."""

    def __init__(self, database: Database, held: Claim) -> None:
        self._database, self._held = database, held
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat-{held.job_id[:8]}", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._over.wait(LEASE.total_seconds() / 3):
            try:
                with self._database.transaction() as session:
                    if not heartbeat(session, self._held):
                        return
            except Exception:  # noqa: BLE001 - a database that is away now may be back before the lease ends
                log.warning("job.heartbeat_failed", job=self._held.job_id)
