"""What is done to pixels before they are read: ink told from paper and seals, faint print made dark, strips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, cos, radians, sin, sqrt
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.ocr.detection import Region
from workers.ocr.engine import Pixels

LINE_HEIGHT = 48
LONGEST = 3200
INK = (0.1, 0.1, 0.8)
"""Weights of blue, green, red: mostly red, in which seals over text are pale, black and blue ink dark."""
_FAINT = 90.0
"""Print that differs from its paper by less, of 255, is made darker."""
_LOOKED_AT = 12
_EDGE, _SPECK, _BESIDE = 16, 3, 24
"""An edge, of 255; how many make a row written; how much paper is left beside what is written, in pixels."""
_PAPER_GRID = 8
_LANDSCAPE = 1.15
_DARKER, _NEAR, _MARGIN = 40, (9, 41), 120
_LEAST_INK, _MOST_SPOTS = 20, 12
_DARKEST, _LIGHTEST = 2.0, 98.0


@dataclass(frozen=True, slots=True)
class Strip:
    """A line cut out and brought to the recogniser's height; grey."""

    region: Region
    pixels: Pixels


def ink(image: Pixels) -> Pixels:
    """Grey, with red seals made pale."""
    if image.ndim == 2:  # noqa: PLR2004 - rows and columns
        return image
    return np.asarray(cv2.transform(image, np.array([INK[::-1]], np.float32)), np.uint8)


def bounded(image: Pixels, side: int, short: int = 0, *, last: int = cv2.INTER_AREA) -> Pixels:
    """Made smaller until the longer side fits; a long narrow page keeps as many pixels as one of `side` by `short`."""
    factor = fitting(image, side, short)
    rows, columns = (max(1, round(length * factor)) for length in image.shape[:2])
    return resized(image, columns, rows, last) if factor < 1 else image


def fitting(image: Pixels, side: int, short: int = 0) -> float:
    """By how much it is to be made smaller for that; 1 for one that fits."""
    rows, columns = image.shape[:2]
    return float(min(1.0, max(side / max(rows, columns), sqrt(side * short / (rows * columns)))))


def resized(image: Pixels, columns: int, rows: int, last: int = cv2.INTER_AREA) -> Pixels:
    """Made smaller by averages of four as often as that fits, and by OpenCV's way `last` for the rest."""
    while image.shape[0] >= 2 * rows and image.shape[1] >= 2 * columns:
        half = image.shape[0] // 2, image.shape[1] // 2
        image = np.asarray(cv2.resize(image[: 2 * half[0], : 2 * half[1]], half[::-1], interpolation=cv2.INTER_AREA))
    return np.asarray(cv2.resize(image, (columns, rows), interpolation=last), np.uint8)


