"""A whole document as one text whose every character knows its page and place, with the labels found in it."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from archive.han import is_han
from workers import layout
from workers.labels import EXACT, FORGIVING, concept_of, concept_of_misread
from workers.layout import GAP, Glyph, Passage
from workers.sheets import Box, PageState, Sheet

ROW, PAGE = "\n", "\f"
_AFTER_LABEL = re.compile(
    r"[ \t]*(?:[(\[](?!\d{4}[)\]])[^()\[\]\n]{0,24}[)\]](?:名称|姓名|全称)?|/[一-鿿]{2,4}(?=[:;\t\n]))?"
    r"(?:及(?:身份证|证件|组织机构|统一|纳税人|税号|代码|电话|地址)[一-鿿/]{0,12})?"
    r"[】〕」』]?[ \t]*(?P<colon>[:;=]|\.(?!\d)|)[ \t]*"
)
_EDGE = 0.35
_ROWS_BELOW = 4
_FULL, _WRAPPED = 0.85, 40
_ENDS_A_NAME = frozenset(("公司", "单位"))
_ALONE = 0.8
"""A label of one character (致) is one only where it stands by itself."""
_SETS_OFF = frozenset((":", ";", "(", " ", GAP, ROW, ""))
_ENDS_A_NUMBER = frozenset("条款章项节日元")


@dataclass(frozen=True, slots=True)
class Label:
    """A label at folded[start:end]; its value may begin at `value`. `sure` in 0..1: how clearly it is a label there."""

    concept: str
    start: int
    end: int
    value: int
    sure: float
    aside: str = ""


class Transcript:
    """The readable pages of a document: `text` as printed, `folded` for comparing, both of the same length."""

    def __init__(self, sheets: Iterable[Sheet]) -> None:
        self._glyphs: list[Glyph] = []
        self._pages: list[int] = []
        for sheet in sheets:
            if sheet.state is PageState.RECOGNISED:
                self._add(sheet.number, layout.rows(sheet))
        whole = Passage(0, self._glyphs)
        self.text = whole.text
        self.folded = whole.folded

    def _add(self, page: int, rows: Sequence[Passage]) -> None:
        for row in rows:
            glyphs = [*row.glyphs, Glyph(ROW, (0.0, 0.0, 0.0, 0.0), 1.0)]
            self._glyphs.extend(glyphs)
            self._pages.extend([page] * len(glyphs))

    def page_at(self, place: int) -> int:
        """The number of the page that the character stands on."""
        return self._pages[place]

    def box(self, start: int, end: int) -> Box:
        """The box of text[start:end], of the part on its first page."""
        page = self._pages[start]
        inside = range(start, end)
        return layout.union(
            self._glyphs[n].box for n in inside if self._pages[n] == page and not self._glyphs[n].text.isspace()
        )

    def confidence(self, start: int, end: int) -> float:
        """The lowest confidence that recognition gave to any character of text[start:end]."""
        return min((self._glyphs[n].confidence for n in range(start, end)), default=0.0)

    @cached_property
    def _row_starts(self) -> list[int]:
        return [0, *(place + 1 for place, character in enumerate(self.folded) if character == ROW)]

    def row_at(self, place: int) -> tuple[int, int]:
        """Start and end of the row that the character stands in, without its line break."""
        start = self._row_starts[bisect.bisect_right(self._row_starts, place) - 1]
        end = self.folded.find(ROW, start)
        return start, end if end >= 0 else len(self.folded)

    def next_row(self, place: int) -> tuple[int, int] | None:
        """The row after the one that the character stands in, if it is on the same page."""
        start = self.row_at(place)[1] + 1
        if start >= len(self.folded) or self._pages[start] != self._pages[place]:
            return None
        return self.row_at(start)

    def running(self, start: int, end: int) -> list[int]:
        """The places of text[start:end], and of what follows in the next row where this one is full and so wraps."""
        places = [place for place in range(start, end) if self.folded[place] != ROW]
        following = self.next_row(start)
        if following is None or end != self.row_at(start)[1] or not self._is_full(end - 1):
            return places
        first = next(iter(self.cells(*following)), following)
        return places + list(range(first[0], min(first[1], first[0] + _WRAPPED)))

    def _is_full(self, last: int) -> bool:
        """Whether a row that ends with this character reaches to where running text ends on its page."""
        x, _, width, _ = self._glyphs[last].box
        return x + width >= _FULL * self._right_edges[self._pages[last]]

    @cached_property
    def _right_edges(self) -> dict[int, float]:
        edges: dict[int, float] = {}
        for page, glyph in zip(self._pages, self._glyphs, strict=True):
            edges[page] = max(edges.get(page, 0.0), glyph.box[0] + glyph.box[2])
        return edges

    def below(self, start: int, end: int) -> tuple[int, int] | None:
        """The cell of the next row that stands below text[start:end], None when nothing stands there."""
        following = self.next_row(start)
        if following is None:
            return None
        left, top, width, height = self.box(start, end)
        under: list[tuple[float, tuple[int, int]]] = []
        for cell in self.cells(*following):
            x, y, cell_width, cell_height = self.box(*cell)
            near = y - top < _ROWS_BELOW * max(height, cell_height)
            if near and x < left + width + _EDGE * height and x + cell_width > left - _EDGE * height:
                under.append((abs(x - left), cell))
        return min(under)[1] if under else None

    def going_on(self, start: int, end: int) -> tuple[int, int] | None:
        """Where a cell's text[start:end] goes on: below it or its label, or at the margin in a row of its own."""
        row_start, row_end = self.row_at(start)
        cell_start = self.text.rfind(GAP, row_start, start) + 1 or row_start
        below = self.below(start, end) or self.below(cell_start, end)
        following = self.next_row(start)
        alone = following is not None and len(self.cells(*following)) == 1
        return below or (following if alone or end >= row_end else None)

    def cells(self, start: int, end: int) -> list[tuple[int, int]]:
        """The parts of a row that wide gaps divide."""
        spans, place = [], start
        for part in self.folded[start:end].split(GAP):
            if part.strip():
                spans.append((place, place + len(part)))
            place += len(part) + 1
        return spans

    def all_cells(self) -> list[tuple[int, int]]:
        """The cells of all rows in reading order."""
        ends = [*(start - 1 for start in self._row_starts[1:]), len(self.folded)]
        return [cell for start, end in zip(self._row_starts, ends, strict=True) for cell in self.cells(start, end)]

    @cached_property
    def flowing(self) -> tuple[str, list[int]]:
        """The folded text without any blank or break, and for each of its characters the place in `folded`."""
        places = [place for place, character in enumerate(self.folded) if not character.isspace()]
        return "".join(self.folded[place] for place in places), places

    @cached_property
    def labels(self) -> list[Label]:
        """All labels in reading order; where two begin alike the longer one counts."""
        exact = [self._label(hit, concept_of(hit[0])) for hit in EXACT.finditer(self.folded)]
        exact = [label for label in exact if label.end - label.start > 1 or label.sure >= _ALONE]
        lengths = {one.start: (one.value if one.aside else one.end) - one.start for one in exact}
        misread = [label for label in self._misread_labels() if label.end - label.start > lengths.get(label.start, 0)]
        covered = {place for label in misread for place in range(label.start, label.end)}
        return sorted([*misread, *(one for one in exact if one.start not in covered)], key=lambda label: label.start)

    def _misread_labels(self) -> Iterator[Label]:
        """Labels with one misread character where a cell begins, set off from what follows."""
        for start in self._cell_starts():
            hit = FORGIVING.match(self.folded, start)
            if hit and not EXACT.fullmatch(hit[0]) and self.folded[hit.end() : hit.end() + 1] in _SETS_OFF:
                yield self._label(hit, concept_of_misread(hit))

    def _cell_starts(self) -> list[int]:
        return [hit.end() for hit in re.finditer(r"(?:^|[\n\t ])(?=[^\s])", self.folded)]

    def _label(self, hit: re.Match[str], concept: str) -> Label:
        after = _AFTER_LABEL.match(self.folded, hit.end())
        if after is None:  # the pattern also matches nothing at all
            raise AssertionError(hit)
        aside = self.folded[hit.end() : after.start("colon")].strip()
        return Label(concept, hit.start(), hit.end(), after.end(), self._sureness(hit, after), aside)

    def _sureness(self, hit: re.Match[str], after: re.Match[str]) -> float:
        before = self.folded[hit.start() - 1] if hit.start() else ROW
        beside = self.folded[hit.end()] if hit.end() < len(self.folded) else ROW
        glued = is_han(before) or (before.isalnum() and not (before.isdigit() and hit[0].isascii()))
        opens = not glued or before in _ENDS_A_NUMBER
        if hit[0] in _ENDS_A_NAME and is_han(before):
            return 0.2
        if after["colon"]:
            return 1.0 if opens else 0.7
        if not opens:
            return 0.3
        if hit[0].isascii() and hit[0].isalpha() and beside == " ":
            return 0.45
        return 0.9 if beside in (GAP, ROW) else 0.85 if beside == " " else 0.75

    @cached_property
    def _label_starts(self) -> list[int]:
        return [label.start for label in self.labels]

    def labels_between(self, start: int, end: int) -> list[Label]:
        """The labels that begin in text[start:end], in reading order."""
        first, last = (bisect.bisect_left(self._label_starts, place) for place in (start, end))
        return self.labels[first:last]

    def following_label(self, start: int, end: int, *, sure: float = 0.0) -> int:
        """Where the next label begins in text[start:end]; the end when none does."""
        return next((label.start for label in self.labels_between(start, end) if label.sure >= sure), end)
