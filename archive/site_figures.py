"""Where each site stands, in figures: what it has, what it lacks, since when, and what it last did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive.base import now
from archive.documents import Copy
from archive.owed import Owed
from archive.site_sets import sets_at
from archive.sites import Site, standing

GRACE: Final = timedelta(minutes=10)
"""What making and sending a set may take."""


@dataclass(frozen=True, slots=True)
class SiteFigures:
    """One site. `lag` is the age of the oldest object that it lacks, in seconds, `failed` those tried in vain.

    `set_epoch` and `set_at` are those of the newest set there; `sets` stand, `key_sets` of them with their keys.
    """

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
    set_epoch: str | None
    set_at: datetime | None
    sets: int
    key_sets: int
    set_late: bool

    @property
    def in_words(self) -> str:
        """One line: state, what it has, what waits, what is wrong."""
        told = f"{self.state}, {self.copies} copies, {self.waiting} waiting"
        if self.oldest_waiting:
            told += f" for at most {self.lag:.0f} s"
        if self.failed:
            told += f", {self.failed} failed so far"
        told += f", set {self.set_epoch} of {self.set_at:%Y-%m-%d %H:%M}Z" if self.set_at else ", no set yet"
        return f"{told}; away since {self.away_since:%Y-%m-%d %H:%M}Z" if self.away_since else told


def site_figures(session: Session, sets_every: int) -> list[SiteFigures]:
    """Every site but the primary that was not removed; a set is due there every so many minutes (0: never)."""
    return [figures_of(session, site, sets_every) for site in standing(session)]


def figures_of(session: Session, site: Site, sets_every: int) -> SiteFigures:
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
        **_of_sets(session, site, sets_every),
    )  # fmt: skip


def _of_sets(session: Session, site: Site, every: int) -> dict[str, Any]:
    """What stands of sets; late once two were left out, from the day on which the site was added."""
    standing_there = [one for one in sets_at(session, site.name) if one.verified_at]
    newest = standing_there[0] if standing_there else None
    since = newest.made_at if newest else site.added_at
    return {
        "set_epoch": newest.epoch if newest else None, "set_at": newest.made_at if newest else None,
        "sets": len(standing_there), "key_sets": sum(one.keys_gone_at is None for one in standing_there),
        "set_late": bool(every) and now() - since > 2 * timedelta(minutes=every) + GRACE,
    }  # fmt: skip
