"""Arrangements: in which order, and which way up, a document's pages are shown; the original's bytes stay untouched.

An arrangement is a row beside the original; undoing one goes back to the one before. Every reading follows the one that
stands, so viewer, text, words, searchable PDF and index show the pages alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.base import Ref, Row, now


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page of the original (from 1), and how far a person turned it clockwise; None: the machine finds which way."""

    page: int
    turn: int | None = None


class Arrangement(Row):
    """One arrangement of one document; the last that was not undone stands."""

    __tablename__ = "arrangement"

    document_id: Mapped[Ref] = mapped_column(ForeignKey("document.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    leaves: Mapped[list[Any]]
    made_by: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


def leaves_of(session: Session, document_id: str) -> tuple[Leaf, ...]:
    """How the pages stand now, in order; nothing for a document that is shown as it came."""
    row = standing(session, document_id)
    return tuple(Leaf(page, turn) for page, turn in row.leaves) if row else ()


def standing(session: Session, document_id: str) -> Arrangement | None:
    """The arrangement that stands."""
    mine = select(Arrangement).where(Arrangement.document_id == document_id, Arrangement.undone_at.is_(None))
    return session.scalar(mine.order_by(Arrangement.number.desc()).limit(1))


def add_arrangement(session: Session, document_id: str, leaves: Sequence[Leaf], made_by: str) -> Arrangement:
    """Let the pages stand like this from now on."""
    last = select(Arrangement.number).where(Arrangement.document_id == document_id)
    number = session.scalar(last.order_by(Arrangement.number.desc()).limit(1)) or 0
    row = Arrangement(
        document_id=document_id, number=number + 1, leaves=[[leaf.page, leaf.turn] for leaf in leaves],
        made_by=made_by, made_at=now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row
