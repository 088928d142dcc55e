"""The order in which a person reads: rows downwards, running columns and the two pages of a spread one after the other.

Boxes of one height are one row, as in forms and tables, unless both sides of a gutter are running text of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, radians, sin, tan
from statistics import fmean, median

import numpy as np
from numpy.typing import NDArray

from workers.ocr.detection import Region

_LONG = 8.0
_ENOUGH_TO_BEND = 6
_EXPLAINED, _NEAREST = 0.5, 0.7
_ACROSS = 45.0
_LEAST_GUTTER = 0.8
"""In heights of print; less is a gap between words."""
_LEAST_ROWS, _LEAST_FULL, _LEAST_WHOLE, _LEAST_WIDTH = 3, 0.4, 0.8, 9.0
_CELL_LEADING, _EVEN = 2.0, 0.2
_LANDSCAPE, _OFF_MIDDLE, _SPREAD_GUTTER = 1.15, 0.1, 2.5


@dataclass(frozen=True, slots=True)
class Spot:
    """A region on the levelled page: which one, its sides, the height of its middle and of its print."""

    index: int
    left: float
    right: float
    y: float
    height: float
    crosswise: bool = False


Rows = list[list[Spot]]
Places = NDArray[np.float64]


def reading_order(regions: Sequence[Region], *, landscape: bool = False) -> list[list[int]]:
    """Rows of positions in `regions`, in reading order. Regions that run down the page are rows of their own.

    A `landscape` sheet may be two pages side by side.
    """
    rows = _rows(_levelled(regions))
    fold = _fold(rows) if landscape else None
    parts = _in_columns(rows) if fold is None else _split(rows, 0, len(rows), fold)
    return [[spot.index for spot in row] for row in parts]


def _levelled(regions: Sequence[Region]) -> list[Spot]:
    """Where the regions would lie if the page stood straight and were seen from above."""
    if not regions:
        return []
    level = median(region.angle for region in regions)
    c, s = cos(radians(level)), sin(radians(level))
    flat = np.array([(r.x * c + r.y * s, r.y * c - r.x * s) for r in regions])
    flat[:, 0] -= flat[:, 0].mean()
    rise, nearer = _vanishing(regions, flat, level)
    spots = []
    for index, (region, (x, y)) in enumerate(zip(regions, flat.tolist(), strict=True)):
        crosswise = abs(region.angle - level) > _ACROSS
        half = (region.height if crosswise else region.length) / 2
        height = min(region.height, region.length)
        middle = y - (region.length - height) / 2 if crosswise else y
        slope = (rise - nearer * y) / (1 - nearer * x)
        spots.append(Spot(index, x - half, x + half, middle - slope * x, height, crosswise))
    return spots


def _vanishing(regions: Sequence[Region], flat: Places, level: float) -> tuple[float, float]:
    """How lines run together on a page seen from aside: slope = (rise - nearer·y) / (1 - nearer·x); zeros if not clear.

    `nearer` is one over the distance of the point that all lines of print run to.
    """
    long = [n for n, r in enumerate(regions) if r.length > _LONG * r.height and abs(r.angle - level) < _ACROSS]
    if len(long) < _ENOUGH_TO_BEND:
        return 0.0, 0.0
    slopes = np.array([tan(radians(regions[n].angle - level)) for n in long])
    run = np.column_stack([np.ones(len(long)), slopes * flat[long, 0] - flat[long, 1]])
    solved = np.linalg.lstsq(run, slopes, rcond=None)[0]
    off = np.abs(slopes - run @ solved)
    keep = off <= 2 * np.median(off)
    rise, nearer = np.linalg.lstsq(run[keep], slopes[keep], rcond=None)[0].tolist()
    explained = off[keep].mean() < _EXPLAINED * np.abs(slopes[keep]).mean()
    return (rise, nearer) if explained and abs(nearer) * np.abs(flat[:, 0]).max() < _NEAREST else (0.0, 0.0)


def _rows(spots: Sequence[Spot]) -> Rows:
    rows: Rows = []
    for spot in sorted(spots, key=lambda spot: spot.y):
        home = next((row for row in reversed(rows[-4:]) if _belongs(spot, row)), None)
        if home is None:
            rows.append([spot])
        else:
            home.append(spot)
    rows.sort(key=lambda row: fmean(spot.y for spot in row))
    return _with_cells([sorted(row, key=lambda spot: spot.left) for row in rows])


def _with_cells(rows: Rows) -> Rows:
    """The rows, where a cell of two lines stands beside its label's middle: the first of them joins the label's row."""
    made: Rows = []
    for number, row in enumerate(rows):
        after = rows[number + 1] if number + 1 < len(rows) else []
        if made and len(made[-1]) == len(after) == 1 and _frames(made[-1][0], row, after[0]):
            row = sorted([*made.pop(), *row], key=lambda spot: spot.left)  # noqa: PLW2901 - the row grows
        made.append(row)
    return made


def _frames(above: Spot, row: Sequence[Spot], below: Spot) -> bool:
    """Whether two lines of one cell lie evenly above and below a row that begins left of them and leaves them room."""
    apart, level = below.y - above.y, fmean(spot.y for spot in row)
    one_cell = abs(above.left - below.left) < above.height and apart < _CELL_LEADING * above.height
    even = abs(level - (above.y + below.y) / 2) < _EVEN * apart
    right = max(above.right, below.right)
    clear = all(spot.right < above.left or spot.left > right for spot in row)
    return one_cell and even and clear and row[0].right < above.left and not row[0].crosswise


def _belongs(spot: Spot, row: Sequence[Spot]) -> bool:
    if spot.crosswise or row[0].crosswise:
        return False
    height = min(spot.height, max(other.height for other in row))
    level = abs(spot.y - fmean(other.y for other in row)) < height / 2
    return level and not any(_cover(spot, other) for other in row)


def _cover(one: Spot, other: Spot) -> bool:
    reach = (one.right - one.left + other.right - other.left) / 2
    return abs(one.left + one.right - other.left - other.right) / 2 < 0.8 * reach


def _in_columns(rows: Rows) -> Rows:
    """The rows, where two columns stand side by side the left one first."""
    found = _zone(rows)
    if found is None:
        return rows
    first, end, gutter = found
    return _split(rows, first, end, gutter)


def _split(rows: Rows, first: int, end: int, gutter: float) -> Rows:
    left, right = _sides(rows[first:end], gutter)
    return [
        *_in_columns(rows[:first]),
        *_in_columns(_rows(left)),
        *_in_columns(_rows(right)),
        *_in_columns(rows[end:]),
    ]


def _sides(rows: Rows, gutter: float) -> tuple[list[Spot], list[Spot]]:
    spots = [spot for row in rows for spot in row]
    return [s for s in spots if s.right <= gutter], [s for s in spots if s.right > gutter]


def _zone(rows: Rows) -> tuple[int, int, float] | None:
    """First row, end and gutter of the longest stretch in which two columns stand side by side."""
    best: tuple[int, int, float] | None = None
    for gutter in _gutters(rows):
        for first, end in _stretches(rows, gutter):
            if best and end - first <= best[1] - best[0]:
                continue
            left, right = _sides(rows[first:end], gutter)
            if _reads_alone(_rows(left)) and _reads_alone(_rows(right)):
                best = (first, end, gutter)
    return best


def _gutters(rows: Rows) -> list[float]:
    """Middles of the gaps between boxes of a row, like ones once."""
    middles = sorted(
        (a.right + b.left) / 2
        for row in rows
        for a, b in pairwise(row)
        if b.left - a.right > _LEAST_GUTTER * max(a.height, b.height)
    )
    return [x for n, x in enumerate(middles) if n == 0 or x - middles[n - 1] > 1]


def _stretches(rows: Rows, gutter: float) -> Iterator[tuple[int, int]]:
    """Runs of rows in which nothing lies on the gutter, from a row on that has something left of it."""
    first: int | None = None
    for number, row in enumerate([*rows, None]):
        clear = row is not None and not any(_lies_on(spot, gutter) for spot in row)
        if first is None and clear and row is not None and row[0].right <= gutter:
            first = number
        elif first is not None and not clear:
            yield first, number
            first = None


def _lies_on(spot: Spot, gutter: float) -> bool:
    rim = _LEAST_GUTTER / 2 * spot.height
    return spot.left < gutter + rim and spot.right > gutter - rim


def _reads_alone(rows: Rows) -> bool:
    """Whether it is running text: whole lines, most of which reach from side to side; or columns of such."""
    if len(rows) < _LEAST_ROWS:
        return False
    whole = [row[0] for row in rows if len(row) == 1]
    if len(whole) < _LEAST_WHOLE * len(rows):
        return _zone(rows) is not None
    left, right = min(spot.left for spot in whole), max(spot.right for spot in whole)
    height = median(spot.height for spot in whole)
    full = sum(s.left < left + 3 * height and s.right > right - 2 * height for s in whole)
    return right - left >= _LEAST_WIDTH * height and full >= _LEAST_FULL * len(whole)


def _fold(rows: Rows) -> float | None:
    """Where the fold of a spread is: a wide gap in the middle of a landscape sheet that nothing lies on."""
    spots = sorted((spot for row in rows for spot in row), key=lambda spot: spot.left)
    if not spots:
        return None
    left, right = spots[0].left, max(spot.right for spot in spots)
    if right - left < _LANDSCAPE * (max(spot.y for spot in spots) - min(spot.y for spot in spots)):
        return None
    reached, middle = left, (left + right) / 2
    for number, spot in enumerate(spots):
        gutter = (reached + spot.left) / 2
        near = abs(gutter - middle) < _OFF_MIDDLE * (right - left)
        if near and spot.left > reached and _are_pages(spots[:number], spots[number:]):
            return gutter
        reached = max(reached, spot.right)
    return None


def _are_pages(left: Sequence[Spot], right: Sequence[Spot]) -> bool:
    if min(len(left), len(right)) < _LEAST_ROWS:
        return False
    height = median(spot.height for spot in (*left, *right))
    wide = all(max(spot.right - spot.left for spot in page) > _LEAST_WIDTH * height for page in (left, right))
    return wide and right[0].left - max(spot.right for spot in left) > _SPREAD_GUTTER * height
