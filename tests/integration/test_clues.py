"""A paper without a number or name leads to its customer by what filed papers say too: proposed, never filed (B5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import select

from archive.access import Actor
from archive.clues import ClueKind, DocumentClue, Pointer, keep_clues, pointers
from archive.customers import CustomerKind, Identifier, IdentifierType
from archive.documents import Document, State
from archive.folders import create_folder
from archive.readable import readable_scope
from archive.rights import Confidentiality
from retention.classes import propose_seed
from retention.content import erase_rows
from retention.corrections import Correction, Opening, correct
from service.web.candidates import candidates
from service.web.desk import numbered
from tests.houses import Home
from tests.integration.test_waiting_papers import NAME, USCC, Desk
from workers.tools import Tools

NO, PHONE, ADDRESS = (ClueKind.CONTRACT_NO, "QH-2026-0012"), (ClueKind.PHONE, "13905911234"), (
    ClueKind.ADDRESS, "台江区八一七中路66号2栋901室",
)  # fmt: skip


def desk_in(home: Home) -> Desk:
    with home.house.database.transaction() as session:
        propose_seed(session)
    return Desk(home, Tools(home.house))


@pytest.fixture
def desk(home: Home) -> Desk:
    return desk_in(home)


def filed(desk: Desk, customer: str, *clues: tuple[ClueKind, str]) -> str:
    """A paper that a person filed for a customer; its archival code."""
    paper, house = bearing(desk, *clues), desk.home.house
    wanted = Correction(
        frozenset({"customer_id"}), customer_id=customer, file=True, opening=Opening("A001", 2026)
    )  # fmt: skip
    with house.database.transaction() as session:
        scope = readable_scope(session, desk.home.officer)
        correct(session, desk.home.officer, scope, house.vault, document_id=paper, wanted=wanted)
    return desk.row(paper).archival_code or ""


def bearing(desk: Desk, *clues: tuple[ClueKind, str]) -> str:
    """A paper in review that says nobody's name and bears these clues."""
    return desk.paper("contract", clues=clues)


def pointed(desk: Desk, paper: str, reader: Actor) -> Sequence[Pointer]:
    with desk.home.house.database.reading() as session:
        return list(pointers(session, readable_scope(session, reader), paper))


def test_an_amendment_that_names_only_the_contract_proposes_its_customer(both: Home) -> None:
    desk = desk_in(both)
    customer = desk.register(CustomerKind.COMPANY, NAME, Identifier(IdentifierType.USCC, USCC))
    other = desk.register(CustomerKind.COMPANY, "远山矿业有限公司")
    code = filed(desk, customer, NO, ADDRESS)
    filed(desk, other, (ClueKind.CONTRACT_NO, "QH-2026-0013"))
    with desk.home.house.database.transaction() as session:
        create_folder(
            session, desk.home.officer, customer_id=customer, title="采购", department="sales",
            retention_class="CT-GEN", confidentiality=Confidentiality.INTERNAL, fonds="A001", year=2026,
        )  # fmt: skip
    paper, house = bearing(desk, (ClueKind.CONTRACT_NO, "QH-2O26-00I2")), desk.home.house
    assert (desk.row(paper).state, desk.row(paper).customer_id) == (State.REVIEW, None), "never filed on a clue"
    with house.database.reading() as session:
        row = session.get_one(Document, paper)
        scope = readable_scope(session, desk.home.officer)
        found = candidates(session, scope, house.vault, house.vault.key(paper), row)
        shown, newer = numbered(found, row, "zh")
    assert code.startswith(shown["folder"].code), "the folder where the contract lies comes before a newer one"
    assert newer["folder"].title == "采购"
    assert (shown["customer"].id, shown["evidence"]) == (customer, [f"合同编号同于已归档的 {code}"])
    assert not shown["chosen"], "a person presses its key"


def test_nobody_is_led_to_a_customer_whose_paper_they_may_not_see(desk: Desk) -> None:
    customer = desk.register(CustomerKind.COMPANY, NAME, Identifier(IdentifierType.PHONE, PHONE[1]))
    filed(desk, customer, NO, PHONE)
    paper = bearing(desk, NO, PHONE)
    stranger = replace(desk.home.clerk, department_id="elsewhere", clearance=Confidentiality.PUBLIC)
    assert pointed(desk, paper, stranger) == []
    assert {(one.kind, bool(one.code)) for one in pointed(desk, paper, desk.home.officer)} == {
        (ClueKind.CONTRACT_NO, True), (ClueKind.PHONE, True), (ClueKind.PHONE, False),
    }  # fmt: skip


def test_what_stands_on_papers_of_many_customers_is_nobodys(desk: Desk) -> None:
    for number in range(4):
        if number == 3:
            assert len(pointed(desk, bearing(desk, PHONE), desk.home.officer)) == 3
        filed(desk, desk.register(CustomerKind.COMPANY, f"{NAME}{number}分公司"), PHONE)
    assert pointed(desk, bearing(desk, PHONE), desk.home.officer) == []


def test_a_contract_number_that_a_person_puts_right_leads_there_too(desk: Desk) -> None:
    code = filed(desk, desk.register(CustomerKind.COMPANY, NAME), NO)
    paper, house, officer = bearing(desk), desk.home.house, desk.home.officer
    assert pointed(desk, paper, officer) == []
    wanted = Correction(frozenset({"fields"}), fields={"contract_no": NO[1]})
    with house.database.transaction() as session:
        correct(session, officer, readable_scope(session, officer), house.vault, document_id=paper, wanted=wanted)
    assert [one.code for one in pointed(desk, paper, officer)] == [code]


def test_clues_go_with_their_document(desk: Desk) -> None:
    paper, house = bearing(desk, NO, ADDRESS), desk.home.house
    with house.database.transaction() as session:
        rows = session.scalars(select(DocumentClue).where(DocumentClue.document_id == paper)).all()
        assert {row.kind for row in rows} == {"contract_no", "address"}
        assert not any(NO[1] in row.digest for row in rows)
        keep_clues(session, house.vault, paper, [ADDRESS])
        assert len(session.scalars(select(DocumentClue.digest).where(DocumentClue.document_id == paper)).all()) == 1
        erase_rows(session, paper)
        assert session.scalar(select(DocumentClue.digest).where(DocumentClue.document_id == paper)) is None
