"""Destruction to the last proof beside a plain removal of as many files and rows."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from indexes.embedded import TantivyEngine
from indexes.sync import Eraser, index_now
from retention.destruction import execute
from tests.bench.figures import Figure
from tests.integration.retention.world import World, open_world

PART = "destruction"
DOCUMENTS = 60
RENDITIONS = 4


def measure(documents: int = DOCUMENTS) -> list[Figure]:
    """Documents of one page with five objects each; objects, keys, rows and index, each proved absent."""
    with tempfile.TemporaryDirectory() as folder:
        with open_world(Path(folder) / "data") as world:
            ours = _destroyed(world, Path(folder) / "index", documents)
        plain = _removed(Path(folder), documents)
    beside = "remove the files, delete the row, both synced"
    return [
        Figure(PART, f"{documents} documents, {RENDITIONS + 1} objects each", ours / documents * 1000, "ms a document"),
        Figure(PART, "time", ours / plain, "x", f"{beside}: {plain / documents * 1000:.1f} ms"),
    ]


def _destroyed(world: World, index: Path, documents: int) -> float:
    """Seconds from the executor's word to the last verified target."""
    world.approved_class()
    ids = world.due_documents(documents, renditions=RENDITIONS)
    engine = TantivyEngine(index, writer=True)
    for document in ids:
        with world.house.database.transaction() as session:
            index_now(session, engine, world.house.vault, document)
    batch = world.signed(ids)
    eraser = Eraser(world.house.database, engine, world.house.vault)

    def destroy() -> None:
        world.begin(batch.id)
        execute(world.house, eraser, world.claimed(batch.id))

    seconds = _seconds(destroy)
    if world.state(batch.id).value != "executed":
        raise SystemExit(f"bench: the batch is {world.state(batch.id).value}")
    return seconds


def _removed(folder: Path, documents: int) -> float:
    rows = sqlite3.connect(folder / "plain.sqlite", isolation_level=None)
    rows.execute("PRAGMA journal_mode=WAL")
    rows.execute("PRAGMA synchronous=FULL")
    rows.execute("CREATE TABLE document (id INTEGER PRIMARY KEY, told TEXT)")
    for number in range(documents):
        rows.execute("INSERT INTO document VALUES (?, 'a document')", (number,))
        (folder / f"plain-{number}").mkdir()
        for part in range(RENDITIONS + 1):
            (folder / f"plain-{number}" / str(part)).write_bytes(b"page")

    def remove() -> None:
        for number in range(documents):
            rows.execute("DELETE FROM document WHERE id = ?", (number,))
            _without(folder / f"plain-{number}")

    seconds = _seconds(remove)
    rows.close()
    return seconds


def _without(folder: Path) -> None:
    for path in list(folder.iterdir()):
        path.unlink()
    folder.rmdir()
    above = os.open(folder.parent, os.O_RDONLY)
    os.fsync(above)
    os.close(above)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
