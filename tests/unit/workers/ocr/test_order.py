from __future__ import annotations

from dataclasses import replace
from math import atan2, degrees

import pytest

from workers.ocr.detection import Region
from workers.ocr.order import reading_order

SIZE = 20.0


def line(left: float, y: float, characters: int, angle: float = 0.0) -> Region:
    """A line of print that begins at `left`."""
    return Region(left + characters * SIZE / 2, y, characters * SIZE, SIZE, angle)


def column(left: float, rows: int, *, characters: int = 18, top: float = 100.0, leading: float = 36.0) -> list[Region]:
    """Running text; every fifth line ends a paragraph."""
    return [line(left, top + n * leading, 7 if n % 5 == 4 else characters) for n in range(rows)]


def order(regions: list[Region], *, landscape: bool = False) -> list[int]:
    return [index for row in reading_order(regions, landscape=landscape) for index in row]


def test_running_columns_are_read_one_after_the_other() -> None:
    regions = [line(200, 40, 20), *column(0, 12), *column(460, 10, top=107), line(0, 600, 40)]
    assert order(regions) == list(range(len(regions)))


def test_three_columns_too() -> None:
    regions = [*column(0, 9), *column(460, 9), *column(920, 9)]
    assert order(regions) == list(range(27))


def test_the_rows_of_a_form_stay_rows() -> None:
    regions = [
        line(x, 100 + row * 50, count) for row in range(8) for x, count in ((0, 4), (120, 12), (400, 4), (520, 9))
    ]
    assert reading_order(regions) == [[4 * row + cell for cell in range(4)] for row in range(8)]


def test_a_table_of_long_cells_of_uneven_length_stays_a_table() -> None:
    regions = [
        line(x, 100 + row * 50, count)
        for row, counts in enumerate(((14, 9), (10, 16), (17, 11), (9, 13), (12, 18)))
        for x, count in zip((0, 420), counts, strict=True)
    ]
    assert reading_order(regions) == [[2 * row, 2 * row + 1] for row in range(5)]


def test_a_label_beside_the_middle_of_two_lines_comes_before_the_first() -> None:
    label, upper, lower, other = line(0, 118, 4), line(150, 100, 14), line(150, 136, 6), line(600, 118, 4)
    regions = [line(0, 50, 4), line(150, 50, 6), label, upper, other, lower, line(0, 190, 4), line(150, 190, 9)]
    assert reading_order(regions) == [[0, 1], [2, 3, 4], [5], [6, 7]]


def test_two_parties_who_sign_side_by_side_stay_side_by_side() -> None:
    regions = [line(x, 100 + row * 50, count) for row, count in enumerate((12, 9, 16, 11)) for x in (0, 500)]
    assert reading_order(regions) == [[0, 1], [2, 3], [4, 5], [6, 7]]


def test_the_pages_of_a_spread_follow_each_other_whatever_stands_on_them() -> None:
    left = [line(200, 80, 8), line(100, 140, 22), line(100, 190, 15), line(250, 700, 3)]
    right = [replace(region, x=region.x + 900) for region in left]
    assert order([*left, *right], landscape=True) == list(range(8))


def test_columns_that_run_down_are_read_from_the_right() -> None:
    regions = [Region(900 - n * 40, 400, 600, SIZE, 90.0) for n in range(10)]
    assert order(regions) == list(range(10))


def test_a_label_that_runs_down_beside_rows_is_a_row_of_its_own() -> None:
    rows = [line(100, 100 + n * 40, 15) for n in range(4)]
    assert order([Region(20, 140, 120, SIZE, 90.0), *rows])[0] == 0
    assert [len(row) for row in reading_order([Region(20, 140, 120, SIZE, 90.0), *rows])] == [1] * 5


@pytest.mark.parametrize("away", [2500.0, -2500.0])
def test_rows_of_a_page_seen_from_aside_stay_rows(away: float) -> None:
    """All lines run to one point far off, as in a photograph; label and value lie far apart."""
    regions = []
    for row in range(14):
        for x, count in ((0, 9 + 5 * (row % 3)), (900, 12)):
            y = 100 + row * 44.0
            middle = x + count * SIZE / 2
            slope = (600 - y) / away
            regions.append(Region(middle, y + slope * middle, count * SIZE, SIZE, degrees(atan2(slope, 1))))
    assert reading_order(regions) == [[2 * row, 2 * row + 1] for row in range(14)]


def test_nothing_has_no_order() -> None:
    assert reading_order([]) == []
