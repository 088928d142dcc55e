"""Every page, in both languages: no error in the console, no request to anybody else, nothing serious for axe."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import ROOT, need
from tests.e2e.people import Office

pytestmark = pytest.mark.browser
AXE: Final = ROOT / "service" / "web" / "node_modules" / "axe-core" / "axe.min.js"
PAGES: Final = {
    "scanner": ("/inbox", "/capture", "/batches", "/search", "/review", "/account", "/log"),
    "officer": (
        "/customers",
        "/schedule",
        "/classes",
        "/types",
        "/events",
        "/holds",
        "/erasures",
        "/restrictions",
        "/certificates",
    ),
    "approver": ("/inbox", "/classes", "/schedule"),
    "administrator": ("/people", "/health", "/account"),
    "security": ("/people", "/log"),
    "auditor": ("/log", "/certificates", "/schedule"),
}
LONG: Final = "中外合资云岭南麓生态农业综合开发与冷链物流配送股份有限公司西南区域第三客户服务中心筹备处"


def sideways(page: Page) -> int:
    """How far the page scrolls sideways, in pixels."""
    moved = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return max(0, int(moved))


def unanswered(route: Route) -> None:
    """Leave a request without any answer."""
    del route


def serious(page: Page) -> list[str]:
    """What axe calls serious or critical on this page."""
    need(AXE.exists(), "axe-core is not here: python -m deploy.vendor")
    page.evaluate(AXE.read_text("utf-8"))
    found: list[dict[str, Any]] = page.evaluate("axe.run().then((result) => result.violations)")
    return [
        f"{fault['id']}: {fault['nodes'][0]['html'][:120]}"
        for fault in found
        if fault["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
@pytest.mark.parametrize("person", list(PAGES))
def test_every_page_opens_without_a_fault(office: Office, person: str, language: str) -> None:
    office.expected.add(503)  # the search index is made with the first document
    for path in PAGES[person]:
        page = office.at(person, path, language)
        expect(page.locator("h1, form#asking").first).to_be_visible()
        assert page.locator("html").get_attribute("lang") == ("zh-CN" if language == "zh-CN" else "en"), path
        assert sideways(page) == 0, path
        assert serious(page) == [], path


def test_sign_in_and_set_up_pages_are_sound(office: Office) -> None:
    page = office.window()
    page.goto(f"{office.site.url}/sign-in")
    assert serious(page) == []
    page.goto(f"{office.site.url}/set-up")
    expect(page).to_have_url(f"{office.site.url}/sign-in")


def test_a_wrong_password_says_so_and_keeps_the_name(office: Office) -> None:
    office.expected.add(401)
    page = office.window()
    page.goto(f"{office.site.url}/sign-in")
    page.fill("#f-name", "scanner")
    page.fill("#f-password", "a wrong pass phrase")
    page.click("form button.primary")
    expect(page.locator("[role=alert]")).to_have_text("用户名或密码不正确。")
    expect(page.locator("#f-name")).to_have_value("scanner")


def test_a_page_asked_for_without_a_sign_in_comes_after_it(office: Office) -> None:
    page = office.window()
    page.goto(f"{office.site.url}/capture")
    page.fill("#f-name", "scanner")
    page.fill("#f-password", "a pass phrase of scanner")
    page.click("form button.primary")
    expect(page).to_have_url(f"{office.site.url}/capture")


def test_the_language_is_chosen_and_kept(office: Office) -> None:
    page = office.at("scanner", "/capture")
    page.get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_have_text("Capture")
    page.goto(f"{office.site.url}/batches")
    expect(page.locator("h1")).to_have_text("Batches")


def test_a_long_name_does_not_break_the_page(office: Office) -> None:
    page = office.at("officer", "/customers")
    page.click("[data-opens=new-customer]")
    page.fill("dialog[open] [name=name]", LONG)
    page.locator("dialog[open] button.primary").click()
    expect(page.locator("h1")).to_have_text(LONG)
    page.goto(f"{office.site.url}/customers")
    expect(page.locator(f"span[title='{LONG}']")).to_be_visible()
    assert sideways(page) == 0


def test_keys_of_a_page_are_shown_and_work(office: Office) -> None:
    page = office.at("scanner", "/capture")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_contain_text("新建批次")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()


def test_an_upload_goes_on_after_the_page_was_left(office: Office, tmp_path: Path) -> None:
    """The answer to the first try is lost; the page that comes next sends the file again under its key."""
    scan = tmp_path / "left.png"
    scan.write_bytes(b"\x89PNG\r\n\x1a\n" + b"not a picture, but kept all the same" * 200)
    page = office.at("scanner", "/capture")
    office.expected |= {503}
    page.route("**/api/v1/documents", unanswered)
    page.set_input_files("#files", [str(scan)])
    expect(page.locator("[data-queue-list] li[data-state=waiting]")).to_have_count(1)
    page.unroute("**/api/v1/documents")
    page.goto(f"{office.site.url}/inbox")
    expect(page.locator(".tray li[data-state=done]")).to_have_count(1)


DROP: Final = """
(target) => {
  const carried = new DataTransfer();
  carried.items.add(new File(["only words"], "dropped.txt"));
  for (const type of ["dragenter", "dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }));
  }
}
"""


def test_a_file_dropped_on_any_page_is_put_in(office: Office) -> None:
    office.expected.add(415)
    page = office.at("scanner", "/account")
    page.locator("main").evaluate(DROP)
    dropped = page.locator(".tray li", has_text="dropped.txt")
    expect(dropped).to_have_attribute("data-state", "failed")
    dropped.get_by_role("button", name="移除").click()
    expect(page.locator(".tray")).to_be_hidden()


def test_a_whole_folder_is_put_in(office: Office, tmp_path: Path) -> None:
    office.expected.add(415)
    (tmp_path / "stack" / "deeper").mkdir(parents=True)
    for name in ("one.txt", "deeper/two.txt"):
        (tmp_path / "stack" / name).write_text(name)
    page = office.at("scanner", "/capture")
    page.set_input_files("#folder", str(tmp_path / "stack"))
    listed = page.locator("[data-queue-list] li[data-state=failed] .file-name")
    expect(listed).to_have_text(["stack/deeper/two.txt", "stack/one.txt"])


def test_a_file_that_cannot_be_taken_says_why_and_can_be_withdrawn(office: Office, tmp_path: Path) -> None:
    office.expected.add(415)
    note = tmp_path / "note.txt"
    note.write_text("only words")
    page = office.at("scanner", "/capture")
    page.set_input_files("#files", [str(note)])
    failed = page.locator("[data-queue-list] li[data-state=failed]")
    expect(failed).to_have_count(1)
    failed.get_by_role("button", name="移除").click()
    expect(failed).to_have_count(0)
