"""Writing to one index of a cluster: heads before pages, versions checked by the cluster, merging away."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from archive.errors import Away
from indexes import port
from indexes.opensearch.client import Cluster
from indexes.opensearch.pages import body, head, page_id
from indexes.port import Batch

_STEP: Final = 5_000
_CHUNK: Final = 400

Head = dict[str, Any]


class Target:
    """One index by its own name."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self._cluster = cluster
        self._name = name

    def replace(self, batches: Collection[Batch], *, refresh: bool = True) -> frozenset[str]:
        """Write what is not older than what is known: heads first, which decide, then pages, then what is left over.

        Of two writers at once each takes out what it wrote behind a newer head; what one that died left behind is taken
        out by whoever writes the document next, as its job does when it is tried again. With `refresh` only.
        """
        newest = {batch.document_id: batch for batch in sorted(batches, key=lambda batch: batch.version)}
        known = self._heads_of(newest)
        heads = [_head_of(batch) for batch in newest.values()]
        refused = self._write(line for each in heads for line in _indexed(each["head"], each["version"], each))
        taken = {name: batch for name, batch in newest.items() if name not in refused}
        self._write(line for batch in taken.values() for line in _page_lines(batch))
        self._write(line for batch in taken.values() for line in _left_over(batch, known.get(batch.document_id)))
        self._settle(taken)
        if refresh:
            self._sweep(newest)
        return frozenset(taken)

    def retire(self, document_ids: Collection[str], version: int) -> frozenset[str]:
        """Take pages out and remember the version; names those of which no newer one was known."""
        known = self._heads_of(document_ids)
        lines = [
            line
            for document in document_ids
            for line in _indexed(document, version, head(document, version, 0, retired=True))
        ]
        refused = self._write(lines)
        taken = [document for document in document_ids if document not in refused]
        self._write(line for each in taken for line in _left_over(Batch(each, version), known.get(each)))
        self._sweep(document_ids)
        return frozenset(taken)

    def add_retired(self, heads: Iterable[tuple[str, int]]) -> None:
        """Remember versions of documents that have no pages any more."""
        self._write(line for name, v in heads for line in _indexed(name, v, head(name, v, 0, retired=True)))

    def retired(self) -> Iterator[tuple[str, int]]:
        """Every document that was taken out, with its version."""
        return self.heads(retired=True)

    def heads(self, *, retired: bool) -> Iterator[tuple[str, int]]:
        """Documents with their versions, ordered by id."""
        request: dict[str, Any] = {
            "query": {"term": {"retired": retired}},
            "sort": [{"head": "asc"}],
            "size": _STEP,
            "_source": ["head", "version"],
        }
        while found := self._cluster.ask("POST", f"/{self._name}/_search", request)["hits"]["hits"]:
            yield from ((str(hit["_source"]["head"]), int(hit["_source"]["version"])) for hit in found)
            request["search_after"] = found[-1]["sort"]

    def count(self, query: dict[str, Any]) -> int:
        """How many entries fulfil a condition."""
        return int(self._cluster.ask("POST", f"/{self._name}/_count", {"query": query})["count"])

    def clean_of(self, document_id: str) -> bool:
        """No page of the document is found; and if it was known, it was purged or nothing deleted is left at all."""
        self._refresh()
        if self.count({"term": {"document": document_id}}):
            return False
        known = self._heads_of([document_id]).get(document_id)
        return known is None or bool(known["erased"]) or (bool(known["retired"]) and not self._dirty())

    def not_erased(self, document_ids: Collection[str]) -> list[str]:
        """Those of which bytes may be left."""
        self._refresh()
        known = self._heads_of(document_ids)
        erased = {name for name, told in known.items() if told["erased"]}
        return [name for name in document_ids if name not in erased or self.count({"term": {"document": name}})]

    def note_erased(self, document_ids: Collection[str]) -> None:
        """Remember of purged documents that nothing of them is left."""
        heads = [head(document, port.FOR_GOOD, 0, retired=True, erased=True) for document in document_ids]
        self._write(line for each in heads for line in _indexed(each["head"], each["version"], each))

    def expunge(self, patience: float, pause: float) -> None:
        """Merge away all that is deleted now. Away when a copy of the index still holds on to deletions."""
        deadline = time.monotonic() + patience
        self._wait_for_leases(deadline, pause)
        self._cluster.ask("POST", f"/{self._name}/_flush")
        suspects = self._dirty()
        while suspects & self._dirty():
            self._cluster.ask("POST", f"/{self._name}/_forcemerge", only_expunge_deletes="true")
            self._cluster.ask("POST", f"/{self._name}/_flush")
            if time.monotonic() > deadline:
                raise Away("OpenSearch has not merged deleted entries away yet.")
            time.sleep(pause)

    def _wait_for_leases(self, deadline: float, pause: float) -> None:
        """Until no copy may ask to be told of the deletions again: only then does a merge drop what was deleted."""
        wanted = max((shard["seq_no"]["max_seq_no"] for shard in self._shards()), default=-1)
        while any(held <= wanted for shard in self._shards() for held in _retained(shard)):
            if time.monotonic() > deadline:
                raise Away("OpenSearch still keeps deleted entries for its replicas.")
            time.sleep(pause)

    def _shards(self) -> list[dict[str, Any]]:
        """What each copy of each shard says of itself."""
        told = self._cluster.ask("GET", f"/{self._name}/_stats", level="shards")["indices"][self._name]["shards"]
        return [copy for copies in told.values() for copy in copies]

    def _dirty(self) -> set[str]:
        """Segments with deleted entries in them, by shard, copy and name."""
        told = self._cluster.ask("GET", f"/{self._name}/_segments")["indices"][self._name]["shards"]
        return {
            f"{shard}/{copy['routing']['node']}/{name}"
            for shard, copies in told.items()
            for copy in copies
            for name, segment in copy["segments"].items()
            if segment["deleted_docs"]
        }

    def _heads_of(self, document_ids: Collection[str]) -> dict[str, Head]:
        """The heads that are known, as they stand now, searchable or not."""
        if not document_ids:
            return {}
        found = self._cluster.ask("POST", f"/{self._name}/_mget", {"ids": list(document_ids)})["docs"]
        return {str(entry["_id"]): entry["_source"] for entry in found if entry.get("found")}

    def _settle(self, taken: dict[str, Batch]) -> None:
        """If a newer version came in between, take out what we wrote behind its last page."""
        now = self._heads_of(taken)
        overtaken = [(batch, now[name]) for name, batch in taken.items() if now[name]["version"] > batch.version]
        for batch, newer in overtaken:
            ours = [page_id(batch.document_id, e.page) for e in batch.entries if e.page > newer["last"]]
            self._write(_deleted(name, newer["version"]) for name in ours)

    def _sweep(self, document_ids: Collection[str]) -> None:
        """Take out every page that is older than its document's head, whoever wrote it; all can be found afterwards."""
        self._refresh()
        heads = self._heads_of(document_ids)
        while stale := self._older_than(heads):
            refused = self._write(_deleted(page, heads[document]["version"]) for page, document in stale)
            self._refresh()
            if len(refused) == len(stale):
                return  # each was written anew since we looked, by who sweeps after us

    def _older_than(self, heads: Mapping[str, Head]) -> list[tuple[str, str]]:
        """Ids of pages that these heads do not stand for, each with its document's; some at a time."""
        if not heads:
            return []
        request = {
            "query": {"bool": {"should": [_older(name, told) for name, told in heads.items()]}},
            "size": _STEP,
            "_source": ["document"],
        }
        found = self._cluster.ask("POST", f"/{self._name}/_search", request)["hits"]["hits"]
        return [(str(hit["_id"]), str(hit["_source"]["document"])) for hit in found]

    def _refresh(self) -> None:
        self._cluster.ask("POST", f"/{self._name}/_refresh")

    def _write(self, lines: Iterable[dict[str, Any]]) -> set[str]:
        """Write in parts; the ids that were refused for being older."""
        refused: set[str] = set()
        part: list[dict[str, Any]] = []
        for line in lines:
            if len(part) >= _CHUNK and _begins(line):
                refused |= self._cluster.bulk(self._name, part)
                part = []
            part.append(line)
        return refused | self._cluster.bulk(self._name, part)


