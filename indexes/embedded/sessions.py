"""One index in the writer's turn: what is written, retired, and left in segments."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import tantivy

from archive.errors import Fault
from indexes import port
from indexes.embedded.pages import SEPARATOR, head_entry, opened, page_entry
from indexes.embedded.queries import every
from indexes.port import Batch

_HEAP: Final = 64_000_000
_STEP: Final = 10_000


class Session:
    """One index opened in the writer's turn. Each act is one commit, merged to the end before it returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._index = opened(path)
        self._index.reload()
        self._searcher = self._index.searcher()

    def version(self, document_id: str) -> int:
        """The version that is known of a document, retired ones too; 0 for none."""
        found = self._searcher.search(every("head", [document_id]), limit=1).hits
        return int(self._searcher.fast_field_values("version", [found[0][1]])[0]) if found else 0

    def replace(self, batches: Collection[Batch]) -> frozenset[str]:
        """Write what is not older than what is known."""
        newest = {batch.document_id: batch for batch in sorted(batches, key=lambda batch: batch.version)}
        fresh = [batch for batch in newest.values() if batch.version >= self.version(batch.document_id)]
        if fresh:
            with self._commit([batch.document_id for batch in fresh]) as writer:
                for batch in fresh:
                    writer.add_document(head_entry(batch.document_id, batch.version, retired=False))
                    for entry in batch.entries:
                        writer.add_document(page_entry(entry))
        return frozenset(batch.document_id for batch in fresh)

    def retire(self, document_ids: Collection[str], version: int) -> bool:
        """Take pages out and remember the version; False when a newer one is known of any."""
        if any(version < self.version(document) for document in document_ids):
            return False
        self.add_retired([(document, version) for document in document_ids])
        return True

    def add_retired(self, heads: Collection[tuple[str, int]]) -> None:
        """Remember versions of documents that have no pages any more."""
        with self._commit([document for document, _ in heads]) as writer:
            for document, version in heads:
                writer.add_document(head_entry(document, version, retired=True))

    def retired(self) -> list[tuple[str, int]]:
        """Every document that was taken out, with its version."""
        return list(heads(self._searcher, retired=True))

    def clean_of(self, document_id: str) -> bool:
        """No page of the document is found; and if it was only removed, no segment has anything deleted in it."""
        if self._searcher.search(every("document", [document_id]), limit=1).count:
            return False
        return self.version(document_id) in {0, port.FOR_GOOD} or not self.dirty()

    def dirty(self) -> list[str]:
        """Segments that hold deleted entries, as their files are named."""
        return [part["segment_id"].replace("-", "") for part in self._segments() if part["deletes"]]

    def neighbours(self, suspects: Collection[str]) -> set[str]:
        """Documents that stand in segments of these names; retired ones are moved out of them at once."""
        ordinals = {n for n, part in enumerate(self._segments()) if part["segment_id"].replace("-", "") in suspects}
        if not ordinals:
            return set()
        hits = self._searcher.search(tantivy.Query.all_query(), limit=max(1, self._searcher.num_docs), count=False).hits
        keys = {self._searcher.doc(place)["key"][0] for _, place in hits if place.segment_ord in ordinals}
        shared = {key.partition(SEPARATOR)[0] for key in keys}
        retired = {document: version for document, version in self.retired() if document in shared}
        if retired:
            self.add_retired(list(retired.items()))
        return shared - set(retired)

    def _segments(self) -> list[dict[str, Any]]:
        """What tantivy wrote about its segments, in the order in which it numbers them."""
        segments: list[dict[str, Any]] = json.loads((self._path / "meta.json").read_text())["segments"]
        if len(segments) != self._searcher.num_segments:
            raise Fault("The segments of the search index are not those that its description names.")
        return segments

    @contextmanager
    def _commit(self, document_ids: Collection[str]) -> Iterator[tantivy.IndexWriter]:
        """A writer that has forgotten these documents; committed when the block ends well, nothing otherwise."""
        writer = self._index.writer(_HEAP, 1)
        try:
            # by query: deletion by term does nothing, silently, on fields of some types
            writer.delete_documents_by_query(every("document", document_ids))
            writer.delete_documents_by_query(every("head", document_ids))
            yield writer
            writer.commit()
        finally:
            writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()


def heads(searcher: tantivy.Searcher, *, retired: bool) -> Iterator[tuple[str, int]]:
    """Documents with their versions, ordered by id."""
    query = every("retired", [1 if retired else 0])
    offset = 0
    options = {"order_by_field": "head", "order": tantivy.Order.Asc, "count": False}
    while found := searcher.search(query, limit=_STEP, offset=offset, **options).hits:
        versions = searcher.fast_field_values("version", [place for _, place in found])
        yield from ((document, int(version)) for (document, _), version in zip(found, versions, strict=True))
        offset += _STEP
