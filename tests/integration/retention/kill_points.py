"""A destroying worker killed (SIGKILL) at every step, over real rows, objects and index of a profile (F35; R22, R25).

    python -m tests.integration.retention.kill_points [--profile embedded|distributed] [--part 1/1] [--every 1]

At each step a hold comes after the kill and before the next worker: it keeps its document, or is told that it is too
late; a step at which it keeps one is met again without a hold. Every one must come to the end that an undisturbed
destruction comes to. A step is a statement that writes, a commit, an fsync, a change of a name, a request to store or
index that may change something, an act on the embedded index.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL, SIGTERM, signal
from typing import Any

import structlog
from sqlalchemy import func, inspect, select, update
from sqlalchemy.orm import Session

from archive.audit import AuditEntry
from archive.base import now
from archive.documents import Document
from archive.errors import Conflict
from archive.house import House
from archive.jobs import Job
from archive.stores.port import Bucket
from indexes.projection import batch
from indexes.sync import Written, drift, note, view
from retention import destruction
from retention.batches import targets_of
from retention.content import OF_ONE_DOCUMENT
from retention.disposal import BatchItem
from retention.targets import OBJECTS
from tests.contract.search_places import installation
from tests.integration.faults.killing import Run, Say, run_killed
from tests.integration.faults.wholeness import assert_nothing_left
from tests.integration.retention.stage import ROOM
from tests.integration.retention.world import World, open_distributed_world, open_world
from workers.runner import run
from workers.tools import Tools

DOCUMENTS, RENDITIONS = 3, 2
PART = 2
"""Documents that one commit condemns or erases here, so that a list has more parts than one."""
TOLD = ("document.condemned", "document.destroyed", "batch.executed")


@dataclass
class Field:
    """A world whose index is the real one, and what an undisturbed destruction comes to in it."""

    world: World
    usual: dict[str, Any] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    kept: str = ""

    @property
    def house(self) -> House:
        return self.world.house


def main() -> int:
    """One line of counts, or the first step after which the end is another."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", choices=list(PROFILES), default="embedded")
    parser.add_argument("--part", default="1/1", help="the share of the steps that is this process's")
    parser.add_argument("--every", type=int, default=1, help="each so-manieth step only")
    asked = parser.parse_args()
    mine, parts = (int(number) for number in asked.part.split("/"))
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    signal(SIGTERM, lambda *_: sys.exit("ended from outside"))  # databases, buckets and index are taken away
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=ROOM) as folder, PROFILES[asked.profile](Path(folder)) as ground:
        points = range(mine, len(ground.steps) + 1, parts * asked.every)
        counts = walked(ground, points, sys.stderr.write)
    sys.stdout.write(
        f"kills ({asked.profile}, part {asked.part}): {len(ground.steps)} steps in all; {dict(counts)}; "
        f"always the same end, {time.perf_counter() - start:.0f} s\n"
    )
    return 0


def walked(ground: Field, points: Sequence[int], told: Callable[[str], object] = len) -> Counter[str]:
    """Kill at each of these steps; AssertionError where the end is another. `told` hears of each kill."""
    counts: Counter[str] = Counter()
    for at in points:
        for way in (held, resumed):
            try:
                outcome = way(ground, at)
            except AssertionError as error:
                raise AssertionError(f"step {at} ({ground.steps[at - 1]}), {way.__name__}: {error}") from error
            counts[outcome] += 1
            told(f"{at} {ground.steps[at - 1]}: {outcome}\n")
            if outcome != "held":
                break
    _assert_ground(ground)
    return counts


def _assert_ground(ground: Field) -> None:
    """What stands beside the destroyed still stands, and store, rows, keys, log and index agree."""
    assert whole(ground, ground.kept)
    assert_nothing_left(ground.house)
    assert indexed(ground, lambda tools, session: drift(session, tools.index).none)


# The profiles


@contextmanager
def embedded(folder: Path) -> Iterator[Field]:
    """SQLite, a folder of objects, tantivy."""
    with open_world(folder / "data") as world:
        yield _prepared(world)


