"""From what a request asks to an order for an engine: one query of words and filters, bounds checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from archive.errors import Invalid
from indexes.language import TYPES, parse
from indexes.port import LARGEST_ANSWER, Facet, Sort
from indexes.query import And, Everything, Field, Is, Node, Note
from indexes.values import years


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as a person asks it. `year` is `2023` or `2020..2023`; `customer` an id or a customer number.

    `by` is page or document: what `size` counts. `counted`: with facets and the number of documents.
    """

    q: str = ""
    customer: str = ""
    type: str = ""
    year: str = ""
    retention_class: str = ""
    department: str = ""
    confidentiality: str = ""
    by: str = "page"
    sort: str = Sort.RELEVANCE.value
    size: int = 20
    cursor: str = ""
    fuzzy: bool = False
    counted: bool = True


BY_DOCUMENT: Final = "document"
_BY: Final = ("page", BY_DOCUMENT)
ALL_FACETS: Final = frozenset(Facet)


def understood(asked: Asked, types: Mapping[str, str] = TYPES) -> tuple[Node, Sort, tuple[Note, ...]]:
    """The whole condition, the order of hits, and what was taken literally. Invalid (422) for what cannot be asked.

    `types`: codes of document types by what people call them.
    """
    if not 1 <= asked.size <= LARGEST_ANSWER:
        raise Invalid(f"size is 1 to {LARGEST_ANSWER}.", code="bad_size")
    if asked.by not in _BY:
        raise Invalid(f"by is one of {', '.join(_BY)}.", code="bad_by")
    query = parse(asked.q, fuzzy=asked.fuzzy, types=types)
    parts = [part for part in (query.node, *_filters(asked)) if part != Everything()]
    node = And(tuple(parts)) if len(parts) > 1 else (parts[0] if parts else Everything())
    return node, _sort(asked.sort), query.notes


def _filters(asked: Asked) -> list[Node]:
    """Conditions of the filters that were set."""
    plain = [
        (Field.CUSTOMER, asked.customer),
        (Field.TYPE, asked.type),
        (Field.CLASS, asked.retention_class),
        (Field.DEPARTMENT, asked.department),
        (Field.CONFIDENTIALITY, asked.confidentiality),
    ]
    filters: list[Node] = [Is(field, value) for field, value in plain if value]
    return [*filters, _years(asked.year)] if asked.year else filters


def _years(text: str) -> Node:
    node = years(text)
    if node is None:
        raise Invalid("year is a year such as 2023, or 2020..2023.", code="bad_year")
    return node


def _sort(name: str) -> Sort:
    try:
        return Sort(name)
    except ValueError as error:
        raise Invalid(f"sort is one of {', '.join(Sort)}.", code="bad_sort") from error
