"""When a drill is held by itself: at its time of day, a day before it would be overdue, once a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.base import now
from archive.drills import Drill, Held, its_time
from archive.jobs import Kind, due
from archive.settings import WrongSetting, load_settings
from tests.houses import Home, home_of
from workers.drilling import ask_for_a_drill

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


def days(count: float) -> datetime:
    return AT - timedelta(days=count)


@pytest.mark.parametrize(
    ("clock_time", "every", "held", "wanted"),
    [
        ("", 31, Held(None, None, days(400)), False),
        ("02:30", 0, Held(None, None, days(400)), False),
        ("02:30", 31, Held(None, None, None), False),
        ("02:30", 31, Held(None, None, days(29)), False),
        ("02:30", 31, Held(None, None, days(30)), True),
        ("03:30", 31, Held(None, None, days(400)), False),
        ("02:30", 31, Held(days(29), days(29), days(400)), False),
        ("02:30", 31, Held(days(30), days(30), days(400)), True),
        ("02:30", 31, Held(days(30), days(0.01), days(400)), False),
        ("02:30", 31, Held(days(30), days(1), days(400)), True),
        ("02:30", 1, Held(days(1), days(1), days(400)), True),
    ],
)
def test_when_it_is_time(clock_time: str, every: int, held: Held, *, wanted: bool) -> None:
    assert its_time(AT, clock_time, every, held) is wanted


def test_the_time_of_day_is_one() -> None:
    with pytest.raises(WrongSetting, match="DRILL_AT"):
        load_settings(drill_at="25:00")


def queued(home: Home) -> int:
    with home.house.database.reading() as session:
        return len(due(session, [Kind.HOLD_DRILL.value]))


def test_the_scheduler_queues_one_and_not_two(tmp_path: Path) -> None:
    with home_of({"DATA": str(tmp_path), "DRILL_AT": "00:00"}) as home:
        ask_for_a_drill(home.house)
        assert queued(home) == 0, "the archive began today"
        long_ago = now() - timedelta(days=40)
        with home.house.database.transaction() as session:
            passed = {"ok": True, "source": "set", "documents": 1, "findings": 0, "body": b"{}"}
            session.add(Drill(no="YL-2026-0001", began_at=long_ago, ended_at=long_ago, **passed))
        ask_for_a_drill(home.house)
        ask_for_a_drill(home.house)
        assert queued(home) == 1