def turned(page: Pixels, degrees: int) -> Pixels:
    """Turned clockwise by a multiple of 90 degrees."""
    return np.ascontiguousarray(np.rot90(page, -degrees // 90)) if degrees else page


def written(page: Pixels, step: int) -> tuple[slice, slice]:
    """Rows and columns between which anything is written or drawn, each a multiple of `step` or the whole page's.

    What is written has edges; shade has none. Noise, dust and dark borders have them, too: such a page stays whole.
    """
    edges = cv2.morphologyEx(cv2.medianBlur(page, 3), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > _EDGE
    rows, columns = (_reach(np.flatnonzero(edges.sum(axis=axis) >= _SPECK), page.shape[1 - axis], step)
                     for axis in (1, 0))  # fmt: skip
    return rows, columns


def _reach(places: NDArray[np.intp], length: int, step: int) -> slice:
    """From the first to the last place with a margin about them; all of the length where there is none."""
    if not places.size:
        return slice(0, length)
    start = max(0, int(places[0]) - _BESIDE)
    size = min(length, ceil((min(length, int(places[-1]) + 1 + _BESIDE) - start) / step) * step)
    start = min(start, length - size)
    return slice(start, start + size)


def is_landscape(page: Pixels) -> bool:
    """Whether it is clearly wider than high, as two pages side by side are."""
    rows, columns = page.shape[:2]
    return bool(columns > _LANDSCAPE * rows)


def is_faint(page: Pixels, found: Sequence[Region]) -> bool:
    """Whether the print found differs little from its paper; without any, the page's darkest and lightest places."""
    if not found:
        return float(np.subtract(*np.percentile(page[::4, ::4], (50, 0.2)))) < _FAINT
    longest = sorted(found, key=lambda region: region.length * region.height)[-_LOOKED_AT:]
    return median(_contrast(page, region) for region in longest) < _FAINT


def _contrast(page: Pixels, region: Region) -> float:
    x, y, width, height = (round(side) for side in region.bounds())
    patch = page[max(0, y) : max(0, y) + max(2, height), max(0, x) : max(0, x) + max(2, width)]
    return float(np.subtract(*np.percentile(patch, (60, _DARKEST)))) if patch.size else 255.0


def spots(page: Pixels) -> list[tuple[slice, slice]]:
    """Where a nearly empty page has ink, the most inked places first: windows of rows and columns with paper around.

    Dust is left out; a detector taught on full pages finds a lone short line only when it is shown by itself.
    """
    dark = (page < float(np.median(page)) - _DARKER).astype(np.uint8)
    near = cv2.dilate(dark, np.ones(_NEAR, np.uint8))
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(near)
    inked = np.bincount(labels[dark > 0], minlength=count)
    places = sorted((n for n in range(1, count) if inked[n] >= _LEAST_INK), key=lambda n: -inked[n])
    return [_window(boxes[n], page.shape) for n in places[:_MOST_SPOTS]]


def _window(box: NDArray[np.int32], shape: tuple[int, ...]) -> tuple[slice, slice]:
    x, y, width, height = (int(side) for side in box[:4])
    margin = max(_MARGIN, 2 * height)
    rows = slice(max(0, y - margin), min(shape[0], y + height + margin))
    return rows, slice(max(0, x - margin), min(shape[1], x + width + margin))


def darkened(page: Pixels) -> Pixels:
    """Print made black on paper made white, place by place, so that shade and grey paper do not matter."""
    rows, columns = page.shape
    coarse = (max(1, columns // _PAPER_GRID), max(1, rows // _PAPER_GRID))
    small = cv2.resize(page, coarse, interpolation=cv2.INTER_AREA)
    paper = cv2.GaussianBlur(cv2.dilate(small, np.ones((5, 5), np.uint8)), (0, 0), 3)
    depth = cv2.subtract(cv2.resize(paper, (columns, rows)), page)
    deepest = max(float(np.percentile(depth[::3, ::3], 99.7)), 24.0)
    return np.asarray(255 - cv2.convertScaleAbs(depth, alpha=220.0 / deepest), np.uint8)


def normal(values: NDArray[np.uint8]) -> NDArray[np.float32]:
    """From 0..255 to -1..1, as the models were taught."""
    return values.astype(np.float32) * np.float32(2 / 255) - np.float32(1)


def filled(strip: Strip, step: int) -> NDArray[np.float32]:
    """A strip as the recogniser takes it, filled up with grey to a multiple of `step`."""
    given = strip.pixels.shape[1]
    line = np.zeros((1, 3, LINE_HEIGHT, ceil(given / step) * step), np.float32)
    line[..., :given] = normal(strip.pixels)
    return line


def strip_of(page: Pixels, region: Region) -> Strip:
    """Cut a turned rectangle out and bring it to the recogniser's height in one step."""
    region = region.along() if region.upright else region
    width = min(LONGEST, max(8, ceil(LINE_HEIGHT * region.length / region.height)))
    along, across = region.length / width, region.height / LINE_HEIGHT
    c, s = cos(radians(region.angle)), sin(radians(region.angle))
    left = region.x - c * region.length / 2 + s * region.height / 2
    top = region.y - s * region.length / 2 - c * region.height / 2
    back = np.array([[c * along, -s * across, left], [s * along, c * across, top]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    pixels = cv2.warpAffine(page, back, (width, LINE_HEIGHT), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return Strip(region, np.asarray(pixels, np.uint8))


def mirrored(strip: Strip) -> Strip:
    """The strip as it looks from behind the paper."""
    return Strip(strip.region, np.ascontiguousarray(np.fliplr(strip.pixels)))


def raised(strip: Strip, middles: Sequence[float]) -> Strip:
    """A strip whose characters lie on their backs, each set upright: how text that runs down is laid across.

    `middles` are the characters' places along the strip, 0..1.
    """
    width = strip.pixels.shape[1]
    edges = [0.0, *((a + b) / 2 for a, b in pairwise(middles)), 1.0]
    bounds = [round(edge * width) for edge in edges]
    cells = [strip.pixels[:, a:b] for a, b in pairwise(bounds) if b - a > 3]  # noqa: PLR2004
    upright = [
        cv2.resize(np.rot90(cell, -1), (LINE_HEIGHT, LINE_HEIGHT), interpolation=cv2.INTER_AREA) for cell in cells
    ]
    return Strip(strip.region, np.ascontiguousarray(np.hstack(upright)) if upright else strip.pixels)
