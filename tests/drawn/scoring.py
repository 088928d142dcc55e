"""How much of what is printed was read, and whether in order."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

Pairs = Counter[tuple[str, str]]


def norm(text: str) -> str:
    """Width and case folded, without blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).replace("·", "").lower()


def recall(lines: Sequence[str], said: str) -> float:
    """The share of the lines' pairs of neighbouring characters that were read somewhere on the page."""
    true, read = Counter(_pairs(lines)), Counter(pairwise(norm(said)))
    return sum(min(count, read[pair]) for pair, count in true.items()) / max(1, true.total())


def order(lines: Sequence[str], said: str) -> float:
    """Of neighbouring lines that were both found, the share whose second follows the first; 1 for fewer than two.

    The second follows when no other line stands in between.
    """
    text = norm(said)
    places = [place for line in lines if (place := _place(norm(line), text)) is not None]
    ranks = {place: rank for rank, place in enumerate(sorted(places))}
    follow = [ranks[b] - ranks[a] == 1 for a, b in pairwise(places)]
    return sum(follow) / len(follow) if follow else 1.0


def together(rows: Sequence[str], said: Sequence[str]) -> float:
    """The share of printed rows whose beginning and end were read into one line."""
    read = [norm(line) for line in said]
    asked = [norm(row) for row in rows]
    return sum(any(row[:2] in line and row[-2:] in line for line in read) for row in asked) / max(1, len(asked))


def _pairs(lines: Sequence[str]) -> list[tuple[str, str]]:
    return [pair for line in lines for pair in pairwise(norm(line))]


def _place(line: str, text: str) -> float | None:
    """Where the line stands in the text, by pieces of it that occur once there; None when it cannot be told."""
    pieces = {line[n : n + 3]: n for n in range(len(line) - 2)}
    places = [text.index(piece) - n for piece, n in pieces.items() if text.count(piece) == 1]
    return float(median(places)) if places else None
