from __future__ import annotations

from math import cos, radians, sin

import pytest

from workers.ocr.detection import Region
from workers.ocr.lines import Fragment, Glyph, assemble


def fragment(text: str, x: float, y: float, *, angle: float = 0.0, sure: float = 0.99, size: float = 20.0) -> Fragment:
    """A fragment whose left end lies at x, y, characters as wide as high."""
    length = size * len(text)
    glyphs = tuple(Glyph(c, (i + 0.5) / len(text), sure) for i, c in enumerate(text))
    return Fragment(Region(x + length / 2, y, length, size, angle), glyphs)


def texts(*fragments: Fragment) -> list[str]:
    return [line.text for line in assemble(fragments)]


def test_lines_run_from_top_to_bottom() -> None:
    assert texts(fragment("第二行", 0, 60), fragment("第一行", 0, 20), fragment("第三行", 0, 100)) == [
        "第一行",
        "第二行",
        "第三行",
    ]


def test_label_and_value_of_one_row_are_one_line() -> None:
    assert texts(fragment("柳知秋", 200, 23), fragment("姓名", 0, 20)) == ["姓名 柳知秋"]


def test_rows_stay_apart_when_their_boxes_touch() -> None:
    assert texts(fragment("上一行文字", 0, 20), fragment("下一行文字", 0, 39)) == ["上一行文字", "下一行文字"]


@pytest.mark.parametrize("slope", [-3.0, 3.0])
def test_a_sloping_page_keeps_its_rows(slope: float) -> None:
    c, s = cos(radians(slope)), sin(radians(slope))
    places = [
        (text, x, y)
        for y, row in ((50, ("甲方", "乙方")), (90, ("某某", "丙丁")))
        for text, x in zip(row, (0, 600), strict=True)
    ]
    sloping = []
    for text, x, y in places:
        flat = fragment(text, x, y).region
        turned = Region(flat.x * c - flat.y * s, flat.x * s + flat.y * c, flat.length, flat.height, slope)
        sloping.append(Fragment(turned, fragment(text, x, y).glyphs))
    assert texts(*sloping) == ["甲方 乙方", "某某 丙丁"]


def test_noise_is_left_out() -> None:
    assert texts(fragment("正文", 0, 20), fragment("※", 0, 60, sure=0.3), fragment("  ", 0, 90)) == ["正文"]


def test_latin_runs_are_words_and_han_characters_stand_alone() -> None:
    (line,) = assemble([fragment("编号 AB12 第3号", 0, 20)])
    assert [word.text for word in line.words] == ["编", "号", "AB12", "第", "3", "号"]


def test_words_share_their_line_without_gaps_or_overlaps() -> None:
    (line,) = assemble([fragment("甲乙丙", 100, 20)])
    assert [word.box[0] for word in line.words] == pytest.approx([100, 120, 140])
    assert [word.box[2] for word in line.words] == pytest.approx([20, 20, 20])
    assert line.box == pytest.approx((100, 10, 60, 20))


def test_nothing_gives_no_line() -> None:
    assert assemble([]) == ()
