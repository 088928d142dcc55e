"""Draws sheets from rows of text as recognition would give them: a tab is a wide gap, boxes are laid out by hand."""

from __future__ import annotations

import unicodedata

from workers.sheets import Line, PageState, Sheet, Word

LEFT, TOP, SIZE, LEADING = 100.0, 80.0, 24.0, 44.0


def width_of(text: str) -> float:
    """Printed width in pixels: Han characters are square, Latin ones half as wide, a tab three characters."""
    widths = {"\t": 3 * SIZE}
    return sum(widths.get(c, SIZE if unicodedata.east_asian_width(c) in "WF" else SIZE / 2) for c in text)


def drawn_line(text: str, row: int, left: float = LEFT, confidence: float = 0.99) -> Line:
    """One row of words, each character a word, blanks and tabs as gaps."""
    words, x = [], left
    for character in text:
        width = width_of(character)
        if not character.isspace():
            words.append(Word(character, (x, TOP + row * LEADING, width, SIZE), confidence))
        x += width
    printed = " ".join(text.split("\t"))
    return Line(printed, (left, TOP + row * LEADING, x - left, SIZE), confidence, tuple(words))


def drawn(*rows: str, number: int = 1, confidence: float = 0.99) -> Sheet:
    """A page with these rows; leading blanks move a row to the right as on paper."""
    lines = []
    for place, row in enumerate(rows):
        text = row.lstrip(" ")
        if text:
            lines.append(drawn_line(text, place, LEFT + (len(row) - len(text)) * SIZE, confidence))
    return Sheet(number, 1300, 1800, 200, PageState.RECOGNISED, tuple(lines), confidence)


def written(text: str, number: int = 1) -> Sheet:
    """A page from a block of text, a line a row."""
    return drawn(*text.strip("\n").split("\n"), number=number)
