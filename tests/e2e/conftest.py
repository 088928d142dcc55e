"""A service of its own and a real Chromium for the tests of the pages."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from archive.rights import Confidentiality, Role
from deploy.vendor import WANTED
from tests.e2e.people import Office, Site
from tests.houses import Home, home_of

ROOT: Final = Path(__file__).resolve().parents[2]
VENDOR: Final = ROOT / "service" / "web" / "static" / "vendor"
FLAGS: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PEOPLE: Final = {
    "scanner": [Role.SCANNER], "searcher": [Role.SEARCHER], "officer": [Role.OFFICER], "executor": [Role.OFFICER],
    "approver": [Role.APPROVER], "second": [Role.APPROVER], "witness": [Role.SEARCHER], "other": [Role.SCANNER],
    "auditor": [Role.AUDITOR], "security": [Role.SECURITY], "administrator": [Role.ADMIN],
}  # fmt: skip


def need(found: object, missing: str) -> None:
    """Skip aloud without a part that these tests stand on; fail where every part is required."""
    if found:
        return
    if os.environ.get("ANJUAN_REQUIRE_SERVERS") == "1":
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Asked for before Playwright starts: on a bare machine its driver does not even come up."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    need(path, "Chromium is not installed: apt-get install chromium")
    return str(path)


@pytest.fixture(scope="session")
def playwright(chromium: str) -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running service with one person for each part; its papers are for one department."""
    need(
        all((VENDOR / name).exists() for name in WANTED),
        "The pages' own parts are not here yet: python -m deploy.vendor",
    )
    folder = tmp_path_factory.mktemp("site")
    settings = {"DATA": str(folder), "OWN_NAMES": "青禾置业有限公司", "DESTRUCTION_COOLING_DAYS": "0"}
    with home_of(settings) as home:
        for name, roles in PEOPLE.items():
            away = name == "other"
            home.person(name, *roles, department="工程部" if away else "客户服务部", clearance=Confidentiality.SECRET)
        with served(home, folder) as url:
            yield Site(url, home)


class served:  # noqa: N801 - reads as a word in a `with`
    """`anjuan serve` on a free port, with its workers."""

    def __init__(self, home: Home, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANJUAN_")}
        self.environment = kept | home.env
        self.log = folder / "serve.log"

    def __enter__(self) -> str:
        command = [str(Path(sys.executable).with_name("anjuan")), "serve", "--port", str(self.port)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        self._await()
        return self.url

    def _await(self) -> None:
        for _ in range(120):
            if self.process.poll() is not None:
                pytest.fail(f"the service ended: {self.log.read_text()[-2000:]}")
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):  # noqa: S310 - our own service
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.5)
        pytest.fail("the service does not answer")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()


@pytest.fixture
def office(browser: Browser, site: Site) -> Iterator[Office]:
    """Everybody's own browser window; what they must never see is checked at the end."""
    made = Office(browser, site)
    yield made
    made.close()
    assert not made.faults, made.faults
