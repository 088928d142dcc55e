"""What a query means: one tree for both engines, made by `indexes.language.parse`, defined in `docs/search.md`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
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
    CONTRACT = "contract"
    TITLE = "title"
    AMOUNT = "amount"
    DATE = "date"
    CONFIDENTIALITY = "confidentiality"
    DEPARTMENT = "department"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Phrase:
    """These tokens stand on the page one behind the other; `near`: at most one is wrong, missing or too many."""

    words: tuple[str, ...]
    near: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """These digits (the last may be X) stand on the page one behind the other, blanks between them or not."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Is:
    """A field of the document has this value: an identifier, a code or a number, as it is stored."""

    field: Field
    value: str


@dataclass(frozen=True, slots=True)
class Holds:
    """The customer's name, the title, the archival code or the contract number holds these tokens side by side."""

    field: Field
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sounds:
    """The customer's name sounds like this from some character on: `indexes.sounds`."""

    letters: str


@dataclass(frozen=True, slots=True)
class Between:
    """The year, the date (as its ordinal) or the amount (in fen) is in these bounds; first > last finds nothing."""

    field: Field
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


Node = Phrase | Number | Is | Holds | Sounds | Between | And | Or | Not | Everything | Nothing


class Note(StrEnum):
    """What the reader of a query took otherwise than it may have been meant; the page says so."""

    UNBALANCED = "unbalanced"
    NOTHING_COUNTS = "nothing_counts"
    UNKNOWN_FIELD = "unknown_field"
    NO_SUCH_DATE = "no_such_date"


@dataclass(frozen=True, slots=True)
class Query:
    """A query as understood, with what was taken literally."""

    node: Node
    notes: tuple[Note, ...] = ()


def sought(node: Node) -> Iterator[Phrase | Number]:
    """What a hit may be outlined by: the phrases and numbers asked for, not those that are excluded."""
    if isinstance(node, Phrase | Number):
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
    return _read_as(node, lambda phrase: Phrase(phrase.words))


def likely(node: Node) -> Node:
    """The same tree in which a near phrase allows only what a reading engine is known to confuse."""
    return _read_as(node, lambda phrase: Or(tuple(map(Phrase, confused(phrase.words)))))


def _read_as(node: Node, near: Callable[[Phrase], Node]) -> Node:
    match node:
        case Phrase(near=True):
            return near(node)
        case And(parts):
            return And(tuple(_read_as(part, near) for part in parts))
        case Or(parts):
            return Or(tuple(_read_as(part, near) for part in parts))
        case Not(part):
            return Not(_read_as(part, near))
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


_CONFUSED: Final = (
    "己已巳", "末未", "0o〇", "1li丨", "人入八", "日曰目", "土士", "大太犬", "天夭", "千干于", "王玉主", "问间",
    "田由甲申", "2z", "5s", "8b", "6b", "9g", "冶治", "侯候", "戌戍戊", "币巾", "析折", "兔免", "刀力", "口囗",
    "贝见", "木本", "东车", "今令", "代伐", "仓仑", "儿几", "元无", "历厉", "史吏", "四匹", "丈文", "住往佳", "拔拨",
    "项顶", "赁凭货贷", "藉籍",
)  # fmt: skip
_LIKE: Final = MappingProxyType(
    {token: [other for group in _CONFUSED if token in group for other in group if other != token]
     for token in "".join(_CONFUSED)}
)  # fmt: skip
"""Characters that reading engines take for one another, as folded."""


def confused(words: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The phrase itself, and with one token read for what looks like it; only where a near phrase is sought at all."""
    if not NEAR_FROM <= len(words) <= NEAR_TO:
        return (words,)
    swapped = [(*words[:i], other, *words[i + 1 :]) for i, word in enumerate(words) for other in _LIKE.get(word, ())]
    return (words, *swapped)
