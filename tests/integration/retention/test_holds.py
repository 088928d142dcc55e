"""Holds by query, unsettled matters, and what the store is told of holds (records-rules R17, R21, R23)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from archive.audit import AuditEntry, detail_of
from archive.documents import Document, Page, seal_page
from archive.errors import Conflict, Invalid, NotFound
from archive.jobs import Job, Kind, claim, finish
from archive.log import sequence_all, verify_log
from archive.signing import Purpose
from archive.stores.port import Bucket
from retention import holds
from retention.hold_queries import HoldLook, Query
from retention.holds import need_changeable
from retention.mirror import mirror_holds
from retention.subjects import Subject, SubjectKind
from retention.word_holds import ask_to_look, look, look_at_new
from tests.integration.retention.world import World, open_distributed_world, open_world


@pytest.fixture(params=[open_world, open_distributed_world], ids=["embedded", "distributed"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with request.param(tmp_path / "data") as made:
        made.approved_class()
        yield made


@pytest.fixture
def one(tmp_path: Path) -> Iterator[World]:
    """On one machine only."""
    with open_world(tmp_path / "data") as made:
        made.approved_class()
        yield made


def sought(world: World, **fields: object) -> str:
    with world.as_("officer") as (session, officer, scope):
        order = holds.HoldOrder("audit", "letter 9", [], query=Query(**fields))  # type: ignore[arg-type]
        return holds.place_hold(session, officer, scope, order).id


def in_store(world: World, doc: str) -> bool:
    [original] = list(world.house.verifier.keys(Bucket.RECORDS, f"documents/{doc}/"))
    return world.house.verifier.held(Bucket.RECORDS, original.key, original.version)


def test_a_query_catches_papers_that_come_later_and_only_those_that_fit(world: World) -> None:
    folder = world.folder()
    contract, invoice = world.document(folder, renditions=0), world.document(folder, kind="invoice", renditions=0)
    hold = sought(world, document_type="contract", dated_until=date(2020, 1, 1))
    later = world.document(folder, renditions=0)
    assert [bool(world.view(doc).holds) for doc in (contract, later, invoice)] == [True, True, False]
    with world.house.database.reading() as session, pytest.raises(Conflict):
        need_changeable(session, session.get_one(Document, later))
    world.lift(hold)
    assert not world.view(contract).holds


def looked(world: World, hold: str) -> None:
    """As the light worker does it."""
    with world.house.database.transaction() as session:
        job = session.scalars(select(Job).where(Job.subject == hold, Job.kind == Kind.LOOK_FOR_HOLDS.value)).all()[-1]
        held = claim(session, job.id, "test")
    assert held is not None
    look(world.house, held)
    with world.house.database.transaction() as session:
        finish(session, held)


def test_words_of_the_paper_hold_what_they_stand_on_and_everything_until_somebody_has_looked(world: World) -> None:
    folder = world.folder()
    says, silent, invoice = (
        world.document(folder, kind=kind, renditions=0) for kind in ("contract", "contract", "invoice")
    )
    with world.house.database.transaction() as session:
        page = session.scalars(select(Page).where(Page.document_id == says)).one()
        seal_page(world.house.vault.key(says), page, "甲方與乙方簽訂\n回购　協議", [])
    hold = sought(world, document_type="contract", words="回购协议 甲方")
    assert [bool(world.view(doc).holds) for doc in (says, silent, invoice)] == [True, True, False]
    looked(world, hold)
    assert [bool(world.view(doc).holds) for doc in (says, silent, invoice)] == [True, False, False]
    late = world.document(folder, renditions=0)
    assert world.view(late).holds
    with world.house.database.transaction() as session:
        assert [ask_to_look(session), ask_to_look(session)] == [1, 0]
    looked(world, hold)
    assert not world.view(late).holds
    with world.house.database.transaction() as session:
        session.get_one(Document, late).reading += 1  # read again: nobody has looked at that reading
    assert world.view(late).holds
    with world.house.database.reading() as session:
        caught = session.scalars(select(AuditEntry.subject).where(AuditEntry.action == "hold.caught")).all()
    assert caught == [says]
    world.lift(hold)
    assert not any(world.view(doc).holds for doc in (says, silent, late))
    with world.house.database.reading() as session:
        assert session.scalars(select(HoldLook)).all() == []


def test_a_page_that_could_not_be_read_is_not_let_go(one: World) -> None:
    doc = one.document(one.folder(), renditions=0)
    with one.house.database.transaction() as session:
        session.scalars(select(Page).where(Page.document_id == doc)).one().state = "failed"
    looked(one, sought(one, words="保密"))
    assert one.view(doc).holds


def test_words_found_on_a_list_void_its_signatures_and_others_do_not(one: World) -> None:
    docs = one.due_documents(2, renditions=0)
    batches = [one.signed([doc]) for doc in docs]
    with one.house.database.transaction() as session:
        page = session.scalars(select(Page).where(Page.document_id == docs[0])).one()
        seal_page(one.house.vault.key(docs[0]), page, "涉案款项", [])
    hold = sought(one, words="涉案款项")
    with pytest.raises(Conflict):
        one.begin(batches[1].id)
    looked(one, hold)
    assert [one.state(batch.id) for batch in batches] == ["proposed", "approved"]
    assert one.begin(batches[1].id).state == "executing"
    one.execute(batches[1].id)
    with one.house.database.reading() as session:
        assert session.scalars(select(HoldLook).where(HoldLook.document_id == docs[1])).all() == []


def test_a_new_scan_is_looked_at_as_its_reading_ends(one: World) -> None:
    hold = sought(one, words="乙方应于三日")
    looked(one, hold)
    says, other = (one.document(one.folder(), renditions=0) for _ in range(2))
    with one.house.database.transaction() as session:
        page = session.scalars(select(Page).where(Page.document_id == other)).one()
        seal_page(one.house.vault.key(other), page, "别的", [])
        for doc in (says, other):
            look_at_new(session, one.house, session.get_one(Document, doc))
    assert [bool(one.view(doc).holds) for doc in (says, other)] == [True, False]


def test_a_query_narrows_by_customer(one: World) -> None:
    folders = [one.folder(), one.folder()]
    docs = [one.document(folder, renditions=0) for folder in folders]
    with one.house.database.reading() as session:
        customer = session.get_one(Document, docs[0]).customer_id
    sought(one, customer_id=customer, document_type="contract")
    assert [bool(one.view(doc).holds) for doc in docs] == [True, False]
    with pytest.raises(NotFound):
        sought(one, customer_id="nobody", document_type="contract")


def test_a_query_voids_signatures_and_stops_an_execution(world: World) -> None:
    [doc] = world.due_documents(renditions=0)
    batch = world.signed([doc])
    hold = sought(world, retention_class="LIFE-5")
    assert world.state(batch.id) == "proposed"
    with pytest.raises(Conflict, match="held"):
        world.approve(batch, "first")
    world.lift(hold)
    for name in ("first", "second"):
        world.approve(batch, name)
    world.begin(batch.id)
    again = sought(world, retention_class="LIFE-5")
    world.execute(batch.id)
    assert (world.state(batch.id), world.row(doc).destroyed_at) == ("partial", None)
    world.lift(again)


def test_a_query_that_asks_nothing_is_refused(one: World) -> None:
    for query in ({}, {"words": ""}, {"words": "  "}, {"words": "。，、"}, {"words": "字" * 201}):
        with pytest.raises(Invalid):
            sought(one, **query)


def test_the_store_is_told_of_holds_and_what_it_lost_is_found_and_put_right(world: World) -> None:
    kept, free = world.due_documents(2, renditions=0)
    hold = world.hold(kept)
    assert mirror_holds(world.house).placed == 1
    assert (in_store(world, kept), in_store(world, free)) == (True, False)
    [original] = list(world.house.verifier.keys(Bucket.RECORDS, f"documents/{kept}/"))
    world.house.destroyer.set_hold(Bucket.RECORDS, original.key, original.version, on=False)
    found = mirror_holds(world.house, look=True)
    assert (found.drifted, found.placed, in_store(world, kept)) == (1, 1, True)
    with world.house.database.reading() as session:
        drifts = select(AuditEntry).where(AuditEntry.subject == kept, AuditEntry.action == "hold.drifted")
        assert session.scalars(drifts).one()
    world.lift(hold)
    assert mirror_holds(world.house).dropped == 1
    assert not in_store(world, kept)


def test_a_lifted_hold_that_the_store_was_not_told_of_yet_stops_no_destruction(world: World) -> None:
    [doc] = world.due_documents(renditions=0)
    hold = world.hold(doc)
    mirror_holds(world.house)
    world.lift(hold)
    batch = world.signed([doc])
    world.begin(batch.id)
    world.execute(batch.id)
    assert world.state(batch.id) == "executed"


def test_r15_a_reason_stands_in_the_log_as_it_was_given_or_is_refused(one: World) -> None:
    odd = "第一行\r\n=cmd|' /C calc'!A0\t\u202e\\u0000 \x1b[31m {{7*7}} 😀𠮷"
    [doc] = one.due_documents(renditions=0)
    subjects = [Subject(SubjectKind.DOCUMENT, doc)]
    with one.as_("officer") as (session, officer, scope):
        holds.place_hold(session, officer, scope, holds.HoldOrder("suit", odd, subjects))
    with pytest.raises(ValueError, match=r"surrogate|encode"), one.as_("officer") as (session, officer, scope):
        holds.place_hold(session, officer, scope, holds.HoldOrder("suit", "half \ud83d", subjects))
    with one.house.database.transaction() as session:
        placed = select(AuditEntry).where(AuditEntry.action == "hold.placed", AuditEntry.subject == doc)
        [entry] = session.scalars(placed).all()
        told = detail_of(session, entry, one.house.vault.key(doc))
        assert told is not None
        assert told["reason"] == odd
        sequence_all(session)
        assert verify_log(session, one.house.signing.installation(Purpose.CHECKPOINT), one.house.vault).ok
    assert len(one.view(doc).holds) == 1, "the refused one left nothing"