@contextmanager
def distributed(folder: Path) -> Iterator[Field]:
    """PostgreSQL, MinIO, OpenSearch."""
    with open_distributed_world(folder / "data") as world, installation("opensearch", folder / "index") as place:
        named = {"search_url": place.url, "search_prefix": place.prefix}
        world.house.settings = world.house.settings.model_copy(update=named)
        yield _prepared(world)


PROFILES: dict[str, Callable[[Path], Any]] = {"embedded": embedded, "distributed": distributed}


def _prepared(world: World) -> Field:
    """The first destruction makes folders that later ones find; the second one is the measure."""
    destruction.TOGETHER = PART  # type: ignore[misc] # for this process and its children
    world.approved_class()
    ground = Field(world)
    [ground.kept] = _listed(ground, world.due_documents(1, renditions=RENDITIONS))
    for _ in range(2):
        batch_id, docs = begun(ground)
        ground.steps = worked(ground, batch_id).steps
    ground.usual = end_of(ground, batch_id, docs)
    return ground


# One destruction


def begun(ground: Field) -> tuple[str, list[str]]:
    """A batch, begun, and its documents, which can be found."""
    docs = _listed(ground, ground.world.due_documents(DOCUMENTS, renditions=RENDITIONS))
    listed = ground.world.signed(docs)
    ground.world.begin(listed.id)
    return listed.id, docs


def _listed(ground: Field, docs: list[str]) -> list[str]:
    indexed(ground, lambda tools, session: _written(tools, session, docs))
    return docs


def _written(tools: Tools, session: Session, docs: Sequence[str]) -> bool:
    """All of them in one act on the index."""
    rows = [session.get_one(Document, doc) for doc in docs]
    tools.index.replace([batch(view(row, tools.house.vault.key(row.id))) for row in rows])
    note(session, [Written(row.id, row.version, found=True) for row in rows])
    return True


def indexed(ground: Field, ask: Callable[[Tools, Session], bool]) -> bool:
    """What a child says that opens the index: no index is open in this process when it forks."""

    def work(house: House, say: Say) -> None:
        with closing(Tools(house)) as tools, house.database.transaction() as session:
            say(ask(tools, session))

    return bool(run_killed(ground.house.settings, work).said[0][0])


def worked(ground: Field, batch_id: str, at: int = 0) -> Run:
    """A worker that does the batch's job, killed at that step; a dead worker's lease has run out before it."""
    with ground.house.database.transaction() as session:
        mine = (Job.subject == batch_id) & (Job.kind == "execute_batch")
        job_id = session.scalars(select(Job.id).where(mine).order_by(Job.created_at.desc()).limit(1)).one()
        lapsed = {"lease_until": now() - timedelta(seconds=1)}
        session.execute(update(Job).where(Job.id == job_id, Job.lease_until.is_not(None)).values(**lapsed))

    def work(house: House, say: Say) -> None:
        with closing(Tools(house)) as tools:
            say(run(tools, job_id))

    return run_killed(ground.house.settings, work, at)


def resumed(ground: Field, at: int) -> str:
    """Killed there, and done by the next worker."""
    batch_id, docs = begun(ground)
    killed = worked(ground, batch_id, at).signal == SIGKILL
    assert_nothing_claimed(ground, batch_id, docs)
    if killed:
        worked(ground, batch_id)
    assert_end(ground, batch_id, docs)
    return "resumed" if killed else "over before"


def held(ground: Field, at: int) -> str:
    """Killed there, and the last document held before the next worker comes: it stays whole, or the hold is refused."""
    batch_id, docs = begun(ground)
    killed, world = worked(ground, batch_id, at).signal == SIGKILL, ground.world
    assert_nothing_claimed(ground, batch_id, docs)
    row = world.row(docs[-1])
    past, placed = row.destroying or row.destroyed_at is not None, ""
    with suppress(Conflict):
        placed = world.hold(docs[-1])
    assert bool(placed) is not past, "a hold prevails until the point of no return, and not after it"
    if killed:
        worked(ground, batch_id)
    if placed:
        assert whole(ground, docs[-1])
        assert world.state(batch_id) == "partial"
        world.lift(placed)
        world.begin(batch_id)
        worked(ground, batch_id)
    assert_end(ground, batch_id, docs)
    return ("held" if placed else "hold too late") if killed else "over before"


