"""The review desk by keyboard alone: a queue of papers is worked off without a mouse and without waiting."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Sequence
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from archive.customers import CustomerKind, create_customer
from archive.documents import Document, State
from archive.folders import create_folder
from archive.intake import Order, take_in
from archive.rights import Confidentiality
from tests.drawing import as_pdf, paper
from tests.e2e.people import Office, Site
from tests.e2e.test_pages import serious, sideways

pytestmark = pytest.mark.browser
DEPARTMENT: Final = "客户服务部"
KNOWN: Final = "沿河木器有限公司"
STRANGER: Final = "望江仪表有限公司"
AT_ONCE: Final = 3.0
"""Seconds from the key to the next paper on the slowest machine of ours; a person hardly notices 0.3."""
READY: Final = """
(before) => {
  const here = document.querySelector("[data-desk-of]");
  return here && here.dataset.deskOf !== before && here.querySelector(".stage[data-seen]") !== null;
}
"""


def contract(company: str, number: str) -> Sequence[str]:
    return (
        "设备维护合同", f"合同编号：{number}", "甲方（委托方）：" + company, "乙方（受托方）：青禾置业有限公司",
        "第一条 乙方按月检修甲方的设备，费用按次结算。", "签订日期：2024年3月6日",
    )  # fmt: skip


def put(site: Site, company: str, number: str, name: str) -> str:
    clerk = site.home.people["scanner"]
    body = as_pdf([paper(contract(company, number))])
    return take_in(site.home.house, clerk, Order(file_name=name), io.BytesIO(body))[0].id


def two_matters(site: Site) -> None:
    """A customer with two open folders: a person has to choose."""
    officer = site.home.people["officer"]
    with site.home.house.database.transaction() as session:
        customer = create_customer(session, officer, site.home.house.vault, kind=CustomerKind.COMPANY, name=KNOWN)
        for title in ("检修", "采购"):
            create_folder(
                session, officer, customer_id=customer.id, title=title, department=DEPARTMENT,
                retention_class="CT-GEN", confidentiality=Confidentiality.INTERNAL, fonds="A001", year=2024,
            )  # fmt: skip


@pytest.fixture(scope="module")
def queue(site: Site) -> list[str]:
    """Six papers in review: four of a customer with two folders, a stranger's, and one whose bytes came before."""
    two_matters(site)
    papers = [put(site, KNOWN, f"WH-2024-{n:02d}", f"维护{n}.pdf") for n in range(4)]
    papers.append(put(site, STRANGER, "WJ-2024-01", "望江.pdf"))
    papers.append(put(site, KNOWN, "WH-2024-03", "同一份.pdf"))
    for _ in range(360):
        if {state(site, one)[0] for one in papers} == {State.REVIEW}:
            return papers
        time.sleep(0.5)
    pytest.fail(f"they do not wait in review: {[state(site, one) for one in papers]}")


def here(page: Page) -> str:
    return str(page.evaluate("document.querySelector('[data-desk-of]')?.dataset.deskOf ?? ''"))


def strike(page: Page, *keys: str) -> str:
    """Press keys of which the last one leads on; the paper that is there then."""
    before = here(page)
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_function(READY, arg=before, timeout=AT_ONCE * 1000)
    return here(page)


def state(site: Site, document_id: str) -> tuple[str, str]:
    """State and title of the folder."""
    with site.home.house.database.reading() as session:
        document = session.get_one(Document, document_id)
        return document.state, document.folder.title if document.folder else ""


def test_a_queue_is_worked_off_by_keyboard_alone(office: Office, queue: list[str]) -> None:
    office.expected |= {409, 412, 422}
    page = office.at("officer", "/review?reason=folder_ambiguous")
    expect(page.locator("nav.chips [aria-current]")).to_contain_text("客户有多个未结案卷")
    page.keyboard.press("a")
    page.wait_for_function(READY, arg="")
    assert (here(page), sideways(page), serious(page)) == (queue[0], 0, [])

    page.keyboard.press("a")  # nothing is chosen: told here, and nothing is lost
    expect(page.locator("[data-refusal]")).to_contain_text("案卷")
    assert here(page) == queue[0]
    page.keyboard.press("Escape")
    assert strike(page, "1", "a") == queue[1]
    assert state(office.site, queue[0]) == ("filed", "采购")

    page.keyboard.press("Tab")
    expect(page.locator("[name=field-contract_no], [data-doubt]").first).to_be_attached()
    expect(page.locator(".viewer .asked rect")).to_have_count(1)
    page.locator("[name=field-contract_no]").focus()
    page.keyboard.type("改")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert strike(page, "2", "a") == queue[2]
    assert state(office.site, queue[1]) == ("filed", "检修")
    assert strike(page, "n") == queue[3], "left for later"
    page.keyboard.press("p")
    page.wait_for_function(READY, arg=queue[3])
    assert here(page) == queue[2], "and back again"


def test_a_stranger_is_registered_from_the_desk(office: Office, queue: list[str]) -> None:
    office.expected |= {409, 412, 422}
    page = office.at("officer", f"/review/{queue[4]}")
    page.wait_for_function(READY, arg="")
    page.keyboard.press("g")
    expect(page.locator("dialog[open] [name=name]")).to_have_value(STRANGER)
    page.locator("dialog[open] [name=number]").fill("91440101MA59TC8X08")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open] [data-refusal]")).to_contain_text("号码有误")
    page.locator("dialog[open] [name=number]").fill("")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("told=registered"))
    expect(page.locator("[name=place]:checked")).to_have_count(1)
    expect(page.locator(".places")).to_contain_text("由 officer 归入")
    page.keyboard.press("a")
    expect(page.locator(f"[data-desk-of='{queue[4]}']")).to_have_count(0)
    assert state(office.site, queue[4]) == ("filed", "往来文件")
    page.goto(f"{office.site.url}/review/{queue[5]}")
    expect(page.locator(".notice.warn")).to_contain_text("内容完全相同")
    expect(page.locator(f".notice.warn a[href='/documents/{queue[3]}']")).to_be_visible()


def test_the_desk_in_english_and_wide(office: Office, queue: list[str]) -> None:
    page = office.at("officer", f"/review/{queue[2]}", "en-GB")
    for width in (1280, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        assert (sideways(page), serious(page)) == (0, [])
        expect(page.locator("button[value=file]")).to_be_in_viewport()
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_contain_text("File and go on")
