"""Killed at any step, a destruction resumes to the same end; a hold at any step keeps its document or is too late."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest

from archive.base import Row
from archive.documents import Document
from archive.errors import Away, Conflict
from archive.jobs import AT_WORK, Kind, claim, enqueue
from archive.stores.port import Bucket
from deploy.revision import load_rows
from retention.batches import targets_of
from retention.content import OF_ONE_DOCUMENT
from retention.destruction import Unfinished, execute, mark_partial
from tests.integration.retention.steps import Crash, Steps, watching
from tests.integration.retention.world import World, open_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("faults") / "data") as made:
        made.approved_class()
        yield made


def begun(world: World, renditions: int = 1) -> tuple[str, str]:
    """A document and its batch, whose execution has begun."""
    [doc] = world.due_documents(renditions=renditions)
    batch = world.signed([doc])
    world.begin(batch.id)
    return doc, batch.id


def run(world: World, batch_id: str, steps: Steps) -> None:
    held = world.claimed(batch_id)
    with watching(world, steps):
        execute(world.house, world.shelf, held)


def crash() -> None:
    raise Crash


def count(world: World) -> int:
    steps = Steps()
    run(world, begun(world)[1], steps)
    return len(steps.seen)


def whole(world: World, doc: str) -> bool:
    """Row, key, index entry and both objects stand untouched."""
    row = world.row(doc)
    objects = [
        key for b in (Bucket.RECORDS, Bucket.RENDITIONS) for key in world.house.verifier.keys(b, f"documents/{doc}/")
    ]
    standing = not row.destroying and row.destroyed_at is None and row.title is not None
    return standing and len(objects) == 2 and not world.house.vault.absent(doc) and not world.shelf.absent(doc)


def gone(world: World, doc: str, batch_id: str) -> bool:
    row = world.row(doc)
    with world.house.database.reading() as session:
        targets = targets_of(session, batch_id)
    left = [
        key for b in (Bucket.RECORDS, Bucket.RENDITIONS) for key in world.house.verifier.keys(b, f"documents/{doc}/")
    ]
    verified = bool(targets) and all(target.verified_at and target.result == "absent" for target in targets)
    erased = row.title is None and world.house.vault.absent(doc) and world.shelf.absent(doc)
    return bool(row.destroyed_at) and not row.destroying and verified and erased and not left


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_killed_at_any_step_it_resumes_to_the_same_end(world: World, late: bool) -> None:  # noqa: FBT001 - a parameter
    steps_in_all = count(world)
    assert steps_in_all > 20
    for at in range(1, steps_in_all + 1):
        doc, batch_id = begun(world)
        with pytest.raises(Crash):
            run(world, batch_id, Steps(at, late, crash))
        assert whole(world, doc) or world.row(doc).destroying or world.row(doc).destroyed_at, at
        world.execute(batch_id)
        assert gone(world, doc, batch_id), (at, late)
        assert world.state(batch_id) == "executed"


def test_bytes_are_erased_only_after_the_commit_that_condemns(world: World) -> None:
    doc, batch_id = begun(world)
    steps = Steps()
    run(world, batch_id, steps)
    first_erasure = min(steps.seen.index(name) for name in ("index.purge", "destroyer.purge", "vault.destroy"))
    assert steps.seen[:first_erasure].count("commit") == 2, "one reads the batch, one condemns"
    assert gone(world, doc, batch_id)


def test_a_hold_at_any_step_keeps_its_document_or_comes_too_late(world: World) -> None:
    outcomes = set()
    for at in range(1, count(world) + 1):
        doc, batch_id = begun(world)
        placed: list[str] = []
        run(world, batch_id, Steps(at, late=False, hook=holding(world, doc, placed)))
        if placed:
            assert whole(world, doc), at
            assert world.state(batch_id) == "partial"
            world.lift(placed[0])
            world.begin(batch_id)
            world.execute(batch_id)
        outcomes.add(bool(placed))
        assert gone(world, doc, batch_id), at
    assert outcomes == {True, False}


def holding(world: World, doc: str, placed: list[str]) -> Callable[[], None]:
    def hook() -> None:
        if world.row(doc).destroying or world.row(doc).destroyed_at:
            with pytest.raises(Conflict, match="too late"):
                world.hold(doc)
        else:
            placed.append(world.hold(doc))

    return hook


@pytest.mark.parametrize("error", [Away("no answer"), OSError("input/output error")])
def test_a_part_that_is_away_leaves_the_batch_open_and_the_next_attempt_ends_it(world: World, error: Exception) -> None:
    def fail() -> None:
        raise error

    steps = Steps()
    run(world, begun(world)[1], steps)
    for at in [n for n, name in enumerate(steps.seen, start=1) if name in {"destroyer.purge", "verifier.absent"}]:
        doc, batch_id = begun(world)
        with pytest.raises(Unfinished):
            run(world, batch_id, Steps(at, hook=fail))
        assert world.row(doc).destroying
        assert not world.house.vault.absent(doc), "the key goes last"
        with world.house.database.transaction() as session:
            mark_partial(session, batch_id, str(error))
        assert world.state(batch_id) == "partial"
        world.begin(batch_id)
        world.execute(batch_id)
        assert gone(world, doc, batch_id)


def test_a_store_that_says_yes_and_keeps_the_bytes_is_not_believed(world: World) -> None:
    doc, batch_id = begun(world)
    store = world.house.destroyer

    class Liar:
        def __getattr__(self, name: str) -> object:
            return (lambda *_: None) if name == "purge" else getattr(store, name)

    world.house.__dict__["destroyer"] = Liar()
    try:
        with pytest.raises(Unfinished):
            world.execute(batch_id)
    finally:
        world.house.__dict__["destroyer"] = store
    assert world.row(doc).destroyed_at is None
    world.execute(batch_id)
    assert gone(world, doc, batch_id)


def test_a_lock_in_the_store_keeps_the_whole_document(world: World) -> None:
    doc, batch_id = begun(world)
    [original] = list(world.house.verifier.keys(Bucket.RECORDS, f"documents/{doc}/"))
    world.house.site.set_hold(Bucket.RECORDS, original.key, original.version, on=True)
    world.execute(batch_id)
    assert world.state(batch_id) == "partial"
    assert whole(world, doc)
    world.house.site.set_hold(Bucket.RECORDS, original.key, original.version, on=False)
    world.begin(batch_id)
    world.execute(batch_id)
    assert gone(world, doc, batch_id)


def test_a_version_that_nobody_named_stops_before_anything_is_erased(world: World) -> None:
    doc, batch_id = begun(world)
    [original] = list(world.house.verifier.keys(Bucket.RECORDS, f"documents/{doc}/"))
    world.house.site.put(Bucket.RECORDS, original.key, io.BytesIO(b"x"), length=1, sha256=sha256(b"x").hexdigest())
    world.execute(batch_id)
    assert world.state(batch_id) == "partial"
    assert whole(world, doc)


def test_markers_older_renditions_and_leftovers_go_too(world: World) -> None:
    doc, batch_id = begun(world)
    for key in list(world.house.verifier.keys(Bucket.RENDITIONS, f"documents/{doc}/")):
        world.house.destroyer.hide(Bucket.RENDITIONS, key.key)
    digest = sha256(b"unnamed").hexdigest()
    world.house.site.put(
        Bucket.RENDITIONS, f"documents/{doc}/leftover", io.BytesIO(b"unnamed"), length=7, sha256=digest
    )
    scratch = world.house.settings.scratch / f"{doc}.part"
    scratch.write_bytes(b"scratch")
    world.execute(batch_id)
    assert gone(world, doc, batch_id)
    assert not scratch.exists()


def test_one_held_document_of_three_stays_and_two_go(world: World) -> None:
    docs = world.due_documents(3, renditions=1)
    batch = world.signed(docs)
    world.begin(batch.id)
    hold = world.hold(docs[1])
    world.execute(batch.id)
    assert world.state(batch.id) == "partial"
    assert whole(world, docs[1])
    assert [bool(world.row(doc).destroyed_at) for doc in docs] == [True, False, True]
    world.lift(hold)
    world.begin(batch.id)
    world.execute(batch.id)
    assert world.state(batch.id) == "executed"


def test_a_document_that_changed_after_the_signatures_is_kept(world: World) -> None:
    doc, batch_id = begun(world)
    with world.house.database.transaction() as session:
        session.get_one(Document, doc).page_count = 99
    world.execute(batch_id)
    assert world.state(batch_id) == "partial"
    assert whole(world, doc)


@pytest.mark.parametrize("kind", sorted(AT_WORK))
def test_what_a_worker_is_at_is_passed_over(world: World, kind: Kind) -> None:
    """A reader that still puts renditions would leave some behind what was verified absent."""
    doc, batch_id = begun(world)
    with world.house.database.transaction() as session:
        job = enqueue(session, kind, doc, key=f"{kind}:{doc}")
        assert claim(session, job.id, "reader")
    world.execute(batch_id)
    assert whole(world, doc)
    assert world.state(batch_id) == "partial"


def test_every_row_about_a_document_goes_with_it_or_is_known_to_stay() -> None:
    """A new table that names a document is erased with it, or stands here with its reason."""
    stays = {
        "file": "the original's measures (R30)", "origin": "where it was cut", "appraisal_item": "the decision",
        "extension": "the decision", "batch_item": "the signed list", "destruction_target": "the ledger",
        "erasure_item": "the answer to its subject", "restriction": "that it was restricted, and by whom",
    }  # fmt: skip
    load_rows()
    named = {
        table.name
        for table in Row.metadata.tables.values()
        for key in table.foreign_keys
        if key.target_fullname == "document.id"
    }
    assert named - {row.__tablename__ for row in OF_ONE_DOCUMENT} == set(stays)
