"""How fast pages are read: our whole step against the bare tuned engine and against OCRmyPDF, on the same pages.

    python -m tests.bench.reading --set DIRECTORY [--pages N] [--without-ocrmypdf]

The whole step is: open in the sandbox, recognise, view, thumbnail, searchable PDF, masked renditions. The bare engine
is RapidOCR with the settings that serve it best and the page images already in memory. All run warm, one after another.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from archive.media import HEAD, READABLE, sniff
from tests import drawing
from workers.ocr import open_ocr
from workers.ocr.engine import Engine
from workers.recognise import recognise
from workers.renditions import masked, sensitive_boxes, view, write_searchable
from workers.sandbox import Sandbox
from workers.scan import PageImage, open_pages

LANGUAGES = "chi_sim+eng"
LONGEST_SIDE, BATCH = 1280, 3


@dataclass(frozen=True, slots=True)
class Sample:
    """A file with the pages that it decodes to."""

    data: bytes
    media_type: str
    pages: tuple[PageImage, ...]


def samples(folder: Path | None, most: int, sandbox: Sandbox) -> list[Sample]:
    """Files of the folder, or drawn ones, until `most` pages are together."""
    found: list[Sample] = []
    for data in map(Path.read_bytes, sorted(folder.iterdir())) if folder else drawn(most):
        media_type = sniff(data[:HEAD])
        if media_type not in READABLE:
            continue
        with open_pages(io.BytesIO(data), media_type, sandbox) as scan:
            pages = tuple(page for page in scan if isinstance(page, PageImage))
        found.append(Sample(data, media_type, pages))
        if sum(len(sample.pages) for sample in found) >= most:
            break
    return found


def drawn(count: int) -> Iterator[bytes]:
    """Full pages of drawn text."""
    for number in range(count):
        lines = [f"{number}-{row} {drawing.CONTRACT[row % len(drawing.CONTRACT)]}" for row in range(34)]
        yield drawing.as_pdf([drawing.paper(lines, points=10.5)])


def whole_step(found: Sequence[Sample], engine: Engine, sandbox: Sandbox) -> None:
    """From bytes to text and renditions."""
    for sample in found:
        kept = []
        with open_pages(io.BytesIO(sample.data), sample.media_type, sandbox) as scan:
            for page in scan:
                if not isinstance(page, PageImage):
                    raise page
                sheet = recognise(page, engine)
                kept.append((sheet, view(page, sheet).picture))
                if boxes := sensitive_boxes(sheet):
                    masked(sheet)
                    view(page, sheet, boxes)
        write_searchable(io.BytesIO(), kept)


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


def ocrmypdf(found: Sequence[Sample]) -> float:
    """Seconds that OCRmyPDF takes over all pages in one PDF, its best case on two cores."""
    program = shutil.which("ocrmypdf", path=str(Path(sys.executable).parent)) or shutil.which("ocrmypdf")
    if program is None:
        raise SystemExit("ocrmypdf is not installed: run with --without-ocrmypdf")
    images = [Image.fromarray(np.asarray(page.pixels)) for sample in found for page in sample.pages]
    dpi = max(sample.pages[0].dpi for sample in found) or 300
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.pdf", Path(folder) / "out.pdf"
        source.write_bytes(drawing.as_pdf(images, dpi))
        asked = [program, "-j", "2", "--rotate-pages", "--deskew", "-l", LANGUAGES, "--output-type", "pdf", "-q"]
        start = time.perf_counter()
        subprocess.run([*asked, str(source), str(target)], check=True)
        return time.perf_counter() - start


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(arguments: argparse.Namespace) -> dict[str, float]:
    """All figures of the table."""
    sandbox = Sandbox.detect()
    found = samples(arguments.set, arguments.pages, sandbox)
    pages = [page for sample in found for page in sample.pages]
    engine = open_ocr("rapidocr")
    whole_step(found[:3], engine, sandbox)
    figures = {"pages": len(pages), "whole_step_s": seconds(lambda: whole_step(found, engine, sandbox))}
    figures["engine_alone_s"] = seconds(lambda: [engine.recognise(page.pixels, page.dpi) for page in pages])
    figures["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    read = bare_engine()
    for page in pages[:3]:
        read(page)
    figures["bare_engine_s"] = seconds(lambda: [read(page) for page in pages])
    figures["of_bare_engine"] = figures["bare_engine_s"] / figures["whole_step_s"]
    if not arguments.without_ocrmypdf:
        figures["ocrmypdf_s"] = ocrmypdf(found)
        figures["times_ocrmypdf"] = figures["ocrmypdf_s"] / figures["whole_step_s"]
    sandbox.close()
    return figures


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, default=None, help="a folder of scans; drawn pages without it")
    parser.add_argument("--pages", type=int, default=24)
    parser.add_argument("--without-ocrmypdf", action="store_true")
    figures = measure(parser.parse_args())
    sys.stdout.write(json.dumps({name: round(value, 2) for name, value in figures.items()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
