"""One search: the same condition counted, grouped, and read in order tier by tier."""

from __future__ import annotations

from typing import Any, Final

import tantivy

from archive.access import ReadableScope
from archive.errors import Invalid
from indexes import cursors
from indexes.embedded import queries
from indexes.embedded.pages import SEPARATOR
from indexes.port import Answer, Facet, Hit, SearchOrder, Sort

_SPARE: Final = 64
_MOST_SKIPPED: Final = 10_000
_MOST_BUCKETS: Final = 60_000  # tantivy gives up a terms aggregation over 65,000 buckets
_FACET_VALUES: Final = 1000
_SHOWN_VALUES: Final = 100


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
        total = self._searcher.search(self._base, limit=1, order_by_field="doc").count
        if not total:
            return Answer(0, 0, (), dict.fromkeys(self._order.facets, ()))
        hits, cursor = self._by_code() if self._order.sort is Sort.CODE else self._by_date()
        documents, facets = self._counted(total)
        return Answer(total, documents, tuple(map(self._hit, hits)), facets, cursor)

    def _hit(self, place: tantivy.DocAddress) -> Hit:
        document, _, page = self._searcher.doc(place)["key"][0].partition(SEPARATOR)
        return Hit(document, int(page))

    def _by_date(self) -> tuple[list[tantivy.DocAddress], str]:
        """Hits by tier, then by a number that no two pages of a tier share but by chance; chance is skipped over."""
        field = "oldest" if self._order.sort is Sort.OLDEST else "newest"
        direction = tantivy.Order.Asc if self._order.sort is Sort.OLDEST else tantivy.Order.Desc
        tiers = (
            queries.tiers(self._order.query, self._scope)
            if self._order.sort is Sort.RELEVANCE
            else [queries.all_pages()]
        )
        tier, key, skip = self._start(len(tiers))
        hits: list[tantivy.DocAddress] = []
        while tier < len(tiers):
            query = queries.both(self._base, tiers[tier])
            if key >= 0:
                query = queries.both(query, queries.bounded(field, key))
            missing = self._order.size - len(hits)
            options = {"order_by_field": field, "order": direction, "offset": skip, "count": False}
            found = self._searcher.search(query, limit=missing + 1, **options).hits
            hits += [place for _, place in found[:missing]]
            if len(found) > missing:
                last = found[missing - 1][0] if missing else key
                seen = sum(value == last for value, _ in found[:missing]) + (skip if last == key else 0)
                return hits, cursors.written([tier, last, seen])
            tier, key, skip = tier + 1, -1, 0
        return hits, ""

    def _start(self, tiers: int) -> tuple[int, int, int]:
        """Tier, key and how many of that key were had, where the cursor says."""
        if not self._order.cursor:
            return 0, -1, 0
        tier, key, skip = (int(part) for part in cursors.place_of(self._order.cursor, (int, int, int)))
        if not (0 <= tier < tiers and -1 <= key < 1 << 63 and 0 <= skip <= _MOST_SKIPPED):
            raise Invalid("This cursor is none of ours: start the search again.", code="bad_cursor")
        return tier, key, skip

    def _by_code(self) -> tuple[list[tantivy.DocAddress], str]:
        """Hits by code. tantivy has no range over texts: read from the start to behind the last that was had."""
        after, had = "", 0
        if self._order.cursor:
            place = cursors.place_of(self._order.cursor, (str, int))
            after, had = str(place[0]), max(0, int(place[1]))
        options = {"order_by_field": "code_order", "order": tantivy.Order.Asc, "count": False}
        limit = had + self._order.size + _SPARE
        while True:
            found = self._searcher.search(self._base, limit=min(limit, self._searcher.num_docs), **options).hits
            fresh = [(key, place) for key, place in found if key > after]
            if len(fresh) > self._order.size or len(found) < limit:
                break
            limit *= 2
        part = fresh[: self._order.size]
        more = len(fresh) > len(part)
        passed = len(found) - len(fresh) + len(part)
        return [place for _, place in part], cursors.written([part[-1][0], passed]) if more else ""

    def _counted(self, total: int) -> tuple[int, dict[Facet, tuple[tuple[str, int], ...]]]:
        """How many documents, and how many pages by each value of the facets that were asked for."""
        asked = {facet.value: _terms(facet.value, _FACET_VALUES) for facet in self._order.facets}
        if total <= _MOST_BUCKETS:
            asked["doc"] = _terms("doc", _MOST_BUCKETS)
        told = self._searcher.aggregate(self._base, asked) if asked else {}
        facets = {facet: _values(told[facet.value]["buckets"]) for facet in self._order.facets}
        if total <= _MOST_BUCKETS:
            return len(told["doc"]["buckets"]), facets
        every_hit = self._searcher.search(self._base, limit=total, order_by_field="doc", count=False).hits
        return len({document for document, _ in every_hit}), facets


def _terms(field: str, size: int) -> dict[str, Any]:
    return {"terms": {"field": field, "size": size}}


def _values(buckets: list[dict[str, Any]]) -> tuple[tuple[str, int], ...]:
    """Values with their counts, the most frequent first, years as plain numbers."""
    counted = [(str(int(b["key"]) if isinstance(b["key"], float) else b["key"]), int(b["doc_count"])) for b in buckets]
    return tuple(sorted(counted, key=lambda pair: (-pair[1], pair[0]))[:_SHOWN_VALUES])
