"""Thirty papers of the review desk worked off by keyboard alone, in a real Chromium: seconds of the machine for each.

Read by the service itself: papers of a customer with two folders, amendments that name a contract alone, and strangers
to be left for later. A figure is from the key that decides to the next paper with its picture, ready for the next key.
"""

from __future__ import annotations

import io
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import func, select

from archive.customers import CustomerKind, create_customer
from archive.documents import Document, State
from archive.folders import create_folder
from archive.intake import Order, take_in
from archive.jobs import OPEN, Job
from archive.readable import readable_scope
from archive.rights import Confidentiality, Role
from retention.classes import propose_seed
from retention.corrections import Correction, correct
from tests import drawing
from tests.bench.figures import Figure
from tests.e2e.conftest import FLAGS, served
from tests.e2e.people import password_of
from tests.e2e.test_review_desk import KNOWN, READY, contract
from tests.houses import Home, home_of

PART: Final = "review desk"
DEPARTMENT: Final = "客户服务部"
PATIENCE: Final = 1800.0
THREE: Final = 3.0
"""Seconds in which a person who knows the desk is done with a right proposal (issue 4); the machine's part is less."""


def measure(papers: int = 30) -> list[Figure]:
    """The figures of one queue, oldest first, each paper with the keys that it needs."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {"DATA": folder, "OWN_NAMES": "青禾置业有限公司"}
        with home_of(settings) as home, served(home, Path(folder)) as url:
            _queue(home, papers)
            with sync_playwright() as driver:
                found = driver.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
                page = found.new_page(viewport={"width": 1920, "height": 1080})
                seconds = _worked_off(page, url, papers)
                found.close()
            left = _count(home, Document.state == State.REVIEW.value)
    return [
        Figure(PART, f"{len(seconds)} papers, median", statistics.median(seconds), "s a paper", ceiling=1.0),
        Figure(PART, "slowest", max(seconds), "s a paper", ceiling=THREE),
        Figure(PART, "all of them", sum(seconds), "s"),
        Figure(PART, "left in review", left, "papers", ceiling=0),
    ]


def _queue(home: Home, papers: int) -> None:
    """Two folders of a customer, a filed contract in one, and so many papers that wait for a person."""
    clerk = home.person("scanner", Role.SCANNER, department=DEPARTMENT, clearance=Confidentiality.SECRET)
    officer = home.person("officer", Role.OFFICER, department=DEPARTMENT, clearance=Confidentiality.SECRET)
    with home.house.database.transaction() as session:
        propose_seed(session)
        customer = create_customer(session, officer, home.house.vault, kind=CustomerKind.COMPANY, name=KNOWN)
        folders = [
            create_folder(
                session, officer, customer_id=customer.id, title=title, department=DEPARTMENT,
                retention_class="CT-GEN", confidentiality=Confidentiality.INTERNAL, fonds="A001", year=2024,
            ).id for title in ("检修", "采购")
        ]  # fmt: skip
    first = take_in(home.house, clerk, Order("0.pdf"), _paper(contract(KNOWN, "WH-2024-0100")))[0].id
    _settle(home)
    _file(home, first, folders[0])
    for number in range(papers):
        lines = _amendment(number) if number % 3 == 2 else contract(KNOWN, f"WH-2024-{number:04d}")
        take_in(home.house, clerk, Order(f"{number + 1}.pdf"), _paper(lines))
    _settle(home)


def _amendment(number: int) -> tuple[str, ...]:
    return (
        "付款情况说明", f"第{number}号", "根据《设备维护合同》（编号：WH-2024-0100）的约定，现将本期付款情况说明如下。",
        f"本期检修费用人民币{number + 1}000.00元已于2024年5月6日付清。", "特此说明。",
    )  # fmt: skip


def _paper(lines: tuple[str, ...]) -> io.BytesIO:
    return io.BytesIO(drawing.as_pdf([drawing.paper(lines)]))


def _file(home: Home, document_id: str, folder_id: str) -> None:
    officer = home.people["officer"]
    wanted = Correction(frozenset({"folder_id"}), folder_id=folder_id, file=True)
    with home.house.database.transaction() as session:
        scope = readable_scope(session, officer)
        correct(session, officer, scope, home.house.vault, document_id=document_id, wanted=wanted)


def _settle(home: Home) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with home.house.database.reading() as session:
            if not session.scalar(select(func.count()).select_from(Job).where(Job.state.in_(OPEN))):
                return
        time.sleep(1)
    raise SystemExit("bench: the papers were not read in time")


def _count(home: Home, which: object) -> int:
    with home.house.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Document).where(which)) or 0  # type: ignore[arg-type]


def _worked_off(page: Page, url: str, papers: int) -> list[float]:
    page.goto(f"{url}/sign-in")
    page.fill("#f-name", "officer")
    page.fill("#f-password", password_of("officer"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox")
    page.goto(f"{url}/review")
    page.keyboard.press("a")
    page.wait_for_function(READY, arg="")
    seconds = [_decided(page) for _ in range(papers - 1)]
    page.keyboard.press("1")
    page.keyboard.press("a")
    page.wait_for_url("**/review?told=nothing_left*")
    return seconds


def _decided(page: Page) -> float:
    """Choose the first place, accept, and wait for the next paper; its seconds."""
    before = page.evaluate("document.querySelector('[data-desk-of]').dataset.deskOf")
    began = time.perf_counter()
    page.keyboard.press("1")
    page.keyboard.press("a")
    page.wait_for_function(READY, arg=before, timeout=30_000)
    return time.perf_counter() - began
