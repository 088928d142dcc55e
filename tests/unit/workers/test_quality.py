from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFilter

from tests import drawing
from workers.ocr.engine import Reading
from workers.quality import believable_dpi, findings, ink_share
from workers.scan import PageImage
from workers.sheets import Line

FIRST_LINE = Line(drawing.CONTRACT[0], (160, 190, 260, 50), 0.99)


def codes(image: Image.Image, *, dpi: int = 300, bitonal: bool = False, turn: int = 0, skew: float = 0.0) -> set[str]:
    page = PageImage(1, np.asarray(image), dpi, bitonal=bitonal)
    return {finding.code for finding in findings(page, Reading((FIRST_LINE,), turn, skew))}


@pytest.fixture(scope="module")
def clean() -> Image.Image:
    return drawing.paper(drawing.CONTRACT)


def test_a_good_scan_has_no_findings(clean: Image.Image) -> None:
    assert codes(clean) == set()


@pytest.mark.parametrize(("dpi", "code"), [(0, "dpi_missing"), (150, "dpi_low"), (200, "dpi_fair")])
def test_resolution_is_held_to_the_standard(dpi: int, code: str, clean: Image.Image) -> None:
    assert codes(clean, dpi=dpi) == {code}


@pytest.mark.parametrize(("skew", "expected"), [(0.9, set()), (-1.5, {"skew"}), (3.5, {"skew_strong"})])
def test_slope_is_measured(skew: float, expected: set[str], clean: Image.Image) -> None:
    assert codes(clean, skew=skew) == expected


def test_a_scanner_lid_shows_as_a_dark_border(clean: Image.Image) -> None:
    bordered = clean.copy()
    bordered.paste(20, (0, 0, 30, clean.height))
    assert codes(bordered) == {"dark_border"}


