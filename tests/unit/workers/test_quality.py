from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from tests import drawing
from workers.ocr.engine import Reading
from workers.quality import findings, ink_share
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
