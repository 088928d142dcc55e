"""Bad files dropped with good ones, read by a real worker process: each its named outcome, the good ones read."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select

from archive.documents import Document, State, page_text
from archive.errors import Refusal
from archive.jobs import OPEN, Job
from retention.classes import propose_seed
from tests import drawing, hostile
from tests.houses import Home

GOOD = 4
PATIENCE = 150.0
BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "locked.pdf": (lambda: hostile.encrypted("secret"), "NEEDS_PASSWORD"),
    "circle.pdf": (hostile.page_tree_in_a_circle, "DAMAGED"),
    "million.pdf": (hostile.page_tree_of_a_million, "LIMIT_PAGES"),
    "giant.pdf": (hostile.giant_page, "LIMIT_PAGE"),
    "laughs.pdf": (hostile.billion_laughs, "LIMIT_TIME"),
    "bomb.png": (hostile.png_bomb, "LIMIT_RATIO"),
    "huge.png": (lambda: hostile.png_header(60_000, 60_000), "LIMIT_PIXELS"),
    "loop.tif": (hostile.tiff_in_a_circle, "LIMIT_FRAMES"),
    "cut.tif": (lambda: drawing.as_tiff([drawing.paper(drawing.CONTRACT, dpi=100)])[:9_000], "DAMAGED"),
}
REFUSED = {"nothing.pdf": (b"", "empty"), "page.svg": (b"<svg xmlns='x'><script/></svg>", "unsupported_type")}


def good(number: int) -> bytes:
    return drawing.coded(drawing.paper([*drawing.CONTRACT, f"第{number}份"], dpi=150))


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("ANJUAN_")}


@contextmanager
def worker(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "workers.main"], env={**clean_environment(), **home.env})
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def settled(home: Home) -> bool:
    with home.house.database.reading() as session:
        return not session.scalar(select(func.count()).select_from(Job).where(Job.state.in_(OPEN)))


@pytest.mark.timeout(240)
def test_bad_files_have_their_outcomes_and_their_neighbours_are_read(home: Home) -> None:
    with home.house.database.transaction() as session:
        propose_seed(session)
    for name, (body, code) in REFUSED.items():
        with pytest.raises(Refusal) as refusal:
            home.put(body, name=name)
        assert refusal.value.code == code
    expected = {}
    with worker(home) as process:
        for number, (name, (draw, code)) in enumerate(BAD.items()):
            expected[home.put(draw(), name=name).id] = code
            if number % 2 == 0:
                expected[home.put(good(number), name="lies.pdf").id] = ""
        end = time.monotonic() + PATIENCE
        while not settled(home) and time.monotonic() < end:
            time.sleep(0.5)
        assert process.poll() is None, "the worker died of a file"
    with home.house.database.reading() as session:
        found = {document.id: document for document in session.scalars(select(Document)).unique()}
        outcomes = {each: (document.error or "").upper() for each, document in found.items()}
        assert outcomes == expected
        for document in found.values():
            if not expected[document.id]:
                assert document.state in {State.REVIEW, State.FILED}
                key = home.house.vault.key(document.id)
                assert "合同" in page_text(key, document.pages[0])
