"""The job that learns types from corrections: sealed text is opened here and nowhere else, and none of it is kept."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, select

from archive.audit import READER
from archive.documents import Document, Page, State
from archive.jobs import Claim, finish, still_mine
from archive.sealing import DocumentKey
from archive.type_models import GIVEN, LEGIBLE, Learning, corrected, keep
from workers.binding import sheet_of
from workers.classify import PAGES, weigh
from workers.lessons import Lesson, Trial, trial
from workers.tools import Tools
from workers.type_model import Floats, features, written
from workers.vocabulary import Vocabulary

MOST = 1500
"""So many corrected papers at most, the latest first, and as many that were filed as they were read."""


def learn_types(tools: Tools, held: Claim) -> None:
    """Learn anew, try it on corrections held back, and swap it in unless it is worse; the outcome is written down."""
    given = Document.type_confidence == GIVEN
    words = tools.vocabulary()
    lessons = list(_lessons(tools, words, given, MOST))
    lessons += _lessons(tools, words, ~given & (Document.state == State.FILED.value), max(len(lessons), 20))
    tried = trial(lessons, tools.type_model())
    with tools.house.database.transaction() as session:
        still_mine(session, held)
        if tried is not None:
            keep(session, READER, _told(tried, corrected(session)))
        finish(session, held)


def _told(tried: Trial, corrections: int) -> Learning:
    return Learning(
        written(tried.model) if tried.not_worse else "", corrections, tried.taught, tried.held_back,
        tried.right_before, tried.right_after, round(tried.loss_before, 4), round(tried.loss_after, 4),
    )  # fmt: skip


def _lessons(tools: Tools, words: Vocabulary, which: ColumnElement[bool], most: int) -> Iterator[Lesson]:
    """Papers that may teach, one at a time: no more than one is open at once."""
    asked = select(Document.id, Document.document_type, Document.type_confidence)
    asked = asked.where(LEGIBLE, which, Document.document_type.in_(words.codes))
    with tools.house.database.reading() as session:
        found = session.execute(asked.order_by(Document.received_at.desc(), Document.id).limit(most)).all()
    keys = tools.house.vault.keys([document_id for document_id, _, _ in found])
    for document_id, kind, confidence in found:
        lesson = _lesson(tools, words, keys[document_id], document_id) if document_id in keys else None
        if lesson:
            yield Lesson(document_id, str(kind), confidence == GIVEN, *lesson)


def _lesson(
    tools: Tools, words: Vocabulary, key: DocumentKey, document_id: str
) -> tuple[Floats, dict[str, float], str] | None:
    shown = Page.reading == select(Document.shown_reading).where(Document.id == document_id).scalar_subquery()
    asked = select(Page).where(Page.document_id == document_id, shown).order_by(Page.number).limit(PAGES)
    with tools.house.database.reading() as session:
        weighed = weigh([sheet_of(key, page) for page in session.scalars(asked)], words)
    return (features(weighed.text), dict(weighed.scores), weighed.text) if weighed else None
