"""Printed forms as PDF: headings, key-value pairs, tables with repeated heads, page x of y, on A4.

Equal forms give equal bytes. The font (Droid Sans Fallback, Apache-2.0) comes inside PyMuPDF and is embedded as a
subset. PyMuPDF is loaded with the first form, so that a service that prints nothing stays small.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

import segno

Untyped = Any
"""PyMuPDF brings no types."""

_SHORT, _LONG = 595.28, 841.89
_MARGIN, _NARROW, _FOOT = 56.0, 32.0, 36.0
_TITLE, _HEADING, _BODY, _SMALL, _DENSE = 18.0, 12.5, 10.0, 8.5, 7.5
_LEADING, _TIGHT = 1.5, 1.3
_PADDING = 4.0
_KEY_SHARE = 0.24
_RULE = (0.6, 0.6, 0.6)
_HEAD_FILL = (0.93, 0.93, 0.93)
_NOT_FIRST = frozenset("，。、；：？！）》」』】…,.;:?!)]}%")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading over what follows; never the last thing on a page."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """Keys and their values, a ruled line each."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table; the head is repeated on every page. `shares` are the columns' parts of the width.

    A dense one is set smaller, for many columns. A line break in a cell begins a line.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[float, ...] = ()
    dense: bool = False


@dataclass(frozen=True, slots=True)
class Symbol:
    """A QR code in the middle, with the most redundancy there is; `share` of the width between the margins."""

    text: str
    share: float


@dataclass(frozen=True, slots=True)
class NewPage:
    """What follows begins a page, under the form's title."""


Block = Heading | Paragraph | Pairs | Table | Symbol | NewPage


@dataclass(frozen=True, slots=True)
class Form:
    """A document to print; landscape for wide tables, with narrow margins. `footer` stands left of the page number."""

    title: str
    blocks: tuple[Block, ...]
    landscape: bool = False
    footer: str = ""


def write_form(form: Form) -> bytes:
    """The form as PDF."""
    sheet = _Sheets(form)
    sheet.title()
    for block in form.blocks:
        sheet.put(block)
    return sheet.finished()


def font_file() -> bytes:
    """The Chinese and Latin typeface that forms are printed in, as a TrueType file."""
    return bytes(_font().buffer)


@cache
def _pymupdf() -> Untyped:
    import pymupdf  # noqa: PLC0415 - see above: loaded when something is printed

    return pymupdf


@cache
def _font() -> Untyped:
    return _pymupdf().Font("cjk")


def _wrapped(text: str, size: float, width: float) -> list[str]:
    """Lines of at most `width` points. Chinese breaks anywhere but before closing marks, Latin words stay whole."""
    lines = [""]
    for piece in _pieces(text):
        if piece == "\n":
            lines.append("")
        elif not lines[-1] or _fits(lines[-1] + piece, size, width) or piece in _NOT_FIRST:
            lines[-1] += piece
        else:
            lines.append(piece.lstrip())
        lines[-1:] = _broken(lines[-1], size, width)
    return [line.rstrip() for line in lines]


def _pieces(text: str) -> Iterator[str]:
    word = ""
    for character in text:
        if character.isascii() and not character.isspace():
            word += character
            continue
        if word:
            yield word
            word = ""
        yield character
    if word:
        yield word


def _broken(line: str, size: float, width: float) -> list[str]:
    """A word that is longer than the line, cut where it has to be."""
    lines = []
    while len(line) > 1 and not _fits(line[:-1], size, width):
        cut = next(n for n in range(len(line) - 1, 0, -1) if n == 1 or _fits(line[:n], size, width))
        lines.append(line[:cut])
        line = line[cut:]
    return [*lines, line]


def _fits(text: str, size: float, width: float) -> bool:
    return _length(text.rstrip(), size) <= width


def _length(text: str, size: float) -> float:
    return size * sum(map(_advance, text))


@cache
def _advance(character: str) -> float:
    """The character's width in ems."""
    return float(_font().glyph_advance(ord(character)))


