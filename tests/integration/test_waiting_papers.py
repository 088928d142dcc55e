"""Registering a customer takes up the papers that waited for them, from what was read of them before (B5, B6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select, update

from archive.audit import AuditEntry, detail_of
from archive.clues import ClueKind
from archive.customers import (
    CustomerKind,
    Identifier,
    IdentifierType,
    add_identifier,
    create_customer,
    rename_customer,
)
from archive.documents import Document, File, Page, State, reasons_of
from archive.jobs import Job, JobState, Kind
from retention.classes import propose_seed
from tests.houses import Home, png
from workers import case, runner
from workers.filing import POLICY, decide_filing
from workers.match import match_customer
from workers.register import CustomerRows
from workers.sheets import Facts, FieldValue, Finding, PageState, Sheet, Verdict
from workers.tools import Tools

NAME, USCC, ID_NO = "青禾物业管理有限公司", "91350100M000100Y43", "11010519491231002X"


@dataclass
class Desk:
    """An installation whose papers are read by saying what they say."""

    home: Home
    tools: Tools
    numbers: list[int] = field(default_factory=list)

    def paper(
        self, kind: str, *, sure: float = 0.97, doubts: tuple[str, ...] = (),
        clues: tuple[tuple[ClueKind, str], ...] = (), **fields: str,
    ) -> str:  # fmt: skip
        """A paper of this kind that was read with these fields; its id."""
        self.numbers.append(1)
        document = self.home.put(png(len(self.numbers)))
        facts = Facts({n: FieldValue(v, 0.9, 1) for n, v in fields.items()}, doubts)
        self.read(document.id, kind, sure, facts, clues)
        return document.id

    def read(
        self, document_id: str, kind: str, sure: float, facts: Facts, clues: tuple[tuple[ClueKind, str], ...] = ()
    ) -> None:
        """Reading's own beginning, decisions and end, with one page between."""
        job = self.job(document_id, Kind.READ_DOCUMENT)

        def step(tools: Tools, held: object) -> None:
            opened = case.open_case(tools, held)  # type: ignore[arg-type]
            sheet = Sheet(1, 100, 100, 300, PageState.RECOGNISED, confidence=sure, findings=(Finding("skewed"),))
            verdict = opened.chosen_type or Verdict(kind, 0.96, ("heading",))
            with tools.house.database.reading() as session:
                match = match_customer(facts, kind, CustomerRows(session, tools.house.vault), ())
            filing = decide_filing([sheet], verdict, facts, match, POLICY, [])
            found = case.Outcome([sheet], verdict, facts, match, filing, [], clues=clues)
            case.close_case(tools, held, opened, found)  # type: ignore[arg-type]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(runner, "STEPS", {Kind.READ_DOCUMENT.value: step})
            assert runner.run(self.tools, job)

    def job(self, subject: str, kind: Kind) -> str:
        asked = select(Job.id).where(Job.subject == subject, Job.kind == kind.value).order_by(Job.created_at.desc())
        with self.home.house.database.reading() as session:
            return session.scalars(asked.limit(1)).one()

    def register(self, kind: CustomerKind, name: str, *numbers: Identifier) -> str:
        house = self.home.house
        with house.database.transaction() as session:
            made = create_customer(session, self.home.officer, house.vault, kind=kind, name=name, identifiers=numbers)
            customer_id = made.id
        self.match(customer_id)
        return customer_id

    def match(self, customer_id: str) -> None:
        assert runner.run(self.tools, self.job(customer_id, Kind.MATCH_WAITING))

    def row(self, document_id: str) -> Document:
        with self.home.house.database.reading() as session:
            return session.get_one(Document, document_id)

    def acts(self, document_id: str) -> list[str]:
        asked = select(AuditEntry.action).where(AuditEntry.subject == document_id).order_by(AuditEntry.at)
        with self.home.house.database.reading() as session:
            return list(session.scalars(asked))


@pytest.fixture
def desk(both: Home) -> Desk:
    with both.house.database.transaction() as session:
        propose_seed(session)
    return Desk(both, Tools(both.house))


