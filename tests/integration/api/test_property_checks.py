"""Four-property checks as they run: on intake by themselves, vetoes that bar filing, the report in four forms."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pymupdf
import pytest
from sqlalchemy import select, update

from archive.base import now, today
from archive.documents import Document, File
from archive.jobs import Job, Kind
from archive.property_checks import WITHIN, PropertyCheck
from archive.rights import Role
from archive.stores.folder import FolderStore
from archive.stores.port import Bucket
from service.property_report import item_name
from tests.integration.api.served import Served
from workers.properties import ask_for_checks
from workers.runner import run
from workers.tools import Tools


@pytest.fixture
def officer(service: Served) -> str:
    return service.person("keeper", Role.OFFICER, department="records", level="secret")


@pytest.fixture
def looked(service: Served, officer: str) -> str:
    """A filed paper that was looked at; its id."""
    paper = service.paper("采购合同", folder=service.folder())
    look(service)
    return paper


def look(service: Served) -> int:
    """The duty, and the jobs that it queued; how many."""
    house = service.home.house
    ask_for_checks(house)
    with house.database.reading() as session:
        waiting = select(Job.id).where(Job.kind == Kind.CHECK_PROPERTIES.value, Job.state == "ready")
        jobs = session.scalars(waiting).all()
    return sum(run(Tools(house), job) for job in jobs)


def looks(service: Served, paper: str, who: str = "keeper") -> list[dict[str, object]]:
    answer = service.ask(who, "GET", f"/documents/{paper}/property-checks")
    assert answer.status_code == 200
    items: list[dict[str, object]] = answer.json()["items"]
    return items


def month(service: Served) -> str:
    return f"{today(service.home.house.settings.zone):%Y-%m}"


def test_what_comes_in_is_looked_at_once_and_again_when_it_is_due(service: Served, looked: str) -> None:
    [first] = looks(service, looked)
    assert (first["phase"], first["scanner"]) == ("intake", "")
    found = {one["code"]: one["verdict"] for one in first["results"]}  # type: ignore[attr-defined]
    assert found["D1"] == "not_checked", "no scanner is no clean bill"
    assert {found[code] for code in ("A1", "A4", "D3")} == {"passed"}
    assert look(service) == 0
    with service.home.house.database.transaction() as session:
        mine = PropertyCheck.document_id == looked
        session.execute(update(PropertyCheck).where(mine).values(at=now() - WITHIN - timedelta(days=1)))
    look(service)
    assert [one["phase"] for one in looks(service, looked)] == ["schedule", "intake"]


def test_a_veto_bars_filing_and_stands_in_the_report(service: Served, officer: str) -> None:
    folder = service.folder()
    paper = service.upload(officer, b"\x89PNG\r\n\x1a\n changed at the store").json()["id"]
    house = service.home.house
    with house.database.transaction() as session:
        session.get_one(Document, paper).state = "review"
        [file] = session.scalars(select(File).where(File.document_id == paper))
    assert isinstance(house.site, FolderStore)
    [path] = (house.site._root / Bucket.RECORDS / "documents" / paper).glob(f"{file.id}@*")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    look(service)
    [seen] = looks(service, paper)
    assert (seen["outcome"], seen["failed"]) == ("vetoed", ["A1", "A3"])
    tag = {"If-Match": service.ask(officer, "GET", f"/documents/{paper}").headers["ETag"]}
    filed = {"folder_id": folder["id"], "document_type": "contract", "state": "filed"}
    answer = service.ask(officer, "PATCH", f"/documents/{paper}", json=filed, headers=tag)
    assert (answer.status_code, answer.json()["code"]) == (409, "vetoed")
    told = service.ask(officer, "GET", f"/property-checks?month={month(service)}").json()
    assert [fault["document_id"] for fault in told["faults"] if fault["outcome"] == "vetoed"] == [paper]
    assert next(item for item in told["items"] if item["code"] == "A1")["failed"] == 1


def test_the_report_as_print_and_workbook_says_what_the_api_says(service: Served, officer: str, looked: str) -> None:
    asked = f"month={month(service)}&language=zh"
    told = service.ask(officer, "GET", f"/property-checks?{asked}").json()
    unseen = next(item for item in told["items"] if item["code"] == "D1")["not_checked"]
    pdf = service.ask(officer, "GET", f"/property-checks.pdf?{asked}")
    text = "".join(page.get_text() for page in pymupdf.open(stream=pdf.content))
    book = zipfile.ZipFile(io.BytesIO(service.ask(officer, "GET", f"/property-checks.xlsx?{asked}").content))
    sheets = "".join(book.read(name).decode() for name in book.namelist() if "sheet" in name)
    for made in (text, sheets):
        assert item_name("zh", "D1") in made.replace("\n", "")
        assert "未安装 ClamAV" in made.replace("\n", "")
    assert f"<v>{unseen}</v>" in sheets
    headers = {"Authorization": f"Bearer {service.tokens[officer]}", "Accept": "text/html", "Accept-Language": "zh"}
    page = service.client.get(f"/properties?month={month(service)}", headers=headers)
    assert page.status_code == 200
    assert all(word in page.text for word in (item_name("zh", "D1"), "未安装 ClamAV", "property-checks.xlsx"))
    for wrong in ("2026-13", "2026-1", "x"):
        assert service.ask(officer, "GET", f"/property-checks?month={wrong}").status_code == 422


def test_a_folder_is_looked_at_before_a_handover(service: Served, officer: str) -> None:
    folder = service.folder()
    papers = [service.paper(text, folder=folder) for text in ("合同", "收据")]
    look(service)
    answer = service.ask(officer, "POST", f"/folders/{folder['id']}/property-checks", json={"phase": "transfer"})
    assert (answer.status_code, answer.json()) == (202, {"asked": 2})
    look(service)
    assert all(looks(service, paper)[0]["phase"] == "transfer" for paper in papers)


def test_a_stranger_learns_of_no_fault_and_of_no_look(service: Served, looked: str) -> None:
    stranger = service.person("elsewhere", Role.SEARCHER, department="elsewhere")
    assert service.ask(stranger, "GET", f"/documents/{looked}/property-checks").status_code == 404
    assert service.ask(stranger, "GET", f"/property-checks?month={month(service)}").status_code == 403
    auditor = service.person("auditor", Role.AUDITOR)
    assert service.ask(auditor, "GET", f"/property-checks?month={month(service)}").json()["faults"] == []
