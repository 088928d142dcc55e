"""One long PDF: its first page at once, single pages beside it, and memory that stays flat from first page to last."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests import drawing
from tests.bench.figures import Figure
from tests.bench.papers import full_page, long_pdf
from tests.bench.running import Running, Watch, running

PART = "long PDF"
PAGES = 200
EARLY = 20
SINGLES = 10
READERS = ("read", "child")
LOOK = 0.2
PATIENCE = 3600.0


def measure(pages: int = PAGES) -> list[Figure]:
    """First text, the single pages' wait, the rate, and the largest memory of reading worker and child."""
    body = long_pdf(pages, rows=6 if pages <= PAGES else 1)
    singles = [drawing.as_pdf([drawing.paper(full_page(number, rows=6), dpi=150)], 150) for number in range(SINGLES)]
    with running() as service:
        service.client.upload("warm.pdf", drawing.as_pdf([drawing.paper(drawing.CONTRACT)]))
        _until(lambda: service.open_jobs() == 0)
        start = time.perf_counter()
        document, _ = service.client.upload("long.pdf", body)
        _until(lambda: service.pages_read(document) > 0)
        first = time.perf_counter() - start
        early = _memory(service, lambda: service.pages_read(document) >= EARLY)
        passed = _singles(service, document, singles)
        late = _memory(service, lambda: service.open_jobs() == 0)
        seconds = time.perf_counter() - start
    return [
        Figure(PART, "first page's text after upload", first, "s", ceiling=5.0),
        Figure(PART, f"{pages} pages and {SINGLES} single ones", seconds / (pages + SINGLES) * 1000, "ms a page"),
        Figure(PART, f"pages of it that {SINGLES} later single pages waited for", passed, "pages", ceiling=30.0),
        Figure(PART, "memory of reading worker and child", late, "MiB", ceiling=1229),
        Figure(PART, f"memory up to page {pages}", late / early, "x", f"up to page {EARLY}", ceiling=1.15),
    ]


def _singles(service: Running, document: str, singles: list[bytes]) -> float:
    """How many pages of the long document were read while these came in and were read."""
    before = service.pages_read(document)
    ids = [service.client.upload(f"single-{number}.pdf", single)[0] for number, single in enumerate(singles)]
    _until(lambda: all(service.pages_read(single) for single in ids))
    return float(service.pages_read(document) - before)


def _memory(service: Running, over: Callable[[], bool]) -> float:
    """MiB of worker and child together, at most, until it is over."""
    with Watch(service, READERS) as watch:
        _until(over)
    return watch.peak["all"]


def _until(over: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not over():
        if time.monotonic() > deadline:
            raise SystemExit(f"bench: the long PDF was not read within {PATIENCE:.0f} s")
        time.sleep(LOOK)
