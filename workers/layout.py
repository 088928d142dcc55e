"""A page's words as rows of characters that keep their places, so that what is found in the text is found on the page.

Two views of the same characters: rows (what stands on one height, left to right, blanks where there are gaps) for
labels and their values, and the flow (rows run together) for sentences that wrap.
"""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from archive.han import simplified
from workers.sheets import Box, Line, Sheet, Word

GAP = "\t"
"""Stands for a gap wider than a character or two: the next box of a row begins."""

_ONE_IN_A_WORD = re.compile(r"(?<=[a-z])1(?=1?[a-z])|(?<=[a-z]1)1(?=[a-z])")
"""How an engine for Chinese reads the l of English words: se11er."""
_BLANK_FROM, _GAP_FROM = 0.55, 1.6
_SAME_ROW = 0.5
_LONG_LINE = 12


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character after NFKC with the box and confidence of where it was read."""

    text: str
    box: Box
    confidence: float


class Passage:
    """A run of glyphs of one page: `text` as printed (NFKC), `folded` the same length, simplified and in lower case."""

    def __init__(self, page: int, glyphs: Sequence[Glyph]) -> None:
        self.page = page
        self.glyphs = tuple(glyphs)

    @cached_property
    def text(self) -> str:
        """The characters as printed, half width where NFKC says so."""
        return "".join(glyph.text for glyph in self.glyphs)

    @cached_property
    def folded(self) -> str:
        """The text for comparing: simplified characters, lower case, the same length."""
        lowered = (character.lower() if len(character.lower()) == 1 else character for character in self.text)
        return _ONE_IN_A_WORD.sub("l", simplified("".join(lowered)))

    def part(self, start: int, end: int) -> Passage:
        """The passage text[start:end]."""
        return Passage(self.page, self.glyphs[start:end])

    @property
    def box(self) -> Box:
        """The smallest box that holds all glyphs."""
        return union(glyph.box for glyph in self.glyphs if not glyph.text.isspace())

    @property
    def confidence(self) -> float:
        """The mean confidence of the glyphs, 0 for nothing."""
        seen = [glyph.confidence for glyph in self.glyphs if not glyph.text.isspace()]
        return statistics.fmean(seen) if seen else 0.0


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around several; an empty one at the origin for none."""
    all_boxes = list(boxes)
    if not all_boxes:
        return (0.0, 0.0, 0.0, 0.0)
    left, top = min(box[0] for box in all_boxes), min(box[1] for box in all_boxes)
    right, bottom = max(box[0] + box[2] for box in all_boxes), max(box[1] + box[3] for box in all_boxes)
    return (left, top, right - left, bottom - top)


def rows(sheet: Sheet) -> list[Passage]:
    """The page's rows in reading order; lines that stand beside each other are one, a slope of the page allowed for."""
    lines = [line for line in sheet.lines if line.text.strip()]
    slope = _slope(lines)
    grouped: list[list[Line]] = []
    for line in lines:
        if grouped and _stands_beside(grouped[-1], line, slope):
            grouped[-1].append(line)
        else:
            grouped.append([line])
    return [Passage(sheet.number, _joined(sorted(group, key=lambda line: line.box[0]))) for group in grouped]


def flow(passages: Sequence[Passage]) -> Passage:
    """Rows of one page or of several run together without breaks; the page is that of the first."""
    page = passages[0].page if passages else 1
    return Passage(page, [glyph for passage in passages for glyph in passage.glyphs])


def glyphs_of(line: Line) -> list[Glyph]:
    """The line's characters, each with its share of its word's box; blanks where the line has them or gaps are seen."""
    blanks = _blank_places(line.text)
    made: list[Glyph] = []
    printed = 0
    for word in line.words or (Word(line.text, line.box, line.confidence),):
        fresh = list(_spread(word))
        if made and fresh:
            made.extend(_between(made[-1], fresh[0], blank_known=printed in blanks))
        made.extend(fresh)
        printed += len("".join(word.text.split()))
    return made


def _blank_places(text: str) -> set[int]:
    """After how many printed characters the text has a blank."""
    places, printed = set(), 0
    for character in text:
        if character.isspace():
            places.add(printed)
        else:
            printed += 1
    return places


def _joined(lines: Sequence[Line]) -> list[Glyph]:
    made: list[Glyph] = []
    for line in lines:
        fresh = glyphs_of(line)
        if made and fresh:
            made.append(_blank(GAP, made[-1], fresh[0]))
        made.extend(fresh)
    return made


def _spread(word: Word) -> Iterator[Glyph]:
    """The word's characters after NFKC, blanks kept, the box divided by how wide each is printed."""
    widths = [2 if _is_wide(character) else 1 for character in word.text]
    x, y, width, height = word.box
    unit = width / max(1, sum(widths))
    for character, share in zip(word.text, widths, strict=True):
        for piece in unicodedata.normalize("NFKC", character):
            text = " " if piece.isspace() else piece
            yield Glyph(text, (x, y, unit * share, height), word.confidence)
        x += unit * share


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _between(before: Glyph, after: Glyph, *, blank_known: bool) -> Iterator[Glyph]:
    """A blank for a gap between two words, a wide one for a gap as between boxes; none inside a run."""
    if before.text == " " or after.text == " ":
        return
    gap = after.box[0] - (before.box[0] + before.box[2])
    size = max(before.box[3], after.box[3], 1.0)
    if gap > _GAP_FROM * size:
        yield _blank(GAP, before, after)
    elif blank_known or gap > _BLANK_FROM * size:
        yield _blank(" ", before, after)


def _blank(text: str, before: Glyph, after: Glyph) -> Glyph:
    left = before.box[0] + before.box[2]
    return Glyph(text, (left, before.box[1], max(0.0, after.box[0] - left), before.box[3]), 1.0)


def _slope(lines: Sequence[Line]) -> float:
    """How much the lines fall per pixel to the right: the median over the long ones, 0 when there are none."""
    falls = [_fall(line) for line in lines if len(line.words) >= _LONG_LINE]
    return statistics.median(falls) if falls else 0.0


def _fall(line: Line) -> float:
    first, last = line.words[0].box, line.words[-1].box
    across = (last[0] + last[2] / 2) - (first[0] + first[2] / 2)
    return ((last[1] + last[3] / 2) - (first[1] + first[3] / 2)) / across if across > 0 else 0.0


def _level(line: Line, slope: float) -> float:
    """The height of the line's middle with the page's slope taken out."""
    x, y, width, height = line.box
    return y + height / 2 - slope * (x + width / 2)


def _stands_beside(group: Sequence[Line], line: Line, slope: float) -> bool:
    """Whether a line stands on the height of the group's last one and beside all of them."""
    near = group[-1]
    apart = abs(_level(line, slope) - _level(near, slope))
    if apart > _SAME_ROW * min(_print_height(line), _print_height(near)):
        return False
    return all(_clear_of(line.box, other.box) for other in group)


def _print_height(line: Line) -> float:
    """The height of the print: words stand straighter than the box of a sloping line."""
    return statistics.median(word.box[3] for word in line.words) if line.words else line.box[3]


def _clear_of(one: Box, other: Box) -> bool:
    overlap = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    return overlap <= 0.2 * min(one[2], other[2])
