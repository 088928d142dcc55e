"""What a query means: one tree for both engines, made by `indexes.language.parse`, defined in `docs/search.md`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from indexes import analysis

ANY: Final = "?"
"""Stands for one token of whatever kind in a variant of a phrase; no text folds to it."""

NEAR_FROM: Final = 3
"""A phrase is sought with one misread character only from this length on: shorter ones would find everything."""

NEAR_TO: Final = 32
"""And up to this length: longer ones are sought as they stand, for every character more is three runs more."""


class Field(StrEnum):
    """What a query may ask besides the text of the page."""

    CUSTOMER = "customer"
    TYPE = "type"
    YEAR = "year"
    CLASS = "class"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Phrase:
    """These tokens stand on the page one behind the other; `near`: at most one is wrong, missing or too many."""

    words: tuple[str, ...]
    near: bool = False


@dataclass(frozen=True, slots=True)
class Is:
    """A field of the document has this value: an identifier, a code or a number, as it is stored."""

    field: Field
    value: str


@dataclass(frozen=True, slots=True)
class Holds:
    """The customer's name or the archival code holds these tokens one behind the other."""

    field: Field
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Years:
    """The document's year is one of these, ends included; first > last finds nothing."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds of the page."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One part at least holds of the page."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold of the page."""

    part: Node


@dataclass(frozen=True, slots=True)
class Everything:
    """Every page: the empty query."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No page: a query in which nothing counts."""


Node = Phrase | Is | Holds | Years | And | Or | Not | Everything | Nothing


class Note(StrEnum):
    """What the reader of a query took otherwise than it may have been meant; the page says so."""

    UNBALANCED = "unbalanced"
    NOTHING_COUNTS = "nothing_counts"
    UNKNOWN_FIELD = "unknown_field"


@dataclass(frozen=True, slots=True)
class Query:
    """A query as understood, with what was taken literally."""

    node: Node
    notes: tuple[Note, ...] = ()


def sought(node: Node) -> Iterator[Phrase]:
    """The phrases that a hit may be outlined by: those that are asked for, not those that are excluded."""
    if isinstance(node, Phrase):
        yield node
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from sought(part)


def leaves(node: Node) -> int:
    """How many conditions a tree has."""
    if isinstance(node, And | Or):
        return sum(map(leaves, node.parts))
    return leaves(node.part) if isinstance(node, Not) else 1


def strict(node: Node) -> Node:
    """The same tree with nothing near in it."""
    match node:
        case Phrase(words):
            return Phrase(words)
        case And(parts):
            return And(tuple(map(strict, parts)))
        case Or(parts):
            return Or(tuple(map(strict, parts)))
        case Not(part):
            return Not(strict(part))
        case _:
            return node


def together(node: Node) -> tuple[str, ...]:
    """The words that are asked for side by side, as one run of tokens; () when there are not several of them."""
    words = [part.words for part in node.parts if isinstance(part, Phrase)] if isinstance(node, And) else []
    run: tuple[str, ...] = ()
    for part in words if len(words) > 1 else ():
        apart = bool(run) and not analysis.is_han(run[-1]) and not analysis.is_han(part[0])
        run += (analysis.GAP, *part) if apart else part
    return run


def variants(phrase: Phrase) -> tuple[tuple[str, ...], ...]:
    """Token runs of which one has to stand on the page; `ANY` in them is one token of whatever kind.

    Of a near phrase: itself, and each run with one token replaced, missing or put in between.
    """
    words = phrase.words
    if not phrase.near or not NEAR_FROM <= len(words) <= NEAR_TO:
        return (words,)
    inner = range(1, len(words))
    missing = [words[:i] + words[i + 1 :] for i in range(len(words))]
    replaced = [(*words[:i], ANY, *words[i + 1 :]) for i in inner if i < len(words) - 1]
    added = [(*words[:i], ANY, *words[i:]) for i in inner]
    return tuple(dict.fromkeys([words, *missing, *replaced, *added]))
