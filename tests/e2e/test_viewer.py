"""The viewer: a clause found, its hits walked, a sentence copied; a folder in a IIIF viewer of another make."""

from __future__ import annotations

import io
import json
import time
from typing import Final

import pymupdf
import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from archive.documents import Document
from archive.intake import Order, take_in
from archive.rights import Confidentiality
from tests.drawing import as_pdf, paper
from tests.e2e.conftest import ROOT, need
from tests.e2e.people import Office, Site
from tests.e2e.test_pages import serious, sideways

pytestmark = pytest.mark.browser
TIFY: Final = ROOT / "service" / "web" / "node_modules" / "tify" / "dist"
CLAUSE: Final = "逾期按日加收违约金"
LINES: Final = ("乙方按月付费，" + CLAUSE + "。", "双方各执一份，签字后生效。")
DRAG: Final = """
([first, last]) => {
  const parts = [...document.querySelectorAll(".words tspan")];
  const at = (part, share) => {
    const r = part.getBoundingClientRect();
    return [r.x + r.width * share, r.y + r.height / 2];
  };
  const of = (text) => parts.find((part) => part.textContent.includes(text));
  return [...at(of(first), 0.1), ...at(of(last), 0.95)];
}
"""
BARE: Final = """<!doctype html><html><head><meta charset="utf-8"><link rel="stylesheet" href="/tify/tify.css"></head>
<body><div id="tify" style="height: 100vh"></div>
<script type="module">import "/tify/tify.js"; new Tify({container: "#tify", manifestUrl: %s});</script></body></html>"""


@pytest.fixture(scope="module")
def contract(site: Site) -> str:
    """A contract of two pages with the clause on both, read by real workers, in a folder."""
    body = as_pdf([paper(("保洁服务合同", "合同编号：BJ-2024-017", *LINES)), paper(("补充条款", *LINES))])
    order = Order(
        file_name="保洁.pdf", folder_id=site.home.folder(department="客户服务部", level=Confidentiality.INTERNAL)
    )
    found = take_in(site.home.house, site.home.people["officer"], order, io.BytesIO(body))[0].id
    for _ in range(240):
        with site.home.house.database.reading() as session:
            state, pages, version, indexed = session.execute(
                select(Document.state, Document.page_count, Document.version, Document.indexed_version).where(
                    Document.id == found
                )
            ).one()
        if state in {"filed", "review"} and pages == len(LINES) and version == indexed:
            return found
        time.sleep(0.5)
    pytest.fail(f"not read: {state}")


def asked(page: Page, words: str) -> Page:
    page.fill("#q", words)
    page.wait_for_url("**/searches/*")
    expect(page.locator(".hits-list li")).not_to_have_count(0)
    return page


def test_pages_are_printed_a_sheet_each_as_their_reader_sees_them(office: Office, contract: str) -> None:
    page = office.at("searcher", f"/documents/{contract}", "zh-CN")
    page.locator(f"a[href='/documents/{contract}/sheets']").click()
    sheets = page.locator("img.sheet")
    expect(sheets).to_have_count(2)
    widths = [sheet.evaluate("(image) => image.decode().then(() => image.naturalWidth)") for sheet in sheets.all()]
    assert min(widths) > 600
    assert (sideways(page), serious(page)) == (0, [])
    with pymupdf.open(stream=page.pdf(prefer_css_page_size=True)) as printed:
        assert [len(sheet.get_images()) for sheet in printed] == [1, 1]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_a_contract_is_found_by_a_clause_and_its_hits_are_walked(office: Office, contract: str, language: str) -> None:
    page = asked(office.at("searcher", "/search", language), CLAUSE)
    page.locator(f".hits-list .line a[href*='{contract}']").first.click()
    expect(page.locator(".stage[data-seen]")).to_be_attached()
    expect(page.locator("[data-hit-count]")).to_contain_text("–/2" if language == "zh-CN" else "– of 2")
    assert (sideways(page), serious(page)) == (0, [])
    start = page.locator("[data-number]").inner_text()
    page.keyboard.press("n")
    expect(page.locator(".hits rect.here")).to_have_count(1)
    page.keyboard.press("n")
    expect(page.locator("[data-number]")).not_to_have_text(start)
    expect(page.locator(".hits rect.here")).to_have_count(1)
    page.keyboard.press("N")
    expect(page.locator("[data-number]")).to_have_text(start)
    page.keyboard.press("b")
    expect(page.locator(".stage .layer")).to_have_count(2)
    expect(page.locator(".hits rect")).to_have_count(2)
    page.keyboard.press("t")
    expect(page.locator(".stage .layer")).to_have_count(2)


def test_a_sentence_is_copied_from_the_scan(office: Office, contract: str) -> None:
    page = office.at("searcher", f"/documents/{contract}")
    expect(page.locator(".words tspan")).not_to_have_count(0)
    left, top, right, bottom = page.evaluate(DRAG, ["逾", "金"])
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(right, bottom, steps=8)
    page.mouse.up()
    assert page.evaluate("getSelection().toString()") == CLAUSE


def served_from(path: str) -> tuple[str, bytes]:
    file = (TIFY / path).resolve()
    kinds = {".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
    return kinds.get(file.suffix, "text/plain"), file.read_bytes()


def test_a_folder_opens_in_a_viewer_of_another_make(office: Office, contract: str) -> None:
    """Tify, on our origin as an organisation would put it; it reads the manifest and asks for tiles by itself."""
    need(TIFY.exists(), "Tify is not here: python -m deploy.vendor")
    with office.site.home.house.database.reading() as session:
        folder_id = session.get_one(Document, contract).folder_id
    page = office.at("searcher", "/inbox")
    manifest = f"{office.site.url}/iiif/folders/{folder_id}/manifest"

    def give(route: Route) -> None:
        path = route.request.url.partition("/tify/")[2]
        kind, body = ("text/html", (BARE % json.dumps(manifest)).encode()) if path == "" else served_from(path)
        route.fulfill(body=body, content_type=kind)

    tiles: list[int] = []
    page.on("response", lambda answer: tiles.append(answer.status) if f"/iiif/{contract}/" in answer.url else None)
    page.route("**/tify/**", give)
    page.goto(f"{office.site.url}/tify/")
    expect(page.locator(".tify canvas").first).to_be_visible()
    expect(page.locator(".tify")).to_contain_text("A001")
    page.wait_for_function("document.querySelectorAll('.tify canvas').length > 0")
    for _ in range(40):
        if tiles:
            break
        page.wait_for_timeout(250)
    assert tiles
    assert set(tiles) == {200}
