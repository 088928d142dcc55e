"""From scattered fragments of text to lines in reading order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from workers.ocr.detection import Region
from workers.ocr.order import reading_order
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


def assemble(fragments: Iterable[Fragment], *, landscape: bool = False) -> tuple[Line, ...]:
    """Lines in reading order; boxes of one row joined left to right by a blank. Noise is left out."""
    kept = [f for f in fragments if f.text and f.confidence >= SUREST_NOISE]
    order = reading_order([fragment.region for fragment in kept], landscape=landscape)
    return tuple(_line([kept[index] for index in row]) for row in order)


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
