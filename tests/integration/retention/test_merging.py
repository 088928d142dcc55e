"""Two customers that are one are merged and taken apart; a wrongly filed paper moves, its code voided for good."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from archive.audit import Act, AuditEntry
from archive.codes import Void
from archive.customers import (
    Customer,
    CustomerIdentifier,
    CustomerKind,
    Identifier,
    IdentifierType,
    add_identifier,
    create_customer,
)
from archive.documents import Document
from archive.errors import Conflict, Invalid
from archive.folders import Folder, create_folder
from archive.rights import Confidentiality
from retention.corrections import Correction, correct
from retention.merging import merge, take_apart
from tests.integration.retention.world import World, open_world
from workers.register import CustomerRows


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("merging") / "data") as made:
        yield made


def customer_of(world: World, folder_id: str) -> str:
    with world.house.database.reading() as session:
        return session.get_one(Folder, folder_id).customer_id


def merged(world: World, gone: str, kept: str, reason: str = "the same licence") -> None:
    with world.as_("officer") as (session, officer, _):
        merge(session, officer, gone_id=gone, kept_id=kept, reason=reason)


def parted(world: World, gone: str) -> None:
    with world.as_("officer") as (session, officer, _):
        take_apart(session, officer, gone, "two branches")


def owner(world: World, document_id: str) -> str | None:
    return world.row(document_id).customer_id


def acts(world: World, subject: str) -> list[str]:
    with world.house.database.reading() as session:
        asked = select(AuditEntry.action).where(AuditEntry.subject == subject).order_by(AuditEntry.at)
        return list(session.scalars(asked))


def test_everything_goes_over_and_comes_back_but_for_what_came_later(world: World) -> None:
    first, second = world.folder("CT-GEN"), world.folder("CT-GEN")
    gone, kept = customer_of(world, first), customer_of(world, second)
    ours, theirs = world.document(first), world.document(second)
    with world.as_("officer") as (session, officer, _):
        number = Identifier(IdentifierType.USCC, "91990101000000001U")
        add_identifier(session, officer, world.house.vault, gone, number)
    versions = world.row(ours).version, world.row(theirs).version
    merged(world, gone, kept)
    assert (owner(world, ours), owner(world, theirs)) == (kept, kept)
    assert customer_of(world, first) == kept
    assert world.row(ours).version > versions[0], "search learns of it"
    assert world.row(theirs).version == versions[1]
    with world.house.database.reading() as session:
        name = session.get_one(Customer, gone).name
        register = CustomerRows(session, world.house.vault)
        assert [found.id for found in register.by_identifier("uscc", "91990101000000001U")] == [kept]
        assert register.by_name(name) == []
    later = world.document(first)
    assert owner(world, later) == kept
    with world.as_("officer") as (session, officer, _), pytest.raises(Conflict) as refused:
        create_folder(
            session, officer, customer_id=gone, title="x", department="sales", retention_class="CT-GEN",
            confidentiality=Confidentiality.INTERNAL, fonds="A001", year=2026,
        )  # fmt: skip
    assert refused.value.code == "customer_merged"
    parted(world, gone)
    assert (owner(world, ours), owner(world, theirs), customer_of(world, first)) == (gone, kept, gone)
    with world.house.database.reading() as session:
        numbers = session.scalars(select(CustomerIdentifier).where(CustomerIdentifier.customer_id == gone)).all()
        assert len(numbers) == 1
    for customer in (gone, kept):
        assert acts(world, customer)[-2:] == [Act.CUSTOMER_MERGED, Act.CUSTOMER_PARTED]
    with pytest.raises(Conflict):
        parted(world, gone)


def test_nothing_is_merged_while_something_is_kept_as_it_is(world: World) -> None:
    first, second = world.folder("CT-GEN"), world.folder("CT-GEN")
    gone, kept = customer_of(world, first), customer_of(world, second)
    hold = world.hold(world.document(first))
    for a, b in ((gone, kept), (kept, gone)):
        with pytest.raises(Conflict) as refused:
            merged(world, a, b)
        assert refused.value.code == "held"
    world.lift(hold)
    merged(world, gone, kept)
    third = customer_of(world, world.folder("CT-GEN"))
    for a, b in ((gone, third), (third, gone), (kept, third)):
        with pytest.raises(Conflict) as refused:
            merged(world, a, b)
        assert refused.value.code == "merged_already"


def test_a_person_is_no_company_and_nobody_is_merged_with_themselves(world: World) -> None:
    company = customer_of(world, world.folder("CT-GEN"))
    with world.as_("officer") as (session, officer, _):
        person = create_customer(session, officer, world.house.vault, kind=CustomerKind.PERSON, name="柳知秋").id
    with pytest.raises(Conflict):
        merged(world, person, company)
    for gone, reason in ((company, "why"), (person, " ")):
        with pytest.raises(Invalid):
            merged(world, gone, company, reason)


def test_a_paper_that_moves_leaves_a_voided_code_and_gets_the_next_one(world: World) -> None:
    first, second = world.folder("CT-GEN"), world.folder("CT-GEN")
    doc = world.document(first)
    old = world.row(doc).archival_code
    with world.as_("officer") as (session, officer, scope):
        moved = Correction(given=frozenset({"folder_id"}), folder_id=second, reason="the wrong customer")
        correct(session, officer, scope, world.house.vault, document_id=doc, wanted=moved)
    row = world.row(doc)
    with world.house.database.reading() as session:
        code = session.get_one(Folder, second).code
        voided = session.get_one(Void, old)
        assert session.scalar(select(Document.id).where(Document.archival_code == old)) is None
    assert row.folder_id == second
    assert row.customer_id == customer_of(world, second)
    assert row.archival_code == f"{code}-0001"
    assert voided.reason == f"moved to {code}"
    assert acts(world, str(old)) == [Act.CODE_VOIDED]
    with world.as_("officer") as (session, officer, scope):
        back = Correction(given=frozenset({"folder_id"}), folder_id=first)
        correct(session, officer, scope, world.house.vault, document_id=doc, wanted=back)
    assert world.row(doc).archival_code not in {old, None}, "never given again"