def _dark_runs(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Where the dark modules of a row begin and end."""
    start = 0
    for dark, run in groupby(row):
        end = start + len(list(run))
        if dark:
            yield start, end
        start = end


class _Cells:
    """The cells of a row as lines that fit their columns."""

    def __init__(self, row: Sequence[str], widths: Sequence[float], size: float) -> None:
        self.widths, self.size, self.step = widths, size, size * (_TIGHT if size < _BODY else _LEADING)
        self.lines = [_wrapped(cell, size, width - 2 * _PADDING) for cell, width in zip(row, widths, strict=True)]
        self.height = max(map(len, self.lines)) * self.step + 2 * _PADDING


class _Sheets:
    """The pages being filled, from top to bottom."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._width, self._height = (_LONG, _SHORT) if form.landscape else (_SHORT, _LONG)
        self._margin = _NARROW if form.landscape else _MARGIN
        self._inner = self._width - 2 * self._margin
        self._file = _pymupdf().open()
        self._texts: list[Untyped] = []
        self._turn_over()

    def title(self) -> None:
        """The form's title, in the middle."""
        for line in _wrapped(self._form.title, _TITLE, self._inner):
            length = _length(line, _TITLE)
            self._write(line, self._margin + (self._inner - length) / 2, self._y, _TITLE)
            self._y += _TITLE * _LEADING
        self._y += _BODY

    def put(self, block: Block) -> None:
        """One block at the place that is reached."""
        match block:
            case Heading(text):
                self._need(_HEADING * _LEADING * 3)
                self._y += _BODY / 2
                self._lines(text, _HEADING)
            case Paragraph(text):
                self._lines(text, _BODY)
                self._y += _BODY / 2
            case Pairs(rows):
                self._table(Table((), rows, (_KEY_SHARE, 1 - _KEY_SHARE)))
            case Table():
                self._table(block)
            case Symbol(text, share):
                self._symbol(text, self._inner * share)
            case NewPage():
                self._turn_over()
                self.title()

    def finished(self) -> bytes:
        """Number the pages and close."""
        count = len(self._texts)
        for number, writer in enumerate(self._texts, start=1):
            self._text = writer
            said = f"{number} / {count}"
            length = _length(said, _SMALL)
            self._write(said, self._width - self._margin - length, self._height - _FOOT, _SMALL)
            self._write(self._form.footer, self._margin, self._height - _FOOT, _SMALL)
            writer.write_text(self._file[number - 1])
        self._file.subset_fonts()
        self._file.set_metadata({"title": self._form.title, "producer": "Anjuan"})
        written: bytes = self._file.tobytes(garbage=3, deflate=True, no_new_id=True)
        self._file.close()
        return written

    def _lines(self, text: str, size: float) -> None:
        for line in _wrapped(text, size, self._inner):
            self._need(size * _LEADING)
            self._write(line, self._margin, self._y, size)
            self._y += size * _LEADING

    def _table(self, table: Table) -> None:
        columns = len(table.rows[0]) if table.rows else len(table.head)
        shares = table.shares or (1 / columns,) * columns
        widths = [self._inner * share / sum(shares) for share in shares]
        size = _DENSE if table.dense else _BODY
        head = _Cells(table.head, widths, size) if table.head else None
        if head:
            self._row(head, fill=_HEAD_FILL)
        for row in table.rows:
            cells = _Cells(row, widths, size)
            if cells.height > self._left() and self._y > self._margin:
                self._turn_over()
                if head:
                    self._row(head, fill=_HEAD_FILL)
            self._row(cells)
        self._y += _BODY

    def _symbol(self, text: str, side: float) -> None:
        self._need(side + _BODY)
        rows = [
            [dark == 1 for dark in row] for row in segno.make(text, error="h", micro=False, boost_error=False).matrix
        ]
        step, left = side / len(rows), self._margin + (self._inner - side) / 2
        shape = self._page.new_shape()
        for down, row in enumerate(rows):
            for first, last in _dark_runs(row):
                corner = (left + first * step, self._y + down * step)
                shape.draw_rect(_pymupdf().Rect(*corner, left + last * step, self._y + (down + 1) * step))
        shape.finish(color=None, fill=(0, 0, 0), width=0)
        shape.commit()
        self._y += side + _BODY

    def _row(self, cells: _Cells, fill: tuple[float, float, float] | None = None) -> None:
        x = self._margin
        self._need(cells.height)
        shape = self._page.new_shape()  # one for a row: each that is committed costs as much as all of its page
        for lines, width in zip(cells.lines, cells.widths, strict=True):
            shape.draw_rect(_pymupdf().Rect(x, self._y, x + width, self._y + cells.height))
            for i, line in enumerate(lines):
                self._write(line, x + _PADDING, self._y + _PADDING + i * cells.step, cells.size)
            x += width
        shape.finish(color=_RULE, fill=fill, width=0.5)
        shape.commit()
        self._y += cells.height

    def _need(self, height: float) -> None:
        if height > self._left() and self._y > self._margin:
            self._turn_over()

    def _left(self) -> float:
        return self._height - _FOOT - 2 * _SMALL - self._y

    def _turn_over(self) -> None:
        self._page = self._file.new_page(width=self._width, height=self._height)
        self._text = _pymupdf().TextWriter(self._page.rect)
        self._texts.append(self._text)
        self._y = self._margin

    def _write(self, text: str, x: float, top: float, size: float) -> None:
        if text:
            self._text.append((x, top + size), text, font=_font(), fontsize=size)
