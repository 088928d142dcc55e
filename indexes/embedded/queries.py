"""From the tree of a query, a scope and an order to tantivy's queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise
from typing import Final

from tantivy import FieldType, Occur, Query

from archive.access import ReadableScope
from archive.rights import Confidentiality
from indexes.embedded.pages import NUMBERS, PAIRS, schema
from indexes.query import (
    ANY,
    And,
    Between,
    Everything,
    Field,
    Holds,
    Is,
    Node,
    Not,
    Nothing,
    Number,
    Or,
    Phrase,
    Sounds,
    likely,
    sought,
    strict,
    together,
    variants,
)
from indexes.scoping import HEADLINES, HELD_IN, PAIR, Parts

_FEW: Final = 32


def every(field: str, values: Collection[str] | Collection[int]) -> Query:
    """Entries with one of these values. A set of terms is collected whole before it is asked: for many values only."""
    if len(values) > _FEW:
        return Query.term_set_query(schema(), field, list(values))
    return either(Query.term_query(schema(), field, value) for value in values)


def all_pages() -> Query:
    """Every page; what holds a version only has no level."""
    return _cleared(max(Confidentiality))


def both(first: Query, second: Query) -> Query:
    """Both conditions."""
    return Query.boolean_query([(Occur.Must, first), (Occur.Must, second)])


def without(query: Query, excluded: Query) -> Query:
    """The first condition and not the second."""
    return Query.boolean_query([(Occur.Must, query), (Occur.MustNot, excluded)])


def either(queries: Iterable[Query]) -> Query:
    """One of the conditions; nothing when there is none."""
    parts = [(Occur.Should, query) for query in queries]
    return Query.boolean_query(parts) if parts else Query.empty_query()


def bounded(field: str, key: int) -> Query:
    """Entries from this key on, in the direction in which the field is read."""
    bound = {"lower_bound": key} if field == "oldest" else {"upper_bound": key}
    return Query.range_query(schema(), field, FieldType.Integer, **bound)


def within(node: Node, scope: ReadableScope, hidden: frozenset[str]) -> Query:
    """What a tree finds within a scope, less the documents that must not be answered from."""
    query = both(_PARTS.seen(scope, lambda text: condition(node, text)), _PARTS.readable(scope))
    return without(query, every("document", hidden)) if hidden else query


def _cleared(level: int) -> Query:
    return every("level", range(level + 1))


_PARTS: Final = Parts(every, both, either, without, _cleared, lambda: every("veiled", [1]))


def condition(node: Node, text: str) -> Query:
    """The pages that a tree finds in this field of text."""
    match node:
        case And(parts):
            return Query.boolean_query([(Occur.Must, condition(part, text)) for part in parts])
        case Or(parts):
            return either(condition(part, text) for part in parts)
        case Not(part):
            return without(Query.all_query(), condition(part, text))
        case Phrase() | Number():
            return _stands(node, text)
        case Everything() | Nothing():
            return Query.all_query() if node == Everything() else Query.empty_query()
        case _:
            return _filtered(node)


def _stands(node: Phrase | Number, text: str) -> Query:
    """The pages on which a phrase stands, or a number in whatever groups."""
    if isinstance(node, Number):
        return either([_run(text, node.words), _run(NUMBERS[text], node.words)])
    return either(_run(text, words) for words in variants(node))


def _filtered(node: Is | Holds | Sounds | Between) -> Query:
    """The pages of documents with this value."""
    match node:
        case Is(Field.CUSTOMER, value):
            return either([every("customer", [value]), every("customer_number", [value])])
        case Is(field, value):
            return every(field.value, [value])
        case Holds(field, words):
            return _run(HELD_IN[field], words)
        case Sounds(letters):
            return Query.regex_query(schema(), "sounds", f"{letters}.*")
        case Between(field, first, last):
            if first > last:
                return Query.empty_query()
            return Query.range_query(schema(), field.value, FieldType.Integer, lower_bound=first, upper_bound=last)


def _run(field: str, words: tuple[str, ...]) -> Query:
    """Entries whose field holds these tokens one behind the other."""
    placed = [(place, word) for place, word in enumerate(words) if word != ANY]
    if len(placed) == 1:
        return Query.term_query(schema(), field, placed[0][1])
    pairs = list(_pairs(words)) if field in PAIRS else []
    if not pairs:
        return Query.phrase_query(schema(), field, placed)
    narrow = [Query.term_query(schema(), PAIRS[field], pair) for pair in dict.fromkeys(pair for _, pair in pairs)]
    covering = _covering(pairs)
    if not _covered(placed, covering):  # a character alone beside one that may be any
        return _all_of([Query.phrase_query(schema(), field, placed), *narrow])
    return _all_of([Query.phrase_query(schema(), PAIRS[field], covering), *narrow]) if len(covering) > 1 else narrow[0]


def _pairs(words: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """The pairs of neighbouring tokens, each with its place; a token that may be any is in none."""
    for place, (first, second) in enumerate(pairwise(words)):
        if ANY not in {first, second}:
            yield place, first + second


def _covering(pairs: Collection[tuple[int, str]]) -> list[tuple[int, str]]:
    """As few of the pairs as hold every token that any of them holds: each second one, and the last of a run."""
    places = {place for place, _ in pairs}
    chosen: list[tuple[int, str]] = []
    for place, pair in pairs:
        ends = place + 1 not in places
        if ends or not chosen or place >= chosen[-1][0] + PAIR:
            chosen.append((place, pair))
    return chosen


def _covered(placed: Collection[tuple[int, str]], pairs: Collection[tuple[int, str]]) -> bool:
    """Whether every token stands in one of the pairs."""
    held = {place + step for place, _ in pairs for step in range(PAIR)}
    return all(place in held for place, _ in placed)


def _all_of(queries: Collection[Query]) -> Query:
    """All of the conditions."""
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def tiers(base: Query, node: Node, scope: ReadableScope) -> list[Query]:
    """The parts of what a tree finds: what is exact, matches a headline, or stands together comes first.

    They ask nothing of other pages, so an order tells nothing of what its reader may not see (L06).
    """
    phrases = list(sought(node))
    if not phrases:
        return [base]
    headed = either(_run(field, phrase.words) for phrase in phrases for field in HEADLINES)
    run = together(node)
    parts = [([headed], []), ([], [headed])]
    if run:
        joined = _PARTS.seen(scope, lambda text: _run(text, run))
        parts = [([headed], []), ([joined], [headed]), ([], [headed, joined])]
    if strict(node) != node:
        exact = _PARTS.seen(scope, lambda text: condition(strict(node), text))
        alike = _PARTS.seen(scope, lambda text: condition(likely(node), text))
        parts = [([exact, *wanted], unless) for wanted, unless in parts]
        parts += [([alike], [exact]), ([], [alike, exact])]
    return [_part(base, wanted, unless) for wanted, unless in parts]


def _part(base: Query, wanted: Collection[Query], unless: Collection[Query]) -> Query:
    """The condition, and all of these, and none of those."""
    musts = [(Occur.Must, query) for query in (base, *wanted)]
    return Query.boolean_query([*musts, *((Occur.MustNot, query) for query in unless)])
