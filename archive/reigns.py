"""Who counts: of two copies of an installation that could both be written, the one of the higher reign.

A reign is a number that a promotion raises above everything that its sites have seen; every set at a site bears the
reign that sent it. So whoever comes back and finds a higher one at a site knows that another was promoted meanwhile,
and closes: it is read and not written, until a person has seen to what came in on both sides.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import CheckConstraint, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.access import Actor
from archive.audit import SCHEDULER, Act, AuditEntry, Machine, detail_of, record
from archive.base import Row, now
from archive.errors import Conflict, reason_given

SUBJECT: Final = "reign"
REASON_MAX: Final = 500
OUT: Final = {
    "standby": "This copy was restored and is not the one that counts: it can be read. «anjuan site promote --reason …»"
    " makes it count, once the other one is certainly stopped.",
    "superseded": "Another copy was promoted meanwhile: this one can be read and takes nothing in. «anjuan site rejoin"
    " FOLDER --reason …» puts out what came in only here; then this machine's store becomes a site of the other.",
    "rows_older": "These rows are older than a set at a site, which they never sent: they were restored from a backup,"
    " or set back, or a second copy runs. Nobody was promoted. This copy can be read and takes nothing in. If the old"
    " machine is lost, restore the newer set («anjuan restore --from SITE»), or «anjuan site promote --reason …» makes"
    " this copy the one that counts, without what came in since. If the old machine lives, stop this one.",
}


class ReignState(StrEnum):
    """Open: written. Standby: restored, not promoted. Superseded: another one was promoted."""

    OPEN = "open"
    STANDBY = "standby"
    SUPERSEDED = "superseded"


class Reign(Row):
    """One reign of this copy; the highest is the present one. `base`: the set that it began from, empty for the first.

    `by` is the reign that superseded it, as a site told.
    """

    __tablename__ = "reign"
    __table_args__ = (CheckConstraint("state IN ('open','standby','superseded')", name="state"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(10))
    began_at: Mapped[datetime]
    base: Mapped[str] = mapped_column(String(32), default="")
    base_at: Mapped[datetime | None]
    by: Mapped[int | None]
    by_base_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(REASON_MAX), default="")


def reason_of(reason: str) -> str:
    """Why, without the blanks around it. Invalid for nothing or too much."""
    return reason_given(reason, REASON_MAX)


def present(session: Session) -> Reign:
    """The present reign; an installation that nobody ever restored or promoted is in its first, which has no row."""
    found = session.scalar(select(Reign).order_by(Reign.number.desc()).limit(1))
    return found or Reign(number=1, state=ReignState.OPEN.value, began_at=now(), base="", reason="")


def need_open(session: Session) -> None:
    """Conflict while this copy is not the one that counts, with the way out."""
    if code := out_of(present(session)):
        raise Conflict(OUT[code], code=code)


def out_of(held: Reign) -> str:
    """Why this copy is not written, as a code of `OUT`; empty while it is the one that counts.

    Superseded by a set of its own reign it was promoted over by nobody: its rows are older than that set.
    """
    if held.state == ReignState.SUPERSEDED and held.by == held.number:
        return "rows_older"
    return "" if held.state == ReignState.OPEN else held.state


def is_open(session: Session) -> bool:
    """Whether this copy may be written."""
    return present(session).state == ReignState.OPEN


def stand_by(session: Session, actor: Actor | Machine, *, base: str, base_at: datetime, above: int) -> Reign:
    """A copy that was restored waits in a reign above all that are known; it counts once it is promoted."""
    at = now()
    made = Reign(number=max(above, present(session).number) + 1, state=ReignState.STANDBY.value, began_at=at, base=base,
                 base_at=base_at, reason="")  # fmt: skip
    session.add(made)
    record(session, actor, Act.REIGN_STOOD_BY, SUBJECT, detail={"reign": made.number, "base": base})
    return made


def promote(session: Session, actor: Actor | Machine, reason: str, *, above: int) -> Reign:
    """Make this copy the one that counts. `above`: the highest reign that any of its sites was told of."""
    held = present(session)
    base, base_at = held.base, max(filter(None, (held.base_at, _restored_to(session))), default=None)
    if held.state != ReignState.STANDBY or held.number <= above:
        held = Reign(number=max(above, held.number) + 1, began_at=now(), base=base, base_at=base_at)
        session.add(held)
    held.state, held.reason = ReignState.OPEN.value, reason
    record(session, actor, Act.REIGN_BEGAN, SUBJECT, detail={"reign": held.number, "reason": reason, "base": base})
    return held


def _restored_to(session: Session) -> datetime | None:
    """The moment of the set from which these rows were restored last, if they ever were."""
    restored = select(AuditEntry).where(AuditEntry.action == Act.BACKUP_RESTORED.value)
    entry = session.scalar(restored.order_by(AuditEntry.at.desc()).limit(1))
    told = detail_of(session, entry) if entry else None
    return datetime.fromisoformat(told["of"]) if told else None


def supersede(session: Session, *, by: int, base_at: datetime | None, site: str) -> None:
    """A site knows of a higher reign than ours, or of a set that ours never sent: nothing is written any more."""
    held = present(session)
    if held.state == ReignState.SUPERSEDED:
        return
    session.add(held)
    held.state, held.by, held.by_base_at, held.ended_at = ReignState.SUPERSEDED.value, by, base_at, now()
    record(session, SCHEDULER, Act.REIGN_ENDED, SUBJECT, detail={"reign": held.number, "by": by, "site": site})
