"""Where a query stands on a page: spans of the text, a snippet with marks, boxes on the scan. Made from our own text.

Spans that a reader may not see are starred out, and a match that touches one is neither marked nor outlined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from archive import masking
from indexes import places
from indexes.analysis import GAP, row
from indexes.places import Box
from indexes.query import ANY, Node, Number, Phrase, sought, variants

_BEFORE: Final = 24
_LENGTH: Final = 96
_MOST_BOXES: Final = 200
_STAR: Final = "*"

Span = tuple[int, int]
"""A half-open span of a page's text."""

Words = Callable[[], Sequence[Mapping[str, Any]]]
"""Opens the words of a page, which takes longer than its text: asked only where something is to be outlined."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a page's text on one line, and the spans of it that the query asked for. Plain text, not HTML."""

    text: str
    marks: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What of a query stands on a page; `near` when a phrase of it only nearly does."""

    snippet: Snippet
    boxes: tuple[Box, ...]
    near: bool = False


def found(text: str, words: Words, node: Node, numbers: Sequence[masking.Span] = ()) -> Found:
    """The snippet and the boxes of a query on a page. `numbers` are those of which a part is not for the reader."""
    hidden = hidden_parts(numbers)
    page = row(text)
    runs = [run for run in matches(page.words, node) if not _touches(page.span(*run), hidden)]
    wanted = {place for run in runs for place in range(*run)}
    placed = places.boxes(page, words(), wanted) if runs else []
    outlines = [box for start, end in runs for box in places.outlined(placed[start:end])]
    shown = snippet(text, [page.span(*run) for run in runs], hidden)
    return Found(shown, tuple(outlines[:_MOST_BOXES]), near=_only_near(page.words, node))


def hidden_parts(numbers: Sequence[masking.Span]) -> list[Span]:
    """What of numbers is starred out."""
    return [(number.hidden_start, number.hidden_end) for number in numbers]


def matches(page: Sequence[str], node: Node) -> list[Span]:
    """Runs of tokens that the phrases of a query find on a page, in order, none inside another."""
    runs = {run for asked in sought(node) for run in _standing(page, asked)}
    kept: list[Span] = []
    for start, end in sorted(runs, key=lambda run: (run[0], -run[1])):
        if not kept or end > kept[-1][1]:
            kept.append((start, end))
    return kept


def _only_near(page: Sequence[str], node: Node) -> bool:
    """Whether a phrase that was sought stands there, but not as it was typed."""
    near = (asked for asked in sought(node) if isinstance(asked, Phrase) and asked.near)
    return any(not any(_runs(page, asked.words)) and any(_standing(page, asked)) for asked in near)


def _standing(page: Sequence[str], asked: Phrase | Number) -> Iterator[Span]:
    """Runs of tokens where a phrase stands, or a number, whose gaps do not count."""
    if isinstance(asked, Phrase):
        for variant in variants(asked):
            yield from _runs(page, variant)
        return
    counted = [place for place, word in enumerate(page) if word != GAP]
    for start, end in _runs([page[place] for place in counted], asked.words):
        yield counted[start], counted[end - 1] + 1


def snippet(text: str, spans: Sequence[Span], hidden: Sequence[Span] = ()) -> Snippet:
    """The text around the first span, or its beginning, with all spans that fall into it marked."""
    first = spans[0][0] if spans else 0
    start = max(0, first - _BEFORE)
    end = min(len(text), max(start + _LENGTH, spans[0][1] if spans else 0))
    marks = _merged([(max(a, start) - start, min(b, end) - start) for a, b in spans if a < end and b > start])
    shown = "".join(" " if character.isspace() else character for character in starred(text, hidden)[start:end])
    return Snippet(shown, tuple(marks))


def starred(text: str, hidden: Sequence[Span]) -> str:
    """The text with hidden spans starred out, its length kept."""
    if not hidden:
        return text
    characters = list(text)
    for start, end in hidden:
        characters[start:end] = _STAR * (min(end, len(text)) - start)
    return "".join(characters)


def _runs(page: Sequence[str], words: Sequence[str]) -> Iterator[Span]:
    """Every place where the tokens stand one behind the other."""
    length, last = len(words), len(page) - len(words)
    firm = next((step for step, word in enumerate(words) if word != ANY), None)
    if firm is None:
        yield from ((start, start + length) for start in range(last + 1))
        return
    for at in _places(page, words[firm]):
        start = at - firm
        if 0 <= start <= last and all(word in {ANY, page[start + step]} for step, word in enumerate(words)):
            yield start, start + length


def _places(page: Sequence[str], word: str) -> Iterator[int]:
    """Where a token stands."""
    if not isinstance(page, str):
        yield from (place for place, token in enumerate(page) if token == word)
        return
    place = page.find(word)
    while place >= 0:
        yield place
        place = page.find(word, place + 1)


def _touches(run: Span, hidden: Sequence[Span]) -> bool:
    """Whether a span overlaps a hidden one."""
    return any(run[0] < last and run[1] > first for first, last in hidden)


def _merged(spans: Sequence[Span]) -> list[Span]:
    """Spans in order, overlapping ones as one."""
    merged: list[Span] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
