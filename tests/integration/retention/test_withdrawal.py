"""A mistaken upload is withdrawn: unreadable at once, erased with its key, verified; killed at any step it resumes."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from archive.audit import Act, AuditDetail, AuditEntry
from archive.documents import File
from archive.errors import Conflict, Forbidden, Gone
from archive.intake import Order, take_in
from archive.jobs import Job, Kind, claim
from archive.readable import the_document
from archive.reconcile import unnamed
from archive.stores.port import Bucket
from retention.withdrawal import StillRead, carry_out, withdraw
from tests.houses import png
from tests.integration.retention.steps import Crash, Steps, watching
from tests.integration.retention.world import World, open_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("withdrawal") / "data") as made:
        yield made


def put_in(world: World, number: int = 1) -> str:
    document, _ = take_in(world.house, world.actor("clerk"), Order("mistake.png"), io.BytesIO(png(number)))
    world.shelf.found.add(document.id)
    return document.id


def take_back(world: World, doc: str, who: str = "clerk") -> None:
    with world.as_(who) as (session, actor, scope):
        withdraw(session, actor, scope, doc, "the wrong stack")


def run(world: World, doc: str, steps: Steps) -> None:
    held = world.claimed(doc)
    assert held.kind == Kind.WITHDRAW_DOCUMENT
    with watching(world, steps):
        carry_out(world.house, world.shelf, held)


def crash() -> None:
    raise Crash


def nothing_left(world: World, doc: str) -> bool:
    row = world.row(doc)
    keys = [
        key for b in (Bucket.RECORDS, Bucket.RENDITIONS) for key in world.house.verifier.keys(b, f"documents/{doc}/")
    ]
    erased = row.file_name is None and world.house.vault.absent(doc) and world.shelf.absent(doc)
    return row.destroyed_at is not None and not row.destroying and erased and not keys


def told(world: World, doc: str) -> list[str]:
    with world.house.database.reading() as session:
        return list(session.scalars(select(AuditEntry.action).where(AuditEntry.subject == doc).order_by(AuditEntry.at)))


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_killed_at_any_step_it_resumes_to_the_same_end(world: World, late: bool) -> None:  # noqa: FBT001 - a parameter
    counting = Steps()
    doc = put_in(world)
    take_back(world, doc)
    run(world, doc, counting)
    assert nothing_left(world, doc)
    for at in range(1, len(counting.seen) + 1):
        doc = put_in(world, at)
        take_back(world, doc)
        with pytest.raises(Crash):
            run(world, doc, Steps(at, late=late, hook=crash))
        if world.row(doc).destroyed_at is None:
            run(world, doc, Steps())
        assert nothing_left(world, doc), counting.seen[at - 1]
        assert told(world, doc)[-2:] == [Act.DOCUMENT_WITHDRAWN, Act.DOCUMENT_DESTROYED]
    assert not list(unnamed(world.house, world.house.verifier, Bucket.RECORDS))


def test_nobody_reads_it_from_the_first_moment_and_a_stub_stays(world: World) -> None:
    doc = put_in(world)
    take_back(world, doc)
    with world.as_("clerk") as (session, _, scope), pytest.raises(Gone) as gone:
        the_document(session, scope, doc)
    assert gone.value.code == "withdrawn"
    run(world, doc, Steps())
    row = world.row(doc)
    assert (row.withdrawn, row.size) == ("mistake", len(png(1)))
    with world.house.database.reading() as session:
        last = session.scalars(select(AuditEntry).where(AuditEntry.subject == doc).order_by(AuditEntry.at)).all()[-1]
        detail = session.get_one(AuditDetail, last.id).plain
        assert session.scalars(select(File).where(File.document_id == doc)).one().copies == []
    assert detail is not None
    assert detail["verified_absent"]["key"] == detail["verified_absent"]["original"] == 1


def test_only_who_put_it_in_withdraws_it_and_only_until_it_is_filed(world: World) -> None:
    doc = put_in(world)
    with pytest.raises(Forbidden):
        take_back(world, doc, "officer")
    filed = world.document(world.folder("CT-GEN"))
    with pytest.raises(Conflict) as refused:
        take_back(world, filed, "officer")
    assert refused.value.code == "filed_already"


def test_what_is_held_is_not_withdrawn_and_a_later_hold_comes_too_late(world: World) -> None:
    doc = put_in(world)
    hold = world.hold(doc)
    with pytest.raises(Conflict) as refused:
        take_back(world, doc)
    assert refused.value.code == "held"
    world.lift(hold)
    take_back(world, doc)
    with pytest.raises(Conflict) as late:
        world.hold(doc)
    assert late.value.code == "already_purging"


def test_a_reader_that_has_it_open_is_waited_for(world: World) -> None:
    doc = put_in(world)
    with world.house.database.transaction() as session:
        job_id = session.scalars(select(Job.id).where(Job.subject == doc, Job.kind == Kind.READ_DOCUMENT)).one()
    with world.house.database.transaction() as session:
        assert claim(session, job_id, "reader")
    take_back(world, doc)
    with pytest.raises(StillRead):
        run(world, doc, Steps())
    with world.house.database.transaction() as session:
        session.get_one(Job, job_id).state = "done"
    run(world, doc, Steps())
    assert nothing_left(world, doc)


def test_withdrawn_again_while_something_is_left_it_is_begun_again_once(world: World) -> None:
    doc = put_in(world)
    take_back(world, doc)
    take_back(world, doc)
    with world.house.database.transaction() as session:
        jobs = session.scalars(select(Job).where(Job.subject == doc, Job.kind == Kind.WITHDRAW_DOCUMENT)).all()
        assert len(jobs) == 1
        jobs[0].state = "quarantined"
    take_back(world, doc)
    run(world, doc, Steps())
    assert nothing_left(world, doc)
