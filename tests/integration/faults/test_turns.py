"""A worker's turn: what waits is worked on without a bell for each, and nothing that is another queue's."""

from __future__ import annotations

import pytest

from archive.base import new_id
from archive.jobs import Claim, Kind, due, enqueue, finish
from archive.queues import Queue
from tests.houses import Home
from workers import runner
from workers.tools import Tools


@pytest.fixture(autouse=True)
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Subjects in the order in which their jobs were done; one that begins with «bad» fails."""
    subjects: list[str] = []

    def step(tools: Tools, held: Claim) -> None:
        if held.subject.startswith("bad"):
            raise RuntimeError("a broken step")
        with tools.house.database.transaction() as session:
            finish(session, held)
        subjects.append(held.subject)

    monkeypatch.setattr(runner, "STEPS", {kind.value: step for kind in Kind})
    return subjects


def put(home: Home, subject: str, kind: Kind = Kind.READ_DOCUMENT) -> str:
    with home.house.database.transaction() as session:
        return enqueue(session, kind, subject, key=new_id()).id


def test_one_ring_is_enough_for_all_that_waits_in_its_queue(home: Home, done: list[str]) -> None:
    put(home, "first")
    second = put(home, "second")
    index = put(home, "index", Kind.INDEX_DOCUMENT)
    runner.work_on(Tools(home.house), second, Queue.READ)
    assert done == ["second", "first"]
    with home.house.database.reading() as session:
        assert due(session) == [(index, "index_document")]


def test_a_job_that_fails_ends_the_turn_and_waits_for_its_time(home: Home, done: list[str]) -> None:
    first = put(home, "first")
    put(home, "bad")
    put(home, "last")
    runner.work_on(Tools(home.house), first, Queue.READ)
    assert done == ["first"]
    runner.work_on(Tools(home.house), first, Queue.READ)
    assert done == ["first", "last"]


def test_a_turn_ends_with_its_time(home: Home, done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "TURN", 0.0)
    first = put(home, "first")
    put(home, "second")
    runner.work_on(Tools(home.house), first, Queue.READ)
    assert done == ["first"]
