"""How a long document is cut into ranges."""

from __future__ import annotations

import pytest

from workers.ranges import LONGEST, SHORTEST, ranges

MIB = 2**20


@pytest.mark.parametrize(
    ("count", "size", "expected"),
    [
        (17, MIB, [(1, 2), (3, 10), (11, 17)]),
        (18, MIB, [(1, 2), (3, 10), (11, 18)]),
        (19, MIB, [(1, 2), (3, 10), (11, 18), (19, 19)]),
        (50, 80 * MIB, [(1, 2), (3, 22), (23, 42), (43, 50)]),
        (60, 5000 * MIB, [(1, 2), (3, 42), (43, 60)]),
    ],
)
def test_the_first_range_is_short_and_large_files_have_longer_ones(
    count: int, size: int, expected: list[tuple[int, int]]
) -> None:
    assert ranges(count, size) == expected


@pytest.mark.parametrize("count", [17, 100, 999, 5000])
def test_every_page_is_in_one_range(count: int) -> None:
    found = ranges(count, 40 * MIB)
    assert [page for first, last in found for page in range(first, last + 1)] == list(range(1, count + 1))
    assert all(SHORTEST <= last - first + 1 <= LONGEST for first, last in found[1:-1])
