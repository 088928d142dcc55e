"""Restore drills (恢复演练): what each of them found, as signed reports that are kept for good (F33).

A drill that found something wrong is a report as well. How one is walked stands in `workers.drill`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.access import Actor
from archive.audit import OPERATOR, Act, record
from archive.base import Row, new_id, now, today
from archive.canonical import canonical
from archive.codes import next_number
from archive.errors import NotFound
from archive.evidence import laid_down, lay_down
from archive.house import House
from archive.jobs import OPEN, Job, Kind, enqueue
from archive.pdf import write_form
from archive.rights import Right
from archive.seals import sealed
from archive.signing import Purpose, verified

FORMAT: Final = "anjuan-drill/1"
MOST_FINDINGS: Final = 1000
"""Findings that a report names one by one; their number is always the whole."""


class Check(StrEnum):
    """What a drill looks at, in this order."""

    RESTORE = "restore"
    REPLAY = "replay"
    LOG = "log"
    RIGHTS = "rights"
    BYTES = "bytes"
    PAGES = "pages"
    FIELDS = "fields"
    TEXT = "text"


class Problem(StrEnum):
    """What can be wrong."""

    NOT_RESTORED = "not_restored"
    DESTROYED_RETURNS = "destroyed_returns"
    LOG_BREAKS = "log_breaks"
    RIGHTS_DIFFER = "rights_differ"
    BYTES_DIFFER = "bytes_differ"
    PAGES_MISSING = "pages_missing"
    DOES_NOT_OPEN = "does_not_open"
    OTHER_PAGES = "other_pages"
    FIELDS_CLOSED = "fields_closed"
    FIELDS_DIFFER = "fields_differ"
    TEXT_CLOSED = "text_closed"
    TEXT_NOT_FOUND = "text_not_found"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it has to be; subject and detail are ids, sets, counts, nothing of a paper."""

    check: Check
    subject: str
    problem: Problem
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How much one check looked at, how much of that it could compare with nothing, and how much was wrong."""

    looked: int = 0
    passed_over: int = 0
    wrong: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """The set that was restored. `fresh`: made for this drill, and gone with it."""

    name: str
    of: datetime
    fresh: bool
    files: int
    bytes: int
    log_size: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a drill did and found. Seconds: what would be lost (RPO), and how long until people work again (RTO)."""

    began_at: datetime
    ended_at: datetime
    source: Source | None
    sample: int | None
    documents: int
    drawn: Sequence[str]
    tallies: dict[Check, Tally]
    findings: Sequence[Finding]
    rpo_seconds: int | None
    open_seconds: int | None
    search_seconds: int | None

    @property
    def ok(self) -> bool:
        """Whether nothing was wrong and every check came to its turn."""
        return not self.findings and self.tallies.keys() == set(Check)


