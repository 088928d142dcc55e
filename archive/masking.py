"""Finds resident identity numbers in text, so that readers without the right get them hidden (GB 11643).

It hides too much rather than too little: a number with a wrong check digit may be a misread true one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from archive.numbers import is_resident_id, normalised

RULE: Final = 2
"""The rule below, counted: raised whenever it hides more than before. What an older one covered is covered anew."""
KEPT_FIRST, KEPT_LAST = 3, 4
MASK = "*"

_LABEL_REACH = 16
_LABEL = re.compile(r"身\s*份\s*(?:证|号)|居民证|证\s*件\s*号|ID\s*(?:No|Number|Card)", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![0-9A-Za-z])[1-9](?:[\s·-]?[0-9]){16}[\s·-]?[0-9Xx×](?![0-9A-Za-z])")
_OLD_NUMBER = re.compile(r"(?<![0-9A-Za-z])[1-9](?:[\s·-]?[0-9]){14}(?![0-9A-Za-z])")
_MISREAD = re.compile(r"(?<![0-9A-Za-z])[0-9OoQDIlLSsZzBbXx×](?:[\s·-]?[0-9OoQDIlLSsZzBbXx×]){13,18}(?![0-9A-Za-z])")
_FEWEST_DIGITS = 11
_RUN = re.compile(r"[0-9](?:[\s·.,_/—–-]{0,3}[0-9Xx])+")
"""Digits that may be one number, or several, however they are grouped."""

_LENGTH = 18
_AS_DIGIT = str.maketrans("OoQDIlLSsZzBb×", "0000111552288X")


@dataclass(frozen=True, slots=True)
class Span:
    """A number in the text from `start` to before `end`, of which `hidden_start` to before `hidden_end` is hidden."""

    start: int
    end: int
    hidden_start: int
    hidden_end: int


def find_sensitive(text: str) -> tuple[Span, ...]:
    """Identity numbers: whatever checks, in any grouping and beside anything; else by birth date or label.

    Numbers whose check digit is right come first, so that a chance likeness before them does not hide them from us.
    """
    plain = _plain(text)
    checked = _apart(sorted(set(_checked(plain))), [])
    return tuple(_span(text, *place) for place in sorted(_apart(sorted(set(_candidates(plain))), checked)))


def _apart(places: Iterable[tuple[int, int]], taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is taken already, and of the places, in their order, those that touch nothing taken."""
    kept = list(taken)
    for start, end in places:
        if all(end <= other_start or start >= other_end for other_start, other_end in kept):
            kept.append((start, end))
    return kept


def _plain(text: str) -> str:
    """The text, as long as before, with digits and letters of full width folded and invisible characters as blanks."""
    return text if text.isascii() else "".join(map(_plain_character, text))


@lru_cache(8192)
def _plain_character(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character)
    if unicodedata.category(character) == "Cf":
        return " "
    return folded if len(folded) == 1 and folded.isascii() and folded.isalnum() else character


def _checked(text: str) -> Iterator[tuple[int, int]]:
    """Every 18 characters in a row of digits, groups counted as one, that are a number by its own check digit."""
    for run in _RUN.finditer(text):
        places = [at for at in range(*run.span()) if text[at].isalnum()]
        for first in range(len(places) - _LENGTH + 1):
            window = places[first : first + _LENGTH]
            if is_resident_id("".join(text[at] for at in window).upper()):
                yield window[0], window[-1] + 1


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
        known = _labelled(text, match.start()) or is_resident_id(normalised(match.group().translate(_AS_DIGIT)))
        if digits >= _FEWEST_DIGITS and known:
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
