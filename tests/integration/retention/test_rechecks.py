"""A day and a week later: what came back is destroyed again, and both looks stand beside the certificate (R12, R27)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pymupdf
import pytest
from sqlalchemy import select

from archive.audit import AuditEntry
from archive.base import now
from archive.canonical import canonical
from archive.errors import Conflict, Forbidden
from archive.given_up import try_again
from archive.jobs import Claim, Job, Kind, claim
from archive.rights import Role
from archive.signing import Purpose, fingerprint, verified
from archive.stores.port import Bucket
from retention import evidence
from retention.disposal import DestructionBatch
from retention.erasing import Unfinished
from retention.recheck import look_again, recheck, rechecks, stuck
from retention.supervision import confirm
from tests.integration.retention.world import World, open_world
from workers.runner import GIVE_UPS, run
from workers.tools import Tools


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path / "data") as made:
        made.approved_class()
        yield made


def executed(world: World) -> tuple[str, DestructionBatch]:
    [doc] = world.due_documents()
    batch = world.signed([doc])
    world.begin(batch.id)
    world.execute(batch.id)
    return doc, batch


def due_jobs(world: World, batch_id: str) -> list[Job]:
    with world.house.database.reading() as session:
        mine = select(Job).where(Job.subject == batch_id, Job.kind == "recheck_batch").order_by(Job.not_before)
        return list(session.scalars(mine))


def looked(world: World, job: Job) -> None:
    """The look of that job, its day come."""
    with world.house.database.transaction() as session:
        session.get_one(Job, job.id).not_before = now() - timedelta(seconds=1)
    with world.house.database.transaction() as session:
        held = claim(session, job.id, "test")
    assert isinstance(held, Claim)
    recheck(world.house, world.shelf, held)


def test_two_later_looks_are_planned_and_no_earlier_than_they_should_be(world: World) -> None:
    _, batch = executed(world)
    jobs = due_jobs(world, batch.id)
    assert [round((job.not_before - now()) / timedelta(days=1)) for job in jobs] == [1, 7]
    with world.house.database.transaction() as session:
        assert claim(session, jobs[0].id, "test") is None


def test_what_the_store_brought_back_is_destroyed_again_and_told(world: World) -> None:
    doc, batch = executed(world)
    key = f"documents/{doc}/back"
    body = b"healed from another copy"
    digest = sha256(body).hexdigest()
    world.house.site.put(Bucket.RENDITIONS, key, io.BytesIO(body), length=len(body), sha256=digest)
    first, second = due_jobs(world, batch.id)
    looked(world, first)
    assert world.house.verifier.absent(Bucket.RENDITIONS, key)
    looked(world, second)
    with world.house.database.reading() as session:
        told = rechecks(session, batch.id)
    assert [(look["days"], len(look["returned"])) for look in told] == [(1, 1), (7, 0)]
    for look in told:
        public = world.house.signing.installation(Purpose.CERTIFICATE).public
        plain = {name: value for name, value in look.items() if name not in {"key", "signature"}}
        assert look["key"] == fingerprint(public)
        assert verified(public, canonical(plain), bytes.fromhex(look["signature"]))
    number = world.row(doc).certificate_no
    stored = [found.key for found in world.house.verifier.keys(Bucket.EVIDENCE, f"certificates/{number}/recheck")]
    assert stored == [f"certificates/{number}/recheck-{days}.json" for days in (1, 7)]


def test_what_was_found_later_lies_in_the_locked_bundle_and_on_its_print(world: World) -> None:
    doc, batch = executed(world)
    for name in ("clerk", "sales"):
        with world.as_(name) as (session, actor, _):
            confirm(session, actor, world.house, batch_id=batch.id, observed="ledger seen")
    number = world.row(doc).certificate_no
    assert number is not None
    first, second = due_jobs(world, batch.id)
    assert not tried(world, first), "the certificate is not printed yet: the look waits for it"
    evidence.store(world.house, number)
    assert tried(world, first)
    assert tried(world, second)
    key = evidence.part_key(number, evidence.Part.BUNDLE)
    versions = list(world.house.verifier.versions(Bucket.EVIDENCE, key))
    assert len(versions) == 3
    assert all(world.house.verifier.retained_until(Bucket.EVIDENCE, key, each.version) for each in versions)
    with zipfile.ZipFile(io.BytesIO(b"".join(world.house.site.get(Bucket.EVIDENCE, key)))) as bundle:
        assert {"recheck-1.json", "recheck-7.json"} <= set(bundle.namelist())
    printed = b"".join(world.house.site.get(Bucket.EVIDENCE, evidence.part_key(number, evidence.Part.PRINT)))
    with pymupdf.open(stream=printed) as pdf:
        assert "7 天后" in "".join(page.get_text() for page in pdf)


def test_what_is_back_and_cannot_go_is_said_nowhere_to_be_gone(world: World) -> None:
    _, batch = executed(world)
    first, _ = due_jobs(world, batch.id)
    world.shelf.absent = lambda *_: False  # type: ignore[method-assign] # an index that keeps it
    with pytest.raises(Unfinished, match="still there"):
        looked(world, first)
    with world.house.database.reading() as session:
        assert rechecks(session, batch.id) == []


def tried(world: World, job: Job) -> bool:
    """One attempt by a worker, whenever the job would come round."""
    with world.house.database.transaction() as session:
        session.get_one(Job, job.id).not_before = now() - timedelta(seconds=1)
    return run(Tools(world.house), job.id)


def test_a_look_that_is_given_up_is_logged_shown_and_begun_again(world: World) -> None:
    doc, batch = executed(world)
    first, _ = due_jobs(world, batch.id)
    key, body = f"documents/{doc}/back", b"an original that no row names"
    put = world.house.site.put(Bucket.RECORDS, key, io.BytesIO(body), length=len(body), sha256=sha256(body).hexdigest())
    assert [tried(world, first) for _ in range(3)] == [False] * 3
    with world.as_("officer") as (session, officer, _):
        [job] = stuck(session, batch.id)
        assert "no row names" in (job.error or "")
        assert session.scalars(select(AuditEntry.subject).where(AuditEntry.action == "job.given_up")).one() == batch.id
        look_again(session, officer, batch)
    with world.as_("officer") as (session, officer, _), pytest.raises(Conflict):
        look_again(session, officer, batch)
    world.house.destroyer.purge(Bucket.RECORDS, key, put.version)
    assert tried(world, first)
    with world.house.database.reading() as session:
        assert [look["days"] for look in rechecks(session, batch.id)] == [1]
        assert stuck(session, batch.id) == []


def test_only_an_administrator_tries_jobs_again_and_only_those_given_up(world: World) -> None:
    _, batch = executed(world)
    first, _ = due_jobs(world, batch.id)
    with world.as_("officer") as (session, officer, _), pytest.raises(Forbidden):
        try_again(session, officer, first.id)
    chief = replace(world.actor("officer"), roles=frozenset({Role.ADMIN}))
    with world.house.database.transaction() as session, pytest.raises(Conflict):
        try_again(session, chief, first.id)


def test_no_kind_of_job_is_given_up_in_silence() -> None:
    assert set(GIVE_UPS) == {kind.value for kind in Kind}
