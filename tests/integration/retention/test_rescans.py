"""The rescan list is worked off: a better scan beside the earlier one, or the page as it is; nothing is overwritten."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from archive.arrangements import Leaf, add_arrangement, leaves_of
from archive.audit import Act, AuditEntry
from archive.base import now
from archive.documents import Document, File, Page, State
from archive.errors import Conflict, Forbidden, Invalid
from archive.intake import Intent, Order, take_in
from archive.reconcile import reconcile
from archive.rescans import rescan_list
from archive.stores.port import Bucket
from retention.rescans import accept, rescan
from retention.withdrawal import carry_out, withdraw
from tests.houses import png
from tests.integration.retention.world import World, open_world

BLURRED = {"code": "blurred", "value": "0.02", "clause": "10.5.1"}
FAIR = {"code": "dpi_fair", "value": "200", "clause": "9.4"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("rescans") / "data") as made:
        yield made


def scanned(world: World, *findings: dict[str, str]) -> str:
    """A document as a reading leaves it, with these findings on its second page."""
    document, _ = take_in(world.house, world.actor("clerk"), Order("scan.pdf"), io.BytesIO(png(1)))
    with world.house.database.transaction() as session:
        row = session.get_one(Document, document.id)
        row.state, row.page_count, row.shown_reading = State.REVIEW.value, 2, row.reading
        for number, found in ((1, []), (2, list(findings))):
            session.add(
                Page(
                    id=f"{number}{document.id[1:]}", document_id=document.id, reading=row.reading, number=number,
                    read_at=now(), width=10, height=10, dpi=200, turn=0, state="recognised", confidence=1.0,
                    source="ocr", engine="drawn", findings=found, error="",
                )
            )  # fmt: skip
    return document.id


def listed(world: World, doc: str, who: str = "clerk") -> list[tuple[int, list[str]]]:
    with world.as_(who) as (session, _, scope):
        items = rescan_list(session, scope, document_id=doc)
        return [(item.page, [each["code"] for each in item.findings]) for item in items]


def test_what_is_wanting_is_listed_until_it_is_accepted_with_a_reason(world: World) -> None:
    doc = scanned(world, BLURRED, FAIR)
    assert listed(world, doc) == [(2, ["blurred"])]
    with world.as_("clerk") as (session, clerk, scope):
        for page, reason, refusal in ((2, " ", Invalid), (1, "fine", Conflict)):
            with pytest.raises(refusal):
                accept(session, clerk, scope, doc, page=page, reason=reason)
    with world.as_("clerk") as (session, clerk, scope):
        assert accept(session, clerk, scope, doc, page=2, reason="the paper is like that") == []
    assert listed(world, doc) == []
    with world.house.database.reading() as session:
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.subject == doc)).all()
    assert Act.DOCUMENT_SCAN_ACCEPTED in acts


def test_a_rescan_stands_beside_the_earlier_scan_and_both_go_together(world: World) -> None:
    doc, better = scanned(world, BLURRED), png(2)
    with world.house.database.transaction() as session:
        add_arrangement(session, doc, [Leaf(2), Leaf(1)], world.people["clerk"].id)
    before = world.row(doc)
    after = rescan(world.house, world.actor("clerk"), doc, io.BytesIO(better))
    assert (after.state, after.reading, after.size) == ("received", before.reading + 1, len(better))
    with world.house.database.reading() as session:
        files = {file.role: file for file in session.scalars(select(File).where(File.document_id == doc))}
        assert leaves_of(session, doc) == ()
    assert files["original"].sha256 == after.sha256 != before.sha256
    assert files["earlier_original"].sha256 == before.sha256
    keys = {key.key for key in world.house.verifier.keys(Bucket.RECORDS, f"documents/{doc}/")}
    assert keys == {file.key for file in files.values()}
    with pytest.raises(Conflict):
        rescan(world.house, world.actor("clerk"), doc, io.BytesIO(png(3)))  # it is not read yet
    with world.as_("clerk") as (session, clerk, scope):
        withdraw(session, clerk, scope, doc, "")
    carry_out(world.house, world.shelf, world.claimed(doc))
    assert not list(world.house.verifier.keys(Bucket.RECORDS, f"documents/{doc}/"))
    assert world.house.vault.absent(doc)


def test_a_rescan_that_died_costs_nothing(world: World) -> None:
    """F02: its intent ends, what it put is cleared; the document and its key stay."""
    doc = scanned(world, BLURRED)
    with world.house.database.transaction() as session:
        session.add(
            Intent(
                id=doc[::-1][:36], document_id=doc, file_id=doc[::-1][:36], owner_id=world.people["clerk"].id,
                created_at=now(), expires_at=now() - timedelta(minutes=1), state="open",
            )
        )  # fmt: skip
    reconcile(world.house)
    reconcile(world.house, at=now() + timedelta(days=8))
    assert world.house.vault.key(doc)
    assert list(world.house.verifier.keys(Bucket.RECORDS, f"documents/{doc}/"))


def test_only_who_may_correct_it_and_nothing_that_is_held(world: World) -> None:
    doc = scanned(world, BLURRED)
    with pytest.raises(Forbidden):
        rescan(world.house, world.actor("sales"), doc, io.BytesIO(png(2)))
    hold = world.hold(doc)
    with pytest.raises(Conflict) as refused:
        rescan(world.house, world.actor("clerk"), doc, io.BytesIO(png(2)))
    assert refused.value.code == "held"
    world.lift(hold)
    assert world.row(doc).sha256
