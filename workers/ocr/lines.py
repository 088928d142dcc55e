"""From scattered fragments of text to lines in reading order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, radians, sin
from statistics import fmean, median

from workers.ocr.detection import Region
from workers.sheets import Line, Word

SUREST_NOISE = 0.5
"""Fragments read with less confidence than this are specks, seals and rulings."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character and where its middle lies on its fragment, 0..1."""

    text: str
    at: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Fragment:
    """One box of text, as the detector cut it out. Holds at least one glyph."""

    region: Region
    glyphs: tuple[Glyph, ...]

    @property
    def text(self) -> str:
        """Its characters, blanks at the ends taken off."""
        return "".join(glyph.text for glyph in self.glyphs).strip()

    @property
    def confidence(self) -> float:
        """The mean over its characters."""
        return fmean(glyph.confidence for glyph in self.glyphs)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A fragment with its middle on the levelled page."""

    fragment: Fragment
    x: float
    y: float


def assemble(fragments: Iterable[Fragment]) -> tuple[Line, ...]:
    """Lines top to bottom; boxes of one row joined left to right by a blank. Noise is left out."""
    kept = [f for f in fragments if f.text and f.confidence >= SUREST_NOISE]
    return tuple(_line(row) for row in _rows(kept))


def _rows(fragments: Sequence[Fragment]) -> list[list[Fragment]]:
    rows: list[list[_Placed]] = []
    for placed in _levelled(fragments):
        home = next((row for row in reversed(rows[-4:]) if _belongs(placed, row)), None)
        if home is None:
            rows.append([placed])
        else:
            home.append(placed)
    rows.sort(key=lambda row: fmean(p.y for p in row))
    return [[p.fragment for p in sorted(row, key=lambda p: p.x)] for row in rows]


def _levelled(fragments: Sequence[Fragment]) -> list[_Placed]:
    """Middles as they would lie if the page stood straight, top to bottom."""
    if not fragments:
        return []
    angle = radians(median(f.region.angle for f in fragments))
    c, s = cos(angle), sin(angle)
    placed = [_Placed(f, f.region.x * c + f.region.y * s, f.region.y * c - f.region.x * s) for f in fragments]
    return sorted(placed, key=lambda p: p.y)


def _belongs(placed: _Placed, row: Sequence[_Placed]) -> bool:
    height = min(placed.fragment.region.height, max(p.fragment.region.height for p in row))
    level = abs(placed.y - fmean(p.y for p in row)) < height / 2
    return level and not any(_cover(placed, other) for other in row)


def _cover(one: _Placed, other: _Placed) -> bool:
    reach = (one.fragment.region.length + other.fragment.region.length) / 2
    return abs(one.x - other.x) < 0.8 * reach


def _line(row: Sequence[Fragment]) -> Line:
    words = tuple(word for fragment in row for word in _words(fragment))
    left, top = min(w.box[0] for w in words), min(w.box[1] for w in words)
    right, bottom = max(w.box[0] + w.box[2] for w in words), max(w.box[1] + w.box[3] for w in words)
    box = (left, top, round(right - left, 1), round(bottom - top, 1))
    confidence = round(min(fragment.confidence for fragment in row), 4)
    return Line(" ".join(fragment.text for fragment in row), box, confidence, words)


def _words(fragment: Fragment) -> Iterator[Word]:
    """Runs of Latin letters and digits whole, everything else a character at a time."""
    edges = _edges(fragment.glyphs)
    for start, end in _runs(fragment.glyphs):
        glyphs = fragment.glyphs[start:end]
        x, y, width, height = fragment.region.bounds(edges[start], edges[end])
        box = (round(x, 1), round(y, 1), round(width, 1), round(height, 1))
        yield Word("".join(g.text for g in glyphs), box, round(fmean(g.confidence for g in glyphs), 4))


def _edges(glyphs: Sequence[Glyph]) -> list[float]:
    """Where glyphs meet: halfway between their middles; the outer ones are as wide as their only neighbour says."""
    inner = [(a.at + b.at) / 2 for a, b in pairwise(glyphs)]
    if not inner:
        return [0.0, 1.0]
    first, last = glyphs[0].at, glyphs[-1].at
    return [max(0.0, 2 * first - inner[0]), *inner, min(1.0, 2 * last - inner[-1])]


def _runs(glyphs: Sequence[Glyph]) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(glyphs):
        end = start + 1
        while _plain(glyphs[start]) and end < len(glyphs) and _plain(glyphs[end]):
            end += 1
        if not glyphs[start].text.isspace():
            yield start, end
        start = end


def _plain(glyph: Glyph) -> bool:
    return glyph.text.isascii() and glyph.text.isalnum()