def test_a_sure_paper_is_filed_once_its_customer_is_registered(desk: Desk) -> None:
    paper = desk.paper("business_licence", name=NAME, uscc=USCC)
    assert (desk.row(paper).state, desk.row(paper).review) == ("review", ["customer_unknown"])
    with desk.home.house.database.reading() as session:
        page = session.scalars(select(Page.id).where(Page.document_id == paper)).one()
    customer = desk.register(CustomerKind.COMPANY, NAME, Identifier(IdentifierType.USCC, USCC))
    row = desk.row(paper)
    assert (row.state, row.customer_id, row.review) == ("filed", customer, [])
    assert row.archival_code
    assert row.folder
    assert row.retention_class
    assert desk.acts(paper)[-2:] == ["document.matched", "document.filed"]
    with desk.home.house.database.reading() as session:
        assert session.scalars(select(Page.id).where(Page.document_id == paper)).one() == page
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "document.matched")).one()
        told = detail_of(session, entry, desk.home.house.vault.key(paper))
        assert session.scalar(select(File.id).where(File.document_id == paper, File.role != "original")) is None
    assert told is not None
    assert told["customer"] == customer
    assert any(each.startswith("number_found") for each in told["because"])


def test_a_doubtful_paper_gets_its_customer_and_stays_in_review(desk: Desk) -> None:
    by_name = desk.paper("id_card", name="王小明", id_no=ID_NO)
    unsure = desk.paper("business_licence", sure=0.5, name=NAME, uscc=USCC)
    person = desk.register(CustomerKind.PERSON, "王小明")
    company = desk.register(CustomerKind.COMPANY, NAME)
    assert (desk.row(by_name).state, desk.row(by_name).customer_id) == ("review", person)
    assert "customer_uncertain" in desk.row(by_name).review
    assert (desk.row(unsure).state, desk.row(unsure).customer_id) == ("review", company)
    assert "page_unsure" in desk.row(unsure).review
    key = desk.home.house.vault.key(by_name)
    about = {each["about"]: each for each in reasons_of(key, desk.row(by_name))}
    assert about["type"]["told"] == ["heading"]
    assert any(each.startswith("name_same") for each in about["customer"]["told"])


def test_papers_of_others_are_left_as_they_are(desk: Desk) -> None:
    stranger = desk.paper("business_licence", name="远山矿业有限公司", uscc="91110000600037341L")
    against = desk.paper("business_licence", name=NAME, uscc="91110000600037341L")
    before = [(desk.row(paper).version, desk.acts(paper)) for paper in (stranger, against)]
    desk.register(CustomerKind.COMPANY, NAME, Identifier(IdentifierType.USCC, USCC))
    assert [(desk.row(paper).version, desk.acts(paper)) for paper in (stranger, against)] == before


def add_number(desk: Desk, customer: str) -> None:
    given = Identifier(IdentifierType.USCC, USCC)
    with desk.home.house.database.transaction() as session:
        add_identifier(session, desk.home.officer, desk.home.house.vault, customer, given)


def rename(desk: Desk, customer: str) -> None:
    with desk.home.house.database.transaction() as session:
        rename_customer(session, desk.home.officer, customer, NAME)


@pytest.mark.parametrize("change", [add_number, rename])
def test_another_number_or_name_takes_up_what_waited_for_it(desk: Desk, change: Callable[[Desk, str], None]) -> None:
    customer = desk.register(CustomerKind.COMPANY, "旧名实业有限公司")
    paper = desk.paper("business_licence", uscc=USCC, name=NAME if change is rename else "")
    assert desk.row(paper).customer_id is None
    change(desk, customer)
    desk.match(customer)
    assert desk.row(paper).customer_id == customer


def test_done_twice_it_changes_nothing(desk: Desk) -> None:
    paper = desk.paper("business_licence", name=NAME, uscc=USCC)
    customer = desk.register(CustomerKind.COMPANY, NAME, Identifier(IdentifierType.USCC, USCC))
    before = (desk.row(paper).version, desk.row(paper).archival_code, desk.acts(paper))
    with desk.home.house.database.transaction() as session:
        mine = (Job.subject == customer) & (Job.kind == Kind.MATCH_WAITING.value)
        session.execute(update(Job).where(mine).values(state=JobState.READY.value, attempt=0))
    desk.match(customer)
    assert (desk.row(paper).version, desk.row(paper).archival_code, desk.acts(paper)) == before


@pytest.mark.parametrize("gone", [{"destroying": True}, {"state": State.READING.value}])
def test_what_is_being_read_or_destroyed_is_left_alone(desk: Desk, gone: dict[str, object]) -> None:
    paper = desk.paper("business_licence", name=NAME, uscc=USCC)
    with desk.home.house.database.transaction() as session:
        session.execute(update(Document).where(Document.id == paper).values(**gone))
    desk.register(CustomerKind.COMPANY, NAME, Identifier(IdentifierType.USCC, USCC))
    assert desk.row(paper).customer_id is None
