"""Sets of rows, keys, settings and destructions at the sites: how they are numbered, what of them stays, and how long.

    records      sets/0001-00000042/rows.sealed    rows, settings, the witness; sealed under a key of the key database
                 sets/0001-00000042/set.json       written last, signed: a set without it is none
    renditions   key-sets/0001-00000042/keys.sealed     wrapped keys, sealed under a key that the master key wraps

An epoch is the reign that sent a set and a number that counts on: of two sets the later one has the higher epoch, and
two copies of an installation never give the same. Wrapped keys go after seven days, so that what was destroyed can be
opened by no backup; only the newest stay until newer ones stand. Any newer keys open an older set.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.base import Row, new_id, now
from archive.jobs import OPEN, Job, JobState, Kind, enqueue
from archive.stores.port import Bucket

SETS: Final = "sets"
KEY_SETS: Final = "key-sets"
KEYS_FOR: Final = timedelta(days=7)
EVERY_ONE_FOR: Final = timedelta(days=2)
ONE_A_DAY_FOR: Final = timedelta(days=35)
ONE_A_MONTH_FOR: Final = timedelta(days=400)
HALF_MADE_FOR: Final = timedelta(hours=6)
"""How long a set that was not verified is let alone: a worker may still be at it."""
GIVEN_UP_FOR: Final = timedelta(hours=1)
_KEY: Final = re.compile(rf"{SETS}/(\d{{4}})-(\d{{8}})/set\.json")


class Epoch(NamedTuple):
    """When a set was made, in an order that no clock decides."""

    reign: int
    number: int

    def __str__(self) -> str:
        return f"{self.reign:04d}-{self.number:08d}"

    @classmethod
    def of(cls, text: str) -> Epoch:
        """From `0001-00000042`. ValueError for anything else."""
        reign, number = text.split("-")
        return cls(int(reign), int(number))

    @property
    def told(self) -> str:
        """The key of the signed description."""
        return f"{SETS}/{self}/set.json"

    @property
    def rows(self) -> str:
        """The key of the sealed rows."""
        return f"{SETS}/{self}/rows.sealed"

    @property
    def keys(self) -> str:
        """The key of the sealed keys, which lie apart."""
        return f"{KEY_SETS}/{self}/keys.sealed"


PLACES: Final = {"rows": Bucket.RECORDS, "told": Bucket.RECORDS, "keys": Bucket.RENDITIONS}


def epoch_of(key: str) -> Epoch | None:
    """The epoch of a description's key; None for the key of anything else."""
    found = _KEY.fullmatch(key)
    return Epoch(int(found[1]), int(found[2])) if found else None


class SiteSet(Row):
    """One set at one site. Named by a row before its description is put, so that a crash leaves none of a stranger.

    `verified_at` is empty until all of it was read back there; `keys_gone_at` and `gone_at` tell what was thinned.
    """

    __tablename__ = "site_set"

    site: Mapped[str] = mapped_column(String(32), ForeignKey("site.name"), primary_key=True)
    epoch: Mapped[str] = mapped_column(String(32), primary_key=True)
    made_at: Mapped[datetime]
    log_size: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int] = mapped_column(BigInteger)
    told_sha256: Mapped[str] = mapped_column(String(64))
    verified_at: Mapped[datetime | None]
    keys_gone_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]


def kept(made: Iterable[tuple[str, datetime]], at: datetime) -> set[str]:
    """Epochs of sets that stay: all of two days, the last of each day for 35 days, of each month for 400; the newest.

    Pure; days and months are those of UTC.
    """
    newest_first = sorted(made, key=lambda one: (one[1], one[0]), reverse=True)
    staying = {newest_first[0][0]} if newest_first else set()
    days: set[str] = set()
    months: set[str] = set()
    for epoch, when in newest_first:
        age, day, month = at - when, f"{when:%Y-%m-%d}", f"{when:%Y-%m}"
        daily, monthly = age <= ONE_A_DAY_FOR and day not in days, age <= ONE_A_MONTH_FOR and month not in months
        if age <= EVERY_ONE_FOR or daily or monthly:
            staying.add(epoch)
        days.add(day)
        months.add(month)
    return staying


def keys_kept(made: Iterable[tuple[str, datetime]], at: datetime) -> set[str]:
    """Epochs of which the keys stay: none older than seven days, save that the newest stay until newer ones stand."""
    newest_first = sorted(made, key=lambda one: (one[1], one[0]), reverse=True)
    return {epoch for epoch, when in newest_first if at - when < KEYS_FOR} | {one[0] for one in newest_first[:1]}


@dataclass(frozen=True, slots=True)
class Thinning:
    """What goes from a site now: whole sets, and the keys of sets that stay."""

    sets: Sequence[str]
    keys: Sequence[str]


def thinning(session: Session, site: str, at: datetime) -> Thinning:
    """What the rule lets go."""
    standing = sets_at(session, site)
    whole = [(one.epoch, one.made_at) for one in standing if one.verified_at]
    fresh = {one.epoch for one in standing if not one.verified_at and at - one.made_at <= HALF_MADE_FOR}
    staying, keyed = kept(whole, at) | fresh, keys_kept(whole, at) | fresh
    return Thinning(
        [one.epoch for one in standing if one.epoch not in staying],
        [one.epoch for one in standing if one.keys_gone_at is None and one.epoch not in staying & keyed],
    )


def sets_at(session: Session, site: str) -> Sequence[SiteSet]:
    """Sets that stand at a site, newest first, those not yet verified among them."""
    asked = select(SiteSet).where(SiteSet.site == site, SiteSet.gone_at.is_(None))
    return session.scalars(asked.order_by(SiteSet.epoch.desc())).all()


def newest_set(session: Session, site: str) -> SiteSet | None:
    """The newest set that was verified there."""
    return next((one for one in sets_at(session, site) if one.verified_at), None)


def ask_to_send(session: Session, site: str) -> None:
    """Queue a set for a site, unless one is queued."""
    _ask(session, Kind.SEND_SET, site)


def ask_to_thin(session: Session, site: str) -> None:
    """Queue the thinning of a site's sets, unless it is queued."""
    _ask(session, Kind.THIN_SETS, site)


def _ask(session: Session, kind: Kind, site: str) -> None:
    """One at a time; what was given up is tried anew after an hour, or by a person."""
    lately = (Job.state == JobState.QUARANTINED.value) & (Job.finished_at > now() - GIVEN_UP_FOR)
    mine = (Job.kind == kind.value) & (Job.subject == site)
    waiting = select(Job.id).where(mine, Job.state.in_(OPEN) | lately)
    if session.scalar(waiting.limit(1)) is None:
        enqueue(session, kind, site, key=f"{kind.value}:{site}:{new_id()}")