class Drill(Row):
    """One drill. `body` is the signed report, as it also lies in the evidence bucket."""

    __tablename__ = "drill"

    no: Mapped[str] = mapped_column(String(20), primary_key=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    ok: Mapped[bool]
    source: Mapped[str] = mapped_column(String(80))
    documents: Mapped[int]
    findings: Mapped[int]
    rpo_seconds: Mapped[int | None]
    rto_seconds: Mapped[int | None]
    body: Mapped[bytes] = mapped_column(LargeBinary)


def keep(house: House, report: Report) -> Drill:
    """Number, sign, print, lay down, and log a report: the bytes first, then the row that names them."""
    from archive.drill_print import form_of  # noqa: PLC0415 - it reads the shapes above

    with house.database.transaction() as session:
        year = today(house.settings.zone).year
        no = f"YL-{year}-{next_number(session, f'drill/{year}'):04d}"
    body = _signed(house, no, report)
    pdf = sealed(write_form(form_of(json.loads(body), house.settings.zone)), house.seal)
    for name, data in (("report.json", body), ("report.pdf", pdf)):
        lay_down(house, f"drills/{no}/{name}", data)
    row = Drill(
        no=no, began_at=report.began_at, ended_at=report.ended_at, ok=report.ok,
        source=report.source.name if report.source else "", documents=len(report.drawn),
        findings=sum(tally.wrong for tally in report.tallies.values()), rpo_seconds=report.rpo_seconds,
        rto_seconds=report.search_seconds, body=body,
    )  # fmt: skip
    with house.database.transaction() as session:
        session.add(row)
        told = {"set": row.source, "ok": report.ok, "documents": row.documents, "findings": row.findings}
        record(session, OPERATOR, Act.DRILL_HELD, no, detail=told)
    return row


def _signed(house: House, no: str, report: Report) -> bytes:
    key = house.signing.installation(Purpose.DRILL)
    told = {
        "format": FORMAT, "no": no, "ok": report.ok, "key": key.public.hex(),
        "organisation": {"fonds": house.settings.fonds, "name": "、".join(house.settings.own_names)},
        **asdict(report), "findings": [asdict(one) for one in report.findings[:MOST_FINDINGS]],
    }  # fmt: skip
    body: dict[str, Any] = json.loads(json.dumps(told, default=_plain))
    return canonical({**body, "signature": key.sign_value(body).hex()})


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    raise TypeError(type(value).__name__)


def signature_holds(body: bytes) -> bool:
    """Whether a report is what was signed by the key that it names; whose key that is, the log and the page say."""
    told = json.loads(body)
    signature = bytes.fromhex(told.pop("signature"))
    return verified(bytes.fromhex(told["key"]), canonical(told), signature)


def drills(session: Session, actor: Actor | None = None) -> list[Drill]:
    """All of them, newest first; a person needs the right, the host's command line none."""
    if actor is not None:
        actor.need(Right.REPLICAS_VIEW)
    return list(session.scalars(select(Drill).order_by(Drill.began_at.desc(), Drill.no.desc())))


def the_drill(session: Session, actor: Actor, no: str) -> Drill:
    """One of them."""
    actor.need(Right.REPLICAS_VIEW)
    row = session.get(Drill, no)
    if row is None:
        raise NotFound(reason="absent")
    return row


def printed(house: House, no: str) -> Iterator[bytes]:
    """The report as PDF, as it was laid down."""
    return laid_down(house, f"drills/{no}/report.pdf")


def last_good(session: Session) -> datetime | None:
    """When the last drill began that found nothing wrong."""
    return session.scalar(select(Drill.began_at).where(Drill.ok).order_by(Drill.began_at.desc()).limit(1))


def last_held(session: Session) -> datetime | None:
    """When the last drill began, whatever it found."""
    return session.scalar(select(Drill.began_at).order_by(Drill.began_at.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class Held:
    """When a drill passed last, when one was held last, when the archive began; None: never."""

    good: datetime | None
    held: datetime | None
    begun: datetime | None


def its_time(at: datetime, clock_time: str, every_days: int, held: Held) -> bool:
    """Whether a drill is to be held by itself now: from that time of day on, a day before one is overdue, once a day.

    `at` and `clock_time` (HH:MM, empty: never) are the organisation's. One that found something is held again next day.
    """
    if not clock_time or not every_days or f"{at:%H:%M}" < clock_time:
        return False
    since = held.good or held.begun
    if since is None or (held.held and held.held.astimezone(at.tzinfo).date() == at.date()):
        return False
    return at - since >= timedelta(days=max(1, every_days - 1))


def ask_to_drill(session: Session) -> None:
    """Queue one, unless one is queued or under way."""
    waiting = select(Job.id).where(Job.kind == Kind.HOLD_DRILL.value, Job.state.in_(OPEN))
    if session.scalar(waiting.limit(1)) is None:
        enqueue(session, Kind.HOLD_DRILL, "installation", key=f"drill:{new_id()}", priority=-5)


def overdue(last: datetime | None, begun: datetime | None, every_days: int) -> bool:
    """Whether a good drill is due: none for so many days, counted from the last or from the archive's beginning."""
    since = last or begun
    return bool(every_days) and since is not None and now() - since > timedelta(days=every_days)
