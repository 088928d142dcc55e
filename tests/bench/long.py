"""One long PDF: whether the memory that reads it stays flat from its first pages to its last."""

from __future__ import annotations

import time

from tests.bench.figures import Figure
from tests.bench.papers import long_pdf
from tests.bench.running import Running, running

PART = "long PDF"
PAGES = 200
EARLY = 20
READERS = ("read", "child")


def measure(pages: int = PAGES) -> list[Figure]:
    """The largest memory of reading worker and child up to page 20, and up to the end."""
    with running() as service:
        document, _ = service.client.upload("long.pdf", long_pdf(pages))
        start = time.perf_counter()
        early, late = _peaks(service, document)
        seconds = time.perf_counter() - start
    return [
        Figure(PART, f"{pages} pages of few lines", seconds / pages * 1000, "ms a page"),
        Figure(PART, f"memory at page {EARLY}", early, "MiB"),
        Figure(PART, f"memory at page {pages}", late / early, "x", f"page {EARLY}", ceiling=1.15),
    ]


def _peaks(service: Running, document: str) -> tuple[float, float]:
    early = late = 0.0
    while service.open_jobs():
        read, memory = service.pages_read(document), service.memory()
        held = sum(memory.get(part, 0.0) for part in READERS)
        if read <= EARLY:
            early = max(early, held)
        late = max(late, held)
        time.sleep(0.5)
    return early, late
