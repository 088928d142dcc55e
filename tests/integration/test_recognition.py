"""The real engine on drawn pages: four directions, seals, text layers good and bad, blank pages."""

from __future__ import annotations

import io
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import pymupdf
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from archive.searchable import Picture, SearchablePdf, page_size
from tests import drawing
from tests.drawn.pages import made
from tests.drawn.scoring import recall
from workers.ocr import open_ocr
from workers.ocr.engine import Engine, EngineFailed
from workers.recognise import failed, recognise
from workers.renditions import masked, placed, sensitive_boxes, view
from workers.sandbox import Sandbox
from workers.scan import PageImage, open_pages
from workers.sheets import PageState, Sheet, Source
from workers.unreadable import Code, Unreadable


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_ocr("rapidocr")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox.detect()
    yield sandbox
    sandbox.close()


def page_of(image: Image.Image, dpi: int = 200) -> PageImage:
    return PageImage(1, np.asarray(image), dpi)


def folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def said(sheet: Sheet) -> str:
    return folded(sheet.text)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_is_read_in_any_direction(turn: int, engine: Engine) -> None:
    sheet = recognise(page_of(drawing.paper(drawing.CONTRACT, turn=turn)), engine)
    assert sheet.turn == (360 - turn) % 360
    assert (sheet.width, sheet.height) == drawing.paper(drawing.CONTRACT).size
    assert [folded(line.text) for line in sheet.lines] == [folded(line) for line in drawing.CONTRACT]
    assert sheet.confidence > 0.9


def test_words_lie_on_their_ink(engine: Engine) -> None:
    image = drawing.paper(drawing.CONTRACT)
    ink = np.asarray(image) < 128
    for line in recognise(page_of(image), engine).lines:
        for word in line.words:
            x, y, width, height = (round(side) for side in word.box)
            assert ink[y : y + height, x : x + max(1, width)].any(), word


def test_text_under_a_red_seal_is_read(engine: Engine) -> None:
    sealed = drawing.with_seal(drawing.paper(drawing.CONTRACT), 520, 370)
    assert folded(drawing.CONTRACT[2]) in said(recognise(page_of(sealed), engine))


def test_boxes_of_one_row_are_one_line_left_to_right(engine: Engine) -> None:
    image = drawing.paper(["姓名　　　　　柳知秋　　　　　性别　　　　　女"])
    assert said(recognise(page_of(image), engine)) == "姓名柳知秋性别女"


def test_a_blank_page_is_blank_and_a_dusty_one_too(engine: Engine) -> None:
    empty = drawing.paper([])
    assert recognise(page_of(empty), engine).state is PageState.BLANK
    assert recognise(page_of(drawing.with_specks(empty)), engine).state is PageState.BLANK


@pytest.mark.parametrize(("text", "size"), [("作废", 34), ("第3页", 24), ("签收：柳知秋", 20)])
def test_a_lone_short_line_is_read_and_its_page_not_blank(text: str, size: int, engine: Engine) -> None:
    page = drawing.paper([])
    ImageDraw.Draw(page).text((1100, 2150), text, font=drawing.font(size), fill=90)
    sheet = recognise(page_of(page), engine)
    assert (sheet.state, said(sheet)) == (PageState.RECOGNISED, folded(text))


