"""A paper's rows printed as its wording wants them set: letter, form, card, spread, strip, columns, down the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from tests.drawn.canvas import A4, Canvas, Drawn
from tests.drawn.fonts import choose
from tests.drawn.papers import marks
from tests.drawn.papers.paper import Paper

_A5, _A5_ACROSS, _A4_ACROSS = (420, 595), (595, 420), (842, 595)
_CARD = (243, 153)
_FOOT = 50
_BRUSH = 0.12
"""So many papers are set in a face like a hand's."""


@dataclass(slots=True)
class _Flow:
    """Rows set one below the other between two sides of a canvas."""

    canvas: Canvas
    left: float
    right: float
    y: float
    size: float
    leading: float
    table: bool = False

    @property
    def full(self) -> bool:
        return self.y > self.canvas.size[1] - _FOOT

    def row(self, row: str) -> None:
        """One row of a wording with its mark."""
        if self.table and not row.startswith(marks.RULED):
            self.y += self.size * 0.8
        self.table = row.startswith(marks.RULED)
        if row.startswith(marks.CENTRED):
            large = min(1.5, (self.right - self.left) / self.canvas.width(row[2:], self.size))
            self.canvas.centred(row[2:], self.y, self.size * large, left=self.left, right=self.right)
            self.y += self.size * 2.6
        elif row.startswith(marks.RULED):
            self._ruled(marks.cells(row))
        elif row.startswith(marks.RIGHT):
            self._text(row[2:], max(self.left, self.right - self.canvas.width(row[2:], self.size)))
        elif "\t" in row:
            self._gapped(row.split("\t"))
        else:
            for line in self._wrapped(row, self.right - self.left, self.size):
                self._text(line, self.left)

    def _text(self, line: str, x: float) -> None:
        if line.strip():
            self.canvas.line(line, x, self.y, self.size)
        self.y += self.size * self.leading

    def _gapped(self, texts: Sequence[str]) -> None:
        step = (self.right - self.left) / len(texts)
        lines = [list(self._wrapped(text, step - self.size, self.size)) for text in texts]
        for depth in range(max(map(len, lines))):
            row = [(own[depth], self.left + n * step) for n, own in enumerate(lines) if depth < len(own)]
            self.canvas.row(row, self.y, self.size)
            self.y += self.size * self.leading

    def _ruled(self, texts: Sequence[str]) -> None:
        texts = _merged(texts)
        size = self.size * 0.92
        wanted = [max(3.0, min(self.canvas.width(text, size) / size, 16.0)) + 1.5 for text in texts]
        scale = (self.right - self.left) / sum(wanted)
        widths = [one * scale for one in wanted]
        lines = [list(self._wrapped(t, width - size * 0.8, size)) for t, width in zip(texts, widths, strict=True)]
        height = max(map(len, lines)) * size * 1.25 + size * 0.9
        x = self.left
        for own, width in zip(lines, widths, strict=True):
            self.canvas.box(x, self.y, width, height)
            top = self.y + (height - len(own) * size * 1.25) / 2
            for n, line in enumerate(own):
                self.canvas.line(line, x + size * 0.4, top + n * size * 1.25, size)
            x += width
        self.y += height

    def _wrapped(self, text: str, width: float, size: float) -> Iterator[str]:
        rest = text
        while self.canvas.width(rest, size) > width and len(rest) > 1:
            cut = next(n for n in range(2, len(rest) + 1) if self.canvas.width(rest[:n], size) > width) - 1
            if rest[cut - 1].isascii() and rest[cut].isascii() and rest[cut - 1].isalpha():
                cut = rest.rfind(" ", 1, cut) + 1 or cut
            yield rest[:cut]
            rest = rest[cut:]
        yield rest


def _merged(texts: Sequence[str]) -> list[str]:
    """Cells without the empty ones at the end: the last one goes as far as the table."""
    kept = list(texts)
    while len(kept) > 1 and not kept[-1]:
        kept.pop()
    return kept


def _canvas(dice: Random, dpi: int, size: tuple[int, int], rows: Sequence[str], *, brush: bool) -> Canvas:
    text = "".join(dict.fromkeys("".join(rows)))
    return Canvas(dice, size, dpi, choose(dice, text.replace("\t", ""), brush=brush))


