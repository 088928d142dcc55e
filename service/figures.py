"""How the installation does, in figures: the one source of `/metrics` and of the operator's page.

What is asked with a few index look-ups is asked anew after some seconds, what walks rows after a minute or more: many
who look do not make more work than one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Generic, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive.attendance import AtWork, at_work
from archive.audit import Act, AuditEntry
from archive.base import now, today
from archive.documents import UNREAD, Document, Page, State
from archive.drills import last_good
from archive.house import House
from archive.jobs import Waiting, given_up_by_kind, waiting
from archive.log import LogCheckpoint, Unplaced, began, unplaced
from archive.site_figures import SiteFigures, site_figures
from indexes.port import Health, SearchEngine
from retention.schedule import eligible
from service.disks import Disk, disks

SOON: Final = 5.0
LATER: Final = 60.0
HABIT: Final = timedelta(days=35)
A_HABIT: Final = 3
"""So many backups in so many days are a timer's; once the last of them is that old nobody expects one any more."""
OVERDUE_AFTER: Final = timedelta(days=30)
"""Due for so long and in no appraisal: somebody should have looked."""
SETTLING: Final = timedelta(seconds=30)
"""Pages are counted once they are so old: by then the commit that they came with is through."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Quick:
    """What changes by the second.

    `failures` counts documents in quarantine by reason, `index_lag` those that search does not know as they are now.
    """

    at: datetime
    jobs: tuple[Waiting, ...]
    given_up: Mapping[str, int]
    failures: Mapping[str, int]
    crew: AtWork
    unplaced: Unplaced
    index: Health
    index_lag: int
    pages_read: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Slow:
    """What changes by the hour. A backup or drill that never was is None; `begun_at` is the log's first entry.

    `backup_at` is of `anjuan backup`, by hand or by a timer; `backups_kept`: it is made so often that a timer is at it.
    """

    documents: Mapping[str, int]
    backup_at: datetime | None
    backups_kept: bool
    checkpoint_at: datetime | None
    begun_at: datetime | None
    due: int
    overdue: int
    disks: tuple[Disk, ...]
    sites: tuple[SiteFigures, ...]
    drill_at: datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything, as of one moment or nearly."""

    quick: Quick
    slow: Slow


class Kept(Generic[T]):
    """An answer that is kept for some seconds; one asks while the others wait for it."""

    def __init__(self, ask: Callable[[], T], seconds: float) -> None:
        self._ask, self._seconds = ask, seconds
        self._lock = threading.Lock()
        self._answer: T | None = None
        self._until = 0.0

    def get(self) -> T:
        """The answer; whatever asking raises, is raised."""
        with self._lock:
            if self._answer is None or time.monotonic() >= self._until:
                self._answer = self._ask()
                self._until = time.monotonic() + self._seconds
            return self._answer


class Gauges:
    """The figures of one service process; its count of pages read begins with the process."""

    def __init__(self, house: House, engine: SearchEngine) -> None:
        self._house, self._engine = house, engine
        self._quick, self._slow = Kept(self._ask_quick, SOON), Kept(self._ask_slow, LATER)
        self._counted_until = now() - SETTLING
        self._pages: dict[tuple[str, str], int] = {}

    def read(self) -> Figures:
        """The figures, none older than a minute."""
        return Figures(self._quick.get(), self._slow.get())

    def _ask_quick(self) -> Quick:
        with self._house.database.reading() as session:
            self._count_pages(session)
            return Quick(
                at=now(), jobs=tuple(waiting(session)), given_up=given_up_by_kind(session),
                failures=_failures(session), crew=at_work(session), unplaced=unplaced(session),
                index=self._engine.health(), index_lag=_index_lag(session), pages_read=dict(self._pages),
            )  # fmt: skip

    def _count_pages(self, session: Session) -> None:
        until = now() - SETTLING
        lately = (Page.read_at > self._counted_until) & (Page.read_at <= until)
        rows = session.execute(
            select(Page.state, Page.error, func.count()).where(lately).group_by(Page.state, Page.error)
        )
        for state, error, count in rows:
            self._pages[state, error] = self._pages.get((state, error), 0) + count
        self._counted_until = until

    def _ask_slow(self) -> Slow:
        day, every = today(self._house.settings.zone), self._house.settings.sets_every_minutes
        with self._house.database.reading() as session:
            return Slow(
                documents=_documents(session), begun_at=began(session),
                backup_at=_last(session, Act.BACKUP_MADE), backups_kept=_regular(session),
                checkpoint_at=session.scalar(select(func.max(LogCheckpoint.at))),
                due=_eligible(session, day), overdue=_eligible(session, day - OVERDUE_AFTER),
                disks=tuple(disks(session, self._house.settings)), sites=tuple(site_figures(session, every)),
                drill_at=last_good(session),
            )  # fmt: skip


def _index_lag(session: Session) -> int:
    behind = (Document.indexed_version < Document.version) & Document.state.not_in(UNREAD)
    return (
        session.scalar(select(func.count()).select_from(Document).where(behind, Document.destroyed_at.is_(None))) or 0
    )


def _documents(session: Session) -> dict[str, int]:
    """What stands, by state."""
    standing = Document.destroyed_at.is_(None) & Document.withdrawn.is_(None)
    asked = select(Document.state, func.count()).where(standing).group_by(Document.state)
    return dict(session.execute(asked).all())


def _failures(session: Session) -> dict[str, int]:
    """Documents that could not be read, by the code of the reason."""
    standing = Document.destroyed_at.is_(None) & Document.withdrawn.is_(None)
    asked = select(func.coalesce(Document.error, "unknown"), func.count()).group_by(Document.error)
    rows = session.execute(asked.where(Document.state == State.QUARANTINED.value, standing))
    return dict(rows.all())


def _last(session: Session, act: Act) -> datetime | None:
    return session.scalar(select(func.max(AuditEntry.at)).where(AuditEntry.action == act.value))


def _regular(session: Session) -> bool:
    """Whether backups are a habit here: one before an upgrade, or a first try, is none that could be missed."""
    lately = (AuditEntry.action == Act.BACKUP_MADE.value) & (AuditEntry.at >= now() - HABIT)
    return (session.scalar(select(func.count()).select_from(AuditEntry).where(lately)) or 0) >= A_HABIT


def _eligible(session: Session, day: date) -> int:
    return session.scalar(select(func.count()).select_from(Document).where(eligible(session, day))) or 0