@pytest.mark.parametrize("depth", [12, 30])
def test_what_shows_through_from_the_back_is_not_read(depth: int, engine: Engine) -> None:
    back = ImageOps.mirror(drawing.paper(drawing.CONTRACT)).filter(ImageFilter.GaussianBlur(1.3))
    ghost = back.point(lambda value: 245 - depth * (255 - value) // 255)
    assert recognise(page_of(ghost), engine).lines == ()


def test_print_over_what_shows_through_stays_whole(engine: Engine) -> None:
    page, seen = made("damage bleeding", 1002)
    assert recall(page.lines, recognise(seen, engine).text) > 0.97


def test_a_picture_without_text_is_not_blank(engine: Engine) -> None:
    dark = Image.new("L", (1654, 2338), "white")
    dark.paste(90, (200, 200, 1400, 1800))
    sheet = recognise(page_of(dark), engine)
    assert sheet.state is PageState.RECOGNISED
    assert "no_text" in {finding.code for finding in sheet.findings}


def test_a_failed_page_carries_its_code() -> None:
    sheet = failed(3, Unreadable(Code.LIMIT_TIME))
    assert (sheet.number, sheet.state, sheet.error) == (3, PageState.FAILED, "LIMIT_TIME")


def layer_of(data: bytes, engine: Engine, sandbox: Sandbox) -> Sheet:
    with open_pages(io.BytesIO(data), "application/pdf", sandbox) as scan:
        return recognise(scan.render(1), engine)


def test_a_good_text_layer_is_taken(engine: Engine, sandbox: Sandbox) -> None:
    sheet = layer_of(drawing.born_digital(drawing.CONTRACT), engine, sandbox)
    assert sheet.source is Source.TEXT_LAYER
    assert [folded(line.text) for line in sheet.lines] == [folded(line) for line in drawing.CONTRACT]


def test_a_garbled_text_layer_is_read_over(engine: Engine, sandbox: Sandbox) -> None:
    sheet = layer_of(drawing.born_digital(drawing.CONTRACT, garbled=True), engine, sandbox)
    assert sheet.source is Source.OCR
    assert "text_layer_rejected" in {finding.code for finding in sheet.findings}
    assert folded(drawing.CONTRACT[2]) in said(sheet)


def test_a_layer_that_covers_a_corner_only_is_read_over(engine: Engine, sandbox: Sandbox) -> None:
    with pymupdf.open(stream=drawing.as_pdf([drawing.paper(drawing.CONTRACT)])) as file:
        file[0].insert_text((60, 830), "page 1 of 12, scanned by station 4", fontsize=6)
        data = bytes(file.tobytes())
    sheet = layer_of(data, engine, sandbox)
    assert sheet.source is Source.OCR
    assert folded(drawing.CONTRACT[5]) in said(sheet)


def write_searchable(out: BinaryIO, sheet: Sheet, picture: Picture) -> None:
    pdf = SearchablePdf(out)
    pdf.add_page(picture, placed(sheet), *page_size(sheet.width, sheet.height, sheet.dpi))
    pdf.close()


def test_identity_numbers_are_hidden_in_image_text_and_pdf(engine: Engine) -> None:
    page = page_of(drawing.paper(drawing.IDENTITY_CARD))
    sheet = recognise(page, engine)
    boxes = sensitive_boxes(sheet)
    assert len(boxes) == 1
    hidden = masked(sheet)
    assert "110***********002X" in said(hidden)
    seen = view(page, sheet, boxes)
    out = io.BytesIO()
    write_searchable(out, hidden, seen.picture)
    with pymupdf.open(stream=out.getvalue()) as file:
        assert "19900307" not in folded(file[0].get_text())
    with Image.open(io.BytesIO(seen.image)) as image:
        again = recognise(page_of(image.convert("L"), 170), engine)
    assert "19900307" not in said(again)
    assert "柳知秋" in said(again)


def test_renditions_of_one_page_are_equal_bytes(engine: Engine) -> None:
    page = page_of(drawing.paper(drawing.CONTRACT))
    sheet = recognise(page, engine)
    assert view(page, sheet) == view(page, sheet)


def test_a_bitonal_page_stays_as_it_was_in_the_pdf(engine: Engine, sandbox: Sandbox) -> None:
    data = drawing.coded(drawing.paper(drawing.CONTRACT).convert("1"), "TIFF", compression="group4")
    with open_pages(io.BytesIO(data), "image/tiff", sandbox) as scan:
        page = scan.render(1)
    sheet = recognise(page, engine)
    out = io.BytesIO()
    write_searchable(out, sheet, view(page, sheet).picture)
    with pymupdf.open(stream=out.getvalue()) as file:
        stored = file.extract_image(file[0].get_images()[0][0])
    with Image.open(io.BytesIO(stored["image"])) as image:
        assert np.array_equal(np.asarray(image.convert("L")), page.pixels)


def test_tesseract_reads_the_same_page() -> None:
    try:
        tesseract = open_ocr("tesseract")
    except EngineFailed as reason:
        pytest.skip(str(reason))
    sheet = recognise(page_of(drawing.paper(drawing.CONTRACT, turn=90)), tesseract)
    assert sheet.turn == 270
    assert "ZL-2031-0457" in said(sheet)


def test_the_engine_cannot_send_anything_home() -> None:
    code = (
        "import sys, workers.ocr.rapid; "
        "loaded = [name for name in sys.modules if name.startswith('openvino_telemetry') and sys.modules[name]]; "
        "sys.exit(bool(loaded or 'rapidocr' in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
