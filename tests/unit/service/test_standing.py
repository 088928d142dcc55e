"""Where a figure stops being good: the bounds of the operator's page, each with its remedy in both languages."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from archive.attendance import AtWork
from archive.base import now
from archive.jobs import Waiting
from archive.log import Unplaced
from archive.queues import Queue
from archive.site_figures import SiteFigures
from indexes.port import Health, State
from service.disks import Disk
from service.figures import Figures, Quick, Slow
from service.health import Part
from service.standing import Grade, standing, worst
from service.web.language import table

AT = now()
GIB = 1 << 30
SITE = SiteFigures(
    name="harbour", state="active", copies=0, bytes=0, waiting=0, waiting_bytes=0, oldest_waiting=None, lag=0.0,
    last_copied=None, away_since=None, next_try=None, error=None, failed=0, set_epoch="0001-00000001", set_at=None,
    sets=1, key_sets=1, set_late=False,
)  # fmt: skip
PARTS = [Part(name, ok=True, detail="") for name in ("database", "schema", "keys", "store", "search", "crew")]
WELL = Figures(
    Quick(
        at=AT, jobs=(), given_up={}, failures={}, crew=AtWork(Counter(Queue), Counter()), unplaced=Unplaced(0, None),
        index=Health(State.READY), index_lag=0, pages_read={},
    ),
    Slow(
        documents={"filed": 3}, backup_at=AT - timedelta(hours=20), backups_kept=True, checkpoint_at=AT,
        begun_at=AT - timedelta(days=900), due=4, overdue=0, disks=(Disk("objects", 50 * GIB, 100 * GIB, 300.0),),
        sites=(), drill_at=None,
    ),
)  # fmt: skip


def graded(*, quick: dict[str, Any] | None = None, slow: dict[str, Any] | None = None) -> dict[str, str]:
    """The lines that are not good, of a well installation but for what is given."""
    figures = Figures(replace(WELL.quick, **(quick or {})), replace(WELL.slow, **(slow or {})))
    return {line.name: line.grade.value for line in standing(PARTS, figures) if line.grade is not Grade.GOOD}


def waits(kind: str, since: timedelta) -> dict[str, Any]:
    return {"jobs": (Waiting(kind, 1, 0, AT - since),)}


def backed_up(ago: timedelta) -> dict[str, Any]:
    return {"backup_at": AT - ago}


def sent(ago: timedelta) -> dict[str, Any]:
    """A site that has a set of that age."""
    return {"sites": (replace(SITE, set_at=AT - ago),)}


def disk(free: float, days: float | None) -> dict[str, Any]:
    return {"disks": (Disk("objects", int(free * GIB), 100 * GIB, days),)}


def test_a_good_day_is_good() -> None:
    lines = standing(PARTS, WELL)
    assert worst(lines) is Grade.GOOD
    assert {line.grade for line in lines} == {Grade.GOOD}
    assert len(lines) > 14


@pytest.mark.parametrize(
    ("quick", "slow", "found"),
    [
        (waits("read_document", timedelta(hours=7)), {}, {}),
        (waits("read_document", timedelta(hours=8)), {}, {"queue_read": "warn"}),
        (waits("finish_document", timedelta(hours=24)), {}, {"queue_read": "bad"}),
        (waits("index_document", timedelta(minutes=5)), {}, {"queue_light": "warn"}),
        (waits("execute_batch", timedelta(hours=6)), {}, {"queue_destroy": "bad"}),
        ({"crew": AtWork(Counter(["light", "destroy"]), Counter())}, {}, {"unserved_read": "bad"}),
        ({"crew": AtWork(Counter(Queue), Counter(["limits"]))}, {}, {"sandbox": "warn"}),
        ({"given_up": {"index_document": 1}}, {}, {"given_up": "bad"}),
        ({"index_lag": 99}, {}, {}),
        ({"index_lag": 100}, {}, {"index_lag": "warn"}),
        ({"unplaced": Unplaced(1, AT - timedelta(seconds=119))}, {}, {}),
        ({"unplaced": Unplaced(1, AT - timedelta(seconds=120))}, {}, {"log": "bad"}),
        ({"failures": {"DAMAGED": 1}}, {}, {"quarantine": "warn"}),
        ({}, {"overdue": 1}, {"appraisals": "warn"}),
        ({}, backed_up(timedelta(hours=25)), {}),
        ({}, backed_up(timedelta(hours=26)), {"backup": "warn"}),
        ({}, backed_up(timedelta(hours=50)), {"backup": "bad"}),
        ({}, {"backup_at": None}, {"no_backup": "bad"}),
        ({}, {"backup_at": None, "begun_at": AT - timedelta(hours=1)}, {}),
        ({}, {"backup_at": None, "begun_at": None}, {}),
        ({}, backed_up(timedelta(hours=60)) | sent(timedelta(hours=1)), {"backup": "warn"}),
        ({}, backed_up(timedelta(hours=60)) | sent(timedelta(hours=1)) | {"backups_kept": False}, {}),
        ({}, {"backup_at": None, "backups_kept": False} | sent(timedelta(hours=1)), {}),
        (
            {},
            {"backup_at": None, "backups_kept": False} | sent(timedelta(hours=50)),
            {"sets": "bad", "no_backup": "bad"},
        ),
        ({}, sent(timedelta(hours=26)), {"sets": "warn"}),
        ({}, disk(11, 300), {}),
        ({}, disk(10, None), {"disk_objects": "warn"}),
        ({}, disk(5, 300), {"disk_objects_days": "bad"}),
        ({}, disk(50, 30), {"disk_objects_days": "warn"}),
        ({}, disk(50, 7), {"disk_objects_days": "bad"}),
    ],
)
def test_each_bound_is_where_it_is(quick: dict[str, Any], slow: dict[str, Any], found: dict[str, str]) -> None:
    assert graded(quick=quick, slow=slow) == found


def test_what_is_bad_stands_first_and_parts_speak_without_figures() -> None:
    away = [replace(part, ok=False, needed=part.name != "search") for part in PARTS if part.name in {"store", "search"}]
    keys = Part("keys", ok=True, detail="", warns=True)
    lines = standing([*PARTS[:2], keys, *reversed(away)], None)
    assert [line.grade.value for line in lines] == ["bad", "warn", "warn", "good", "good", "good"]
    assert lines[0].name == "store"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_line_has_its_words_and_its_remedy(language: str) -> None:
    worse = Figures(
        replace(WELL.quick, crew=AtWork(Counter(), Counter())),
        replace(
            WELL.slow,
            **sent(timedelta(0)),
            backup_at=None,
            disks=tuple(Disk(place, 0, 1) for place in ("data", "witness", "objects")),
        ),
    )
    names = {line.name for figures in (WELL, worse) for line in standing(PARTS, figures)}
    assert len(names) > 20
    words = table(language)  # type: ignore[arg-type]
    assert {f"line.{name}{end}" for name in names for end in ("", "_says", "_do")} - set(words) == set()
