"""Kept and recent searches (S22, L08), lists as files (Q16, L23), and that no words stand in an address."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from sqlalchemy import select

from archive.audit import Act, AuditEntry
from archive.people import Person
from archive.rights import Role
from archive.searches import RECENT
from tests.integration.api.served import Served, bytes_at_rest

WORDS = "青竹巷租约"
HOSTILE = "=cmd()青竹巷租约"


@pytest.fixture(scope="module")
def papers(service: Served) -> list[str]:
    """Three papers of the sales department that say the words."""
    for name, department in (("anna", "sales"), ("berta", "sales"), ("stranger", "finance")):
        service.person(name, Role.SEARCHER, department=department)
    folder = service.folder()
    texts = (f"第一份 {WORDS}", f"第二份 {WORDS}", HOSTILE)
    return [service.paper(text, folder=folder, number=80 + n) for n, text in enumerate(texts)]


@pytest.fixture
def browser(service: Served, papers: list[str]) -> Iterator[httpx.Client]:
    """Anna's browser."""
    assert papers
    with httpx.Client(base_url=service.url, headers={"accept": "text/html"}, timeout=30) as made:
        made.post("/sign-in", data={"name": "anna", "password": "a pass phrase of anna"})
        yield made


def csrf(browser: httpx.Client) -> str:
    return browser.get("/account").text.partition('name="anjuan-csrf" content="')[2].partition('"')[0]


def asked(browser: httpx.Client, **form: str) -> httpx.Response:
    return browser.post("/search", data={"csrf": csrf(browser), **form})


def kept(service: Served, who: str, title: str = "租约", **question: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    answer = service.ask(who, "POST", "/searches", json={"title": title, "q": WORDS, **question})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_s22_a_search_is_there_for_its_owner_alone(service: Served, papers: list[str]) -> None:
    search = kept(service, "anna")
    assert service.ask("anna", "POST", f"/searches/{search['id']}/run", json={}).json()["total"] == len(papers)
    for method, path, body in (("POST", "/run", {}), ("DELETE", "", None)):
        assert service.ask("berta", method, f"/searches/{search['id']}{path}", json=body).status_code == 404
    assert search["id"] not in service.ask("berta", "GET", "/searches").text
    assert service.ask("anna", "DELETE", f"/searches/{search['id']}").status_code == 200
    assert service.ask("anna", "POST", f"/searches/{search['id']}/run", json={}).status_code == 404


def test_s22_a_search_is_run_with_the_rights_that_its_owner_has_now(service: Served, papers: list[str]) -> None:
    search = kept(service, "berta", by="document")
    assert service.ask("berta", "POST", f"/searches/{search['id']}/run", json={}).json()["total"] == len(papers)
    elsewhere = service.home.people["stranger"].department_id
    with service.home.house.database.transaction() as session:
        session.get_one(Person, service.home.people["berta"].id).department_id = elsewhere
    assert service.ask("berta", "POST", f"/searches/{search['id']}/run", json={}).json()["total"] == 0


def test_what_is_kept_rests_sealed_and_the_log_says_that_it_was(service: Served, papers: list[str]) -> None:
    search = kept(service, "anna", title="春季核对")
    assert search["question"]["q"] == WORDS
    bytes_of_rows = bytes_at_rest(service)
    assert search["id"].encode() in bytes_of_rows
    assert WORDS.encode() not in bytes_of_rows
    assert "春季核对".encode() not in bytes_of_rows
    with service.home.house.database.reading() as session:
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject == search["id"])).all()
    assert list(actions) == [Act.SEARCH_KEPT.value]
    assert papers


def test_recent_searches_are_few_and_each_question_stands_once(browser: httpx.Client) -> None:
    for number in (*range(RECENT + 5), RECENT + 4):
        assert asked(browser, q=f"租约{number}").status_code == 303
    own = set(re.findall(r'href="(/searches/[0-9a-f-]+)"', browser.get("/search").text))
    assert 0 < len(own) <= RECENT + 2
    assert browser.get("/search").text.count(f"租约{RECENT + 4}<") == 1


