"""Dates as Chinese papers write them, with their places in a text. Pure; nothing is guessed from today's date."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from datetime import date

from workers import numerals

LONG_TERM = "9999-12-31"
"""How 长期 and 永久 are kept: fields hold ISO 8601 dates, and this one never comes."""

IMPOSSIBLE = "date_impossible"

_HAN_DIGIT = "〇○零一二三四五六七八九壹贰叁肆伍陆柒捌玖"
_FIGURE = r"[\dOoIlZzSBb]"
_SEPARATOR = r"[-./·,一—–]"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAME = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"

_DAY = "[日曰目号]"
_YEAR_MONTH_DAY = (
    r"(?P<roc>民国|中华民国)\s*(?P<y0>\d{2,3})\s*年\s*(?P<m0>\d{1,2})\s*月\s*(?P<d0>\d{1,2})\s*[日曰号]",
    rf"(?<!\d)(?P<y1>{_FIGURE}{{4}})\s*[年午]\s*(?P<m1>{_FIGURE}{{1,2}})\s*月\s*(?P<d1>{_FIGURE}{{1,2}})\s*{_DAY}?",
    (
        rf"(?<![{_HAN_DIGIT}])(?P<y2>[{_HAN_DIGIT}]{{4}}|二[{_HAN_DIGIT[3:]}]{{2}})\s*年\s*(?P<m2>[{_HAN_DIGIT}十拾]{{1,3}})\s*月"
        rf"\s*(?P<d2>[{_HAN_DIGIT}十拾廿卅]{{1,4}})\s*{_DAY}?"
    ),
    (
        rf"(?<![\da-z])(?P<y3>[12]{_FIGURE}{{3}})\s*{_SEPARATOR}\s*(?P<m3>{_FIGURE}{{1,2}})"
        rf"\s*{_SEPARATOR}\s*(?P<d3>{_FIGURE}{{1,2}})(?![\da-z])"
    ),
    rf"(?<!\d)(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?\s*(?P<m4>{_MONTH_NAME}),?\s*(?P<y4>\d{{4}})(?!\d)",
    rf"(?<![a-z])(?P<m5>{_MONTH_NAME})\s*(?P<d5>\d{{1,2}})(?:st|nd|rd|th)?,?\s*(?P<y5>\d{{4}})(?!\d)",
    r"(?<![\da-z])(?P<y6>(?:19|20)\d{2})(?P<m6>0[1-9]|1[0-2])(?P<d6>0[1-9]|[12]\d|3[01])(?![\da-z])",
)
_FORMS = re.compile("|".join(_YEAR_MONTH_DAY), re.IGNORECASE)
_IN_NUMERALS, _SHORT_YEAR = 2, 1000
_FORM_COUNT = len(_YEAR_MONTH_DAY)
_LONG_TERM = re.compile(r"长\s*期|永\s*久|无固定期限|不约定期限|无\s*限\s*期|(?<=[至到\-—一])(?:长[朋其斯]|[张仕]期)")
_BETWEEN = re.compile(
    r"(?:\s*\d{1,2}[:时](?:\d{2}分?)?)?\s*(?:起算?|始)\s*[,，、]\s*|\s*(?:起算?|始)?\s*(?:[,，]\s*)?(?:至|到|止于|-|—|–|~|～|一|to|until|through)+\s*",
    re.IGNORECASE,
)
_READ_AS = str.maketrans("OoIiLlSsZzBb", "001111552286")


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date found at text[start:end]; `iso` is empty when the calendar has no such day and `problem` says so."""

    start: int
    end: int
    iso: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """Two dates that a text joins with 至, 到 or a dash."""

    start: WrittenDate
    end: WrittenDate


def find_dates(text: str, *, compact: bool = False) -> list[WrittenDate]:
    """All dates of a text in order. `compact` also takes 20210305, which without a label may be any number."""
    hits = (_written(hit) for hit in _FORMS.finditer(text) if compact or hit["y6"] is None)
    return list(hits)


def find_ends(text: str, *, compact: bool = False) -> list[WrittenDate]:
    """All dates and all words for an unlimited time (as LONG_TERM), in order."""
    unlimited = [WrittenDate(hit.start(), hit.end(), LONG_TERM) for hit in _LONG_TERM.finditer(text)]
    return sorted(find_dates(text, compact=compact) + unlimited, key=lambda found: found.start)


def find_periods(text: str, *, compact: bool = False) -> list[Period]:
    """Pairs of neighbouring dates joined as a span of time: 自…起至…止, 2021.03.05-2031.03.05, …至长期."""
    ends = find_ends(text, compact=compact)
    return [
        Period(first, second)
        for first, second in itertools.pairwise(ends)
        if _BETWEEN.fullmatch(text[first.end : second.start]) and first.iso != LONG_TERM
    ]


def _written(hit: re.Match[str]) -> WrittenDate:
    form = next(number for number in range(_FORM_COUNT) if hit[f"y{number}"] is not None)
    year, month, day = (_part(hit[f"{part}{form}"]) for part in "ymd")
    if form == _IN_NUMERALS and year < _SHORT_YEAR:  # 二三三年: a 〇 is easily lost
        year += 1800
    try:
        iso = date(year + (1911 if form == 0 else 0), month, day).isoformat()
    except ValueError:
        return WrittenDate(hit.start(), hit.end(), "", IMPOSSIBLE)
    return WrittenDate(hit.start(), hit.end(), iso)


def _part(written: str) -> int:
    """One part of a date as a number: figures, a month's English name, or Chinese numerals."""
    name = written[:3].lower()
    if name in _MONTHS:
        return _MONTHS.index(name) + 1
    figures = written.translate(_READ_AS)
    if figures.isdecimal():
        return int(figures)
    try:
        return numerals.number(written.replace("拾", "十"))
    except numerals.NotANumeral:
        return 0
