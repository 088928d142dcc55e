"""A batch of 10,000 documents on either profile: frozen, shown, signed, executed; seconds, processor and memory."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

import httpx

from archive.base import new_id, now
from archive.documents import Document, State
from archive.folders import Folder
from archive.rights import Role
from indexes.embedded import TantivyEngine
from indexes.sync import Eraser, reindex
from retention.classes import assign
from retention.destruction import execute
from retention.disposal import DestructionBatch
from tests.bench.figures import Figure
from tests.houses import Home
from tests.integration.api.served import served
from tests.integration.retention.world import World, open_distributed_world, open_world

PART = "large_batch"
Made = TypeVar("Made")
DOCUMENTS = 10_000
PART_OF_ROWS = 500
IN_SIGHT = 1.0
"""Seconds within which a page of such a batch is there (the size that issue 6 asks for)."""
RATE = 20.0
"""Documents destroyed and verified a second, at least (as above)."""
GROWTH = 200.0
"""MiB by which the process may grow while it destroys: the list is walked, not held."""


@dataclass
class Spent:
    """Seconds by the clock and of the processor."""

    clock: float
    processor: float


def measure(documents: int = DOCUMENTS, *, servers: bool = False) -> list[Figure]:
    """One original and an index entry for each document; with `servers` on PostgreSQL and MinIO.

    What the service shows is asked over HTTP.
    """
    opened = open_distributed_world if servers else open_world
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder) / "data") as world:
        world.approved_class()
        ids = _documents(world, documents)
        engine = TantivyEngine(Path(folder) / "index", writer=True)
        reindex(world.house.database, engine, world.house.vault)
        batch, frozen = _timed(lambda: world.proposed(ids))
        shown = list(_shown(world, batch, "frozen"))
        _, signed = _timed(lambda: _signed(world, batch))
        before = _memory()
        eraser = Eraser(world.house.database, engine, world.house.vault)
        _, done = _timed(lambda: _executed(world, eraser, batch.id))
        grown = _memory() - before
        shown += _shown(world, batch, "executed")
        if world.state(batch.id).value != "executed":
            raise SystemExit(f"bench: the batch is {world.state(batch.id).value}")
    return [
        Figure(PART, f"{documents} documents appraised and frozen", frozen.clock, "s", _beside(frozen)),
        *(Figure(PART, path, spent.clock, "s", _beside(spent), ceiling=IN_SIGHT) for path, spent in shown),
        Figure(PART, "signed by two", signed.clock, "s", _beside(signed)),
        Figure(PART, "executed and verified", documents / done.clock, "documents/s", _beside(done), floor=RATE),
        Figure(PART, "memory while executing", grown, "MiB", ceiling=GROWTH),
    ]


def _beside(spent: Spent) -> str:
    return f"{spent.processor:.1f} s of the processor, load {os.getloadavg()[0]:.1f}"


def _timed(work: Callable[[], Made]) -> tuple[Made, Spent]:
    clock, processor = time.perf_counter(), time.process_time()
    made = work()
    return made, Spent(time.perf_counter() - clock, time.process_time() - processor)


def _memory() -> float:
    """The most that this process ever held, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _documents(world: World, count: int) -> list[str]:
    """Filed documents of one folder, performed long ago, each with its key and its original."""
    folder_id, made = world.folder(), list[str]()
    for start in range(0, count, PART_OF_ROWS):
        part = [new_id() for _ in range(start, min(start + PART_OF_ROWS, count))]
        for document_id in part:
            world.house.vault.create(document_id)
        files = [world.stored(document_id, 0) for document_id in part]
        with world.as_("officer") as (session, officer, _):
            folder = session.get_one(Folder, folder_id)
            for number, document_id in enumerate(part, start=start):
                document = Document(
                    id=document_id, state=State.FILED.value, document_type="contract", folder_id=folder.id,
                    customer_id=folder.customer_id, department_id=folder.department_id,
                    confidentiality=folder.confidentiality, uploader_id=officer.id, received_at=now(), sha256="0" * 64,
                    size=10, media_type="image/png", page_count=1, dated=date(2018, 3, 1), review=[],
                    archival_code=f"{folder.code}-{number:05d}",
                )  # fmt: skip
                session.add(document)
                session.flush()
                assign(session, document)
            session.add_all(files)
        made += part
    world.close(folder_id, date(2019, 6, 30))
    return made


@contextmanager
def _browser(world: World, name: str) -> Iterator[httpx.Client]:
    with served(Home(world.house, {})) as running:
        running.person(name, Role.OFFICER)
        headers = {"Authorization": f"Bearer {running.tokens[name]}", "Accept": "text/html"}
        with httpx.Client(base_url=running.url, headers=headers, timeout=60) as client:
            yield client


def _shown(world: World, batch: DestructionBatch, state: str) -> Iterator[tuple[str, Spent]]:
    """The pages and lists that show the batch, each asked for the second time, as somebody at work does."""
    with _browser(world, f"looks when {state}") as client:
        for name, path in (
            ("the batch's page", f"/destruction/{batch.id}"),
            ("the appraisal's page", f"/appraisals/{batch.appraisal_id}"),
            ("the schedule", "/schedule"), ("the inbox", "/inbox"),
            ("all batches over the API", "/api/v1/destruction-batches"),
        ):  # fmt: skip
            client.get(path).raise_for_status()
            answer, spent = _timed(partial(client.get, path))
            answer.raise_for_status()
            yield f"{name}, {state}", spent


def _signed(world: World, batch: DestructionBatch) -> None:
    for name in ("first", "second"):
        world.approve(batch, name)


def _executed(world: World, eraser: Eraser, batch_id: str) -> None:
    world.begin(batch_id)
    execute(world.house, eraser, world.claimed(batch_id))
