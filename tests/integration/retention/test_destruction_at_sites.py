"""Destruction reaches every site by that site's own hands; one that is away keeps its copies, nothing else waits."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive import sites
from archive.audit import OPERATOR
from archive.base import now
from archive.errors import Conflict
from archive.jobs import Claim, Job, Kind, LostLease, claim
from archive.owed import owe_missing
from archive.reconcile import reconcile
from archive.replication import replicate
from archive.stores.port import Bucket, NotAllowed, Version
from retention.batches import targets_of
from retention.destruction import execute, finish_elsewhere
from retention.disposal import DestructionBatch, DestructionTarget
from retention.erasing import StillRead
from retention.mirror import mirror_holds
from retention.objects import SiteAway
from retention.recheck import recheck, rechecks
from retention.targets import need_no_target_at
from tests.integration.retention.steps import Crash
from tests.integration.retention.world import World, open_world
from tests.sites import add_folder, copy_all, job_of, objects


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Path]]:
    """An installation with a second site in a folder, which every test leaves where it found it."""
    folder = tmp_path_factory.mktemp("sites")
    with open_world(folder / "data") as made:
        made.approved_class()
        add_folder(made.house, "two", folder / "two")
        yield made, folder / "two"


def begun(world: World, count: int = 1) -> tuple[list[str], str]:
    """Documents that stand at both sites, and their batch, whose execution has begun."""
    found = world.due_documents(count, renditions=1)
    with world.house.database.transaction() as session:
        owe_missing(session, "two")
    copy_all(world.house, "two")
    batch = world.signed(found)
    world.begin(batch.id)
    return found, batch.id


def ledger(world: World, batch_id: str) -> list[DestructionTarget]:
    with world.house.database.reading() as session:
        return list(targets_of(session, batch_id))


def finishing(world: World, batch_id: str) -> Claim:
    """The job that waits for a site, its time come."""
    with world.house.database.transaction() as session:
        mine = select(Job).where(Job.subject == batch_id, Job.kind == Kind.FINISH_BATCH.value)
        job = session.scalars(mine.order_by(Job.created_at.desc())).first()
        assert job is not None
        job.state, job.attempt, job.not_before = "ready", 0, now() - timedelta(seconds=1)
    with world.house.database.transaction() as session:
        held = claim(session, job.id, "test")
    assert held is not None
    return held


def emptied(world: World, doc: str) -> bool:
    return not objects(world.house, "primary", doc) and not objects(world.house, "two", doc)


def test_each_target_is_erased_and_verified_at_each_site(both: tuple[World, Path]) -> None:
    world, _ = both
    [doc], batch_id = begun(world)
    assert len(objects(world.house, "two", doc)) == 2
    [key] = [name.partition("/")[2] for name in objects(world.house, "two", doc) if name.startswith("records")]
    stray = {"length": 1, "sha256": sha256(b"x").hexdigest()}
    world.house.writer_at("two").put(Bucket.RECORDS, key, io.BytesIO(b"x"), **stray)  # what a retry left there
    world.execute(batch_id)
    assert world.state(batch_id) == "executed"
    assert emptied(world, doc)
    lines = ledger(world, batch_id)
    assert {(line.site, line.kind) for line in lines if line.kind in {"original", "rendition", "leftover"}} == {
        (site, kind) for site in ("primary", "two") for kind in ("original", "rendition", "leftover")
    }
    assert all(line.verified_at and line.version for line in lines if line.kind in {"original", "rendition"})


def test_a_site_that_is_away_leaves_the_batch_partial_and_is_finished_when_it_is_back(both: tuple[World, Path]) -> None:
    world, place = both
    [doc], batch_id = begun(world)
    shutil.move(place, place.with_name("unplugged"))
    world.execute(batch_id)
    assert world.state(batch_id) == "partial"
    with world.house.database.reading() as session:
        assert "away: two" in error_of(session, batch_id)
        with pytest.raises(Conflict):
            need_no_target_at(session, "two")
    assert not objects(world.house, "primary", doc)
    assert world.house.vault.absent(doc), "what is left at the other site can be opened by nobody"
    assert world.row(doc).destroying
    assert {line.site for line in ledger(world, batch_id) if not line.verified_at} == {"two"}
    with pytest.raises(SiteAway):
        finish_elsewhere(world.house, world.shelf, finishing(world, batch_id))
    shutil.move(place.with_name("unplugged"), place)
    assert objects(world.house, "two", doc)
    finish_elsewhere(world.house, world.shelf, finishing(world, batch_id))
    assert world.state(batch_id) == "executed"
    assert emptied(world, doc)
    assert world.row(doc).destroyed_at
    assert all(line.verified_at for line in ledger(world, batch_id))


def error_of(session: Session, batch_id: str) -> str:
    return session.get_one(DestructionBatch, batch_id).error or ""


def test_a_person_who_executes_again_ends_the_waiting_run(both: tuple[World, Path]) -> None:
    world, place = both
    [doc], batch_id = begun(world)
    shutil.move(place, place.with_name("unplugged"))
    world.execute(batch_id)
    waiting = finishing(world, batch_id)
    shutil.move(place.with_name("unplugged"), place)
    world.begin(batch_id)
    finish_elsewhere(world.house, world.shelf, waiting)
    assert world.state(batch_id) == "executing", "it gave way"
    with world.house.database.transaction() as session:
        session.get_one(Job, waiting.job_id).kind = "ended"  # so that the batch's own job is the one that is found
    world.execute(batch_id)
    assert world.state(batch_id) == "executed"
    assert emptied(world, doc)


def test_finishing_touches_nothing_that_was_not_condemned(both: tuple[World, Path]) -> None:
    world, place = both
    [going, kept], batch_id = begun(world, 2)
    hold = world.hold(kept)
    shutil.move(place, place.with_name("unplugged"))
    world.execute(batch_id)
    world.lift(hold)
    shutil.move(place.with_name("unplugged"), place)
    finish_elsewhere(world.house, world.shelf, finishing(world, batch_id))
    assert world.state(batch_id) == "partial"
    assert emptied(world, going)
    assert len(objects(world.house, "primary", kept)) == len(objects(world.house, "two", kept)) == 2


def test_f35_a_late_copy_never_brings_back_what_was_destroyed(
    both: tuple[World, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, _ = both
    [doc] = world.due_documents(renditions=0)
    batch = world.signed([doc])
    world.begin(batch.id)
    with world.house.database.transaction() as session:
        owe_missing(session, "two")
    held = job_of(world.house, "two")
    writer = world.house.writer_at("two")
    put = writer.put

    def frozen(bucket: Bucket, key: str, body: BinaryIO, *, length: int, sha256: str) -> Version:
        """While a living worker has taken it, the destruction waits; once that worker was given up, it goes on."""
        read = io.BytesIO(body.read())
        with pytest.raises(StillRead):
            world.execute(batch.id)
        with world.house.database.transaction() as session:
            session.get_one(Job, held.job_id).lease_until = now() - timedelta(seconds=1)
            session.get_one(Job, held.job_id).fence += 1
        world.execute(batch.id)
        return put(bucket, key, read, length=length, sha256=sha256)

    monkeypatch.setattr(writer, "put", frozen)
    with pytest.raises(LostLease):
        replicate(world.house, held)
    monkeypatch.undo()
    assert world.state(batch.id) == "executed"
    assert objects(world.house, "two", doc), "the frozen worker's request came through"
    reconcile(world.house)
    assert emptied(world, doc)


def test_what_a_site_brought_back_is_destroyed_again_under_the_same_certificate(both: tuple[World, Path]) -> None:
    world, _ = both
    [doc], batch_id = begun(world)
    [line] = [key for key in objects(world.house, "two", doc) if key.startswith("records")]
    key = line.partition("/")[2]
    world.execute(batch_id)
    body = b"a resync brought it back, under another version"
    site = world.house.writer_at("two")
    back = site.put(Bucket.RECORDS, key, io.BytesIO(body), length=len(body), sha256=sha256(body).hexdigest())
    site.set_hold(Bucket.RECORDS, key, back.version, on=True)
    with world.house.database.transaction() as session:
        job = session.scalars(select(Job).where(Job.subject == batch_id, Job.kind == "recheck_batch")).first()
        assert job is not None
        job.not_before = now() - timedelta(seconds=1)
    with world.house.database.transaction() as session:
        held = claim(session, job.id, "test")
    assert held is not None
    recheck(world.house, world.shelf, held)
    assert emptied(world, doc)
    with world.house.database.reading() as session:
        [told] = rechecks(session, batch_id)
    assert told["certificate"] == world.row(doc).certificate_no
    assert any(found.endswith("at two") for found in told["returned"])


def test_r23_a_hold_is_held_at_every_site_and_dropped_at_every_site(both: tuple[World, Path]) -> None:
    world, place = both
    [doc], batch_id = begun(world)
    hold = world.hold(doc)
    mirror_holds(world.house)

    def held_at() -> set[str]:
        found = set()
        for site in ("primary", "two"):
            store = world.house.verifier_at(site)
            [original] = store.keys(Bucket.RECORDS, f"documents/{doc}/")
            found |= {site} if store.held(Bucket.RECORDS, original.key, original.version) else set()
        return found

    assert held_at() == {"primary", "two"}
    world.lift(hold)
    shutil.move(place, place.with_name("unplugged"))
    assert mirror_holds(world.house).away == ("two",)
    world.execute(batch_id)
    shutil.move(place.with_name("unplugged"), place)
    assert world.state(batch_id) == "partial"
    finish_elsewhere(world.house, world.shelf, finishing(world, batch_id))
    assert emptied(world, doc), "the hold that the site had not been told of did not keep it"


def test_a_crash_while_a_site_is_emptied_is_finished(both: tuple[World, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    world, _ = both
    [doc], batch_id = begun(world)
    destroyer = world.house.destroyer_at("two")

    def dies(*_: object) -> None:
        raise Crash

    monkeypatch.setattr(destroyer, "purge", dies)
    with pytest.raises(Crash):
        execute(world.house, world.shelf, world.claimed(batch_id))
    monkeypatch.undo()
    world.execute(batch_id)
    assert world.state(batch_id) == "executed"
    assert emptied(world, doc)


def test_the_hands_of_one_site_reach_no_other(both: tuple[World, Path]) -> None:
    world, _ = both
    [doc], _ = begun(world)
    assert world.house.destroyer_at("two") is not world.house.destroyer
    with pytest.raises(NotAllowed):
        world.house.writer_at("two").purge(Bucket.RECORDS, f"documents/{doc}/x", "1")
    for found in list(world.house.destroyer.keys(Bucket.RECORDS, f"documents/{doc}/")):
        world.house.destroyer.purge(Bucket.RECORDS, found.key, found.version)
    assert any(key.startswith("records") for key in objects(world.house, "two", doc))


def test_a_site_with_an_open_destruction_is_not_taken_out(both: tuple[World, Path]) -> None:
    world, _ = both
    with world.house.database.transaction() as session:
        need_no_target_at(session, "two")
        assert sites.remove(session, OPERATOR, "two", "the lease of the cabinet ended") > 0
    assert world.house.sites() == ["primary"]
