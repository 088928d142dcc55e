"""What recognition makes of a drawn paper: sheets with places, and the mistakes that real engines make."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.drawn.canvas import Drawn
from tests.drawn.damage import DAMAGES, none, several
from tests.drawn.pages import as_decoded
from tests.drawn.papers.paper import Paper
from tests.drawn.papers.setting import drawn
from tests.unit.workers.papers import LEADING, LEFT, SIZE, TOP, width_of
from workers.ocr.engine import Engine
from workers.recognise import recognise
from workers.sheets import Line, PageState, Sheet, Word

# fmt: off
_TAKEN_FOR = {
    "己": "已", "已": "己", "未": "末", "末": "未", "日": "曰", "0": "O", "O": "0", "1": "l", "I": "1", "8": "B",
    "B": "8", "5": "S", "S": "5", "贰": "贷", "叁": "参", "元": "兀", "圆": "园", "整": "正", "士": "土", "土": "士",
    "人": "入", "入": "人", "大": "太", "华": "毕", "晟": "成", "市": "巾", "公": "厶", "司": "同", "限": "陌",
    "责": "贵", "任": "仼", "号": "亏", "码": "玛", "证": "证", "签": "答", "期": "朋", "租": "祖", "贸": "贺",
    "易": "昜", "投": "没", "管": "菅", "理": "埋", "设": "没", "备": "各", "洋": "详", "杨": "扬", "陈": "陳",
    "钱": "线", "军": "车", "玲": "铃", "明": "朋", "建": "健", "志": "忘", "宏": "宠", "博": "搏", "佳": "住",
    "2": "Z", "6": "b", "：": ";", "（": "(", "）": ")", "・": "", "—": "一", "-": "一", ".": "·", ",": ".",
    "乙": "Z", "甲": "申", "代": "伐", "票": "栗", "据": "掘", "收": "牧", "委": "季", "托": "拖",
}
# fmt: on
_DPI = (150, 200, 200, 300)
_HARMED, _WORST = 0.65, 0.1
_HARMS = [damage for name, damage in DAMAGES.items() if name != "none"]
_DROPPED = "：:，。、；（）()·—"


@dataclass(frozen=True, slots=True)
class Damage:
    """How badly a paper was read: shares of characters misread and punctuation lost, of rows split and glued."""

    misread: float = 0.0
    dropped: float = 0.0
    glued: float = 0.0
    split: float = 0.0
    sealed: float = 0.0


CLEAN = Damage()
USUAL = Damage(misread=0.004, dropped=0.03, glued=0.05, split=0.04, sealed=0.15)
BAD = Damage(misread=0.02, dropped=0.12, glued=0.2, split=0.1, sealed=0.5)


def sheets(paper: Paper, dice: random.Random, damage: Damage) -> list[Sheet]:
    """The paper's pages as recognition gives them."""
    return [_sheet(number, rows, dice, damage) for number, rows in enumerate(paper.pages, 1)]


def pictures(paper: Paper, dice: random.Random) -> list[Drawn]:
    """The paper's pages as scanned: set as its wording says, with one kind of damage, or two or three at once."""
    dpi, draw = dice.choice(_DPI), dice.random()
    kinds = _HARMS if draw < _HARMED else [several] if draw > 1 - _WORST else [none]
    return [dice.choice(kinds)(page, dice) for page in drawn(paper, dice, dpi)]


def recognised(pages: Sequence[Drawn], engine: Engine) -> list[Sheet]:
    """Scanned pages read by a real engine; slow."""
    return [recognise(replace(as_decoded(page), number=number), engine) for number, page in enumerate(pages, 1)]


def _sheet(number: int, rows: Sequence[str], dice: random.Random, damage: Damage) -> Sheet:
    sealed = set(range(max(0, len(rows) - 4), len(rows))) if dice.random() < damage.sealed else set()
    lines: list[Line] = []
    y = TOP
    for place, row in enumerate(rows):
        lines += _row(row, y + dice.uniform(-2, 2), dice, damage, sealed=place in sealed)
        y += LEADING * dice.choice((0.9, 1.0, 1.15))
    lines = [line for line in lines if line.text.strip()]
    confidence = sum(line.confidence for line in lines) / max(1, len(lines))
    return Sheet(number, 1654, 2339, 200, PageState.RECOGNISED, tuple(lines), confidence)


def _row(row: str, y: float, dice: random.Random, damage: Damage, *, sealed: bool) -> list[Line]:
    """The cells of a row, each a line of its own as detectors give them; now and then two are glued or one is split."""
    x, lines = LEFT, []
    cells = row.split("\t")
    if len(cells) > 1 and dice.random() < damage.glued:
        cells = [" ".join(cells)]
    for cell in cells:
        text = cell.lstrip("　 ")
        x += (len(cell) - len(text)) * SIZE
        for part in _split(text, dice, damage.split):
            lines.append(_line(part, x, y, dice, damage, sealed=sealed))
            x += width_of(part)
        x = max(x + 3 * SIZE, LEFT + (int((x - LEFT) / 260) + 1) * 260)
    return lines


def _split(text: str, dice: random.Random, share: float) -> list[str]:
    wide = text.find("　　", 1)
    if wide > 0:
        return [*_split(text[:wide], dice, share), *_split(text[wide:], dice, share)]
    colon = max(text.find("："), text.find(":"))
    if 0 < colon < len(text) - 1 and dice.random() < share:
        return [text[: colon + 1], text[colon + 1 :]]
    return [text]


def _line(text: str, x: float, y: float, dice: random.Random, damage: Damage, *, sealed: bool) -> Line:
    words: list[Word] = []
    printed = ""
    for character in text:
        width = width_of(character)
        seen, sure = _seen(character, dice, damage, sealed=sealed)
        if seen and not seen.isspace():
            words.append(Word(seen, (x, y, width, SIZE), sure))
        printed += seen
        x += width
    sure = sum(word.confidence for word in words) / max(1, len(words))
    left = words[0].box[0] if words else x
    return Line(printed.replace("　", " "), (left, y, x - left, SIZE), sure, tuple(words))


def _seen(character: str, dice: random.Random, damage: Damage, *, sealed: bool) -> tuple[str, float]:
    """What is read for a printed character, and how sure the engine is of it."""
    if character in _DROPPED and dice.random() < damage.dropped:
        return "", 1.0
    if sealed and dice.random() < damage.misread * 6:
        return ("", 1.0) if dice.random() < 0.5 else (_TAKEN_FOR.get(character, character), dice.uniform(0.4, 0.9))
    if character in _TAKEN_FOR and dice.random() < damage.misread * 3:
        return _TAKEN_FOR[character], dice.uniform(0.45, 0.97)
    return character, dice.uniform(0.96, 1.0)
