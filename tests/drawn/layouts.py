"""How a page is set: each layout prints random words on a canvas and knows the order in which a person reads them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from random import Random

from tests.drawn import wording
from tests.drawn.canvas import A3, RED, Canvas, Drawn
from tests.drawn.fonts import Face, choose

Layout = Callable[[Random, int], Drawn]
_FOOT = 110
"""Points that running text leaves free at the foot of a page."""
_BASIS = "".join(chr(code) for code in range(33, 127)) + "，。；：（）、年月日元"


def _canvas(dice: Random, dpi: int, size: tuple[int, int] = (595, 842), *, brush: bool = False) -> Canvas:
    return Canvas(dice, size, dpi, _face(dice, brush=brush))


def _face(dice: Random, *, brush: bool = False) -> Face:
    return choose(dice, _BASIS + "仓库设备账户供应商违约金赔偿槐荫", brush=brush)


def _set(  # noqa: PLR0917 - where the print stands and how large it is
    paper: Canvas, texts: list[str], left: float, right: float, y: float, size: float, leading: float
) -> float:
    """Paragraphs between two sides, as many as the page holds. Returns the height below."""
    most = int((right - left) / size)
    for line in (line for text in texts for line in wording.wrapped(text, most)):
        if y > paper.size[1] - _FOOT:
            break
        paper.line(line, left, y, size)
        y += size * leading
    return y


def letter(dice: Random, dpi: int) -> Drawn:
    """A title, paragraphs across the page, name and date on the right."""
    paper = _canvas(dice, dpi)
    size = dice.choice((9.0, 10.5, 12.0, 14.0))
    paper.centred(wording.title(dice), 60, size * 1.7)
    texts = wording.paragraphs(dice, int(90 / size), 110)
    y = _set(paper, texts, 75, 520, 60 + size * 5, size, dice.uniform(1.4, 2.0))
    paper.line(wording.company(dice), 330, min(y + 20, 770), size)
    paper.line(wording.day(dice), 380, min(y + 20, 770) + size * 2, size)
    return paper.finished()


def small_print(dice: Random, dpi: int) -> Drawn:
    """General terms: close lines of six or seven points."""
    paper = _canvas(dice, dpi)
    size = dice.choice((6.0, 6.5, 7.5))
    paper.centred(wording.title(dice), 40, 12)
    _set(paper, wording.paragraphs(dice, 10, 330), 50, 545, 70, size, 1.5)
    return paper.finished()


def form(dice: Random, dpi: int) -> Drawn:
    """A ruled form: label and value in boxes, one or two pairs a row, values in another hand."""
    paper = _canvas(dice, dpi)
    hand = _face(dice, brush=dice.random() < 0.5)
    paper.centred(wording.title(dice), 60, 20)
    y, height = 110.0, dice.uniform(26, 38)
    for _ in range(dice.randint(8, 16)):
        edges = (60, 150, 300, 390, 535) if dice.random() < 0.6 else (60, 150, 535)
        said = []
        for n, (left, right) in enumerate(pairwise(edges)):
            paper.box(left, y, right - left, height)
            text = wording.value(dice) if n % 2 else wording.term(dice)
            size = min(12.0, (right - left - 8) / max(1, len(text.encode("gbk", "replace")) / 2))
            face = hand if n % 2 else None
            said.append(paper.put(text, left + 5, y + (height - size) / 2, size, face=face))
        paper.printed.append("".join(said))
        y += height
    paper.line("经办人：" + wording.person(dice), 60, y + 15, 11)
    return paper.finished()


def table(dice: Random, dpi: int) -> Drawn:
    """A list with a header and many rows, ruled or not."""
    paper, ruled = _canvas(dice, dpi), dice.random() < 0.6
    paper.centred(wording.title(dice), 50, 18)
    left, size = (50.0, 110.0, 230.0, 330.0, 430.0), dice.choice((9.0, 10.0, 11.0))
    makers = (lambda d: str(d.randint(1, 999)), wording.term, wording.code, wording.day, wording.amount)
    y, step = 95.0, size * dice.uniform(1.9, 2.6)
    paper.row([(text, x) for text, x in zip(("序号", "名称", "编号", "日期", "金额"), left, strict=True)], y, size)
    for _ in range(int(min(28, 640 / step))):
        y += step
        paper.row([(make(dice), x) for make, x in zip(makers, left, strict=True)], y, size)
        if ruled:
            paper.rule(44, y - step * 0.25, 545, y - step * 0.25)
    if ruled:
        for x in (*left, 551):
            paper.rule(x - 6, 90, x - 6, y + step * 0.75)
    return paper.finished()


def two_columns(dice: Random, dpi: int) -> Drawn:
    """A title across, then two columns of running text, the left one first."""
    paper, size = _canvas(dice, dpi), dice.choice((8.0, 9.0, 10.0))
    paper.centred(wording.title(dice), 50, 20)
    for left, right in ((55, 285), (310, 540)):
        _set(paper, wording.paragraphs(dice, 5, 150), left, right, 100, size, 1.6)
    return paper.finished()


def spread(dice: Random, dpi: int) -> Drawn:
    """Two pages on one A3, the left one first, each with its own text and page number."""
    paper, size = _canvas(dice, dpi, A3), dice.choice((10.5, 12.0))
    first = dice.randint(1, 30)
    for number, left in enumerate((0, 595)):
        y = 60.0
        if dice.random() < 0.5:
            paper.centred(wording.title(dice), y, size * 1.6, left=left, right=left + 595)
            y += size * 4
        _set(paper, wording.paragraphs(dice, int(80 / size), 110), left + 70, left + 530, y, size, 1.7)
        paper.centred(f"第{first + number}页", 805, 9, left=left, right=left + 595)
    return paper.finished()


def receipt(dice: Random, dpi: int) -> Drawn:
    """A till's strip: narrow and long, names left and amounts right."""
    rows = dice.randint(20, 70)
    paper = _canvas(dice, dpi, (165, 120 + rows * 13))
    paper.centred(wording.company(dice)[-10:], 15, 12)
    paper.line("单号：" + wording.code(dice), 10, 40, 9)
    paper.line("时间：" + wording.day(dice), 10, 54, 9)
    y = 75.0
    for _ in range(rows):
        paper.row([(wording.term(dice), 10), (wording.amount(dice), 100)], y, 9)
        y += 13
    paper.line("合计：" + wording.amount(dice), 10, y + 8, 11)
    return paper.finished()


