"""What looks unusual in the log: one person's many downloads, night work or denials of one day, by role.

Nobody is accused by it: it is a list for auditors to look into. Source: mission F2, records-rules §7.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.audit import Act, AuditEntry
from archive.people import Person, PersonRole
from archive.rights import Role

LONGEST: Final = timedelta(days=92)


class Unusual(StrEnum):
    """What is counted."""

    DOWNLOADS = "downloads"
    NIGHT = "night"
    DENIALS = "denials"


COUNTED: Final[Mapping[Unusual, frozenset[str]]] = MappingProxyType(
    {
        Unusual.DOWNLOADS: frozenset({Act.DOCUMENT_DOWNLOADED.value}),
        Unusual.NIGHT: frozenset(
            {Act.DOCUMENT_VIEWED.value, Act.DOCUMENT_DOWNLOADED.value, Act.SEARCH_RUN.value, Act.SEARCH_EXPORTED.value}
        ),
        Unusual.DENIALS: frozenset({Act.DOCUMENT_DENIED.value}),
    }
)
NIGHT_BEGINS, NIGHT_ENDS = time(22), time(6)

Thresholds = Mapping[tuple[str, Unusual], int]
"""From how many on it is listed, by role and kind; the role `""` is everybody's."""

USUAL: Final[Thresholds] = MappingProxyType(
    {
        ("", Unusual.DOWNLOADS): 50,
        ("", Unusual.NIGHT): 20,
        ("", Unusual.DENIALS): 10,
        (Role.OFFICER.value, Unusual.DOWNLOADS): 200,
        (Role.OFFICER.value, Unusual.DENIALS): 30,
    }
)


def parse_thresholds(parts: Iterable[str]) -> dict[tuple[str, Unusual], int]:
    """`downloads=50` for everybody, `officer.downloads=200` for a role. ValueError says what is wrong."""
    found: dict[tuple[str, Unusual], int] = {}
    for part in parts:
        name, _, number = part.partition("=")
        role, _, kind = name.strip().rpartition(".")
        if role and role not in tuple(Role):
            raise ValueError(f"no such role: {role}")
        if kind not in tuple(Unusual) or not number.strip().isascii() or not number.strip().isdigit():
            raise ValueError(f"not [role.]downloads, night or denials and a number: {part}")
        found[role, Unusual(kind)] = int(number)
    return found


@dataclass(frozen=True, slots=True)
class Anomaly:
    """So many of a kind on one day, where the threshold of the person's roles is lower."""

    day: date
    actor: str
    kind: Unusual
    count: int
    threshold: int


def threshold(thresholds: Thresholds, roles: Collection[str], kind: Unusual) -> int:
    """The highest of what the roles may; everybody's where none says otherwise."""
    own = [thresholds[role, kind] for role in roles if (role, kind) in thresholds]
    return max(own, default=thresholds["", kind])


def kinds_of(action: str, at: datetime) -> list[Unusual]:
    """As what an act counts; `at` in the organisation's time zone."""
    by_night = at.time() >= NIGHT_BEGINS or at.time() < NIGHT_ENDS
    return [kind for kind, acts in COUNTED.items() if action in acts and (kind is not Unusual.NIGHT or by_night)]


def anomalies(session: Session, since: date, until: date, zone: ZoneInfo, given: Thresholds) -> list[Anomaly]:
    """What was unusual on the days from `since` to `until`, newest and most first. What machines do is not counted."""
    begin = datetime.combine(since, time(), zone)
    end = datetime.combine(until + timedelta(days=1), time(), zone)
    wanted = frozenset().union(*COUNTED.values())
    rows = session.execute(
        select(AuditEntry.actor, AuditEntry.action, AuditEntry.at)
        .join(Person, Person.id == AuditEntry.actor)
        .where(AuditEntry.action.in_(wanted), AuditEntry.at >= begin, AuditEntry.at < end)
        .execution_options(yield_per=2000)
    )
    counts: Counter[tuple[date, str, Unusual]] = Counter()
    for row in rows:
        at = row.at.astimezone(zone)
        counts.update((at.date(), row.actor, kind) for kind in kinds_of(row.action, at))
    roles: dict[str, set[str]] = defaultdict(set)
    for person_id, role in session.execute(select(PersonRole.person_id, PersonRole.role)):
        roles[person_id].add(role)
    return _above(counts, roles, {**USUAL, **given})


def _above(
    counts: Mapping[tuple[date, str, Unusual], int], roles: Mapping[str, Collection[str]], thresholds: Thresholds
) -> list[Anomaly]:
    found = [
        Anomaly(day, actor, kind, count, threshold(thresholds, roles.get(actor, ()), kind))
        for (day, actor, kind), count in counts.items()
    ]
    above = (each for each in found if each.count >= each.threshold)
    return sorted(above, key=lambda each: (each.day, each.count), reverse=True)
