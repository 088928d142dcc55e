"""Printed page numbers held against the order and the count of the scans (DA/T 31-2017, 10.5.2 and 10.5.3)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from workers.numerals import NotANumeral, number
from workers.sheets import Finding, Line, PageState, Sheet

PRINTED = "printed_page"
"""Code of the note that says which number a page bears, as 3 or 3/12; no fault."""
_MISSING, _ORDER, _COUNT = "10.5.2", "10.5.3", "10.5.2"
_HEAD, _FOOT = 0.12, 0.85
_SURE = 0.8
_MOST = 5000

_NUMERAL = r"([0-9]{1,4}|[〇一二三四五六七八九十百]{1,6})"
_FORMS = (
    re.compile(rf"共(?P<of>{_NUMERAL})页[/,;、(]?第(?P<page>{_NUMERAL})页"),
    re.compile(rf"第{_NUMERAL}页(?:[/,;、(]?共{_NUMERAL}页)?"),
    re.compile(r"page([0-9]{1,4})(?:(?:of|/)([0-9]{1,4}))?"),
    re.compile(r"^[-—–~·.]+([0-9]{1,4})[-—–~·.]+()$"),
    re.compile(r"^([0-9]{1,4})/([0-9]{1,4})$"),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A sheet's place among the scans, the number printed on it, and of how many; 0 when that is not said."""

    place: int
    page: int
    of: int = 0

    def goes_on(self, earlier: Mark) -> bool:
        """Whether it belongs to the same paper as an earlier one."""
        return self.page != 1 and (self.of == earlier.of or not (self.of and earlier.of))


def printed(height: int, lines: Sequence[Line]) -> Finding | None:
    """The page number in the head or foot of a page of that height, where one stands and was read surely."""
    for line in reversed(lines):
        middle = (line.box[1] + line.box[3] / 2) / max(1, height)
        if line.confidence >= _SURE and not _HEAD < middle < _FOOT and (found := _number_in(line.text)):
            page, of = found
            return Finding(PRINTED, f"{page}/{of}" if of else str(page), _ORDER)
    return None


def numbered(sheets: Sequence[Sheet]) -> list[Sheet]:
    """The sheets, each with what its printed number says about pages that are missing, doubled or out of order."""
    against: dict[int, list[Finding]] = {}
    for place, finding in _findings(_marks(sheets), sheets):
        against.setdefault(place, []).append(finding)
    return [replace(s, findings=(*s.findings, *against.get(place, ()))) for place, s in enumerate(sheets)]


def _number_in(text: str) -> tuple[int, int] | None:
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()
    for form in _FORMS:
        if hit := form.search(plain):
            said = hit.groupdict() or {"page": hit[1], "of": hit[2]}
            return _whole(said["page"], said["of"])
    return None


def _whole(page: str, of: str | None) -> tuple[int, int] | None:
    """Both as numbers; None when they cannot be those of a page."""
    try:
        first, last = _value(page), _value(of) if of else 0
    except NotANumeral:
        return None
    return (first, last) if 0 < first <= (last or _MOST) <= _MOST else None


def _value(said: str) -> int:
    return int(said) if said.isdecimal() else number(said)


def _marks(sheets: Sequence[Sheet]) -> list[Mark]:
    marks = []
    for place, sheet in enumerate(sheets):
        for found in sheet.findings:
            if found.code == PRINTED and sheet.state is PageState.RECOGNISED:
                page, _, of = found.value.partition("/")
                marks.append(Mark(place, int(page), int(of or 0)))
    return marks


def _findings(marks: Sequence[Mark], sheets: Sequence[Sheet]) -> Iterator[tuple[int, Finding]]:
    """Places and what is to be remarked there."""
    begins = 0
    for paper, end in _papers(marks, len(sheets)):
        first, last = paper[0], paper[-1]
        before = first.page - 1 - (first.place - begins)
        if first.of and before > 0:
            yield first.place, Finding("pages_missing", _span(1, before), _MISSING)
        for earlier, later in pairwise(paper):
            yield from _between(earlier, later)
        left = last.of - max(mark.page for mark in paper) - (end - 1 - last.place)
        if last.of and left > 0:
            yield last.place, Finding("pages_missing", _span(last.of - left + 1, last.of), _MISSING)
        begins = end


def _papers(marks: Sequence[Mark], end: int) -> Iterator[tuple[Sequence[Mark], int]]:
    """Runs of marks that count on, each with the place where the next one begins."""
    start = 0
    for at, (earlier, later) in enumerate(pairwise(marks), start=1):
        if not later.goes_on(earlier):
            yield marks[start:at], later.place
            start = at
    if marks:
        yield marks[start:], end


def _between(earlier: Mark, later: Mark) -> Iterator[tuple[int, Finding]]:
    if later.page == earlier.page:
        yield later.place, Finding("page_repeated", str(later.page), _COUNT)
    elif later.page < earlier.page:
        yield later.place, Finding("page_order", f"{earlier.page}>{later.page}", _ORDER)
    elif (gap := later.page - earlier.page - (later.place - earlier.place)) > 0:
        yield later.place, Finding("pages_missing", _span(later.page - gap, later.page - 1), _MISSING)


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