def vertical(dice: Random, dpi: int) -> Drawn:
    """An old deed: traditional characters in columns that run down, from right to left."""
    text = wording.traditional(dice, 400)
    paper = Canvas(dice, (595, 842), dpi, choose(dice, text, brush=dice.random() < 0.5))
    size = dice.choice((14.0, 18.0, 22.0))
    most, x = int(680 / (size * 1.08)), 520.0
    for start in range(0, len(text), most):
        if x < 70:
            break
        paper.down(text[start : start + most], x, 70, size)
        x -= size * dice.choice((1.7, 1.9))
    return paper.finished()


def mixed(dice: Random, dpi: int) -> Drawn:
    """Chinese and English lines with numbers, in turns."""
    paper, size = _canvas(dice, dpi), dice.choice((9.0, 10.5, 12.0))
    paper.centred(wording.title(dice), 50, 18)
    y = 90.0
    while y < 780:
        paper.line(f"{wording.term(dice)}：{wording.value(dice)}", 70, y, size)
        paper.line(f"{wording.english(dice)} {wording.code(dice)}", 70, y + size * 1.6, size)
        y += size * 3.4
    return paper.finished()


def traditional(dice: Random, dpi: int) -> Drawn:
    """Running text across the page in traditional characters."""
    text = wording.traditional(dice, 600)
    paper = Canvas(dice, (595, 842), dpi, choose(dice, text, brush=dice.random() < 0.3))
    _set(paper, [text], 75, 520, 80, dice.choice((11.0, 13.0)), 1.8)
    return paper.finished()


def handwritten(dice: Random, dpi: int) -> Drawn:
    """A note in brush faces, lines not quite straight."""
    paper = _canvas(dice, dpi, brush=True)
    size, y = dice.choice((14.0, 16.0, 18.0)), 80.0
    for text in wording.paragraphs(dice, 5, 70):
        for line in wording.wrapped(text, int(430 / size)):
            paper.line(line, 80 + dice.uniform(-3, 3), y + dice.uniform(-1.5, 1.5), size)
            y += size * 1.8
    return paper.finished()


def red_head(dice: Random, dpi: int) -> Drawn:
    """An official letter: its head and rule in red, a number, black text."""
    paper = _canvas(dice, dpi)
    head = wording.company(dice)
    paper.line(head, (595 - paper.width(head, 30)) / 2, 70, 30, colour=RED)
    number = f"{head[:2]}发〔{dice.randint(1990, 2035)}〕{dice.randint(1, 200)}号"
    paper.centred(number, 125, 14)
    paper.pen.rectangle([paper.px(side) for side in (60, 150, 535, 152.5)], fill=RED)
    _set(paper, wording.paragraphs(dice, 6, 90), 75, 520, 175, 13, 1.8)
    return paper.finished()


def card(dice: Random, dpi: int) -> Drawn:
    """Two sides of a small card, one below the other, on a whole sheet."""
    paper = _canvas(dice, dpi)
    for top in (120, 330):
        paper.box(175, top, 245, 155)
        for row in range(5):
            cells = [(wording.term(dice)[:2], 187.0), (wording.value(dice)[:12], 235.0)]
            paper.row(cells, top + 14 + row * 26, 9.5)
    return paper.finished()


LAYOUTS: dict[str, Layout] = {
    layout.__name__: layout
    for layout in (
        letter, small_print, form, table, two_columns, spread, receipt, vertical, mixed, traditional, handwritten,
        red_head, card,
    )
}  # fmt: skip
PLAIN = (letter, form, table, mixed)
"""What damage is tried on."""