def _head_of(batch: Batch) -> Head:
    """The head of a document that stands."""
    last = max((entry.page for entry in batch.entries), default=0)
    return head(batch.document_id, batch.version, last, retired=False)


def _page_lines(batch: Batch) -> Iterator[dict[str, Any]]:
    """The lines that write a document's pages."""
    for entry in batch.entries:
        yield from _indexed(page_id(entry.document_id, entry.page), batch.version, body(entry))


def _left_over(batch: Batch, known: Head | None) -> Iterator[dict[str, Any]]:
    """The lines that take out pages which an earlier version had and this one has not."""
    kept = {entry.page for entry in batch.entries}
    for page in range(1, (known["last"] if known else 0) + 1):
        if page not in kept:
            yield _deleted(page_id(batch.document_id, page), batch.version)


def _older(document_id: str, known: Head) -> dict[str, Any]:
    """Pages of a document that were written before its head; of one that was taken out every page."""
    before = "lte" if known["retired"] else "lt"
    versions = {"range": {"version": {before: known["version"]}}}
    return {"bool": {"filter": [{"term": {"document": document_id}}, versions]}}


def _indexed(name: str, version: int, entry: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two lines that write an entry unless a newer one stands."""
    return {"index": {"_id": name, "version": version, "version_type": "external_gte"}}, entry


def _deleted(name: str, version: int) -> dict[str, Any]:
    """The line that deletes an entry unless a newer one stands."""
    return {"delete": {"_id": name, "version": version, "version_type": "external_gte"}}


def _begins(line: dict[str, Any]) -> bool:
    """Whether a line begins an act; the line behind it may be its entry."""
    return ("index" in line or "delete" in line) and "version_type" in next(iter(line.values()))


def _retained(shard: dict[str, Any]) -> list[int]:
    """From which operation on a copy is kept able to catch up."""
    return [int(lease["retaining_seq_no"]) for lease in shard.get("retention_leases", {}).get("leases", [])]
