"""A paper's rows printed as its wording wants them set: letter, form, card, spread, strip, columns, down the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from tests.drawn.canvas import A4, Canvas, Colour, Drawn
from tests.drawn.fonts import Face, choose
from tests.drawn.papers import marks
from tests.drawn.papers.paper import Paper
from tests.drawn.papers.seals import sealed

_A5, _A5_ACROSS, _A4_ACROSS, _SLIP = (420, 595), (595, 420), (842, 595), (612, 340)
_CARD = (243, 153)
_FOOT = 50
_LABEL = 12
_WHITE = (255, 255, 255)
_PEN = (30, 40, 120)
_TINTS = ((252, 246, 232), (250, 236, 236), (236, 244, 250), (240, 248, 238))
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
    hand: Face | None = None
    column: float = 0
    """Where values stand when their labels have a column of their own."""

    @property
    def full(self) -> bool:
        return self.y > self.canvas.size[1] - _FOOT

    def row(self, row: str) -> None:
        """One row of a wording with its mark."""
        if row.startswith(marks.SEALED):
            top = self.y
            self.row(row.removeprefix(marks.SEALED))
            x = self.canvas.dice.uniform(0.3, 0.8) * (self.right - self.left) + self.left
            sealed(self.canvas, row, x, (top + self.y) / 2)
            return
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
        elif row.startswith(marks.SMALL):
            size = self.size * 0.75
            for line in self._wrapped(row[2:], self.right - self.left, size):
                self.canvas.line(line, self.left, self.y, size)
                self.y += size * 1.4
        elif "\t" in row:
            self._gapped(row.split("\t"))
        else:
            self._paragraph(row)

    def _paragraph(self, row: str) -> None:
        if self.column and 0 < len(_label(row)) <= _LABEL:
            self._labelled(_label(row), row)
            return
        lines = list(self._wrapped(row, self.right - self.left, self.size))
        for line in lines:
            self._text(line, self.left, by_hand=len(lines) == 1)

    def tall(self, row: str) -> float:
        """How much of the page the row takes, as near as paging needs it."""
        row = row.removeprefix(marks.SEALED)
        if row.startswith(marks.RULED):
            return self._grid(marks.cells(row))[-1]
        texts = row.split("\t")
        step = (self.right - self.left) / len(texts) - (self.size if len(texts) > 1 else 0)
        return max(len(list(self._wrapped(text, step, self.size))) for text in texts) * self.size * self.leading

    def _text(self, line: str, x: float, *, by_hand: bool = False) -> None:
        if line.strip():
            self._filled(line, x) if by_hand and self.hand else self.canvas.line(line, x, self.y, self.size)
        self.y += self.size * self.leading

    def _labelled(self, label: str, row: str) -> None:
        """A label that ends where its value begins, without a colon."""
        value = row[len(label) + 1 :].lstrip()
        gap = self.size * 1.2
        width = self.canvas.width(label, self.size)
        for n, part in enumerate(self._wrapped(value, self.right - self.column, self.size) if value else [""]):
            cells = [(label, max(self.left, self.column - gap - width))] if n == 0 else []
            self.canvas.row([*cells, (part, self.column)], self.y, self.size)
            self.y += self.size * self.leading

    def _filled(self, line: str, x: float) -> None:
        """A printed label and what a pen has put behind it."""
        head = _label(line)
        tail = line[len(head) + 1 :]
        if not 0 < len(head) <= _LABEL or not tail:
            self.canvas.line(line, x, self.y, self.size)
            return
        put = self.canvas.put(line[: len(head) + 1], x, self.y, self.size)
        x += self.canvas.width(put, self.size)
        self.canvas.put(tail, x, self.y - self.size * 0.08, self.size * 1.08, colour=_PEN, face=self.hand)
        self.canvas.printed.append(line)

    def _gapped(self, texts: Sequence[str]) -> None:
        step = (self.right - self.left) / len(texts)
        lines = [list(self._wrapped(text, step - self.size, self.size)) for text in texts]
        for depth in range(max(map(len, lines))):
            row = [(own[depth], self.left + n * step) for n, own in enumerate(lines) if depth < len(own)]
            self.canvas.row(row, self.y, self.size)
            self.y += self.size * self.leading

    def _grid(self, texts: Sequence[str]) -> tuple[list[list[str]], list[float], float, float]:
        """The lines of each cell, the cells' widths, the size of print and the height of the row."""
        texts = _merged(texts)
        size = self.size * 0.92
        wanted = [max(3.0, min(self.canvas.width(text, size) / size, 16.0)) + 1.5 for text in texts]
        scale = (self.right - self.left) / sum(wanted)
        widths = [one * scale for one in wanted]
        lines = [list(self._wrapped(t, width - size * 0.8, size)) for t, width in zip(texts, widths, strict=True)]
        return lines, widths, size, max(map(len, lines)) * size * 1.25 + size * 0.9

    def _ruled(self, texts: Sequence[str]) -> None:
        lines, widths, size, height = self._grid(texts)
        x = self.left
        for place, (own, width) in enumerate(zip(lines, widths, strict=True)):
            self.canvas.box(x, self.y, width, height)
            top = self.y + (height - len(own) * size * 1.25) / 2
            for n, line in enumerate(own):
                if self.hand and place % 2:
                    text = self.canvas.put(
                        line, x + size * 0.4, top + n * size * 1.25, size, colour=_PEN, face=self.hand
                    )
                    self.canvas.printed.append(text)
                else:
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


