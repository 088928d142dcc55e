"""Models of document types learned here from corrections: which is in use, what it was tried on, the way back.

Weights hold no text, but what taught them is known: when one of those papers is destroyed, the weights go with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, case, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.access import Actor
from archive.audit import Act, Machine, record
from archive.base import Id, Ref, Row, new_id, now
from archive.documents import Document, State
from archive.errors import Conflict
from archive.jobs import OPEN, Job, Kind, enqueue
from archive.rights import Right

SUBJECT: Final = "types"
GIVEN: Final = 1.0
"""The confidence of a type that a person gave; no reading is ever so sure."""

WORTH: Final = 10
"""So many more corrections make learning anew worth its while."""


class ModelState(StrEnum):
    """What became of a model. Refused: worse on corrections held back. Erased: a paper that taught it is gone."""

    IN_USE = "in_use"
    OLDER = "older"
    SET_ASIDE = "set_aside"
    REFUSED = "refused"
    ERASED = "erased"


class LearnedTypes(Row):
    """One learning: how many papers taught it, and how it and its forerunner did on those held back."""

    __tablename__ = "type_model"
    __table_args__ = (
        CheckConstraint("state IN ('in_use','older','set_aside','refused','erased')", name="state"),
        CheckConstraint("(weights IS NOT NULL) = (state IN ('in_use','older','set_aside'))", name="weights"),
    )

    id: Mapped[Id]
    state: Mapped[str] = mapped_column(String(10))
    made_at: Mapped[datetime]
    weights: Mapped[str | None] = mapped_column(Text)
    corrections: Mapped[int]
    taught: Mapped[int]
    held_back: Mapped[int]
    right_before: Mapped[int]
    right_after: Mapped[int]
    loss_before: Mapped[float]
    loss_after: Mapped[float]


class TypeLesson(Row):
    """A paper that taught a model."""

    __tablename__ = "type_lesson"

    model_id: Mapped[Ref] = mapped_column(ForeignKey("type_model.id"), primary_key=True)
    document_id: Mapped[Ref] = mapped_column(ForeignKey("document.id"), primary_key=True, index=True)


@dataclass(frozen=True, slots=True)
class Learning:
    """What a learning came to. `weights` is empty when the model is no better than what is in use."""

    weights: str
    corrections: int
    taught: Sequence[str]
    held_back: int
    right_before: int
    right_after: int
    loss_before: float
    loss_after: float


def current(session: Session) -> LearnedTypes | None:
    """The model in use; none while the one that comes with Anjuan is."""
    return session.scalar(select(LearnedTypes).where(LearnedTypes.state == ModelState.IN_USE.value))


def current_id(session: Session) -> str | None:
    """Which model is in use, without its weights."""
    return session.scalar(select(LearnedTypes.id).where(LearnedTypes.state == ModelState.IN_USE.value))


def learnings(session: Session) -> Sequence[LearnedTypes]:
    """All of them, the latest first."""
    return session.scalars(select(LearnedTypes).order_by(LearnedTypes.made_at.desc(), LearnedTypes.id)).all()


LEGIBLE: Final = (
    Document.state.in_((State.REVIEW.value, State.FILED.value))
    & Document.document_type.is_not(None)
    & Document.destroying.is_(False)
    & Document.destroyed_at.is_(None)
    & Document.withdrawn.is_(None)
    & Document.restricted.is_(False)
)
"""Papers that may teach: read, there, and for use."""


def corrected(session: Session) -> int:
    """How many papers have a type that a person gave."""
    asked = select(func.count()).select_from(Document).where(LEGIBLE, Document.type_confidence == GIVEN)
    return session.scalar(asked) or 0


BANDS: Final = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95)
"""Where the bands of the reliability table begin."""


@dataclass(frozen=True, slots=True)
class Band:
    """Filed papers whose type was called this surely: from `least` to below `below`, how many, how many rightly."""

    least: float
    below: float
    papers: int
    right: int


def reliability(session: Session) -> list[Band]:
    """How often reading was right of what it called so sure: a type that nobody corrected before filing was right."""
    right = func.sum(case((Document.called_type == Document.document_type, 1), else_=0))
    asked = select(func.count(), right).where(LEGIBLE, Document.state == State.FILED.value)
    found = []
    for least, below in zip(BANDS, (*BANDS[1:], 1.01), strict=True):
        band = asked.where(Document.called_sure >= least, Document.called_sure < below)
        papers, rightly = session.execute(band).one()
        found.append(Band(least, min(below, 1.0), papers, rightly or 0))
    return found


def ask_to_learn(session: Session) -> bool:
    """Put the learning job into the queue; False when one waits there already."""
    waiting = select(Job.id).where(Job.kind == Kind.LEARN_TYPES.value, Job.state.in_(OPEN))
    if session.scalar(waiting.limit(1)) is not None:
        return False
    enqueue(session, Kind.LEARN_TYPES, SUBJECT, key=f"{Kind.LEARN_TYPES.value}:{new_id()}", priority=-1)
    return True


def ask_when_worth(session: Session) -> bool:
    """Ask to learn when enough was corrected since the last learning."""
    known = session.scalar(select(LearnedTypes.corrections).order_by(LearnedTypes.made_at.desc()).limit(1)) or 0
    return corrected(session) >= known + WORTH and ask_to_learn(session)


def keep(session: Session, actor: Machine, learning: Learning) -> LearnedTypes:
    """Write a learning down; a model that is not worse is in use from now on, the former one is kept."""
    swapped = bool(learning.weights)
    if swapped:
        _move(session, ModelState.IN_USE, ModelState.OLDER)
    row = LearnedTypes(
        id=new_id(), state=(ModelState.IN_USE if swapped else ModelState.REFUSED).value, made_at=now(),
        weights=learning.weights or None, corrections=learning.corrections, taught=len(learning.taught),
        held_back=learning.held_back, right_before=learning.right_before, right_after=learning.right_after,
        loss_before=learning.loss_before, loss_after=learning.loss_after,
    )  # fmt: skip
    session.add(row)
    session.flush()
    if swapped:
        session.add_all(TypeLesson(model_id=row.id, document_id=document) for document in learning.taught)
    told = {
        "model": row.id, "state": row.state, "taught": row.taught, "held_back": row.held_back,
        "right_before": row.right_before, "right_after": row.right_after,
    }  # fmt: skip
    record(session, actor, Act.TYPES_LEARNED, SUBJECT, detail=told)
    return row


def _move(session: Session, here: ModelState, there: ModelState) -> None:
    session.execute(update(LearnedTypes).where(LearnedTypes.state == here.value).values(state=there.value))


def go_back(session: Session, actor: Actor | Machine) -> LearnedTypes | None:
    """Set the model in use aside for the one before it; none: the one that comes with Anjuan. Conflict for nothing."""
    if isinstance(actor, Actor):
        actor.need(Right.RECORDS)
    present = current(session)
    if present is None:
        raise Conflict("The model that comes with Anjuan is in use: there is none before it.", code="no_older_model")
    present.state = ModelState.SET_ASIDE.value
    session.flush()
    former = _take_up_older(session)
    told = {"from": present.id, "to": former.id if former else "shipped"}
    record(session, actor, Act.TYPES_TAKEN_BACK, SUBJECT, detail=told)
    return former


def forget_taught_by(session: Session, *document_ids: str) -> None:
    """Erase the weights of every model that the documents taught; what was in use gives way to the one before it."""
    taught = select(TypeLesson.model_id).where(TypeLesson.document_id.in_(document_ids))
    models = session.scalars(select(LearnedTypes).where(LearnedTypes.id.in_(taught))).all()
    in_use = any(model.state == ModelState.IN_USE for model in models)
    for model in models:
        model.state, model.weights = ModelState.ERASED.value, None
        session.execute(delete(TypeLesson).where(TypeLesson.model_id == model.id))
    session.flush()
    if in_use:
        _take_up_older(session)


def _take_up_older(session: Session) -> LearnedTypes | None:
    older = select(LearnedTypes).where(LearnedTypes.state == ModelState.OLDER.value)
    former = session.scalar(older.order_by(LearnedTypes.made_at.desc()).limit(1))
    if former is not None:
        former.state = ModelState.IN_USE.value
    return former
