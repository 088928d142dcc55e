"""RapidOCR's PP-OCRv6 models driven without waste: one detection, every line alone, no classifier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.ocr.detection import Region, regions
from workers.ocr.engine import Glimpse, Pixels, Reading
from workers.ocr.lines import Fragment, Glyph, assemble
from workers.ocr.networks import Networks, models
from workers.ocr.picture import (
    Strip,
    bounded,
    darkened,
    filled,
    fitting,
    ink,
    is_faint,
    is_landscape,
    mirrored,
    normal,
    raised,
    resized,
    spots,
    strip_of,
    turned,
    written,
)

DETECTION_SIDE, DETECTION_SHORT = 1280, 905
SOURCE_SIDE, SOURCE_SHORT = 1600, 1131
SMALL = 14.0
"""Lines lower than this, in pixels of the page that is read, are looked at again twice as large."""
GRID = 32
PAGE_STEP = 128
"""Pages are cut down to what is written on them, in steps: every new size is computed anew once."""
COLUMN = 8
"""Pixels of a line for which the recogniser gives one answer."""
LINE_STEP = 64
"""Lines are filled up to a multiple of this width: a new width costs as much as a line, its filling a little."""
PROBES = 3
SAMPLES = 6
TALLEST = 0.2
"""What is thicker than this part of the page's longer side is a picture, not a line of text."""
SURE, DOUBTFUL, SUREST = 0.9, 0.9, 0.95
MIRRORED, CLEARLY = 0.85, 0.15
UPRIGHT = 0.8
HALF = 180
BLANK = 0


@dataclass(frozen=True, slots=True)
class Way:
    """How far a page is to be turned clockwise, and what was read of it already if it is not to be turned."""

    turn: int
    probes: Sequence[Region] = ()
    read: Sequence[Fragment] = ()


class RapidEngine:
    """PP-OCRv6 small, detection and recognition."""

    def __init__(self, networks: Networks) -> None:
        self.name = f"{models()}, {networks.runtime}, side {DETECTION_SIDE}"
        self._alphabet = networks.characters
        self._detect, self._read = networks.detect, networks.read

    def recognise(self, image: Pixels, dpi: int) -> Reading:  # noqa: ARG002 - the models see pixels alone
        """Find the lines, turn the page upright if they ask for it, and read them."""
        page, found = self._seen(ink(image))
        scale = max(image.shape[:2]) / max(page.shape[:2])
        way = self._way(page, found)
        if way.turn:
            page = turned(page, way.turn)
            found = [_upside_down(region, page) for region in found] if way.turn == HALF else self._regions(page)
        rest = [region for region in found if region not in way.probes]
        read = self._of_this_side(page, [*way.read, *self._fragments(page, rest)])
        if not read:
            return Reading((), turn=0)
        fragments = (replace(f, region=f.region.stretched(scale, scale)) for f in read)
        return Reading(assemble(fragments, landscape=is_landscape(page)), way.turn, _skew(found))

    def glimpse(self, image: Pixels) -> Glimpse:
        """Where text is on an upright page, and what lines in all its parts say, its longest ones among them."""
        page, found = self._seen(ink(image))
        scale = max(image.shape[:2]) / max(page.shape[:2])
        read = self._fragments(page, _here_and_there(found))
        boxes = tuple(region.stretched(scale, scale).bounds() for region in found)
        return Glimpse(boxes, tuple((f.region.stretched(scale, scale).bounds(), f.text) for f in read if f.text))

    def _of_this_side(self, page: Pixels, read: Sequence[Fragment]) -> list[Fragment]:
        """What was read, without what shows through from the back: doubtful lines that read better in a mirror."""
        doubtful = [fragment for fragment in read if fragment.confidence < DOUBTFUL]
        strips = [mirrored(strip_of(page, fragment.region)) for fragment in doubtful]
        backward = {fragment.region: fragment.confidence for fragment in self._read_strips(strips)}
        kept = [f for f in read if f not in doubtful or not _better(backward.get(f.region, 0.0), f.confidence)]
        return kept if 2 * len(kept) > len(read) else [f for f in kept if f.confidence >= SUREST]

    def _seen(self, page: Pixels) -> tuple[Pixels, list[Region]]:
        """The page as it is to be read, and its lines: looked at again when the print is faint or very small."""
        small = bounded(page, SOURCE_SIDE, SOURCE_SHORT)
        found = self._regions(small)
        if is_faint(small, found):
            page = darkened(page)
            small = bounded(page, SOURCE_SIDE, SOURCE_SHORT)
            found = self._regions(small)
        found = found or self._in_spots(small)
        if found and small is not page and median(region.height for region in _level(found)) < SMALL:
            small = bounded(page, 2 * SOURCE_SIDE, 2 * SOURCE_SHORT)
            found = self._regions(small, 2)
        return small, found

    def _way(self, page: Pixels, found: Sequence[Region]) -> Way:
        """How the page stands, by a few of its longest lines."""
        if _lies_on_its_side(found):
            return self._way_of_a_side(page, [region.along() for region in _longest(found, upright=True)])
        probes = _longest(found)
        read = list(self._fragments(page, probes))
        straight = _sureness(read)
        if straight >= SURE or not probes or self._other_way(page, probes) <= straight:
            return Way(0, probes, read)
        return Way(HALF)

    def _way_of_a_side(self, page: Pixels, probes: Sequence[Region]) -> Way:
        """Of a page whose text runs down or up: upright with columns, on its head, or on its left or right side."""
        down = list(self._fragments(page, probes))
        up = list(self._fragments(page, [_about(region) for region in probes]))
        falls = _sureness(down) >= _sureness(up)
        if self._in_columns(page, down if falls else up):
            return Way(0 if falls else HALF)
        return Way(270 if falls else 90)

    def _in_columns(self, page: Pixels, read: Sequence[Fragment]) -> bool:
        """Whether the characters of lines that run down stand upright: set side by side they are read as well."""
        strips = [raised(strip_of(page, f.region), [glyph.at for glyph in f.glyphs]) for f in read]
        return bool(read) and _sureness(self._read_strips(strips)) > UPRIGHT * _sureness(read)

    def _other_way(self, page: Pixels, probes: Sequence[Region]) -> float:
        return _sureness(self._fragments(page, [_about(region) for region in probes]))

    def _regions(self, page: Pixels, times: int = 1) -> list[Region]:
        factor = fitting(page, times * DETECTION_SIDE, times * DETECTION_SHORT)
        rows, columns = (max(GRID, round(side * factor / GRID) * GRID) for side in page.shape)
        grid = resized(page, columns, rows)
        down, across = written(grid, PAGE_STEP)
        part = grid[down, across]
        heat = self._detect(normal(np.broadcast_to(part, (1, 3, *part.shape))))
        found = (replace(region, x=region.x + across.start, y=region.y + down.start) for region in regions(heat))
        found = (region.stretched(page.shape[1] / columns, page.shape[0] / rows) for region in found)
        return [region for region in found if min(region.length, region.height) < TALLEST * max(page.shape)]

    def _in_spots(self, page: Pixels) -> list[Region]:
        """The lines of a page that has next to nothing on it, each looked for by itself."""
        return [
            replace(region, x=region.x + columns.start, y=region.y + rows.start)
            for rows, columns in spots(page)
            for region in self._regions(np.ascontiguousarray(page[rows, columns]))
        ]

    def _fragments(self, page: Pixels, found: Sequence[Region]) -> Iterator[Fragment]:
        """Read the lines of a page; what has no character gives none."""
        return self._read_strips([strip_of(page, region) for region in found])

    def _read_strips(self, strips: Sequence[Strip]) -> Iterator[Fragment]:
        """Read strips, the longest first, so that no thread is left alone with one at the end."""
        strips = sorted(strips, key=lambda strip: strip.pixels.shape[1], reverse=True)
        for strip, columns in zip(strips, self._read(filled(strip, LINE_STEP) for strip in strips), strict=True):
            yield from self._decoded(strip, *columns)

    def _decoded(self, strip: Strip, best: NDArray[np.integer[Any]], sure: NDArray[np.float32]) -> Iterator[Fragment]:
        """Greedy CTC: runs of one class are one character, the blank class is none. Columns give the places."""
        fresh = np.r_[True, best[1:] != best[:-1]]
        columns = np.flatnonzero((best != BLANK) & fresh)
        places = (columns + 0.5) * (COLUMN / strip.pixels.shape[1])
        glyphs = tuple(
            Glyph(self._alphabet[best[column]], min(float(place), 1.0), float(sure[column]))
            for column, place in zip(columns, places, strict=True)
        )
        if glyphs:
            yield Fragment(strip.region, glyphs)


