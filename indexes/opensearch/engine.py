"""The cluster's engine as one process sees it: searching, the aliases, building aside, purging."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, Final

from archive.access import ReadableScope
from archive.errors import Away, Invalid, Unavailable
from indexes import cursors, port
from indexes.opensearch import queries
from indexes.opensearch.client import Absent, Cluster, Refused
from indexes.opensearch.pages import EDITION, MAPPINGS, SETTINGS
from indexes.opensearch.writing import Target
from indexes.port import Answer, Batch, Facet, Health, Hit, SearchOrder, Sort, State

_ADVICE: Final = "Run `anjuan reindex`: it builds the index anew from the rows. Everything but search works meanwhile."
_FACET_VALUES: Final = 1000
_SHOWN_VALUES: Final = 100
_STEP: Final = 10_000
_PATIENCE: Final = 90.0  # leases are renewed every 30 seconds, and no setting changes that
_PAUSE: Final = 0.25
_EXISTS: Final = "resource_already_exists_exception"
_SHAPES: Final = {Sort.RELEVANCE: (float, int, str, int), Sort.NEWEST: (int, str, int), Sort.OLDEST: (int, str, int),
                  Sort.CODE: (str, str, int)}  # fmt: skip


class OpenSearchEngine:
    """An engine on a cluster; index names begin with the prefix. With `writer` it makes a missing index."""

    def __init__(self, url: str, prefix: str, *, writer: bool) -> None:
        self._cluster = Cluster(url)
        self._serving = f"{prefix}-serving-{EDITION}"
        self._building = f"{prefix}-building-{EDITION}"
        self._prefix = prefix
        if writer and not self._names(f"{prefix}-serving-*"):
            self._create(f"{prefix}-pages-{EDITION}", self._serving)

    def _create(self, name: str, alias: str) -> None:
        """Make an empty index under an alias; another process may be quicker."""
        settings = {"settings": {"index": SETTINGS}, "mappings": MAPPINGS, "aliases": {alias: {}}}
        try:
            self._cluster.ask("PUT", f"/{name}", settings)
        except Refused as error:
            if error.reason != _EXISTS:
                raise

    # Writing

    def replace(self, batches: Collection[Batch]) -> frozenset[str]:
        """See the port."""
        with self._writing():
            if building := self._names(self._building):
                Target(self._cluster, building[0]).replace(batches)
            return self._target().replace(batches)

    def remove(self, document_id: str, version: int) -> bool:
        """See the port."""
        with self._writing():
            if building := self._names(self._building):
                Target(self._cluster, building[0]).retire([document_id], version)
            return bool(self._target().retire([document_id], version))

    def purge(self, document_ids: Collection[str]) -> frozenset[str]:
        """See the port: deleted, waited until no copy may ask for the deletion again, then merged away."""
        with self._writing():
            for name in (*self._names(self._serving), *self._names(self._building)):
                target = Target(self._cluster, name)
                left = target.not_erased(document_ids)
                if left:
                    target.retire(left, port.FOR_GOOD)
                    target.expunge(_PATIENCE, _PAUSE)
                    target.note_erased(left)
        return frozenset()

    def absent(self, document_id: str) -> bool:
        """See the port."""
        with self._reading():
            names = (*self._names(self._serving), *self._names(self._building))
            return all(Target(self._cluster, name).clean_of(document_id) for name in names)

    def begin_rebuild(self) -> _Aside:
        """See the port. Purged documents stay purged in the new index."""
        with self._writing():
            for name in self._names(self._building):
                self._cluster.ask("DELETE", f"/{name}")
            name = f"{self._prefix}-pages-{uuid.uuid4().hex}"
            self._create(name, self._building)
            for serving in self._names(self._serving):
                Target(self._cluster, name).add_retired(Target(self._cluster, serving).retired())
        return _Aside(self, name)

    def _target(self) -> Target:
        """The serving index to be written; Unavailable when there is none."""
        names = self._names(self._serving)
        if not names:
            raise Unavailable(f"There is no search index. {_ADVICE}", code="search_degraded")
        return Target(self._cluster, names[0])

    def _names(self, alias: str) -> list[str]:
        """The index behind an alias; none when there is no such alias."""
        try:
            return list(self._cluster.ask("GET", f"/_alias/{alias}"))
        except Absent:
            return []

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """What goes wrong in writing, in the port's words."""
        try:
            yield
        except (Absent, Refused, Unavailable) as error:
            raise Away(f"The search index could not be written: {error}") from error

    # Reading

    def search(self, order: SearchOrder, scope: ReadableScope, hidden: frozenset[str]) -> Answer:
        """See the port."""
        if not 1 <= order.size <= port.LARGEST_ANSWER:
            raise Invalid(f"An answer has 1 to {port.LARGEST_ANSWER} hits.", code="bad_size")
        base = queries.within(order.query, scope, hidden)
        query, sort = queries.ranked(base, order, scope)
        request: dict[str, Any] = {
            "query": query,
            "sort": sort,
            "size": order.size + 1,
            "track_total_hits": True,
            "_source": ["document", "page"],
            "aggs": {facet.value: _terms(facet) for facet in order.facets},
        }
        if order.documents:
            request["aggs"]["documents"] = _composite()
        if order.cursor:
            request["search_after"] = cursors.place_of(order.cursor, _SHAPES[order.sort])
        with self._reading():
            return self._answer(order, base, self._ask(request))

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        return self._cluster.ask("POST", f"/{self._serving}/_search", request, allow_partial_search_results="false")

    def _answer(self, order: SearchOrder, base: dict[str, Any], told: dict[str, Any]) -> Answer:
        """The cluster's answer in the port's words."""
        found = told["hits"]["hits"]
        part = found[: order.size]
        hits = tuple(Hit(str(hit["_source"]["document"]), int(hit["_source"]["page"])) for hit in part)
        cursor = cursors.written(part[-1]["sort"]) if len(found) > len(part) else ""
        groups, total = told.get("aggregations", {}), int(told["hits"]["total"]["value"])
        facets = {facet: _values(groups[facet.value]["buckets"]) for facet in order.facets}
        counted = order.documents and total <= port.MOST_COUNTED
        return Answer(total, self._documents(base, groups) if counted else None, hits, facets, cursor)

    def _documents(self, base: dict[str, Any], groups: dict[str, Any]) -> int:
        """How many documents, counted one by one: the cluster's own cardinality is an estimate."""
        counted = len(groups["documents"]["buckets"])
        while len(groups["documents"]["buckets"]) == _STEP:
            after = groups["documents"]["after_key"]
            groups = self._ask({"query": base, "size": 0, "aggs": {"documents": _composite(after)}})["aggregations"]
            counted += len(groups["documents"]["buckets"])
        return counted

    def versions(self) -> Iterator[tuple[str, int]]:
        """See the port."""
        with self._reading():
            yield from self._target().heads(retired=False)

    def health(self) -> Health:
        """See the port."""
        try:
            with self._reading():
                target = self._target()
                documents = target.count({"term": {"retired": False}})
                return Health(State.READY, documents, target.count({"exists": {"field": "document"}}))
        except Unavailable as error:
            away = error.code != "search_degraded"
            return Health(State.AWAY if away else State.MISSING, advice=error.detail)

    def close(self) -> None:
        """See the port."""
        self._cluster.close()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """What goes wrong in reading, in the port's words."""
        try:
            yield
        except Absent as error:
            raise Unavailable(f"There is no search index. {_ADVICE}", code="search_degraded") from error
        except Away as error:
            raise Unavailable("The search cluster does not answer. Everything else works; try again later.") from error
        except Refused as error:
            if "too_many" in str(error) or "maxClauseCount" in str(error):
                raise Invalid("This query asks too much at once: use fewer words.", code="query_too_wide") from error
            raise Unavailable(f"The search cluster cannot answer this: {error.reason}") from error


