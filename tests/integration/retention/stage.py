"""Where the state machine plays: classes of every kind, days around every boundary, an installation to be copied."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from retention import classes
from retention.terms import Action, Counts, Event, Level, StartRule
from tests.integration.retention.model import Class
from tests.integration.retention.world import FIVE, open_world

PERFORMED, TERMINATED = Event.CONTRACT_PERFORMED, Event.CONTRACT_TERMINATED
BOTH = {PERFORMED.value, TERMINATED.value}
CODES = {
    "LIFE-5": Class(5, {PERFORMED.value}, rule="next_year_01_01"),
    "LIFE-F": Class(3, BOTH, whole_folder=True, floor=1),
    "LIFE-L": Class(20, BOTH, rule="next_year_01_01", floor=2),
    "LIFE-1": Class(1, BOTH, counts="first"),
    "LIFE-P": Class(None, {PERFORMED.value}),
    "LIFE-U": Class(2, BOTH, approved=False),
}
TERMS = {
    "LIFE-5": FIVE,
    "LIFE-F": replace(
        FIVE, code="LIFE-F", period_years=3, events=(PERFORMED, TERMINATED), start_rule=StartRule.EVENT_DATE,
        level=Level.FOLDER, floor_years=1,
    ),
    "LIFE-L": replace(FIVE, code="LIFE-L", period_years=20, events=(PERFORMED, TERMINATED), floor_years=2),
    "LIFE-1": replace(
        FIVE, code="LIFE-1", period_years=1, events=(PERFORMED, TERMINATED), start_rule=StartRule.EVENT_DATE,
        counts=Counts.FIRST,
    ),
    "LIFE-P": replace(FIVE, code="LIFE-P", period_years=None, action=Action.PERMANENT),
    "LIFE-U": replace(
        FIVE, code="LIFE-U", period_years=2, events=(PERFORMED, TERMINATED), start_rule=StartRule.EVENT_DATE
    ),
}  # fmt: skip
MEMORY = Path("/dev/shm")  # noqa: S108 - scratch without a disk, where there is one
ROOM = MEMORY if MEMORY.is_dir() else None


@cache
def template() -> tuple[Path, dict[str, Any]]:
    """An installation with its people and classes, to be copied for each run."""
    folder = Path(tempfile.mkdtemp(prefix="anjuan-model-", dir=ROOM))
    with open_world(folder / "data") as world:
        for code, terms in TERMS.items():
            if CODES[code].approved:
                world.approved_class(terms)
        with world.as_("officer") as (session, officer, _):
            classes.propose(session, officer, TERMS["LIFE-U"])
        return folder / "data", world.people


def days(today: date) -> list[date]:
    """Days around every boundary: today, the ends of periods and years, leap days, long ago, tomorrow."""
    ago = [date(today.year - years, today.month, min(today.day, 28)) for years in (1, 2, 3, 5, 6)]
    near = [day + timedelta(days=shift) for day in ago for shift in (-1, 0, 1)]
    ends = [date(today.year - years, 12, 31) for years in (1, 5, 6, 7)] + [date(today.year - 5, 1, 1)]
    return [*near, *ends, date(2016, 2, 29), date(1990, 6, 30), today, today + timedelta(days=1), date(1899, 12, 31)]
