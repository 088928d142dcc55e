"""The calendar counts what the rule of due dates says, however many documents; the destroyed stay counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from archive.documents import Document
from retention import events
from retention.calendar import YEARS, calendar, destroyed
from retention.subjects import Subject, SubjectKind
from retention.terms import Counts, Event, StartRule
from tests.integration.retention.world import FIVE, World, open_world

FISCAL = StartRule.AFTER_FISCAL_YEAR


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("calendar") / "data") as made:
        made.approved_class()
        twice = (Event.CONTRACT_PERFORMED, Event.CONTRACT_TERMINATED)
        made.approved_class(replace(FIVE, code="LAST-9", period_years=9, events=twice, start_rule=StartRule.EVENT_DATE))
        made.approved_class(replace(FIVE, code="FRST-2", period_years=2, events=twice, counts=Counts.FIRST))
        closing = (Event.CONTRACT_PERFORMED, Event.FISCAL_YEAR_END, Event.CONTRACT_TERMINATED)
        made.approved_class(replace(FIVE, code="FISC-4", period_years=4, events=closing, start_rule=FISCAL))
        yield made


def happened(world: World, kind: SubjectKind, subject: str, on: date, event: Event = Event.CONTRACT_PERFORMED) -> None:
    with world.as_("officer") as (session, officer, scope):
        order = events.EventOrder(event, Subject(kind, subject), on, "note")
        events.record_event(session, officer, scope, order, today=world.today)


def test_it_agrees_with_the_rule_for_every_document(world: World) -> None:
    docs = []
    for code in ("LIFE-5", "LAST-9", "FRST-2", "FISC-4"):
        for back in range(4):
            folder = world.folder(code)
            docs += [world.document(folder, renditions=0) for _ in range(2)]
            happened(world, SubjectKind.FOLDER, folder, date(world.today.year - 3 * back - 1, 5, 31))
            when = date(world.today.year - back - 1, 2, 28)
            happened(world, SubjectKind.DOCUMENT, docs[-1], when, Event.CONTRACT_TERMINATED)
            happened(world, SubjectKind.DOCUMENT, docs[-2], date(when.year, 9, 30), Event.FISCAL_YEAR_END)
    docs.append(world.document(world.folder(), renditions=0))
    dates = {doc: world.view(doc) for doc in docs}
    expected = Counter((view.class_code, view.due_date) for view in dates.values() if view.due_date)
    with world.as_("officer") as (session, _, scope):
        rows = {row.code: row for row in calendar(session, scope, world.today)}
    for code, row in rows.items():
        mine = {day: count for (of, day), count in expected.items() if of == code}
        assert row.overdue == sum(count for day, count in mine.items() if day <= world.today)
        for year in range(world.today.year, world.today.year + YEARS):
            assert row.years.get(year, 0) == sum(
                count for day, count in mine.items() if day > world.today and day.year == year
            )
    assert set(rows) == {"LIFE-5", "LAST-9", "FRST-2", "FISC-4"}


def test_what_was_destroyed_is_counted_by_class_and_year_for_whom_may_know(world: World) -> None:
    docs = world.due_documents(2, renditions=0)
    batch = world.signed(docs)
    world.begin(batch.id)
    world.execute(batch.id)
    with world.as_("officer") as (session, actor, scope):
        assert session.get_one(Document, docs[0]).destroyed_at
        assert [(code, count) for code, _, count, _ in destroyed(session, actor, scope)] == [("LIFE-5", 2)]
    with world.as_("auditor") as (session, actor, scope):
        assert [(code, count) for code, _, count, _ in destroyed(session, actor, scope)] == [("LIFE-5", 2)]
        assert calendar(session, scope, world.today) == []
