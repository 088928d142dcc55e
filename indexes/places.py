"""From a place in a page's text to its place on the scan.

The text is the words line by line, but for blanks and what a correction changed; so words are laid along the text by
the tokens of both, and what has no partner has no place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from indexes.analysis import GAP, Token, fold, is_han, terms, tokens

_WIDE: Final = 2.0
_SAME_LINE: Final = 0.5
NOWHERE: Final = -1


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


def boxes(page: Sequence[Token], words: Sequence[Mapping[str, Any]], wanted: Collection[int]) -> list[Box | None]:
    """The place on the scan of those tokens of a page's text that are wanted; None for gaps and for what no word has.

    `words`: `{text, x, y, w, h}` in pixels, in reading order. A word of several characters is cut by their widths.
    """
    written = [_written(str(word["text"])) for word in words]
    glyphs = [(number, at) for number, word in enumerate(written) for at in range(len(word))]
    partners = _aligned([token.text for token in page], [token for word in written for token in word])
    found: list[Box | None] = [None] * len(page)
    for place in wanted:
        if partners[place] != NOWHERE:
            number, at = glyphs[partners[place]]
            found[place] = _part(words[number], at)
    return found


def _written(text: str) -> Sequence[str]:
    """The tokens of a word but for gaps; most engines give a Han character a word of its own."""
    return fold(text) if len(text) == 1 else [token for token in terms(text) if token != GAP]


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


def _part(word: Mapping[str, Any], at: int) -> Box:
    """What a word's token of that number, gaps not counted, has of its box."""
    text = str(word["text"])
    widths = [_WIDE if is_han(character) else 1.0 for character in text]
    whole = sum(widths) or 1.0
    x, y, w, h = (float(word[name]) for name in ("x", "y", "w", "h"))
    token = [token for token in tokens(text) if token.text != GAP][at]
    left, width = sum(widths[: token.start]) / whole, sum(widths[token.start : token.end]) / whole
    return Box(x + left * w, y, width * w, h)


def _aligned(page: Sequence[str], glyphs: Sequence[str]) -> list[int]:
    """For each token of the page the glyph that stands for it, or `NOWHERE`. Both in reading order."""
    counted = [place for place, token in enumerate(page) if token != GAP]
    partners = [NOWHERE] * len(page)
    if [page[place] for place in counted] == list(glyphs):
        for glyph, place in enumerate(counted):
            partners[place] = glyph
        return partners
    matcher = SequenceMatcher(None, [page[place] for place in counted], glyphs, autojunk=False)
    for start, other, length in matcher.get_matching_blocks():
        for step in range(length):
            partners[counted[start + step]] = other + step
    return partners
