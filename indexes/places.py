"""From a place in a page's text to its place on the scan.

The text is the words line by line, but for blanks and what a correction changed; so words are laid along the text by
the tokens of both, and what has no partner has no place.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate, compress, count
from typing import Any, Final

from indexes.analysis import GAP, Row, is_han, row

_WIDE: Final = 2.0
_SAME_LINE: Final = 0.5
_BETWEEN_WORDS: Final = "\n"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the page image."""

    x: float
    y: float
    w: float
    h: float

    def joined(self, other: Box) -> Box:
        """The smallest rectangle around both."""
        left, top = min(self.x, other.x), min(self.y, other.y)
        right, bottom = max(self.x + self.w, other.x + other.w), max(self.y + self.h, other.y + other.h)
        return Box(left, top, right - left, bottom - top)

    def beside(self, other: Box) -> bool:
        """Whether both stand on one line: they share half of the lower one's height."""
        shared = min(self.y + self.h, other.y + other.h) - max(self.y, other.y)
        return shared > _SAME_LINE * min(self.h, other.h)


def boxes(page: Row, words: Sequence[Mapping[str, Any]], wanted: Collection[int]) -> list[Box | None]:
    """The place on the scan of those tokens of a page's text that are wanted; None for gaps and for what no word has.

    `words`: `{text, x, y, w, h}` in pixels, in reading order. A word of several characters is cut by their widths.
    """
    texts = [str(word["text"]) for word in words]
    written = row(_BETWEEN_WORDS.join(texts))
    starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
    partners = _aligned(page.words, written.words, wanted)
    found: list[Box | None] = [None] * len(page.words)
    for place in wanted:
        if place in partners:
            start, end = written.span(partners[place], partners[place] + 1)
            number = bisect_right(starts, start) - 1
            found[place] = _part(words[number], start - starts[number], end - starts[number])
    return found


def outlined(placed: Iterable[Box | None]) -> list[Box]:
    """Rectangles around boxes in reading order, one for each run on a line."""
    runs: list[Box] = []
    for box in placed:
        if box is None:
            continue
        if runs and runs[-1].beside(box):
            runs[-1] = runs[-1].joined(box)
        else:
            runs.append(box)
    return runs


def _part(word: Mapping[str, Any], start: int, end: int) -> Box:
    """What some characters of a word have of its box."""
    x, y, w, h = (float(word[name]) for name in ("x", "y", "w", "h"))
    widths = [_WIDE if is_han(character) else 1.0 for character in str(word["text"])]
    whole = sum(widths) or 1.0
    left, width = sum(widths[:start]) / whole, sum(widths[start:end]) / whole
    return Box(x + left * w, y, width * w, h)


def _aligned(page: Sequence[str], written: Sequence[str], wanted: Collection[int]) -> dict[int, int]:
    """For wanted tokens of the page those of the words that stand for them, by their places. Both in reading order."""
    own, others = _counted(page), _counted(written)
    told, glyphs = [page[place] for place in own], [written[place] for place in others]
    if told == glyphs:
        return {place: others[bisect_left(own, place)] for place in wanted if page[place] != GAP}
    matcher = SequenceMatcher(None, told, glyphs, autojunk=False)
    same = (
        (start + step, other + step) for start, other, size in matcher.get_matching_blocks() for step in range(size)
    )
    return {own[place]: others[glyph] for place, glyph in same}


def _counted(words: Sequence[str]) -> list[int]:
    """The places of what is no gap."""
    return list(compress(count(), map(GAP.__ne__, words)))