def _pages(dice: Random, dpi: int, rows: Sequence[str], size: tuple[int, int], points: tuple[float, float]
           ) -> Iterator[Drawn]:  # fmt: skip
    """Rows from the top, on as many pages as they need."""
    brush, at, leading = dice.random() < _BRUSH, dice.uniform(*points), dice.uniform(1.45, 2.0)
    margin = size[0] * dice.uniform(0.07, 0.14)
    flow = None
    for row in rows:
        if flow is None or flow.full:
            if flow:
                yield flow.canvas.finished()
            canvas = _canvas(dice, dpi, size, rows, brush=brush)
            flow = _Flow(canvas, margin, size[0] - margin, size[1] * dice.uniform(0.05, 0.1), at, leading)
        flow.row(row)
    if flow:
        yield flow.canvas.finished()


def _letter(dice: Random, dpi: int, rows: Sequence[str]) -> Iterator[Drawn]:
    return _pages(dice, dpi, rows, A4, (10.0, 13.0))


def _landscape(dice: Random, dpi: int, rows: Sequence[str]) -> Iterator[Drawn]:
    return _pages(dice, dpi, rows, _A5_ACROSS, (8.5, 10.5))


def _strip(dice: Random, dpi: int, rows: Sequence[str]) -> Iterator[Drawn]:
    return _pages(dice, dpi, rows, (190, 120 + 22 * len(rows)), (8.0, 9.0))


def _card(dice: Random, dpi: int, rows: Sequence[str]) -> Iterator[Drawn]:
    """Each side in a frame of a card's size, one below the other."""
    canvas = _canvas(dice, dpi, _A5, rows, brush=False)
    left, y = dice.uniform(40, 130), dice.uniform(40, 70)
    for side in marks.sides(rows):
        canvas.box(left, y, *_CARD)
        flow = _Flow(canvas, left + 14, left + _CARD[0] - 12, y + 12, dice.uniform(8.0, 9.5), 1.9)
        for row in side:
            flow.row(row)
        y += _CARD[1] + dice.uniform(10, 30)
    yield canvas.finished()


def _spread(dice: Random, dpi: int, rows: Sequence[str]) -> Iterator[Drawn]:
    """Two halves side by side."""
    canvas, middle = _canvas(dice, dpi, _A4_ACROSS, rows, brush=False), _A4_ACROSS[0] / 2
    size = dice.uniform(9.5, 11.5)
    for number, side in enumerate(marks.sides(rows)):
        flow = _Flow(canvas, 40 + number * middle, (number + 1) * middle - 30, dice.uniform(50, 90), size, 2.1)
        for row in side:
            flow.row(row)
    yield canvas.finished()


def _columns(dice: Random, dpi: int, rows: Sequence[str]) -> Iterator[Drawn]:
    """A title across, then two columns of small print."""
    canvas, size = _canvas(dice, dpi, A4, rows, brush=False), dice.uniform(8.0, 9.5)
    canvas.centred(rows[0].removeprefix(marks.CENTRED), 50, 18)
    half = len(rows) // 2 + 1
    for part, (left, right) in ((rows[1:half], (50, 285)), (rows[half:], (310, 545))):
        flow = _Flow(canvas, left, right, 100, size, 1.7)
        for row in part:
            flow.row(row)
    yield canvas.finished()


def _vertical(dice: Random, dpi: int, rows: Sequence[str]) -> Iterator[Drawn]:
    """Columns that run down, from right to left."""
    canvas = _canvas(dice, dpi, A4, rows, brush=dice.random() < 0.5)
    size, x = dice.choice((16.0, 18.0, 20.0)), 510.0
    most = int(690 / (size * 1.08))
    for row in rows:
        for start in range(0, len(row), most):
            canvas.down(row[start : start + most], x, 70, size)
            x -= size * 1.9
    yield canvas.finished()


LOOKS: dict[str, Callable[[Random, int, Sequence[str]], Iterator[Drawn]]] = {
    "letter": _letter, "form": _letter, "landscape": _landscape, "strip": _strip, "card": _card, "spread": _spread,
    "columns": _columns, "vertical": _vertical,
}  # fmt: skip


def drawn(paper: Paper, dice: Random, dpi: int) -> list[Drawn]:
    """The paper's pages as printed; a page of a wording may take several sheets."""
    look = LOOKS[paper.wording.look]
    return [page for rows in paper.set_rows for page in look(dice, dpi, rows)]
