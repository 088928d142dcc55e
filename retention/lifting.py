"""What stands until two people lift it, a hold or a restriction: one asks, another lifts (records-rules R19)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.access import Actor
from archive.base import now
from archive.errors import Forbidden
from archive.people import humans

REASON_MAX = 1000


class LiftedByTwo:
    """Columns of a row that two people lift."""

    lift_asked_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    lift_asked_at: Mapped[datetime | None]
    lift_reason: Mapped[str | None] = mapped_column(String(REASON_MAX))
    lifted_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    lifted_at: Mapped[datetime | None]
    lifted_reason: Mapped[str | None] = mapped_column(String(REASON_MAX))


class Lifting(StrEnum):
    """What a call did; the same person asking again does nothing."""

    ASKED = "asked"
    LIFTED = "lifted"
    NOTHING = "nothing"


def checks() -> tuple[CheckConstraint, ...]:
    """What the database itself holds a table of such rows to."""
    return (
        CheckConstraint("lifted_by IS NULL OR lifted_by <> lift_asked_by", name="two_people"),
        CheckConstraint("(lifted_by IS NULL) = (lifted_at IS NULL)", name="lifted"),
        CheckConstraint("lifted_by IS NULL OR lift_asked_by IS NOT NULL", name="asked_first"),
    )


def ask_or_lift(session: Session, actor: Actor, kept: LiftedByTwo, reason: str) -> Lifting:
    """Ask, or lift what another person asked for. Forbidden for the same person with another account.

    The caller holds the row's lock and has seen that it still stands.
    """
    if kept.lift_asked_by is None:
        kept.lift_asked_by, kept.lift_asked_at, kept.lift_reason = actor.id, now(), reason
        return Lifting.ASKED
    if kept.lift_asked_by == actor.id:
        return Lifting.NOTHING
    if humans(session, [actor.id]) & humans(session, [kept.lift_asked_by]):
        raise Forbidden("You asked for this yourself, with another account.", code="two_parts")
    kept.lifted_by, kept.lifted_at, kept.lifted_reason = actor.id, now(), reason
    return Lifting.LIFTED
