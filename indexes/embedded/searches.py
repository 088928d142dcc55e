"""One search: the same condition counted, grouped, and read in order tier by tier."""

from __future__ import annotations

from typing import Any, Final

import tantivy

from archive.access import ReadableScope
from archive.errors import Invalid
from indexes import cursors, port
from indexes.embedded import queries
from indexes.embedded.pages import SEPARATOR
from indexes.port import Answer, Facet, Hit, SearchOrder, Sort

_SPARE: Final = 64
_MOST_SKIPPED: Final = 10_000
_FACET_VALUES: Final = 1000
_SHOWN_VALUES: Final = 100
_DIRECTIONS: Final = {"newest": tantivy.Order.Desc, "oldest": tantivy.Order.Asc}


class Search:
    """One search: the same condition counted, grouped, and read in order tier by tier."""

    def __init__(
        self, searcher: tantivy.Searcher, order: SearchOrder, scope: ReadableScope, hidden: frozenset[str]
    ) -> None:
        self._searcher = searcher
        self._order = order
        self._scope = scope
        self._base = queries.within(order.query, scope, hidden)

    def answer(self) -> Answer:
        """The whole answer."""
        hits, cursor, total = self._by_code() if self._order.sort is Sort.CODE else self._by_date()
        documents, facets = self._counted(total)
        return Answer(total, documents, tuple(map(self._hit, hits)), facets, cursor)

    def _total(self) -> int:
        """How many pages the condition finds."""
        return int(self._searcher.search(self._base, limit=1, order_by_field="doc").count or 0)

    def _hit(self, place: tantivy.DocAddress) -> Hit:
        document, _, page = self._searcher.doc(place)["key"][0].partition(SEPARATOR)
        return Hit(document, int(page))

    def _by_date(self) -> tuple[list[tantivy.DocAddress], str, int]:
        """Hits by tier, then by a number that no two pages of a tier share but by chance; chance is skipped over.

        The tiers are counted on the way: only where an answer ends before the last, or began behind the first, is the
        condition walked once more to be counted.
        """
        field = "oldest" if self._order.sort is Sort.OLDEST else "newest"
        tiers = self._tiers()
        tier, key, skip = self._start(len(tiers))
        hits: list[tantivy.DocAddress] = []
        counts: list[int] = []
        while tier < len(tiers):
            query = tiers[tier] if key < 0 else queries.both(tiers[tier], queries.bounded(field, key))
            missing = self._order.size - len(hits)
            answer = self._searcher.search(
                query, limit=missing + 1, offset=skip, order_by_field=field, order=_DIRECTIONS[field]
            )
            found = answer.hits
            hits += [place for _, place in found[:missing]]
            counts += [answer.count or 0] if key < 0 and not skip else []
            if len(found) > missing:
                last = found[missing - 1][0] if missing else key
                seen = sum(value == last for value, _ in found[:missing]) + (skip if last == key else 0)
                cursor = cursors.written([tier, last, seen])
                break
            tier, key, skip = tier + 1, -1, 0
        else:
            cursor = ""
        return hits, cursor, sum(counts) if len(counts) == len(tiers) else self._total()

    def _tiers(self) -> list[tantivy.Query]:
        """The condition in the parts that come one after the other."""
        if self._order.sort is not Sort.RELEVANCE:
            return [self._base]
        return queries.tiers(self._base, self._order.query, self._scope)

    def _start(self, tiers: int) -> tuple[int, int, int]:
        """Tier, key and how many of that key were had, where the cursor says."""
        if not self._order.cursor:
            return 0, -1, 0
        tier, key, skip = (int(part) for part in cursors.place_of(self._order.cursor, (int, int, int)))
        if not (0 <= tier < tiers and -1 <= key < 1 << 63 and 0 <= skip <= _MOST_SKIPPED):
            raise Invalid("This cursor is none of ours: start the search again.", code="bad_cursor")
        return tier, key, skip

    def _by_code(self) -> tuple[list[tantivy.DocAddress], str, int]:
        """Hits by code. tantivy has no range over texts: read from the start to behind the last that was had."""
        after, had = "", 0
        if self._order.cursor:
            place = cursors.place_of(self._order.cursor, (str, int))
            after, had = str(place[0]), max(0, int(place[1]))
        options = {"order_by_field": "code_order", "order": tantivy.Order.Asc}
        limit = had + self._order.size + _SPARE
        while True:
            answer = self._searcher.search(self._base, limit=max(1, min(limit, self._searcher.num_docs)), **options)
            found = answer.hits
            fresh = [(key, place) for key, place in found if key > after]
            if len(fresh) > self._order.size or len(found) < limit:
                break
            limit *= 2
        part = fresh[: self._order.size]
        more = len(fresh) > len(part)
        passed = len(found) - len(fresh) + len(part)
        cursor = cursors.written([part[-1][0], passed]) if more else ""
        return [place for _, place in part], cursor, int(answer.count or 0)

    def _counted(self, total: int) -> tuple[int | None, dict[Facet, tuple[tuple[str, int], ...]]]:
        """How many documents, and how many pages by each value of the facets, as far as they were asked for."""
        asked = {facet.value: _terms(facet.value, _FACET_VALUES) for facet in self._order.facets}
        by_document = self._order.documents and total <= port.MOST_COUNTED
        asked |= {"doc": _terms("doc", port.MOST_COUNTED)} if by_document else {}
        if not total or not asked:
            return 0 if by_document else None, dict.fromkeys(self._order.facets, ())
        told = self._searcher.aggregate(self._base, asked)
        facets = {facet: _values(told[facet.value]["buckets"]) for facet in self._order.facets}
        return len(told["doc"]["buckets"]) if by_document else None, facets


def _terms(field: str, size: int) -> dict[str, Any]:
    return {"terms": {"field": field, "size": size}}


def _values(buckets: list[dict[str, Any]]) -> tuple[tuple[str, int], ...]:
    """Values with their counts, the most frequent first, years as plain numbers."""
    counted = [(str(int(b["key"]) if isinstance(b["key"], float) else b["key"]), int(b["doc_count"])) for b in buckets]
    return tuple(sorted(counted, key=lambda pair: (-pair[1], pair[0]))[:_SHOWN_VALUES])
