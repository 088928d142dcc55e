"""RapidOCR's PP-OCRv6 models driven without waste: one detection, batches of like width, no classifier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, cos, radians, sin
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.ocr.detection import Region, regions
from workers.ocr.engine import EngineFailed, Glimpse, Pixels, Reading
from workers.ocr.lines import Fragment, Glyph, assemble
from workers.ocr.networks import Networks, Request, models

DETECTION_SIDE = 1280
SOURCE_SIDE = 1600
GRID = 32
LINE_HEIGHT = 48
LINE_STEP = 32
SHORTEST, LONGEST = 64, 3200
BATCH = 3
PROBES = 3
TALLEST = 0.2
"""What is thicker than this part of the page's longer side is a picture, not a line of text."""
SURE = 0.9
BLANK = 0
INK = (0.1, 0.1, 0.8)
"""Weights of blue, green, red: mostly red, in which seals over text are pale, black and blue ink dark."""


@dataclass(frozen=True, slots=True)
class Strip:
    """A line cut out and brought to the recogniser's height; grey."""

    region: Region
    pixels: Pixels


class RapidEngine:
    """PP-OCRv6 small, detection and recognition."""

    def __init__(self, networks: Networks) -> None:
        self.name = f"{models()}, {networks.runtime}, side {DETECTION_SIDE}, batch {BATCH}"
        self._alphabet = networks.characters
        self._detect, self._read = networks.detect, networks.read

    def recognise(self, image: Pixels, dpi: int) -> Reading:  # noqa: ARG002 - the models see pixels alone
        """Find the lines, turn the page upright if they ask for it, and read them."""
        page = _bounded(_ink(image), SOURCE_SIDE)
        scale = max(image.shape[:2]) / max(page.shape[:2])
        turn, found = 0, self._regions(page)
        if _lies_on_its_side(found):
            turn, page = 90, _turned(page, 90)
            found = self._regions(page)
        probes = _longest(found)
        read = list(self._fragments(page, probes))
        if self._upside_down(page, probes, read):
            turn, page = turn + 180, _turned(page, 180)
            found, probes, read = self._regions(page), [], []
        read += self._fragments(page, [region for region in found if region not in probes])
        fragments = (replace(f, region=f.region.stretched(scale, scale)) for f in read)
        return Reading(assemble(fragments), turn, _skew(found))

    def glimpse(self, image: Pixels) -> Glimpse:
        """Where text is on an upright page, and what a few of its longest lines say."""
        page = _bounded(_ink(image), SOURCE_SIDE)
        scale = max(image.shape[:2]) / max(page.shape[:2])
        found = self._regions(page)
        lines = assemble(self._fragments(page, _longest(found)))
        boxes = tuple(region.stretched(scale, scale).bounds() for region in found)
        return Glimpse(boxes, tuple(line.text for line in lines))

    def _upside_down(self, page: Pixels, probes: Sequence[Region], read: Sequence[Fragment]) -> bool:
        """Whether a few of the longest lines, read without much confidence, read better the other way round."""
        straight = _sureness(read)
        if straight >= SURE or not probes:
            return False
        return _sureness(self._fragments(page, [replace(r, angle=r.angle + 180) for r in probes])) > straight

    def _regions(self, page: Pixels) -> list[Region]:
        small = _bounded(page, DETECTION_SIDE)
        rows, columns = (max(GRID, round(side / GRID) * GRID) for side in small.shape)
        grid = cv2.resize(small, (columns, rows), interpolation=cv2.INTER_AREA)
        self._infer(self._detect, _normal(np.broadcast_to(grid, (1, 3, rows, columns))))
        heat = self._detect.get_output_tensor().data[0, 0]
        across, down = page.shape[1] / columns, page.shape[0] / rows
        found = (region.stretched(across, down) for region in regions(heat))
        return [region for region in found if min(region.length, region.height) < TALLEST * max(page.shape)]

    def _fragments(self, page: Pixels, found: Sequence[Region]) -> Iterator[Fragment]:
        """Read the lines, a few of like width at a time; what has no character gives none."""
        strips = sorted((_strip(page, region) for region in found), key=lambda strip: strip.pixels.shape[1])
        for start in range(0, len(strips), BATCH):
            batch = strips[start : start + BATCH]
            width = ceil(max(SHORTEST, batch[-1].pixels.shape[1]) / LINE_STEP) * LINE_STEP
            self._infer(self._read, _batched(batch, width))
            best, sure = (self._read.get_output_tensor(i).data[:, :, 0] for i in (0, 1))
            for strip, row, marks in zip(batch, best, sure, strict=True):
                yield from self._decoded(strip, row, marks, width)

    def _decoded(
        self, strip: Strip, best: NDArray[np.int32], sure: NDArray[np.float32], width: int
    ) -> Iterator[Fragment]:
        """Greedy CTC: runs of one class are one character, the blank class is none. Columns give the places."""
        fresh = np.r_[True, best[1:] != best[:-1]]
        columns = np.flatnonzero((best != BLANK) & fresh)
        places = (columns + 0.5) * (width / len(best) / strip.pixels.shape[1])
        glyphs = tuple(
            Glyph(self._alphabet[best[column]], min(float(place), 1.0), float(sure[column]))
            for column, place in zip(columns, places, strict=True)
        )
        if glyphs:
            yield Fragment(strip.region, glyphs)

    @staticmethod
    def _infer(request: Request, values: NDArray[np.float32]) -> None:
        try:
            request.infer([values])
        except RuntimeError as error:
            raise EngineFailed(str(error)) from error


def _lies_on_its_side(found: Sequence[Region]) -> bool:
    """Whether most of the text's length runs up or down the page."""
    down = sum(region.height for region in found if region.upright)
    return down > sum(region.length for region in found if not region.upright)


def _skew(found: Sequence[Region]) -> float:
    """Degrees by which the page's longer lines slope, clockwise."""
    return median([region.angle for region in found if region.length > 4 * region.height] or [0.0])


def _longest(found: Sequence[Region]) -> list[Region]:
    level = (region for region in found if not region.upright)
    return sorted(level, key=lambda region: region.length / region.height)[-PROBES:]


def _sureness(fragments: Iterable[Fragment]) -> float:
    marks = [fragment.confidence for fragment in fragments]
    return sum(marks) / len(marks) if marks else 0.0


def _turned(page: Pixels, degrees: int) -> Pixels:
    """Turned clockwise by a multiple of 90 degrees."""
    return np.ascontiguousarray(np.rot90(page, -degrees // 90))


def _ink(image: Pixels) -> Pixels:
    """Grey, with red seals made pale."""
    if image.ndim == 2:  # noqa: PLR2004 - rows and columns
        return image
    return np.asarray(cv2.transform(image, np.array([INK[::-1]], np.float32)), np.uint8)


def _bounded(image: Pixels, side: int) -> Pixels:
    factor = side / max(image.shape[:2])
    if factor >= 1:
        return image
    size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _normal(values: NDArray[np.uint8]) -> NDArray[np.float32]:
    """From 0..255 to -1..1, as the models were taught."""
    return values.astype(np.float32) * np.float32(2 / 255) - np.float32(1)


def _batched(strips: Sequence[Strip], width: int) -> NDArray[np.float32]:
    """Strips side by side in a batch of one width, the rest filled with grey."""
    batch = np.zeros((len(strips), 3, LINE_HEIGHT, width), np.float32)
    for row, strip in zip(batch, strips, strict=True):
        row[:, :, : strip.pixels.shape[1]] = _normal(strip.pixels)
    return batch


def _strip(page: Pixels, region: Region) -> Strip:
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
