"""Text layers that say the truth and layers that lie, over the same pages."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence

import pymupdf
import pytest

from tests import drawing
from tests.drawn.scoring import norm
from workers.ocr import open_ocr
from workers.ocr.engine import Engine
from workers.recognise import recognise
from workers.sandbox import Sandbox
from workers.scan import open_pages
from workers.sheets import Sheet, Source

LINES = [*drawing.CONTRACT, *(f"第{n}条 双方确认编号{n * 3719}的物品已经交付并验收合格。" for n in range(5, 12))]
Placed = Sequence[tuple[str, float, float]]
"""Text with where it begins, in points."""


def placed(lines: Sequence[str]) -> Placed:
    return [(line, 60.0, 80.0 + row * 24) for row, line in enumerate(lines)]


def moved(lines: Placed, across: float, down: float) -> Placed:
    return [(text, x + across, y + down) for text, x, y in lines]


def changed(line: str) -> str:
    """Another line of the same length in the same characters."""
    return line[::-1]


def mojibake(line: str) -> str:
    return line.encode("gb18030").decode("latin-1")


LIES: dict[str, Callable[[Placed], Placed]] = {
    "another page's text": lambda truth: [(changed(text), x, y) for text, x, y in truth],
    "mojibake": lambda truth: [(mojibake(text), x, y) for text, x, y in truth],
    "numbers of glyphs": lambda truth: [("".join(f"(cid:{ord(c) % 97})" for c in t[:9]), x, y) for t, x, y in truth],
    "other characters": lambda truth: [("".join(chr(ord(c) + 7) for c in text), x, y) for text, x, y in truth],
    "a line too low": lambda truth: moved(truth, 0, 24),
    "half a page aside": lambda truth: moved(truth, 150, 0),
    "hidden words elsewhere": lambda truth: [*truth, ("此处另有看不见的文字说明不得采信", 60.0, 700.0)],
    "the upper half alone": lambda truth: truth[: len(truth) // 2],
    "one wrong article in every three": lambda truth: [
        (changed(text) if n % 3 == 1 else text, x, y) for n, (text, x, y) in enumerate(truth)
    ],
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_ocr("rapidocr")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox.detect()
    yield sandbox
    sandbox.close()


def scanned(layer: Placed, times: int = 1) -> bytes:
    """A scan of LINES under an invisible layer that says something of its own."""
    with pymupdf.open() as file:
        page = file.new_page()
        for text, x, y in placed(LINES):
            page.insert_text((x, y), text, fontname="china-s", fontsize=13)
        picture = page.get_pixmap(dpi=200).tobytes("png")
        page = file.new_page()
        page.insert_image(page.rect, stream=picture)
        for text, x, y in [*layer] * times:
            page.insert_text((x, y), text, fontname="china-s", fontsize=13, render_mode=3)
        file.delete_page(0)
        return bytes(file.tobytes(no_new_id=True))


def read(data: bytes, engine: Engine, sandbox: Sandbox) -> Sheet:
    with open_pages(io.BytesIO(data), "application/pdf", sandbox) as scan:
        return recognise(scan.render(1), engine)


@pytest.mark.parametrize("times", [1, 2])
def test_a_true_layer_is_taken_and_says_everything_once(times: int, engine: Engine, sandbox: Sandbox) -> None:
    sheet = read(scanned(placed(LINES), times), engine, sandbox)
    assert sheet.source is Source.TEXT_LAYER
    assert [norm(line.text) for line in sheet.lines] == [norm(line) for line in LINES]


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_layer_is_found_out_and_the_page_is_read(lie: str, engine: Engine, sandbox: Sandbox) -> None:
    sheet = read(scanned(LIES[lie](placed(LINES))), engine, sandbox)
    assert sheet.source is Source.OCR
    assert "text_layer_rejected" in {finding.code for finding in sheet.findings}
    assert norm(LINES[3]) in norm(sheet.text)
    assert "看不见" not in sheet.text