def test_a_faint_scan_has_low_contrast(clean: Image.Image) -> None:
    assert "low_contrast" in codes(clean.point(lambda value: 210 + value * 45 // 255))


def test_a_blurred_scan_is_blurred(clean: Image.Image) -> None:
    assert codes(clean.filter(ImageFilter.GaussianBlur(6))) >= {"blurred"}


def soft(clean: Image.Image, kind: str) -> Image.Image:
    """The page out of focus, slipped across or down, out of focus with grain or JPEG's pattern over it."""
    grey = np.asarray(clean)
    if kind in {"across", "down"}:
        smear = np.full((1, 12) if kind == "across" else (12, 1), 1 / 12, np.float32)
        return Image.fromarray(cv2.filter2D(grey, -1, smear))
    unfocused = cv2.GaussianBlur(grey, (0, 0), 2.5)
    if kind == "grain":
        grains = np.random.default_rng(1).normal(0, 6, grey.shape)
        return Image.fromarray(np.clip(unfocused + grains, 0, 255).astype(np.uint8))
    return Image.open(io.BytesIO(drawing.coded(Image.fromarray(unfocused), "JPEG", quality=60)))


@pytest.mark.parametrize("kind", ["across", "down", "grain", "jpeg"])
def test_blur_is_found_whichever_way_it_came(kind: str, clean: Image.Image) -> None:
    assert "blurred" in codes(soft(clean, kind), dpi=200)


@pytest.mark.parametrize("quality", [15, 80])
def test_a_sharp_page_with_grain_or_saved_poorly_is_not_blurred(quality: int, clean: Image.Image) -> None:
    grains = np.random.default_rng(2).normal(0, 20, clean.size[::-1])
    grainy = Image.fromarray(np.clip(np.asarray(clean) + grains, 0, 255).astype(np.uint8))
    saved = Image.open(io.BytesIO(drawing.coded(clean, "JPEG", quality=quality)))
    assert "blurred" not in codes(grainy, dpi=200) | codes(saved, dpi=200)
    assert "blurred" not in codes(clean.filter(ImageFilter.GaussianBlur(0.8)), dpi=0), "a little soft is legible"


def test_black_and_white_is_noted(clean: Image.Image) -> None:
    assert codes(clean, bitonal=True) == {"bitonal"}


def test_every_finding_names_its_clause(clean: Image.Image) -> None:
    page = PageImage(1, np.asarray(clean), 0, bitonal=True, truncated=True)
    found = findings(page, Reading((FIRST_LINE,), 90, 4.0))
    assert {finding.code for finding in found} >= {"dpi_missing", "bitonal", "turned", "skew_strong", "truncated"}
    assert all(finding.clause for finding in found)


def test_ink_share_tells_text_from_paper(clean: Image.Image) -> None:
    assert ink_share(np.asarray(clean)) > 0.003
    assert ink_share(np.asarray(drawing.with_specks(drawing.paper([])))) < 0.001


@pytest.mark.parametrize(("dpi", "code"), [(72, "dpi_impossible"), (96, "dpi_impossible"), (2400, "dpi_impossible")])
def test_a_resolution_that_makes_the_sheet_a_poster_or_a_stamp_is_not_believed(
    dpi: int, code: str, clean: Image.Image
) -> None:
    page = PageImage(1, np.asarray(clean), dpi)
    assert codes(clean, dpi=dpi) == {code}
    assert believable_dpi(page) == 0


def found_with(image: Image.Image, *lines: Line, bitonal: bool = False) -> dict[str, str]:
    page = PageImage(1, np.asarray(image), 300, bitonal=bitonal)
    return {finding.code: finding.value for finding in findings(page, Reading(lines, 0))}


def test_where_a_seal_is_spoken_of_colour_is_wanted(clean: Image.Image) -> None:
    signed = Line("甲方（盖章）：青禾置业有限公司", (160, 190, 260, 50), 0.99)
    assert found_with(clean, Line("本合同经双方盖章后生效。", (160, 190, 260, 50), 0.99)) == {}
    assert found_with(clean, signed) == {"seal_without_colour": "grey"}
    assert found_with(clean, signed, bitonal=True)["seal_without_colour"] == "bitonal"
    assert found_with(drawing.with_seal(clean, 600, 900), signed) == {}


def printed_rows() -> tuple[Image.Image, list[Line]]:
    """Rows of black blocks like characters, from 100 to 1,100 across and from 200 down."""
    image, lines = Image.new("L", (1200, 1600), "white"), []
    for row in range(6):
        for left in range(100, 1100, 40):
            image.paste(20, (left, 200 + row * 60, left + 10, 230 + row * 60))
        lines.append(Line("字" * 25, (95, 195 + row * 60, 1000, 40), 0.99))
    return image, lines


@pytest.mark.parametrize(
    ("side", "box"),
    [
        ("left", (105, 0, 1200, 1600)),
        ("top", (0, 215, 1200, 1600)),
        ("right", (0, 0, 1065, 1600)),
        ("bottom", (0, 0, 1200, 515)),
    ],
)
def test_print_that_runs_into_the_edge_was_cut(side: str, box: tuple[int, int, int, int]) -> None:
    image, lines = printed_rows()
    assert found_with(image, *lines) == {}
    cut = image.crop(box)
    seen = []
    for line in lines:
        x, y = max(0, line.box[0] - box[0]), max(0, line.box[1] - box[1])
        right, bottom = (min(line.box[n] + line.box[n + 2] - box[n], cut.size[n]) for n in (0, 1))
        seen.append(Line(line.text, (x, y, right - x, bottom - y), 0.99))
    count = 6 if side in {"left", "right"} else 1
    assert found_with(cut, *seen)["cut_edge"] == f"{side} {count}"


def test_grain_is_noise(clean: Image.Image) -> None:
    grains = np.random.default_rng(5).normal(0, 30, (clean.height, clean.width))
    grainy = Image.fromarray(np.clip(np.asarray(clean) + grains, 0, 255).astype(np.uint8))
    assert "noise" in found_with(grainy, FIRST_LINE)


def test_a_sheet_with_a_few_characters_is_nearly_blank() -> None:
    line = Line("附件一", (160, 190, 120, 40), 0.99)
    assert set(found_with(drawing.paper(["附件一"]), line)) == {"near_blank"}


def test_the_number_printed_on_a_page_is_kept(clean: Image.Image) -> None:
    title = Line(FIRST_LINE.text * 3, FIRST_LINE.box, 0.99)
    assert found_with(clean, title, Line("第3页 共8页", (700, 2250, 200, 40), 0.99)) == {"printed_page": "3/8"}
