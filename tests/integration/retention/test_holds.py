"""Holds by query, unsettled matters, and what the store is told of holds (records-rules R17, R21, R23)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from archive.audit import AuditEntry
from archive.documents import Document
from archive.errors import Conflict, Invalid
from archive.stores.port import Bucket
from retention import holds
from retention.holds import Query, need_changeable
from retention.mirror import mirror_holds
from tests.integration.retention.world import World, open_distributed_world, open_world


@pytest.fixture(params=[open_world, open_distributed_world], ids=["embedded", "distributed"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with request.param(tmp_path / "data") as made:
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


def test_a_query_that_asks_nothing_is_refused(world: World) -> None:
    with pytest.raises(Invalid):
        sought(world)


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
