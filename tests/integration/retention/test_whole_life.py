"""One record from its class to its certificate, on rows, keys and a store as they are."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from archive.audit import AuditEntry
from archive.documents import File
from archive.errors import Conflict, Forbidden, StepUpRequired
from archive.stores.port import Bucket
from retention import appraisals, batches, certificate, evidence, holds
from retention.due import Status
from retention.schedule import candidates
from retention.supervision import confirm
from tests.integration.retention.world import World, open_distributed_world, open_world


@pytest.fixture(params=[open_world, open_distributed_world], ids=["embedded", "distributed"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with request.param(tmp_path / "data") as made:
        yield made


def test_event_makes_due_and_a_hold_keeps_from_appraisal(world: World) -> None:
    world.approved_class()
    fold, other = world.folder(), world.folder("CT-GEN")
    doc, kept = world.document(fold), world.document(other)
    assert world.view(doc).status is Status.WAITING
    world.close(fold, date(2019, 6, 30))
    world.close(other, date(2019, 6, 30))
    assert (world.view(doc).due_date, world.view(doc).status) == (date(2025, 1, 1), Status.DUE)
    assert (world.view(kept).due_date, world.view(kept).status) == (None, Status.UNAPPROVED)
    hold = world.hold(doc)
    assert candidate_ids(world) == []
    with world.as_("officer") as (session, officer, scope):
        assert holds.lift_hold(session, officer, scope, hold, "settled")[1] is False
        assert holds.lift_hold(session, officer, scope, hold, "settled")[1] is False
    assert world.view(doc).holds
    world.lift(hold)
    assert not world.view(doc).holds
    assert candidate_ids(world) == [doc]
    with pytest.raises(Conflict), world.as_("officer") as (session, officer, scope):
        appraisals.open_appraisal(session, officer, scope, title="x", document_ids=[kept], today=world.today)


def test_a_signature_is_fresh_over_the_frozen_list_and_counts_once(world: World) -> None:
    world.approved_class()
    [doc] = world.due_documents()
    batch = world.proposed([doc])
    assert world.view(doc).status is Status.IN_BATCH
    with pytest.raises(Forbidden):
        world.approve(batch, "officer")
    with pytest.raises(StepUpRequired):
        world.approve(batch, "first", fresh=False)
    with pytest.raises(Conflict):
        world.approve(batch, "first", sha="0" * 64)
    world.approve(batch, "first")
    assert len(world.approve(batch, "first").standing) == 1
    with pytest.raises(Conflict):
        world.begin(batch.id)
    assert world.approve(batch, "second").state == "approved"


def test_a_hold_after_the_signatures_wins_and_voids_them(world: World) -> None:
    world.approved_class()
    [doc] = world.due_documents()
    batch = world.signed([doc])
    late = world.hold(doc)
    with pytest.raises(Conflict):
        world.begin(batch.id)
    world.lift(late)
    with pytest.raises(Conflict):
        world.begin(batch.id)
    for name in ("first", "second"):
        world.approve(batch, name)
    assert world.begin(batch.id).state == "executing"


def test_a_record_goes_with_proof_and_its_neighbour_stays(world: World, tmp_path: Path) -> None:
    world.approved_class()
    doc, kept = world.due_documents(2)
    batch = world.signed([doc])
    world.begin(batch.id)
    world.execute(batch.id)
    assert world.state(batch.id) == "executed"
    with world.as_("officer") as (session, _, _):
        assert all(target.verified_at for target in batches.targets_of(session, batch.id))
    for name in ("clerk", "sales"):
        with world.as_(name) as (session, actor, _):
            confirm(session, actor, world.house, batch_id=batch.id, observed="screen and ledger seen")
    assert world.state(batch.id) == "done"
    gone_for_good(world, doc)
    assert world.house.site.stat(Bucket.RECORDS, original_of(world, kept))
    number = world.row(doc).certificate_no
    assert number is not None
    evidence.store(world.house, number)
    check_evidence(world, number)
    check_bundle(world, number, tmp_path)
    assert acts_about(world, doc) >= {"appraisal.decided", "document.destroyed"}


def acts_about(world: World, subject: str) -> set[str]:
    with world.house.database.reading() as session:
        return set(session.scalars(select(AuditEntry.action).where(AuditEntry.subject == subject)))


def check_evidence(world: World, number: str) -> None:
    """All parts lie in the evidence bucket, locked."""
    with world.as_("auditor") as (session, auditor, _):
        row = certificate.the_certificate(session, auditor, number)
        for part in evidence.Part:
            assert b"".join(evidence.stored_part(world.house, row, part))
            key = evidence.part_key(number, part)
            [version] = world.house.verifier.versions(Bucket.EVIDENCE, key)
            assert world.house.verifier.retained_until(Bucket.EVIDENCE, key, version.version)


def candidate_ids(world: World) -> list[str]:
    with world.as_("officer") as (session, _, scope):
        return [found.document.id for found in candidates(session, scope, world.today)[0]]


def original_of(world: World, document_id: str) -> str:
    with world.house.database.reading() as session:
        return session.scalars(select(File).where(File.document_id == document_id, File.role == "original")).one().key


def gone_for_good(world: World, document_id: str) -> None:
    row = world.row(document_id)
    assert row.destroyed_at
    assert (row.title, row.file_name, row.because, row.customer_id) == (None, None, None, None)
    assert world.house.vault.absent(document_id)
    for bucket in (Bucket.RECORDS, Bucket.RENDITIONS):
        assert not list(world.house.verifier.keys(bucket, f"documents/{document_id}/"))
    assert world.shelf.absent(document_id)


def check_bundle(world: World, number: str, tmp_path: Path) -> None:
    with world.as_("auditor") as (session, auditor, _):
        row = certificate.the_certificate(session, auditor, number)
        data = evidence.contents(session, world.house, row).zipped()
    folder = tmp_path / "bundle"
    zipfile.ZipFile(io.BytesIO(data)).extractall(folder)
    run = [sys.executable, "-I", str(folder / "verify.py")]
    good = subprocess.run(run, cwd=folder, capture_output=True, check=False)
    assert good.returncode == 0, good.stdout.decode()
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace("LIFE-5", "LIFE-6", 1), "utf-8")
    assert subprocess.run(run, cwd=folder, capture_output=True, check=False).returncode == 1