def test_no_word_stands_in_an_address(browser: httpx.Client, papers: list[str]) -> None:
    answer = asked(browser, q=WORDS)
    path = answer.headers["location"]
    assert re.fullmatch(r"/searches/[0-9a-f-]{36}", path)
    page = browser.get(path).text
    assert page.count("<mark>") >= len(papers)
    addresses = re.findall(r'(?:href|src|action|hx-post)="([^"]*)"', page)
    assert any(f"search={path.rpartition('/')[2]}" in address for address in addresses)
    assert not any("q=" in address or "%E9" in address or WORDS in address for address in addresses)
    assert browser.get(f"/documents/{papers[0]}?page=1&search={path.rpartition('/')[2]}").text.count('"hits": [{') == 1


def test_while_one_types_one_search_is_remembered(browser: httpx.Client) -> None:
    token, search_id = csrf(browser), ""
    for words in ("丁", "丁香", "丁香街"):
        answer = browser.post(
            "/search", data={"csrf": token, "q": words, "search": search_id}, headers={"HX-Request": "true"}
        )
        assert answer.status_code == 200
        replaced = answer.headers["hx-replace-url"].rpartition("/")[2]
        assert search_id in {"", replaced}
        search_id = replaced
    assert 'value="丁香街"' in browser.get(f"/searches/{search_id}").text


def test_a_facet_is_set_and_let_go(browser: httpx.Client, papers: list[str]) -> None:
    page = browser.get(asked(browser, q=WORDS, narrow="type:letter").headers["location"]).text
    assert 'name="narrow" value="type:letter" aria-pressed="true"' in page
    page = browser.get(asked(browser, q=WORDS, type="letter", narrow="type:letter").headers["location"]).text
    assert "aria-pressed" not in page
    assert browser.get(asked(browser, q=WORDS, type="invoice").headers["location"]).text.count("<mark>") == 0
    assert papers


def test_a_list_is_a_file_of_texts_for_who_keeps_the_records(service: Served, papers: list[str]) -> None:
    refused = service.ask("anna", "POST", "/search/export", json={"q": WORDS, "format": "csv"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    table = service.ask("keeper", "POST", "/search/export", json={"q": WORDS, "format": "csv"}).content
    lines = list(csv.reader(io.StringIO(table.decode("utf-8-sig"))))
    assert len(lines) == len(papers) + 1
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line)
    assert any(cell.startswith("'=cmd()") for line in lines for cell in line)
    sheet = service.ask(
        "keeper", "POST", "/search/export", json={"q": WORDS, "format": "xlsx", "by": "document"}
    ).content
    with zipfile.ZipFile(io.BytesIO(sheet)) as package:
        root = ET.fromstring(package.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own
    assert len(root.findall(".//{*}row")) == len(papers) + 1
    assert {cell.get("t") for cell in root.iter("{http://schemas.openxmlformats.org/spreadsheetml/2006/main}c")} == {
        "inlineStr"
    }
    assert not root.findall(".//{*}f")


def test_a_list_that_is_taken_stands_in_the_log(service: Served, papers: list[str]) -> None:
    officer = service.home.people["keeper"].id
    asked_for = select(AuditEntry).where(
        AuditEntry.actor == officer, AuditEntry.action == Act.SEARCH_EXPORTED.value
    )  # fmt: skip
    with service.home.house.database.reading() as session:
        before = len(session.scalars(asked_for).all())
    service.ask("keeper", "POST", "/search/export", json={"q": WORDS, "format": "csv"})
    with service.home.house.database.reading() as session:
        assert len(session.scalars(asked_for).all()) == before + 1
    assert service.ask("keeper", "POST", "/search/export", json={"q": WORDS, "format": "pdf"}).status_code == 422
    assert papers
