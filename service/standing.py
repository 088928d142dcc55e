"""What is good and what is not, a line for each: for the operator's page; the alert rules draw the same bounds.

Pure. A line that is not good has a remedy in the words of the page (`line.<name>_do`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from archive.queues import QUEUE_OF, Queue
from service.disks import Disk
from service.figures import Figures, Slow
from service.health import Part

PATIENCE: Final[Mapping[Queue, tuple[timedelta, timedelta]]] = MappingProxyType(
    {
        Queue.READ: (timedelta(hours=8), timedelta(hours=24)),
        Queue.LIGHT: (timedelta(minutes=5), timedelta(minutes=30)),
        Queue.DESTROY: (timedelta(hours=1), timedelta(hours=6)),
    }
)
"""How long the oldest job of a queue may wait before that is worth a look, and before it is bad."""
LOG_LATE: Final = timedelta(minutes=2)
BACKUP_LATE: Final = (timedelta(hours=26), timedelta(hours=50))
"""A backup, or a set at a site, a day, and an hour or two for it."""
INDEX_BEHIND: Final = 100
DISK_LOW: Final = (0.10, 0.05)
DISK_DAYS: Final = (30, 7)


SITE: Final = "site "
"""How the parts of sites beside the primary are named, before the site's own name."""


class Grade(StrEnum):
    """Good; warn: somebody should see to it; bad: now."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


_ORDER: Final = (Grade.BAD, Grade.WARN, Grade.GOOD)


@dataclass(frozen=True, slots=True)
class Bytes:
    """A size, so that a page writes it as one."""

    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is well or not. `values` fill its sentence; `detail` is in the words of the part itself."""

    name: str
    grade: Grade
    values: Mapping[str, object] = field(default_factory=dict)
    detail: str = ""


def standing(found: Sequence[Part], figures: Figures | None) -> list[Line]:
    """Every line, the bad ones first. Without figures (no database) what the parts say stands alone."""
    lines = [_of_part(part) for part in found if part.name not in {"crew", "keys"}]
    lines += [line for part in found if part.name == "keys" for line in _of_keys(part)]
    if figures:
        lines += [*_of_queues(figures), *_of_papers(figures), *_of_keeping(figures), *map(_of_disk, figures.slow.disks)]
    return sorted(lines, key=lambda line: _ORDER.index(line.grade))


def worst(lines: Sequence[Line]) -> Grade:
    """The grade of the whole."""
    return min((line.grade for line in lines), key=_ORDER.index, default=Grade.GOOD)


def _graded(value: float, warn: float, bad: float) -> Grade:
    """By bounds that are reached from below."""
    return Grade.BAD if value >= bad else Grade.WARN if value >= warn else Grade.GOOD


def _of_part(part: Part) -> Line:
    if part.name.startswith(SITE):
        values = {"name": part.name.removeprefix(SITE), "told": part.detail}
        return Line("site", Grade.GOOD if part.ok and not part.warns else Grade.WARN, values)
    if part.ok:
        return Line(part.name, Grade.WARN if part.warns else Grade.GOOD)
    return Line(part.name, Grade.BAD if part.needed else Grade.WARN, detail=part.detail)


def _of_keys(part: Part) -> Iterator[Line]:
    yield Line("keys", Grade.GOOD if part.ok else Grade.BAD, detail=part.detail if not part.ok else "")
    yield Line("master_key", Grade.WARN if part.warns else Grade.GOOD)


def _of_queues(figures: Figures) -> Iterator[Line]:
    quick = figures.quick
    for queue in Queue:
        mine = [one for one in quick.jobs if QUEUE_OF[one.kind] is queue]
        since = min((one.since for one in mine if one.since), default=None)
        oldest, served = _age(quick.at, since), quick.crew.by_queue[queue.value]
        warn, bad = PATIENCE[queue]
        grade = _graded(oldest / bad, warn / bad, 1.0) if served else Grade.BAD
        values = {"due": sum(one.due for one in mine), "oldest": oldest if since else None, "workers": served}
        yield Line(f"queue_{queue.value}" if served else f"unserved_{queue.value}", grade, values)
    weak = quick.crew.by_sandbox["limits"]
    yield Line("sandbox", Grade.WARN if weak else Grade.GOOD, {"weak": weak})


def _of_papers(figures: Figures) -> Iterator[Line]:
    quick, slow = figures.quick, figures.slow
    given_up = sum(quick.given_up.values())
    yield Line("given_up", Grade.BAD if given_up else Grade.GOOD, {"count": given_up})
    quarantined = sum(quick.failures.values())
    yield Line("quarantine", Grade.WARN if quarantined else Grade.GOOD, {"count": quarantined})
    yield Line("index_lag", Grade.WARN if quick.index_lag >= INDEX_BEHIND else Grade.GOOD, {"count": quick.index_lag})
    yield Line("appraisals", Grade.WARN if slow.overdue else Grade.GOOD, {"count": slow.overdue, "due": slow.due})


def _of_keeping(figures: Figures) -> Iterator[Line]:
    quick, slow = figures.quick, figures.slow
    late = _age(quick.at, quick.unplaced.since)
    yield Line("log", Grade.BAD if late >= LOG_LATE else Grade.GOOD, {"count": quick.unplaced.count, "oldest": late})
    yield from _of_backups(quick.at, slow)


def _of_backups(at: datetime, slow: Slow) -> Iterator[Line]:
    """Sets at the sites and backups by hand or timer, apart: neither hides that the other stopped.

    Where the sites have a fresh set a late backup is a warning, and only if backups were a habit.
    """
    sent = max((site.set_at for site in slow.sites if site.set_at), default=None)
    covered = sent is not None and at - sent < BACKUP_LATE[0]
    if sent:
        yield Line("sets", _by_age(at - sent), {"age": _age(at, sent)})
    age = _age(at, slow.backup_at or slow.begun_at)
    grade = _by_age(age)
    if covered:
        grade = Grade.WARN if slow.backups_kept and grade is not Grade.GOOD else Grade.GOOD
    yield Line("backup" if slow.backup_at else "no_backup", grade, {"age": age})


def _by_age(age: timedelta) -> Grade:
    return _graded(age / BACKUP_LATE[1], BACKUP_LATE[0] / BACKUP_LATE[1], 1.0)


def _age(at: datetime, since: datetime | None) -> timedelta:
    return max(timedelta(0), at - since) if since else timedelta(0)


def _of_disk(disk: Disk) -> Line:
    left = disk.free / disk.size if disk.size else 0.0
    by_room = _graded(-left, -DISK_LOW[0], -DISK_LOW[1])
    by_days = _graded(-disk.days_left, -DISK_DAYS[0], -DISK_DAYS[1]) if disk.days_left is not None else Grade.GOOD
    grade = min(by_room, by_days, key=_ORDER.index)
    values: dict[str, object] = {"free": Bytes(disk.free), "size": Bytes(disk.size)}
    if disk.days_left is None:
        return Line(f"disk_{disk.place}", grade, values)
    return Line(f"disk_{disk.place}_days", grade, values | {"days": int(min(disk.days_left, 9999))})
