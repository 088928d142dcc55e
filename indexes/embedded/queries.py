"""From the tree of a query, a scope and an order to tantivy's queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from tantivy import FieldType, Occur, Query

from archive.access import ReadableScope
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
from indexes.scoping import HEADLINES, HELD_IN, PAIR, Parts, pairs_of


def every(field: str, values: Collection[str] | Collection[int]) -> Query:
    """Entries with one of these values."""
    return Query.term_set_query(schema(), field, list(values))


def all_pages() -> Query:
    """Every page; what holds a version only has no level."""
    return Query.range_query(schema(), "level", FieldType.Integer, lower_bound=0)


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
    return Query.range_query(schema(), "level", FieldType.Integer, lower_bound=0, upper_bound=level)


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
        return Query.term_query(schema(), field, placed[0][1], "basic")
    pairs = pairs_of(words) if field in PAIRS else []
    narrow = [(Occur.Must, Query.term_query(schema(), PAIRS[field], pair, "basic")) for pair in pairs]
    if len(words) == PAIR and narrow:
        return narrow[0][1]  # one pair is the phrase itself
    phrase = Query.phrase_query(schema(), field, placed)
    return Query.boolean_query([(Occur.Must, phrase), *narrow])


def tiers(node: Node, scope: ReadableScope) -> list[Query]:
    """Conditions that part every answer: what is exact, matches a headline, or stands together comes first.

    They ask nothing of other pages, so an order tells nothing of what its reader may not see (L06).
    """
    phrases = list(sought(node))
    if not phrases:
        return [Query.all_query()]
    headed = either(_run(field, phrase.words) for phrase in phrases for field in HEADLINES)
    parted = [headed, without(Query.all_query(), headed)]
    run = together(node)
    if run:
        joined = _PARTS.seen(scope, lambda text: _run(text, run))
        parted = [headed, without(joined, headed), without(Query.all_query(), either([headed, joined]))]
    if strict(node) == node:
        return parted
    exact = _PARTS.seen(scope, lambda text: condition(strict(node), text))
    alike = _PARTS.seen(scope, lambda text: condition(likely(node), text))
    nearly = [without(alike, exact), without(Query.all_query(), either([alike, exact]))]
    return [both(exact, part) for part in parted] + nearly
