"""IIIF parameters as a table (Image API 3.0, 4.1–4.3; reliability.md Q12)."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from service.iiif import Malformed, View, drawn, view

PAGE = (1000, 2000)


@pytest.mark.parametrize(
    ("region", "size", "rotation", "wanted"),
    [
        ("full", "max", "0", View(0, 0, 1000, 2000, 1000, 2000, 0)),
        ("full", "200,", "0", View(0, 0, 1000, 2000, 200, 400, 0)),
        ("full", ",200", "90", View(0, 0, 1000, 2000, 100, 200, 90)),
        ("full", "!300,300", "180", View(0, 0, 1000, 2000, 150, 300, 180)),
        ("full", "pct:50", "270", View(0, 0, 1000, 2000, 500, 1000, 270)),
        ("square", "100,100", "0", View(0, 500, 1000, 1000, 100, 100, 0)),
        ("10,20,100,200", "max", "0", View(10, 20, 100, 200, 100, 200, 0)),
        ("900,1900,500,500", "max", "0", View(900, 1900, 100, 100, 100, 100, 0)),
        ("pct:50,50,50,50", "max", "0", View(500, 1000, 500, 1000, 500, 1000, 0)),
    ],
)
def test_what_is_asked_is_what_is_cut(region: str, size: str, rotation: str, wanted: View) -> None:
    assert view(region, size, rotation, PAGE) == wanted


@pytest.mark.parametrize(
    ("region", "size", "rotation"),
    [
        ("full", "1001,", "0"),
        ("full", "^2000,", "0"),
        ("full", "0,", "0"),
        ("full", ",", "0"),
        ("full", "max", "45"),
        ("full", "max", "!0"),
        ("full", "max", "-90"),
        ("1000,0,10,10", "max", "0"),
        ("0,0,0,10", "max", "0"),
        ("-1,0,10,10", "max", "0"),
        ("pct:a,0,1,1", "max", "0"),
        ("９,0,10,10", "max", "0x"),
        ("full", "99999999,", "0"),
    ],
)
def test_what_cannot_be_is_refused(region: str, size: str, rotation: str) -> None:
    with pytest.raises(Malformed):
        view(region, size, rotation, PAGE)


def test_a_region_shows_that_part_of_a_smaller_stored_image() -> None:
    stored = Image.new("RGB", (100, 200), "white")
    stored.paste("black", (50, 100, 100, 200))
    held = io.BytesIO()
    stored.save(held, "PNG")
    part = drawn(held.getvalue(), view("500,1000,500,1000", "50,100", "90", PAGE), PAGE, grey=True)
    with Image.open(io.BytesIO(part)) as shown:
        assert shown.size == (100, 50)
        assert max(shown.getextrema()) < 40
