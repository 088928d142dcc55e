"""The watermark: who carries it, that it is seen at every size, and that it is laid over the page and not the tile."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from PIL import Image, ImageChops

from archive.access import Actor
from archive.rights import Confidentiality, Role
from service.iiif import View, view
from service.watermark import burnt, words_for

PAGE = (1654, 2339)
WORDS = "林知微 2026-11-25 21:30"


def person(*roles: Role) -> Actor:
    return Actor("id", "林知微", frozenset(roles), "sales", Confidentiality.INTERNAL)


def seen(wanted: View, shade: int = 255) -> Image.Image:
    return burnt(Image.new("L", (wanted.width, wanted.height), shade), WORDS, wanted, PAGE)


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        ([Role.SEARCHER], WORDS), ([Role.APPROVER], WORDS), ([Role.APPROVER, Role.SEARCHER], WORDS),
        ([Role.SCANNER], ""), ([Role.OFFICER], ""), ([Role.SCANNER, Role.SEARCHER], ""),
    ],
)  # fmt: skip
def test_who_has_no_paper_in_hand_sees_the_own_name_and_the_organisations_time(roles: list[Role], words: str) -> None:
    at = datetime(2026, 11, 25, 13, 30, 59, tzinfo=UTC)
    assert words_for(person(*roles), at, ZoneInfo("Asia/Shanghai")) == words


@pytest.mark.parametrize("width", [1654, 1000, 620, 320, 160, 60])
@pytest.mark.parametrize("shade", [255, 0])
def test_it_is_seen_at_every_size_on_paper_and_on_black(width: int, shade: int) -> None:
    marked = seen(View(0, 0, *PAGE, width, round(width * PAGE[1] / PAGE[0]), 0), shade)
    changed = sum(marked.histogram()[:240]) if shade else sum(marked.histogram()[16:])
    assert 0.004 < changed / (marked.width * marked.height) < 0.25


@pytest.mark.parametrize("corner", [(0, 0), (600, 0), (0, 1200), (700, 1300)])
def test_half_a_page_has_its_mark(corner: tuple[int, int]) -> None:
    marked = seen(View(*corner, 900, 900, 900, 900, 0))
    assert sum(marked.histogram()[:240]) > 1000


@pytest.mark.parametrize("factor", [1, 2])
def test_tiles_fit_together_to_the_page(factor: int) -> None:
    side = 512 * factor
    whole = seen(View(0, 0, *PAGE, PAGE[0] // factor, PAGE[1] // factor, 0))
    joined = Image.new("L", whole.size, 255)
    for x in range(0, PAGE[0] - side, side):
        for y in range(0, PAGE[1] - side, side):
            tile = seen(view(f"{x},{y},{side},{side}", f"{side // factor},", "0", PAGE))
            joined.paste(tile, (x // factor, y // factor))
    box = (0, 0, PAGE[0] // side * 512, PAGE[1] // side * 512)
    differ = ImageChops.difference(whole.crop(box), joined.crop(box))
    assert sum(differ.histogram()[64:]) < 0.004 * differ.width * differ.height


def test_colour_pages_keep_their_colours_under_it() -> None:
    wanted = View(0, 0, *PAGE, 400, 566, 0)
    page = burnt(Image.new("RGB", (400, 566), (200, 30, 30)), WORDS, wanted, PAGE)
    assert page.mode == "RGB"
    assert len(page.getcolors(100_000) or []) > 2


def test_nothing_is_written_for_who_carries_none() -> None:
    plain = Image.new("L", (400, 566), 255)
    assert burnt(plain, "", View(0, 0, *PAGE, 400, 566, 0), PAGE).getextrema() == (255, 255)
