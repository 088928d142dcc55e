"""Types learned from corrections by a job, in use for the next paper; the way back; weights go with a paper (B3)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from archive.audit import OPERATOR, AuditEntry
from archive.documents import Document, State, seal_page
from archive.errors import Conflict
from archive.jobs import Job, JobState, Kind
from archive.type_models import (
    LearnedTypes,
    TypeLesson,
    ask_to_learn,
    ask_when_worth,
    corrected,
    current,
    forget_taught_by,
    go_back,
    learnings,
)
from tests.houses import Home, png
from tests.unit.workers.test_lessons import lease, round_of
from workers import runner
from workers.case import bare_row
from workers.classify import classify
from workers.lessons import held_back
from workers.sheets import Sheet
from workers.tools import Tools

TAUGHT, HELD = 10, 2


@dataclass
class School:
    """An installation where people corrected the type of a form of their own."""

    home: Home
    tools: Tools

    def paper(self, number: int, sheet: Sheet, kind: str, sure: float) -> str:
        """A paper that was read, or corrected when `sure` is 1; its id."""
        house = self.home.house
        document_id = self.home.put(png(number)).id
        with house.database.transaction() as session:
            page = bare_row(document_id, 1, sheet)
            words = [
                {"text": word.text, "x": word.box[0], "y": word.box[1], "w": word.box[2], "h": word.box[3],
                 "confidence": 1.0, "line": place}
                for place, line in enumerate(sheet.lines) for word in line.words
            ]  # fmt: skip
            seal_page(house.vault.key(document_id), page, sheet.text, words)
            session.add(page)
            row = session.get_one(Document, document_id)
            row.state, row.document_type, row.type_confidence = State.REVIEW.value, kind, sure
        return document_id

    def corrections(self) -> int:
        """Enough rounds that people called customer forms, some of them held back; how many."""
        made: list[bool] = []
        while made.count(False) < TAUGHT or made.count(True) < HELD:
            number = len(made)
            made.append(held_back(self.paper(number, round_of(number), "customer_form", 1.0)))
        return len(made)

    def learn(self) -> None:
        """Ask, and do the job."""
        with self.home.house.database.transaction() as session:
            assert ask_to_learn(session)
            assert not ask_to_learn(session)
        asked = select(Job.id).where(Job.kind == Kind.LEARN_TYPES.value, Job.state == JobState.READY.value)
        with self.home.house.database.reading() as session:
            job = session.scalars(asked).one()
        assert runner.run(self.tools, job)

    def acts(self) -> list[str]:
        """What the log says about types."""
        asked = select(AuditEntry.action).where(AuditEntry.subject == "types").order_by(AuditEntry.at)
        with self.home.house.database.reading() as session:
            return list(session.scalars(asked))

    def called(self, sheet: Sheet) -> str:
        """What reading calls a paper now."""
        return classify([sheet], self.tools.type_model()).code


@pytest.fixture
def school(both: Home) -> School:
    return School(both, Tools(both.house))


def test_learned_used_taken_back_and_erased(school: School) -> None:
    database = school.home.house.database
    made = school.corrections()
    with database.transaction() as session:
        assert corrected(session) == made
        assert ask_when_worth(session)
        assert not ask_when_worth(session)
    assert school.called(round_of(99)) == "other"
    with database.reading() as session:
        job = session.scalars(select(Job.id).where(Job.kind == Kind.LEARN_TYPES.value)).one()
    assert runner.run(school.tools, job)
    assert school.called(round_of(99)) == "customer_form"
    assert school.called(lease(99)) == "contract"
    with database.reading() as session:
        first = current(session)
        assert first is not None
        assert (first.right_before, first.right_after, first.corrections) == (0, first.held_back, made)
        assert "消防栓" not in (first.weights or "")
    with database.transaction() as session:
        assert not ask_when_worth(session)
        assert go_back(session, OPERATOR) is None
        with pytest.raises(Conflict):
            go_back(session, OPERATOR)
    assert school.called(round_of(99)) == "other"
    assert school.acts() == ["types.learned", "types.taken_back"]


def test_weights_go_with_a_paper_that_taught_them_and_the_older_model_is_taken_up(school: School) -> None:
    database = school.home.house.database
    made = school.corrections()
    school.learn()
    gone = school.paper(made, round_of(1), "customer_form", 1.0)
    while held_back(gone):
        made += 1
        gone = school.paper(made, round_of(1), "customer_form", 1.0)
    school.learn()
    with database.reading() as session:
        second, first = learnings(session)
        assert (second.state, first.state) == ("in_use", "older")
    with database.transaction() as session:
        forget_taught_by(session, gone)
    with database.reading() as session:
        assert session.scalar(select(TypeLesson.model_id).where(TypeLesson.document_id == gone)) is None
        erased = session.get_one(LearnedTypes, second.id)
        assert (erased.state, erased.weights) == ("erased", None)
        kept = current(session)
        assert kept is not None
        assert kept.id == first.id
    assert school.called(round_of(99)) == "customer_form"


def test_too_few_corrections_end_the_job_and_change_nothing(school: School) -> None:
    school.paper(1, round_of(1), "customer_form", 1.0)
    school.learn()
    with school.home.house.database.reading() as session:
        assert learnings(session) == []
    assert school.acts() == []
