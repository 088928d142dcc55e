"""Figures are asked for once for many who look; the disk's forecast goes by what came in lately."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from archive.base import now
from archive.documents import Document
from service.disks import LOOKED_BACK, disks, growth
from service.figures import Kept
from tests.houses import Home, png


def test_many_who_look_at_once_ask_once() -> None:
    asked: list[int] = []
    gate = threading.Barrier(8)

    def ask() -> int:
        asked.append(1)
        return len(asked)

    kept = Kept(ask, 60)

    def look() -> None:
        gate.wait()
        assert kept.get() == 1

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == [1]


def test_an_answer_is_asked_for_anew_when_it_is_old_and_an_error_is_not_kept() -> None:
    answers = iter([1, 2])

    def ask() -> int:
        return next(answers)

    old = Kept(ask, 0)
    assert [old.get(), old.get()] == [1, 2]
    with pytest.raises(StopIteration):
        old.get()


def test_the_forecast_goes_by_the_papers_of_the_last_fortnight(home: Home) -> None:
    house = home.house
    with house.database.reading() as session:
        assert growth(session) == 0
        assert {disk.place: disk.days_left for disk in disks(session, house.settings)}["objects"] is None
    papers = [home.put(png(number, 30_000)).id for number in range(10, 14)]
    ages = dict(zip(papers, (timedelta(days=10), timedelta(days=5), timedelta(0), LOOKED_BACK * 2), strict=True))
    with house.database.transaction() as session:
        for paper, age in ages.items():
            session.get_one(Document, paper).received_at = now() - age
    with house.database.reading() as session:
        a_day = growth(session)
        found = {disk.place: disk for disk in disks(session, house.settings)}
    assert 9_000 < a_day < 10_500  # three of 30,000 bytes in ten days, the sealing's own bytes with them
    assert found["objects"].days_left == pytest.approx(found["objects"].free / a_day, rel=0.01)
    assert found["data"].days_left is None
