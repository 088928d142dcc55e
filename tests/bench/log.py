"""The log: entries appended in groups and given their places, and the whole of it verified from the database."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from archive.audit import READER, Act, record_each
from archive.base import new_id
from archive.log import checkpoint, sequence, verify_log
from archive.signing import Purpose
from tests.bench.figures import Figure
from tests.houses import Home, embedded

PART = "log"
ENTRIES = 100_000
GROUP = 500
APPENDED = 2_000.0
"""Entries a second, appended and sequenced in groups, at least (issue 6, part 12)."""
VERIFIED = 60_000.0
"""Entries a second, verified from the database with their details, at least (as above)."""
GROWTH = 50.0
"""MiB by which the process may grow while it verifies: the log is walked, not held."""


def measure(entries: int = ENTRIES) -> list[Figure]:
    """Rates by the processor's time; beside each the rate by the clock and how busy the machine was."""
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder) / "data") as home:
        appended = _timed(lambda: _append(home, entries))
        before = _memory()
        verified = _timed(lambda: _verify(home, entries))
        grown = _memory() - before
    return [
        _rate("appended in groups and sequenced", entries, appended, APPENDED),
        _rate("verified from the database", entries, verified, VERIFIED),
        Figure(PART, "memory while verifying", grown, "MiB", ceiling=GROWTH),
    ]


def _rate(what: str, entries: int, spent: tuple[float, float], floor: float) -> Figure:
    clock, processor = spent
    beside = f"{entries / clock:,.0f} by the clock, load {os.getloadavg()[0]:.1f}"
    return Figure(PART, what, entries / processor, "entries/s of the processor", beside, floor=floor)


def _append(home: Home, entries: int) -> None:
    for _ in range(0, entries, GROUP):
        with home.house.database.transaction() as session:
            subjects = [new_id() for _ in range(GROUP)]
            record_each(session, READER, Act.DOCUMENT_VIEWED, subjects, detail={"page": 1, "origin": "web"})
    more = 1
    while more:
        with home.house.database.transaction() as session:
            more = sequence(session)


def _verify(home: Home, entries: int) -> None:
    key = home.house.signing.installation(Purpose.CHECKPOINT)
    with home.house.database.transaction() as session:
        checkpoint(session, key)
    with home.house.database.reading() as session:
        found = verify_log(session, key, home.house.vault)
    if not found.ok or found.size != entries:
        raise SystemExit(f"bench: the log does not hold: {found}")


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