# What must be true


def assert_nothing_claimed(ground: Field, batch_id: str, docs: Sequence[str]) -> None:
    """At the moment of death nothing is said to be gone that still stands (F35)."""
    with ground.house.database.reading() as session:
        said = [target for target in targets_of(session, batch_id) if target.result == "absent"]
    for target in said:
        if target.kind in OBJECTS and target.kind != "leftover":
            bucket, _, key = target.target.partition("/")
            assert ground.house.verifier.absent(Bucket(bucket), key), target.target
    for doc in docs:
        if ground.world.row(doc).destroyed_at is not None:
            assert objects(ground, doc) == []
            assert ground.house.vault.absent(doc)


def assert_end(ground: Field, batch_id: str, docs: Sequence[str]) -> None:
    found = end_of(ground, batch_id, docs)
    differs = {name: (found[name], ground.usual[name]) for name in found if found[name] != ground.usual[name]}
    assert not differs, differs


def end_of(ground: Field, batch_id: str, docs: Sequence[str]) -> dict[str, Any]:
    """Everything that a destruction leaves, without the ids and moments that are its own."""
    number = {doc: place for place, doc in enumerate(docs)}
    with ground.house.database.reading() as session:
        rows = [session.get_one(Document, doc) for doc in docs]
        told = select(AuditEntry.subject, AuditEntry.action).where(AuditEntry.action.in_(TOLD))
        acts = session.execute(told.where(AuditEntry.subject.in_([*docs, batch_id]))).all()
        items = session.execute(select(BatchItem.ordinal, BatchItem.state).where(BatchItem.batch_id == batch_id)).all()
        left = [
            session.scalar(select(func.count()).select_from(row).where(row.document_id.in_(docs)))
            for row in OF_ONE_DOCUMENT
        ]
        open_jobs = session.scalars(select(Job.kind).where(Job.subject == batch_id, Job.state != "done")).all()
        targets = [
            (number[each.document_id], each.ordinal, each.kind, each.site, each.method, each.result, each.verifier)
            for each in targets_of(session, batch_id)
        ]
    return {
        "batch": ground.world.state(batch_id).value,
        "items": sorted((item.ordinal, item.state) for item in items),
        "targets": sorted(targets, key=str),
        "stubs": [{column.key: _standing(row, column.key) for column in inspect(Document).columns} for row in rows],
        "rows": left,
        "acts": sorted((number.get(act.subject, -1), act.action) for act in acts),
        "open jobs": sorted(open_jobs),
        "objects": [objects(ground, doc) for doc in docs],
        "keys": [ground.house.vault.absent(doc) for doc in docs],
        "entries": indexed(ground, lambda tools, _: all(tools.index.absent(doc) for doc in docs)),
        "witness": sum(doc in ground.house.witness.destructions() for doc in docs),
    }


def _standing(row: Document, name: str) -> object:
    """A column's value where it says how things stand; else whether it has one."""
    value = getattr(row, name)
    return value if value is None or isinstance(value, bool) else "something"


def whole(ground: Field, doc: str) -> bool:
    """Row, key, entry and objects stand untouched."""
    row = ground.world.row(doc)
    standing = not row.destroying and row.destroyed_at is None and row.title is not None
    found = not indexed(ground, lambda tools, _: tools.index.absent(doc))
    return standing and found and len(objects(ground, doc)) == 1 + RENDITIONS and not ground.house.vault.absent(doc)


def objects(ground: Field, doc: str) -> list[str]:
    """The objects of a document that stand in the store."""
    return [
        found.key
        for bucket in (Bucket.RECORDS, Bucket.RENDITIONS)
        for found in ground.house.verifier.keys(bucket, f"documents/{doc}/")
    ]


if __name__ == "__main__":
    sys.exit(main())
