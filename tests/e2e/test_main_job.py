"""One record's whole life through the pages, by several people in real browsers."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from tests.drawing import CONTRACT, as_pdf, paper
from tests.e2e.people import Office, password_of

pytestmark = pytest.mark.browser
CUSTOMER = "远山茶业有限公司"
PHRASE = "按季度支付"


def press(page: Page, button: str) -> None:
    """Press a button that leads to another page, and wait for that page."""
    with page.expect_navigation():
        page.locator(button).click()


def send(page: Page) -> None:
    """Press the verb of the dialog that is open."""
    press(page, "dialog[open] form .row.end button:not([data-closes])")


def register_customer(page: Page, url: str) -> str:
    """A customer with a folder under the short class; the folder's code."""
    page.goto(f"{url}/customers")
    page.keyboard.press("n")
    page.fill("dialog[open] [name=name]", CUSTOMER)
    send(page)
    page.click("[data-opens=new-folder]")
    page.fill("dialog[open] [name=title]", "临江路18号租赁")
    page.fill("dialog[open] [name=department]", "客户服务部")
    page.select_option("dialog[open] [name=retention_class]", "E2E-SHORT")
    send(page)
    return page.locator(".facts .code").first.inner_text()


def propose_class(page: Page, url: str) -> None:
    page.goto(f"{url}/classes")
    page.click("[data-opens=new-class]")
    page.fill("dialog[open] [name=code]", "E2E-SHORT")
    page.fill("dialog[open] [name=title]", "短期材料")
    page.fill("dialog[open] [name=period_years]", "1")
    page.check("dialog[open] [value=contract_performed]")
    page.fill("dialog[open] [name=basis]", "本单位规定")
    send(page)


def approve_class(page: Page, url: str) -> None:
    page.goto(f"{url}/classes")
    page.check("input[value='E2E-SHORT:1']")
    press(page, ".action-bar button")
    expect(page.locator(".notice")).to_contain_text("已批准")


def upload(page: Page, url: str, scan: Path) -> None:
    page.goto(f"{url}/capture")
    page.set_input_files("#files", [str(scan)])
    expect(page.locator("[data-queue-list] li[data-state=done]")).to_have_count(1)


def wait_until_read(page: Page) -> str:
    """The document's address once its state is settled; the table looks by itself."""
    row = page.locator("main table tbody tr").first
    expect(row).to_contain_text(re.compile("待审核|已归档"), timeout=120_000)
    return str(row.locator("a").get_attribute("href"))


def file_by_hand(page: Page, url: str, document: str, code: str) -> None:
    page.goto(url + document.replace("/documents/", "/review/"))
    page.fill("#f-folder", code)
    press(page, "button[value=file]")
    page.goto(url + document)
    expect(page.locator(".head .badge").first).to_have_text("已归档")


def record_event(page: Page, url: str, code: str) -> None:
    page.goto(f"{url}/events")
    page.fill("#f-code", code)
    page.select_option("#f-event", "contract_performed")
    page.fill("#f-occurred_on", "2019-05-06")
    page.fill("#f-evidence", "验收单 2019-05")
    press(page, "main form button.primary")
    page.check("[name=sure]")  # the paper is dated later than the event: asked about, and confirmed
    press(page, "main form button.primary")
    expect(page.locator(".notice")).to_contain_text("到期日")


def appraise(page: Page, url: str) -> str:
    """Everything that is due is decided to be destroyed; the batch's path."""
    page.goto(f"{url}/schedule")
    page.check("#due tbody input[data-row]")
    page.fill("#appraisal-title", "到期鉴定")
    press(page, ".action-bar button")
    page.select_option("#all-decision", "destroy")
    page.fill("#all-reason", "期满无保存价值")
    page.locator("#all-reason").blur()
    press(page, "#decisions button.primary")
    page.click("[data-opens=finish]")
    send(page)
    page.click("[data-opens=propose]")
    send(page)
    return page.url.partition("?")[0]


def sign(page: Page, batch: str, name: str) -> None:
    page.goto(batch)
    page.click("[data-opens=sign]")
    page.fill("dialog[open] [name=opinion]", "同意销毁")
    page.fill("dialog[open] [name=password]", password_of(name))
    send(page)
    expect(page.locator(".notice")).to_contain_text("已签署")


def execute(page: Page, batch: str, name: str, supervisors: tuple[str, str]) -> None:
    page.goto(batch)
    page.click("[data-opens=execute]")
    for place, person in zip(("first", "second"), supervisors, strict=True):
        option = page.locator(f"dialog[open] [name={place}] option", has_text=f"{person} ·")
        page.select_option(f"dialog[open] [name={place}]", str(option.get_attribute("value")))
    page.fill("dialog[open] [name=password]", password_of(name))
    send(page)
    expect(page.locator(".head .badge")).to_have_text("待监销确认", timeout=60_000)


def confirm(page: Page, batch: str, name: str) -> None:
    page.goto(batch)
    page.click("[data-opens=confirm]")
    page.fill("dialog[open] [name=observed]", "全部核验不存在")
    page.fill("dialog[open] [name=password]", password_of(name))
    send(page)
    expect(page.locator(".notice")).to_contain_text("已确认")


def asked(page: Page, words: str) -> Page:
    """The page with the results of a search."""
    page.fill("#q", words)
    page.press("#q", "Enter")
    page.wait_for_url("**/searches/*")
    page.wait_for_load_state()
    return page


@pytest.mark.timeout(400)
def test_a_record_lives_and_ends_through_the_pages(office: Office, tmp_path: Path) -> None:
    url, scan = office.site.url, tmp_path / "临江路18号房屋租赁合同.pdf"
    scan.write_bytes(as_pdf([paper(CONTRACT)]))

    propose_class(office.at("officer"), url)
    approve_class(office.at("approver"), url)
    code = register_customer(office.at("officer"), url)
    upload(office.at("scanner"), url, scan)
    document = wait_until_read(office.at("scanner"))
    file_by_hand(office.at("officer"), url, document, code)

    found = asked(office.at("searcher", "/search"), PHRASE)
    assert PHRASE not in unquote(found.url)
    press(found, ".hits-list .line a")
    expect(found.locator(".viewer .hits rect")).not_to_have_count(0)

    office.expected.add(404)
    hidden = asked(office.at("other", "/search"), PHRASE)
    expect(hidden.locator(".hits-list li")).to_have_count(0)
    hidden.goto(url + document)
    expect(hidden.locator("h1")).to_have_text("没有找到")

    record_event(office.at("officer"), url, code)
    batch = appraise(office.at("officer"), url)
    sign(office.at("approver"), batch, "approver")
    sign(office.at("second"), batch, "second")
    execute(office.at("executor"), batch, "executor", ("witness", "other"))
    confirm(office.at("witness"), batch, "witness")
    confirm(office.at("other"), batch, "other")

    office.expected.add(410)
    gone = office.at("officer", document)
    expect(gone.locator("h1")).to_have_text("已销毁")
    press(gone, ".notice a")
    expect(gone.locator("h1")).to_contain_text("销毁证明")
    with gone.expect_download() as download:
        gone.locator(".head a.primary").click()
    names = zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())).namelist()
    assert {"manifest.json", "certificate.json", "verify.py"} <= {Path(name).name for name in names}

    log = office.at("auditor", "/log")
    expect(log.locator("main table")).to_contain_text("签发销毁证明")
    press(log, "form[action='/log/verify'] button")
    expect(log.locator(".notice")).to_contain_text("日志完整")
