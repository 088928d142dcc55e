"""From the tree of a query, a scope and an order to fixed templates of requests: nothing typed gets in raw."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

from archive.access import ReadableScope
from indexes import analysis
from indexes.opensearch.pages import NUMBERS, PAIRS
from indexes.port import SearchOrder, Sort
from indexes.query import (
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

Clause = dict[str, Any]

_NARROWING: Final = 6  # pairs asked beside a phrase; a request may have 1,024 clauses
ALL: Final[Clause] = {"match_all": {}}
NONE: Final[Clause] = {"match_none": {}}


def every(field: str, values: Collection[Any]) -> Clause:
    """Entries with one of these values."""
    return {"terms": {field: list(values)}}


def within(node: Node, scope: ReadableScope, hidden: frozenset[str]) -> Clause:
    """What a tree finds within a scope, less the documents that must not be answered from."""
    found = _PARTS.seen(scope, lambda text: condition(node, text))
    denied = [every("document", sorted(hidden))] if hidden else []
    return {"bool": {"filter": [found, _PARTS.readable(scope)], "must_not": denied}}


def both(*clauses: Clause) -> Clause:
    """All conditions."""
    return {"bool": {"filter": list(clauses)}}


def either(clauses: Iterable[Clause]) -> Clause:
    """One of the conditions; nothing when there is none."""
    parts = list(clauses)
    return {"bool": {"should": parts, "minimum_should_match": 1}} if parts else NONE


def without(clause: Clause, excluded: Clause) -> Clause:
    """The first condition and not the second."""
    return {"bool": {"filter": [clause], "must_not": [excluded]}}


def _cleared(level: int) -> Clause:
    return {"range": {"level": {"gte": 0, "lte": level}}}


_PARTS: Final = Parts(every, both, either, without, _cleared, lambda: every("veiled", [True]))


def condition(node: Node, text: str) -> Clause:
    """The pages that a tree finds in this field of text."""
    match node:
        case And(parts):
            return both(*(condition(part, text) for part in parts))
        case Or(parts):
            return either(condition(part, text) for part in parts)
        case Not(part):
            return without(ALL, condition(part, text))
        case Phrase() | Number():
            return _stands(node, text)
        case Everything() | Nothing():
            return ALL if node == Everything() else NONE
        case _:
            return _filtered(node)


def _stands(node: Phrase | Number, text: str) -> Clause:
    """The pages on which a phrase stands, or a number in whatever groups."""
    if isinstance(node, Number):
        return either([_run(text, node.words), _run(NUMBERS[text], node.words)])
    return either(_run(text, words) for words in variants(node))


def _filtered(node: Is | Holds | Sounds | Between) -> Clause:
    """The pages of documents with this value."""
    match node:
        case Is(Field.CUSTOMER, value):
            return either([every("customer", [value]), every("customer_number", [value])])
        case Is(field, value):
            return every(field.value, [value])
        case Holds(field, words):
            return _run(HELD_IN[field], words)
        case Sounds(letters):
            return {"prefix": {"sounds": letters}}
        case Between(field, first, last):
            return {"range": {field.value: {"gte": first, "lte": last}}} if first <= last else NONE


def _run(field: str, words: tuple[str, ...]) -> Clause:
    """Entries whose field holds these tokens one behind the other."""
    if len(words) == 1:
        return every(field, words)
    pairs = pairs_of(words) if field in PAIRS else []
    if len(words) == PAIR and pairs:
        return every(PAIRS[field], pairs)  # one pair is the phrase itself
    phrase = {"match_phrase": {field: {"query": analysis.indexed(words), "analyzer": "placed"}}}
    narrow = [every(PAIRS[field], [pair]) for pair in pairs[:_NARROWING]]
    return both(phrase, *narrow)


def ranked(base: Clause, order: SearchOrder, scope: ReadableScope) -> tuple[Clause, list[dict[str, str]]]:
    """The condition with a score where one is asked for, and the sort keys, the last of which no two pages share."""
    unique = [{"document": "asc"}, {"page": "asc"}]
    if order.sort is Sort.RELEVANCE:
        return {"bool": {"filter": [base], "must": [_score(order.query, scope)]}}, [
            {"_score": "desc"}, {"newest": "desc"}, *unique,
        ]  # fmt: skip
    first = {Sort.NEWEST: {"newest": "desc"}, Sort.OLDEST: {"oldest": "asc"}, Sort.CODE: {"code_order": "asc"}}
    return base, [first[order.sort], *unique]


def _score(node: Node, scope: ReadableScope) -> Clause:
    """A number by tiers: exact, in a headline, together. It asks nothing of other pages (L06)."""
    phrases = list(sought(node))
    headed = either(_run(field, phrase.words) for phrase in phrases for field in HEADLINES)
    run = together(node)
    near = strict(node) != node
    exact = _PARTS.seen(scope, lambda text: condition(strict(node), text)) if near else ALL
    tiers = [
        (ALL, 1.0),
        (_PARTS.seen(scope, lambda text: condition(likely(node), text)) if near else NONE, 2.0),
        (exact, 3.0),
        (both(exact, _PARTS.seen(scope, lambda text: _run(text, run))) if run else NONE, 4.0),
        (both(exact, headed), 5.0),
    ]
    return {"dis_max": {"queries": [{"constant_score": {"filter": tier, "boost": boost}} for tier, boost in tiers]}}
