"""Where each site stands, in figures: what it has, what it lacks, since when, and what it last did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive.base import now
from archive.documents import Copy
from archive.owed import Owed
from archive.sites import Site, standing


@dataclass(frozen=True, slots=True)
class SiteFigures:
    """One site. `lag` is the age of the oldest object that it lacks, in seconds, `failed` those tried in vain."""

    name: str
    state: str
    copies: int
    bytes: int
    waiting: int
    waiting_bytes: int
    oldest_waiting: datetime | None
    lag: float
    last_copied: datetime | None
    away_since: datetime | None
    next_try: datetime | None
    error: str | None
    failed: int

    @property
    def in_words(self) -> str:
        """One line: state, what it has, what waits, what is wrong."""
        told = f"{self.state}, {self.copies} copies, {self.waiting} waiting"
        if self.oldest_waiting:
            told += f" for at most {self.lag:.0f} s"
        if self.failed:
            told += f", {self.failed} failed so far"
        return f"{told}; away since {self.away_since:%Y-%m-%d %H:%M}Z" if self.away_since else told


def site_figures(session: Session) -> list[SiteFigures]:
    """Every site but the primary that was not removed."""
    return [figures_of(session, site) for site in standing(session)]


def figures_of(session: Session, site: Site) -> SiteFigures:
    """Those of one site; its copies are counted."""
    copies, size, last = session.execute(
        select(func.count(), func.coalesce(func.sum(Copy.sealed_size), 0), func.max(Copy.verified_at)).where(
            Copy.site == site.name
        )
    ).one()
    waiting, owed, oldest = session.execute(
        select(func.count(), func.coalesce(func.sum(Owed.size), 0), func.min(Owed.named_at)).where(
            Owed.site == site.name
        )
    ).one()
    failed = select(func.count()).select_from(Owed).where(Owed.site == site.name, Owed.attempts > 0)
    return SiteFigures(
        name=site.name, state=site.state, copies=copies, bytes=int(size), waiting=waiting, waiting_bytes=int(owed),
        oldest_waiting=oldest, lag=(now() - oldest).total_seconds() if oldest else 0.0, last_copied=last,
        away_since=site.failing_since, next_try=site.next_at, error=site.error, failed=session.scalar(failed) or 0,
    )  # fmt: skip
