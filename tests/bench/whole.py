"""The whole way, from the first upload to the last page that search finds, on a service of its own; and its memory.

The service is warm (one page was read before), as is the bare engine: both are long-lived. OCRmyPDF is given all files
as one PDF, so that it starts once.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests import drawing
from tests.bench.beside import ocrmypdf, pages_of
from tests.bench.figures import Figure
from tests.bench.reading import bare_engine
from tests.bench.running import Running, Watch, running

PATIENCE = 3600.0
LOOK = 0.2
SETTLE = 5.0
PART = "whole way"

Files = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Walk:
    """What one walk took: seconds, processor seconds by part, upload seconds, MiB idle and at the peak."""

    seconds: float
    processor: dict[str, float]
    uploads: list[float]
    searches: list[float]
    idle: dict[str, float]
    peak: dict[str, float]


def measure(files: Files, *, without_ocrmypdf: bool = False) -> list[Figure]:
    """The figures of the whole way."""
    pages = pages_of(files)
    with running() as service:
        walk = _walk(service, files, len(pages))
    read = bare_engine()
    read(pages[0])
    start, used = time.perf_counter(), time.process_time()
    for page in pages:
        read(page)
    bare, bare_used = time.perf_counter() - start, time.process_time() - used
    total = sum(walk.processor.values())
    beside = "bare tuned engine, images in memory"
    figures = [
        Figure(PART, f"{len(files)} files, {len(pages)} pages", walk.seconds, "s"),
        Figure(PART, "speed", bare / walk.seconds, "x", beside, floor=0.6),
        Figure(PART, "speed by processor time", bare_used / total, "x", beside, floor=0.6),
        Figure(PART, "processor time", total / len(pages), "s a page"),
    ]
    figures += [
        Figure(PART, f"processor time, {part}", used / len(pages), "s a page")
        for part, used in sorted(walk.processor.items())
    ]
    if not without_ocrmypdf:
        theirs, theirs_used = ocrmypdf(files)
        figures.append(Figure(PART, "speed", theirs / walk.seconds, "x", "OCRmyPDF -j 2, all in one PDF", floor=2.5))
        figures.append(Figure(PART, "speed by processor time", theirs_used / total, "x", "OCRmyPDF"))
    return [*figures, *_answers(walk), *_memory(walk)]


def _answers(walk: Walk) -> list[Figure]:
    return [
        Figure("upload", "answer while pages are read, median", statistics.median(walk.uploads) * 1000, "ms"),
        Figure("search", "over HTTP, all facets, median", statistics.median(walk.searches) * 1000, "ms"),
    ]


def _memory(walk: Walk) -> list[Figure]:
    return [
        Figure("memory", "service, idle", walk.idle.get("service", 0.0), "MiB", ceiling=250),
        Figure("memory", "light worker, idle", walk.idle.get("light,destroy", 0.0), "MiB"),
        Figure("memory", "service and workers, reading, peak", walk.peak["all"], "MiB", ceiling=1536),
        Figure("memory", "reading worker, peak", walk.peak.get("read", 0.0), "MiB"),
    ]


def _walk(service: Running, files: Files, pages: int) -> Walk:
    time.sleep(SETTLE)
    idle = service.memory()
    service.client.upload("warm.pdf", drawing.as_pdf([drawing.paper(drawing.CONTRACT)]))
    _until(service, 1)
    used = service.seconds()
    with Watch(service) as watch:
        start = time.perf_counter()
        uploads = [service.client.upload(name, data)[1] for name, data in files]
        _until(service, 1 + pages)
        seconds = time.perf_counter() - start
    processor = {part: after - used.get(part, 0.0) for part, after in service.seconds().items()}
    return Walk(seconds, processor, uploads, [_search(service) for _ in range(30)], idle, watch.peak)


def _search(service: Running) -> float:
    start = time.perf_counter()
    service.client.found("租赁")
    return time.perf_counter() - start


def _until(service: Running, pages: int) -> None:
    """Wait until search finds so many pages; SystemExit when nothing is at work any more and it does not."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if service.open_jobs() == 0:  # read from its rows, so that looking takes nothing from the service
            if (found := service.client.found()) < pages:
                raise SystemExit(f"bench: {found} of {pages} pages are found, and no job is left")
            return
        time.sleep(LOOK)
    raise SystemExit(f"bench: not all of {pages} pages were found within {PATIENCE:.0f} s")
