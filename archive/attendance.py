"""Who is at work: each worker process signs in every half minute, with its queues and what it opens files in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.base import Row
from archive.jobs import clock

EVERY: Final = timedelta(seconds=30)
GONE_AFTER: Final = 3 * EVERY
"""Who has not signed in for so long is not at work; a reading that takes all cores may delay one turn."""


class Attendance(Row):
    """One worker process, as it signed in last."""

    __tablename__ = "attendance"

    worker: Mapped[str] = mapped_column(String(128), primary_key=True)
    queues: Mapped[str] = mapped_column(String(64))
    sandbox: Mapped[str] = mapped_column(String(16))
    version: Mapped[str] = mapped_column(String(16))
    since: Mapped[datetime]
    seen_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class AtWork:
    """How many processes serve each queue, and how many reading ones open files in which sandbox."""

    by_queue: Counter[str]
    by_sandbox: Counter[str]


def sign_in(session: Session, worker: str, queues: Collection[str], sandbox: str, version: str) -> None:
    """Say that this worker is at work; who has gone is forgotten."""
    at = clock(session)
    session.execute(delete(Attendance).where(Attendance.seen_at < at - GONE_AFTER))
    known = session.get(Attendance, worker)
    if known is None:
        known = Attendance(worker=worker, since=at)
        session.add(known)
    known.queues, known.sandbox, known.version, known.seen_at = ",".join(queues), sandbox, version, at


def sign_out(session: Session, worker: str) -> None:
    """Say that this worker ends."""
    session.execute(delete(Attendance).where(Attendance.worker == worker))


def at_work(session: Session) -> AtWork:
    """Who signed in lately."""
    rows = session.scalars(select(Attendance).where(Attendance.seen_at >= clock(session) - GONE_AFTER)).all()
    by_queue = Counter(queue for row in rows for queue in row.queues.split(","))
    return AtWork(by_queue, Counter(row.sandbox for row in rows if row.sandbox))
