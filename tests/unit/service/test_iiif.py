"""IIIF parameters as a table (Image API 3.0, 4.1–4.3; reliability.md Q12)."""

from __future__ import annotations

import io
from itertools import product
from math import ceil
from typing import Any, cast

import pytest
from PIL import Image

from archive.errors import NotFound
from service.iiif import Form, Malformed, View, cut, finished, info, view

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


@pytest.mark.parametrize("asked", ["default.exe", "default", ".jpg", "native.jpg", "gray.webp", "gray.jpg.png"])
def test_a_form_that_is_none_is_refused(asked: str) -> None:
    with pytest.raises(Malformed):
        Form.named(asked)


def test_a_page_of_no_size_has_no_part() -> None:
    with pytest.raises(NotFound):
        view("full", "max", "0", (0, 0))


def half_black(kind: str) -> bytes:
    """A page of 100 × 200 pixels, black in its lower right quarter."""
    stored = Image.new("RGB", (100, 200), "white")
    stored.paste("black", (50, 100, 100, 200))
    held = io.BytesIO()
    stored.save(held, kind, quality=95)
    return held.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_region_shows_that_part_of_a_smaller_stored_image(kind: str) -> None:
    wanted = view("500,1000,500,1000", "50,100", "90", PAGE)
    part = finished(cut(half_black(kind), wanted, PAGE), wanted.turn, Form.named("gray.jpg"))
    with Image.open(io.BytesIO(part)) as shown:
        assert shown.size == (100, 50)
        assert max(shown.convert("L").getextrema()) < 40


@pytest.mark.parametrize(
    ("asked", "kind", "mode"),
    [
        ("default.jpg", "JPEG", "RGB"),
        ("gray.jpg", "JPEG", "L"),
        ("color.png", "PNG", "RGB"),
        ("bitonal.png", "PNG", "1"),
    ],
)
def test_a_part_comes_in_the_form_that_was_asked_for(asked: str, kind: str, mode: str) -> None:
    part = finished(cut(half_black("JPEG"), view("full", "20,", "0", PAGE), PAGE), 0, Form.named(asked))
    with Image.open(io.BytesIO(part)) as shown:
        assert (shown.format, shown.mode, shown.size) == (kind, mode, (20, 40))


@pytest.mark.parametrize("page", [(1000, 2000), (1654, 2339), (300, 200), (5000, 7000)])
def test_every_tile_that_is_described_can_be_asked_for(page: tuple[int, int]) -> None:
    """As viewers cut: the tiles of every scale cover the page, and the last scale has one tile."""
    told = info("http://here/iiif/a/1", page)
    assert told["profile"] == "level2"
    (tiles,) = cast("list[dict[str, Any]]", told["tiles"])
    for factor in tiles["scaleFactors"]:
        side, area = tiles["width"] * factor, 0
        for x, y in product(range(0, page[0], side), range(0, page[1], side)):
            w, h = min(side, page[0] - x), min(side, page[1] - y)
            seen = view(f"{x},{y},{w},{h}", f"{ceil(w / factor)},{ceil(h / factor)}", "0", page)
            area += seen.w * seen.h
        assert area == page[0] * page[1]
    assert side >= max(page)
