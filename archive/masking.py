"""Finds resident identity numbers in text, so that readers without the right get them hidden (GB 11643).

It hides too much rather than too little: a number with a wrong check digit may be a misread true one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from archive.numbers import is_resident_id, normalised

KEPT_FIRST, KEPT_LAST = 3, 4
MASK = "*"

_LABEL_REACH = 16
_LABEL = re.compile(r"身\s*份\s*(?:证|号)|居民证|证\s*件\s*号|ID\s*(?:No|Number|Card)", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![0-9A-Za-z])[1-9](?:[\s·-]?[0-9]){16}[\s·-]?[0-9Xx×](?![0-9A-Za-z])")
_OLD_NUMBER = re.compile(r"(?<![0-9A-Za-z])[1-9](?:[\s·-]?[0-9]){14}(?![0-9A-Za-z])")
_MISREAD = re.compile(r"(?<![0-9A-Za-z])[0-9OoQDIlLSsZzBbXx×](?:[\s·-]?[0-9OoQDIlLSsZzBbXx×]){13,18}(?![0-9A-Za-z])")
_FEWEST_DIGITS = 11


@dataclass(frozen=True, slots=True)
class Span:
    """A number in the text from `start` to before `end`, of which `hidden_start` to before `hidden_end` is hidden."""

    start: int
    end: int
    hidden_start: int
    hidden_end: int


def find_sensitive(text: str) -> tuple[Span, ...]:
    """Identity numbers: of 18 characters anywhere, of 15 or misread ones beside their label; blanks inside allowed."""
    found: list[Span] = []
    for start, end in sorted(set(_candidates(text))):
        if not found or start >= found[-1].end:
            found.append(_span(text, start, end))
    return tuple(found)


def mask(text: str) -> str:
    """The text with identity numbers hidden but for their first three and last four characters; as long as before."""
    characters = list(text)
    for span in find_sensitive(text):
        for at in range(span.hidden_start, span.hidden_end):
            characters[at] = characters[at] if characters[at].isspace() else MASK
    return "".join(characters)


def _candidates(text: str) -> Iterator[tuple[int, int]]:
    for match in _NUMBER.finditer(text):
        number = normalised(match.group())
        if is_resident_id(number) or _born(number[6:14]) or _labelled(text, match.start()):
            yield match.span()
    for match in _OLD_NUMBER.finditer(text):
        if _labelled(text, match.start()):
            yield match.span()
    for match in _MISREAD.finditer(text):
        digits = sum(character.isdigit() for character in match.group())
        if digits >= _FEWEST_DIGITS and _labelled(text, match.start()):
            yield match.span()


def _born(digits: str) -> bool:
    """Whether eight digits are a date on which a living person may have been born."""
    try:
        return 1880 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year <= 2100  # noqa: PLR2004 - years
    except ValueError:
        return False


def _labelled(text: str, start: int) -> bool:
    return _LABEL.search(text, max(0, start - _LABEL_REACH), start) is not None


def _span(text: str, start: int, end: int) -> Span:
    places = [at for at in range(start, end) if not text[at].isspace()]
    return Span(start, end, places[KEPT_FIRST], places[-KEPT_LAST - 1] + 1)
