"""One reading of text for both engines, the query language and the highlighter: `tokens`. `docs/search.md` defines it.

A token is one letter, digit or Han character, folded; or `GAP`, which stands where white space keeps two letters
or digits apart. Everything else does not count. Each token knows the span of the text that it came from.
"""

from __future__ import annotations

import hashlib
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import compress, count, groupby, pairwise
from typing import Final, NamedTuple

import opencc

EDITION: Final = 1
"""Raised whenever a text would be read otherwise than before: an index of another edition must be built anew."""

GAP: Final = "␣"
"""The token that stands for white space between two letters or digits; no text folds to it, being a symbol."""

BREAK: Final = "␟"
"""The token that keeps two values of one field apart; no text folds to it either."""

DIGITS: Final = frozenset("0123456789x")
"""What numbers are made of; X is the last check digit of some."""

LONG_NUMBER: Final = 11
"""Digits from which on a number is found however it is grouped: those of telephones, accounts and identity cards."""

_HAN_RANGES: Final = ((0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
_LAST_PLANE: Final = 0x40000
_JAMO_TAIL: Final = range(0x1160, 0x1200)
_VOICED: Final = "\uff9e\uff9f"  # half-width dakuten marks: letters by category, marks by what they do
_RADICALS: Final = dict(
    zip(
        "⺁⺇⺌⺝⺠⺩⺮⺼⻁⻄⻅⻆⻉⻋⻌⻓⻔⻘⻙⻚⻛⻜⻝⻢⻤⻥⻦⻨⻩⻬⻮⻰⻳",
        "厂几小月民王竹肉虎西见角贝车辶长门青韦页风飞食马鬼鱼鸟麦黄齐齿龙龟",
        strict=True,
    )
)
"""Radicals that text layers write for the character itself and NFKC leaves alone (EquivalentUnifiedIdeograph)."""


class Token(NamedTuple):
    """One counted character, and the half-open span of the text that it came from (several may share a span)."""

    text: str
    start: int
    end: int


class Row(NamedTuple):
    """A text as it is read. `words` is one string where every token is one character, as nearly always.

    `starts`: where each token begins in the text; `wide`: where those end that came from more than one character.
    """

    words: Sequence[str]
    starts: Sequence[int]
    wide: Mapping[int, int]

    def span(self, first: int, behind: int) -> tuple[int, int]:
        """The part of the text that the tokens from one up to another came from."""
        return self.starts[first], self.end(behind - 1)

    def end(self, place: int) -> int:
        """Where a token ends in the text."""
        return self.wide.get(place) or self.starts[place] + 1


_SKIPPED, _BLANK, _SEVERAL = "\x00", "\x01", "\x02"  # no text folds to them, and every token is above them
_HAN: Final = "".join(f"{chr(first)}-{chr(last)}" for first, last in _HAN_RANGES)
_BESIDE: Final = f"[^{_SKIPPED}{_BLANK}{_HAN}]"
_BETWEEN: Final = re.compile(f"(?<={_BESIDE})[{_SKIPPED}{_BLANK}]++(?={_BESIDE})")


class _Laid(dict[int, str]):
    """What stands for each character of a text, found when it is first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = fold(character)
        if character in _joining() or len("".join(folded)) > 1:
            laid = _SEVERAL
        else:
            laid = folded[0] if folded else _BLANK if character.isspace() else _SKIPPED
        self[code] = laid
        return laid


_LAID: Final = _Laid()


def row(text: str) -> Row:
    """The tokens of a text and their places. Done by what runs in C wherever a character is one token or none."""
    laid = text.translate(_LAID)
    if _SEVERAL in laid:
        return _row(list(_read(text)))
    laid = _BETWEEN.sub(_gap, laid)
    starts = list(compress(count(), map(_BLANK.__lt__, laid)))
    words = laid.replace(_SKIPPED, "").replace(_BLANK, "")
    gaps = [gap.start() for gap in re.finditer(GAP, words)]
    return Row(words, starts, {gap: starts[gap + 1] for gap in gaps})


def _row(read: Sequence[tuple[str, int, int]]) -> Row:
    """Tokens with their places, one by one, put side by side."""
    words = [token for token, _, _ in read]
    joined = "".join(words)
    alone = len(joined) == len(words)
    wide = {place: end for place, (_, start, end) in enumerate(read) if end - start > 1}
    return Row(joined if alone else words, [start for _, start, _ in read], wide)


def _gap(between: re.Match[str]) -> str:
    """What stands between two letters or digits, its length kept."""
    laid = between.group()
    return GAP.ljust(len(laid), _SKIPPED) if _BLANK in laid else laid


def tokens(text: str) -> list[Token]:
    """The counted characters of a text in order, with `GAP` where white space keeps two letters or digits apart."""
    read = row(text)
    return [Token(word, read.starts[place], read.end(place)) for place, word in enumerate(read.words)]


def terms(text: str) -> tuple[str, ...]:
    """The tokens of a text without their places."""
    return tuple(row(text).words)


def _read(text: str) -> Iterator[tuple[str, int, int]]:
    """Tokens one by one, of any text; a gap spans the white space and punctuation between its neighbours."""
    blank, last, last_end = False, "", 0
    for cluster, start in _clusters(text):
        folded = fold(cluster)
        if not folded:
            blank = blank or cluster[0].isspace()
            continue
        if blank and last and not is_han(folded[0]) and not is_han(last):
            yield GAP, last_end, start
        blank, last, last_end = False, folded[-1], start + len(cluster)
        for token in folded:
            yield token, start, last_end


def numbers(words: Iterable[str]) -> tuple[str, ...]:
    """Long numbers that are written in groups, without their gaps, each followed by `BREAK`."""
    found: list[str] = []
    for digital, run in groupby(words, key=lambda word: word == GAP or word in DIGITS):
        written = list(run) if digital else []
        together = [word for word in written if word != GAP]
        if len(written) > len(together) >= LONG_NUMBER:
            found += [*together, BREAK]
    return tuple(found)


def edition(schema: object) -> str:
    """A short name for how texts are read and laid down: another for another schema or another reading."""
    return hashlib.blake2b(repr((EDITION, schema)).encode(), digest_size=4).hexdigest()


def values(texts: Iterable[str]) -> tuple[str, ...]:
    """The tokens of several values, each followed by `BREAK`, so that no phrase runs from one into the next."""
    return tuple(word for text in texts for word in (*terms(text), BREAK))


def indexed(words: Iterable[str]) -> str:
    """Tokens written so that a tokenizer by white space gives them back, one position each."""
    return " ".join(words)


def pairs(words: tuple[str, ...]) -> Iterator[str]:
    """Each token with its next one; both engines narrow a phrase by them before they compare positions."""
    return (first + second for first, second in pairwise(words))


@lru_cache(maxsize=65536)
def fold(cluster: str) -> tuple[str, ...]:
    """The counted characters that one cluster (a character with its marks) stands for; () for what does not count."""
    whole = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
    folded: list[str] = []
    for character in whole:
        if _counts(character):
            folded.append(_simplified().get(character, character))
        elif folded and not is_han(folded[-1]) and _marks(character):
            folded[-1] += character
    return tuple(folded)


@lru_cache(maxsize=65536)
def is_han(token: str) -> bool:
    """Whether a token is a Han character; white space counts for nothing beside one."""
    code = ord(token[0])
    return any(first <= code <= last for first, last in _HAN_RANGES)


def _counts(character: str) -> bool:
    """A letter, digit or number of any script, or a Han radical; lone surrogates and controls are none."""
    return unicodedata.category(character)[0] in "LN" or "\u2e80" <= character <= "\u2fdf"


def _marks(character: str) -> bool:
    """A mark that makes another letter of its letter; enclosing ones and variation selectors only draw it otherwise."""
    drawn = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return not drawn and unicodedata.category(character) in {"Mn", "Mc"}


def _clusters(text: str) -> Iterable[tuple[str, int]]:
    """Each character with the marks behind it, so that composed and decomposed writing fold alike; and its place."""
    if text.isascii() or _joining().isdisjoint(text):
        return zip(text, count(), strict=False)
    return _with_marks(text)


def _with_marks(text: str) -> Iterator[tuple[str, int]]:
    """Clusters of a text that has marks."""
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or text[place] not in _joining():
            yield text[start:place], start
            start = place


@cache
def _joining() -> frozenset[str]:
    """Every character that belongs to the one before it."""
    every = map(chr, range(sys.maxunicode + 1))
    marks = {character for character in every if unicodedata.category(character)[0] == "M"}
    return frozenset(marks.union(map(chr, _JAMO_TAIL), _VOICED))


@cache
def _simplified() -> dict[str, str]:
    """Traditional to simplified, a character for a character, so that lengths and places are kept."""
    han = [chr(code) for first, last in _HAN_RANGES for code in range(first, min(last + 1, _LAST_PLANE))]
    known = [character for character in han if unicodedata.category(character) == "Lo"]
    plain = opencc.OpenCC("t2s").convert("\n".join(known)).split("\n")
    changed = {old: new for old, new in zip(known, plain, strict=True) if old != new and len(new) == 1}
    return _RADICALS | {old: changed.get(new, new) for old, new in changed.items()}