def _label(row: str) -> str:
    """What stands before the first colon."""
    head, colon, _ = row.partition("：" if "：" in row else ":")
    return head if colon else ""


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


def _whole(dice: Random, dpi: int, rows: Sequence[str], size: tuple[int, int], points: tuple[float, float], *,
           hand: bool = False, framed: bool = False, labels: float = 0) -> Iterator[Drawn]:  # fmt: skip
    """Rows on as many pages as they need, none of them cut; filled in by hand, in a frame, or labels in a column."""
    at, leading = dice.uniform(*points), dice.uniform(1.4, 1.9)
    margin, brush = size[0] * dice.uniform(0.08, 0.13), not hand and not framed and dice.random() < _BRUSH
    pen, tint = (choose(dice, "".join(rows).replace("\t", ""), brush=True) if hand else None), dice.choice(_TINTS)
    flow = None
    for row in rows:
        if flow is None or flow.y + flow.tall(row) > size[1] - _FOOT:
            if flow:
                yield flow.canvas.finished()
            canvas = _canvas(dice, dpi, size, rows, brush=brush)
            if framed:
                _frame(canvas, tint)
            flow = _Flow(canvas, margin, size[0] - margin, size[1] * dice.uniform(0.07, 0.1), at, leading, hand=pen)
            flow.column = margin + labels * size[0] if labels else 0
        flow.row(row)
    if flow:
        yield flow.canvas.finished()


def _frame(canvas: Canvas, tint: Colour) -> None:
    """Paper of a colour with a border of two lines and pale waves, as certificates have."""
    width, height = canvas.size
    canvas.image.paste(tint, (0, 0, *canvas.image.size))
    pale = (tint[0] - 14, tint[1] - 14, tint[2] - 14)
    step = canvas.px(9)
    for y in range(canvas.px(30), canvas.image.height - canvas.px(30), step):
        canvas.pen.line((canvas.px(30), y, canvas.image.width - canvas.px(30), y + step // 2), fill=pale)
    for inset in (22, 27):
        canvas.box(inset, inset, width - 2 * inset, height - 2 * inset)


def _deed(dice: Random, dpi: int, rows: Sequence[str]) -> Iterator[Drawn]:
    return _whole(dice, dpi, rows, A4, (10.0, 13.0))


def _by_hand(dice: Random, dpi: int, rows: Sequence[str]) -> Iterator[Drawn]:
    return _whole(dice, dpi, rows, A4, (10.5, 12.5), hand=True)


def _framed(dice: Random, dpi: int, rows: Sequence[str]) -> Iterator[Drawn]:
    return _whole(
        dice, dpi, rows, A4 if len(rows) > 16 or dice.random() < 0.3 else _A4_ACROSS, (12.0, 14.5), framed=True
    )


def _sheet(dice: Random, dpi: int, rows: Sequence[str]) -> Iterator[Drawn]:
    return _whole(dice, dpi, rows, _A4_ACROSS, (9.5, 12.0), hand=dice.random() < 0.2)


def _booklet(dice: Random, dpi: int, rows: Sequence[str]) -> Iterator[Drawn]:
    return _whole(dice, dpi, rows, _A5, (9.0, 10.5))


def _labelled(dice: Random, dpi: int, rows: Sequence[str]) -> Iterator[Drawn]:
    return _whole(dice, dpi, rows, A4, (10.0, 12.0), labels=dice.uniform(0.24, 0.3))


def _banner(dice: Random, dpi: int, rows: Sequence[str]) -> Iterator[Drawn]:
    """A house's paper: its name white on a band of its colour, and a line at the foot."""
    colour = dice.choice(((20, 70, 140), (150, 30, 40), (30, 110, 80), (70, 70, 80)))
    at, leading, margin = dice.uniform(10.0, 12.0), dice.uniform(1.5, 1.9), A4[0] * dice.uniform(0.08, 0.13)
    canvas = _canvas(dice, dpi, A4, rows, brush=False)
    canvas.pen.rectangle((0, 0, canvas.image.width, canvas.px(58)), fill=colour)
    canvas.line(rows[0], margin, 22, min(16.0, 0.9 * 16.0 * A4[0] * 0.8 / canvas.width(rows[0], 16)), colour=_WHITE)
    canvas.rule(margin, A4[1] - 45, A4[0] - margin, A4[1] - 45)
    canvas.line(rows[1], margin, A4[1] - 38, 7.5, colour=(90, 90, 90))
    flow = _Flow(canvas, margin, A4[0] - margin, 84, at, leading)
    for row in rows[2:]:
        flow.row(row)
    yield canvas.finished()


def _slip(dice: Random, dpi: int, rows: Sequence[str]) -> Iterator[Drawn]:
    return _whole(dice, dpi, rows, _SLIP, (8.0, 9.5), framed=dice.random() < 0.4)


LOOKS: dict[str, Callable[[Random, int, Sequence[str]], Iterator[Drawn]]] = {
    "letter": _letter, "form": _letter, "landscape": _landscape, "strip": _strip, "card": _card, "spread": _spread,
    "columns": _columns, "vertical": _vertical, "deed": _deed, "byhand": _by_hand, "framed": _framed, "sheet": _sheet,
    "booklet": _booklet, "labelled": _labelled, "banner": _banner, "slip": _slip,
}  # fmt: skip


def drawn(paper: Paper, dice: Random, dpi: int) -> list[Drawn]:
    """The paper's pages as printed; a page of a wording may take several sheets."""
    look = LOOKS[paper.wording.look]
    return [page for rows in paper.set_rows for page in look(dice, dpi, rows)]
