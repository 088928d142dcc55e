"""An answer by document: each with the pages that a query finds on it, in the order of its best page.

Engines answer by page. The stream of pages is walked, and a document stands where its first page stands: whether a
page is the first is asked of the engine, document by document, so that a cursor goes to any depth without memory.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, Final

from indexes.port import LARGEST_ANSWER, Answer, Hit, SearchOrder
from indexes.query import And, Field, Is

SHOWN: Final = 4
"""Pages of a document that stand in an answer; more are found by asking for the document."""

Ask = Callable[[SearchOrder], Answer]


@dataclass(frozen=True, slots=True)
class Group:
    """A document that was found: its best pages, and how many of its pages the query finds."""

    pages: tuple[Hit, ...]
    total: int


def by_document(ask: Ask, order: SearchOrder) -> tuple[Answer, list[Group]]:
    """The first answer with the cursor behind the last of `order.size` documents, and these documents."""
    whole = part = ask(replace(order, size=LARGEST_ANSWER))
    start, groups, known = order.cursor, list[Group](), set[str]()
    while True:
        for place, hit in enumerate(part.hits):
            if hit.document_id in known:
                continue
            known.add(hit.document_id)
            group = _group(ask, order, hit)
            if group and len(groups) == order.size:
                return replace(whole, cursor=_behind(ask, order, start, place)), groups
            groups += [group] if group else []
        if not part.cursor:
            return replace(whole, cursor=""), groups
        start = part.cursor
        part = ask(_bare(order, size=LARGEST_ANSWER, cursor=start))


def _group(ask: Ask, order: SearchOrder, hit: Hit) -> Group | None:
    """The document of a page that is the first of it in this order; None when an earlier page was."""
    own = And((order.query, Is(Field.DOCUMENT, hit.document_id)))
    found = ask(_bare(order, query=own, size=SHOWN, cursor=""))
    return Group(found.hits, found.total) if found.hits[:1] == (hit,) else None


def _behind(ask: Ask, order: SearchOrder, start: str, passed: int) -> str:
    """The cursor behind so many pages from another one."""
    if not passed:
        return start
    return ask(_bare(order, size=passed, cursor=start)).cursor


def _bare(order: SearchOrder, **changed: Any) -> SearchOrder:  # noqa: ANN401 - as `replace` takes them
    """An order for hits and their number alone."""
    return replace(order, facets=frozenset(), documents=False, **changed)


def pages_of(groups: Collection[Group]) -> list[Hit]:
    """All pages of all documents, in order."""
    return [page for group in groups for page in group.pages]
