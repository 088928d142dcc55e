"""Stays with documents until they are read, and tells on standard error how far: files, pages, rate, time left."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from sqlalchemy import select

from archive.documents import Document, State
from archive.house import House
from archive.progress import Progress as Read
from archive.progress import progress_of

LOOK: Final = 1.0
STEP: Final = 500
UNDER_WAY: Final = frozenset({State.RECEIVED.value, State.READING.value})


def follow(house: House, document_ids: Sequence[str]) -> dict[str, int]:
    """Wait until none of the documents waits to be read any more; how many are in which state then."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[told]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as shown:
        files = shown.add_task("Files read", total=len(document_ids), told="")
        longer: dict[str, TaskID] = {}
        while True:
            states, going = _look(house, document_ids)
            waiting = sum(states[state] for state in UNDER_WAY)
            shown.update(files, completed=len(document_ids) - waiting)
            _show_longer(shown, longer, going)
            if not waiting:
                return dict(states)
            time.sleep(LOOK)


def _look(house: House, document_ids: Sequence[str]) -> tuple[Counter[str], dict[str, Read]]:
    """How many are in which state, and how far those are whose pages are counted."""
    states: Counter[str] = Counter()
    going: dict[str, Read] = {}
    with house.database.reading() as session:
        for start in range(0, len(document_ids), STEP):
            asked = select(Document).where(Document.id.in_(document_ids[start : start + STEP]))
            rows = session.scalars(asked).unique().all()
            states.update(row.state for row in rows)
            going |= progress_of(session, rows)
    return states, going


def _show_longer(shown: Progress, tasks: dict[str, TaskID], going: dict[str, Read]) -> None:
    """A line for every document whose pages are being read."""
    for document_id in tasks.keys() - going.keys():
        shown.remove_task(tasks.pop(document_id))
    for document_id, read in going.items():
        if document_id not in tasks:
            tasks[document_id] = shown.add_task(f"  Pages of {document_id[:8]}", total=read.total, told="")
        shown.update(tasks[document_id], completed=read.read, total=read.total, told=told(read))


def told(read: Read) -> str:
    """Rate and remaining time in words; nothing while nothing can be said."""
    if read.a_minute is None or read.seconds_left is None:
        return ""
    return f"{read.a_minute:.0f} pages a minute, {timedelta(seconds=read.seconds_left)} left"
