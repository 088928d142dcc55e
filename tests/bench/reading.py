"""Where a page's processor time goes, step by step, in one warm process; and the same pages by the bare tuned engine.

The whole job is run as a worker runs it, on an embedded installation of its own: open the original in the sandbox,
recognise, page images, searchable PDF, seal, store, rows, index. Time is processor time of all threads, so that the
table says the same on a machine that has other work, too.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, ParamSpec, TypeVar
from unittest.mock import patch

from archive.intake import Order, take_in
from archive.jobs import due
from retention.classes import propose_seed
from tests import drawing
from tests.bench.beside import pages_of
from tests.bench.figures import Figure
from tests.bench.running import descendants_seconds
from tests.houses import Home, home_of
from workers import case, index, originals, pipeline, reading, runner
from workers import recognise as recognising
from workers.scan import PageImage
from workers.tools import Tools

LONGEST_SIDE, BATCH = 1280, 3
PART = "reading"

P = ParamSpec("P")
R = TypeVar("R")
Files = Sequence[tuple[str, bytes]]


class Steps:
    """Processor seconds by step; a step within a step counts for itself alone."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._open: list[str] = []
        self._since = 0.0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count what follows for this step."""
        self._settle()
        self._open.append(name)
        try:
            yield
        finally:
            self._settle()
            self._open.pop()

    def _settle(self) -> None:
        at = time.process_time()
        if self._open:
            self.spent[self._open[-1]] = self.spent.get(self._open[-1], 0.0) + at - self._since
        self._since = at

    def counted(self, name: str, work: Callable[P, R]) -> Callable[P, R]:
        """The same function, counted."""

        def run(*given: P.args, **named: P.kwargs) -> R:
            with self.step(name):
                return work(*given, **named)

        return run


def measure(files: Files) -> list[Figure]:
    """Seconds a page by step, and the share of them that the bare engine would take."""
    pages = pages_of(files)
    with tempfile.TemporaryDirectory() as folder, home_of({"DATA": folder, "OWN_NAMES": "甲档案馆"}) as home:
        with home.house.database.transaction() as session:
            propose_seed(session)
        spent = _walked(home, files)
    read = bare_engine()
    read(pages[0])
    start = time.process_time()
    for page in pages:
        read(page)
    bare = time.process_time() - start
    total, beside = sum(spent.values()), "bare tuned engine, by processor time"
    figures = [Figure(PART, step, used / len(pages) * 1000, "ms a page") for step, used in spent.items()]
    figures.append(Figure(PART, "all steps", total / len(pages) * 1000, "ms a page", f"{bare / len(pages) * 1000:.0f}"))
    return [*figures, Figure(PART, "all steps", bare / total, "x", beside, floor=0.6)]


def _walked(home: Home, files: Files) -> dict[str, float]:
    """Take all in and do all jobs in this process; processor seconds by step, in the order of their first turn."""
    tools, steps = Tools(home.house), Steps()
    _take_in(home, [("warm.pdf", drawing.as_pdf([drawing.paper(drawing.CONTRACT)]))])
    _work(tools)
    children = descendants_seconds()
    with _watched(tools, steps):
        with steps.step("take in"):
            _take_in(home, files)
        with steps.step("claim, finish, the rest"):
            _work(tools)
    steps.spent["open and render, in the sandbox"] = descendants_seconds() - children
    tools.sandbox.close()
    return steps.spent


def _take_in(home: Home, files: Files) -> None:
    for name, data in files:
        take_in(home.house, home.officer, Order(name), io.BytesIO(data))


def _work(tools: Tools) -> None:
    while True:
        with tools.house.database.reading() as session:
            jobs = due(session)
        if not jobs:
            return
        for job_id, _ in jobs:
            runner.run(tools, job_id)


@contextmanager
def _watched(tools: Tools, steps: Steps) -> Iterator[None]:
    """Every step's function counted where it is called from."""
    engine = tools.ocr()._engine
    called: list[tuple[Any, str, str]] = [
        (pipeline, "open_case", "rows"),
        (pipeline, "close_case", "rows"),
        (reading, "note_progress", "rows"),
        (originals, "open_stream", "open the original"),
        (reading, "recognise", "orient and read lines"),
        (engine, "_regions", "detect lines"),
        (reading, "view", "page images"),
        (reading, "sensitive_boxes", "hide numbers"),
        (reading, "masked", "hide numbers"),
        (reading.SearchablePdf, "add_page", "write the searchable PDF"),
        (reading, "put_rendition", "seal and store"),
        (pipeline, "find_separators", "look for separator sheets"),
        (recognising, "findings", "scan checks"),
        (pipeline, "classify", "type, fields, customer, filing"),
        (pipeline, "extract", "type, fields, customer, filing"),
        (pipeline, "owner", "type, fields, customer, filing"),
        (pipeline, "decide_filing", "type, fields, customer, filing"),
        (case, "seal_page", "seal the text"),
        (index, "write", "index"),
        (index, "note", "index"),
    ]
    with ExitStack() as stack:
        for place, name, step in called:
            stack.enter_context(patch.object(place, name, steps.counted(step, getattr(place, name))))
        yield


def bare_engine() -> Callable[[PageImage], Any]:
    """RapidOCR as it is tuned best, without anything around it."""
    from rapidocr import EngineType, RapidOCR  # noqa: PLC0415 - not loaded before our own engine was measured

    reader = RapidOCR(
        params={
            "Global.log_level": "error",
            "Global.use_cls": False,
            "Global.max_side_len": LONGEST_SIDE,
            "Det.engine_type": EngineType.OPENVINO,
            "Rec.engine_type": EngineType.OPENVINO,
            "Rec.rec_batch_num": BATCH,
            "EngineConfig.openvino.inference_num_threads": 2,
        }
    )
    return lambda page: reader(page.pixels)