def _lies_on_its_side(found: Sequence[Region]) -> bool:
    """Whether most of the text's length runs up or down the page."""
    down = sum(region.height for region in found if region.upright)
    return down > sum(region.length for region in found if not region.upright)


def _skew(found: Sequence[Region]) -> float:
    """Degrees by which the page's longer lines slope, clockwise."""
    long = (max(region.length, region.height) > 4 * min(region.length, region.height) for region in found)
    return median([region.angle for region, is_long in zip(found, long, strict=True) if is_long] or [0.0])


def _longest(found: Sequence[Region], *, upright: bool = False) -> list[Region]:
    these = (region for region in found if region.upright == upright)
    return sorted(these, key=lambda r: r.height / r.length if upright else r.length / r.height)[-PROBES:]


def _here_and_there(found: Sequence[Region]) -> list[Region]:
    """The longest lines, and as many again from the top of the page to its foot."""
    level = sorted((region for region in found if not region.upright), key=lambda region: region.y)
    step = max(1, len(level) // SAMPLES)
    spread = level[step // 2 :: step][:SAMPLES]
    return [*spread, *(region for region in _longest(found) if region not in spread)]


def _level(found: Sequence[Region]) -> list[Region]:
    """All with their height across the text."""
    return [region.along() if region.upright else region for region in found]


def _about(region: Region) -> Region:
    """The same rectangle read the other way round."""
    return replace(region, angle=region.angle + 180.0)


def _upside_down(region: Region, page: Pixels) -> Region:
    """The rectangle on the page after half a turn."""
    return replace(region, x=page.shape[1] - region.x, y=page.shape[0] - region.y)


def _better(backward: float, straight: float) -> bool:
    """Whether a line reads so much better in a mirror that its own print cannot be what was misread."""
    return backward >= max(MIRRORED, straight + CLEARLY)


def _sureness(fragments: Iterable[Fragment]) -> float:
    marks = [fragment.confidence for fragment in fragments]
    return sum(marks) / len(marks) if marks else 0.0
