"""A million documents of one folder: an event that makes them due, what is due, the calendar, a class version approved.

Rows are made by set SQL from one document that was filed; dates are reckoned when they are asked for.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlalchemy import inspect, text

from archive.documents import Document
from retention import classes
from retention.calendar import calendar
from retention.schedule import candidates
from tests.bench.figures import Figure
from tests.integration.retention.world import FIVE, World, open_world

PART = "due_dates"
DOCUMENTS = 1_000_000
SECONDS = 10.0
"""Seconds of the processor for each question and each act over all of them, at most («seconds», issue 6)."""
GROWTH = 100.0
"""MiB by which the process may grow meanwhile: nothing holds the set."""
FIRST_PAGE = 500


def measure(documents: int = DOCUMENTS) -> list[Figure]:
    """Seconds of the processor for each; beside it those by the clock, and how busy the machine was."""
    with tempfile.TemporaryDirectory() as folder, open_world(Path(folder) / "data") as world:
        _proposed(world)
        folder_id = world.folder()
        _many(world, world.document(folder_id, renditions=0), documents)
        before, figures = _memory(), list[Figure]()
        for what, work in (
            (f"a class version approved that takes {documents} documents over", lambda: _approved(world)),
            ("an event of their folder", lambda: world.close(folder_id, date(2019, 6, 30))),
            (f"the first {FIRST_PAGE} that are due", lambda: _due(world)),
            ("the calendar of all", lambda: _calendar(world, documents)),
        ):
            clock, processor = _timed(work)
            beside = f"{clock:.2f} s by the clock, load {os.getloadavg()[0]:.1f}"
            figures.append(Figure(PART, what, processor, "s of the processor", beside, ceiling=SECONDS))
        return [*figures, Figure(PART, "memory meanwhile", _memory() - before, "MiB", ceiling=GROWTH)]


def _proposed(world: World) -> None:
    with world.as_("officer") as (session, officer, _):
        classes.propose(session, officer, FIVE)


def _approved(world: World) -> None:
    """Another version than the documents have, which nobody had approved."""
    with world.as_("officer") as (session, officer, _):
        classes.propose(session, officer, replace(FIVE, basis="resolution 6"))
    with world.as_("first") as (session, first, _):
        classes.approve(session, first, [FIVE.code])


def _many(world: World, like: str, count: int) -> None:
    """Rows like this one, with ids and archival codes of their own and nothing sealed."""
    own = {
        "id": "printf('%08x-0000-4000-8000-%012x', n * 2654435761 % 4294967296, n)", "archival_code": "'BENCH-' || n",
        "title": "NULL", "file_name": "NULL",
    }  # fmt: skip
    names = [column.name for column in inspect(Document).local_table.columns]
    values = ", ".join(own.get(name, f"made.{name}") for name in names)
    counted = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)"
    insert = f"INSERT INTO document ({', '.join(names)}) {counted} SELECT {values} FROM numbers, document made"  # noqa: S608 - our own names
    with world.house.database.transaction() as session:
        session.execute(text(f"{insert} WHERE made.id = :like"), {"count": count - 1, "like": like})


def _due(world: World) -> None:
    with world.as_("officer") as (session, _, scope):
        found, more = candidates(session, scope, world.today, size=FIRST_PAGE)
    if len(found) != FIRST_PAGE or not more:
        raise SystemExit(f"bench: {len(found)} are due")


def _calendar(world: World, documents: int) -> None:
    with world.as_("officer") as (session, _, scope):
        [row] = calendar(session, scope, world.today)
    if row.overdue != documents:
        raise SystemExit(f"bench: the calendar counts {row.overdue}")


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