class _Aside:
    """An index that is built aside."""

    def __init__(self, engine: OpenSearchEngine, name: str) -> None:
        self._engine = engine
        self._name = name

    def replace(self, batches: Collection[Batch]) -> frozenset[str]:
        """See the port."""
        return self._building().replace(batches, refresh=False)

    def remove(self, document_id: str, version: int) -> bool:
        """See the port."""
        return bool(self._building().retire([document_id], version))

    def swap(self) -> None:
        """See the port: one request moves both aliases and deletes the old index."""
        self._building()
        engine = self._engine
        cluster, serving = engine._cluster, engine._names(f"{engine._prefix}-serving-*")  # noqa: SLF001 - two halves of one engine
        cluster.ask("POST", f"/{self._name}/_refresh")
        actions: list[dict[str, Any]] = [{"remove_index": {"index": name}} for name in serving]
        actions.append({"remove": {"index": self._name, "alias": engine._building}})  # noqa: SLF001 - as above
        actions.append({"add": {"index": self._name, "alias": engine._serving}})  # noqa: SLF001 - as above
        cluster.ask("POST", "/_aliases", {"actions": actions})

    def abandon(self) -> None:
        """See the port."""
        self._building()
        self._engine._cluster.ask("DELETE", f"/{self._name}")  # noqa: SLF001 - two halves of one engine

    def _building(self) -> Target:
        """The index aside; Away once another rebuild has taken over."""
        engine = self._engine
        if engine._names(engine._building) != [self._name]:  # noqa: SLF001 - two halves of one engine
            raise Away("Another rebuild of the search index took over.")
        return Target(engine._cluster, self._name)  # noqa: SLF001 - as above


def _composite(after: dict[str, Any] | None = None) -> dict[str, Any]:
    """Every document once, some at a time."""
    grouped: dict[str, Any] = {"size": _STEP, "sources": [{"document": {"terms": {"field": "document"}}}]}
    return {"composite": {**grouped, "after": after} if after else grouped}


def _terms(facet: Facet) -> dict[str, Any]:
    return {"terms": {"field": facet.value, "size": _FACET_VALUES, "min_doc_count": 1}}


def _values(buckets: list[dict[str, Any]]) -> tuple[tuple[str, int], ...]:
    """Values with their counts, the most frequent first."""
    counted = [(str(bucket["key"]), int(bucket["doc_count"])) for bucket in buckets]
    return tuple(sorted(counted, key=lambda pair: (-pair[1], pair[0]))[:_SHOWN_VALUES])
