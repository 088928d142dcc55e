"""One search index of either engine, opened as several processes would, and asked."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.access import ReadableScope
from indexes.language import parse
from indexes.open import open_engine
from indexes.opensearch.client import Cluster
from indexes.port import Answer, Hit, SearchEngine, SearchOrder
from indexes.query import Node
from tests.contract.search_samples import ALL
from tests.servers import opensearch_url

ENGINES = ["tantivy", "opensearch"]


@dataclass
class Installation:
    """One index: its writing process, its reading process, and more of them on demand."""

    name: str
    url: str
    folder: Path
    prefix: str = field(default_factory=lambda: f"test-{secrets.token_hex(6)}")
    opened: list[SearchEngine] = field(default_factory=list)

    def open(self, *, writer: bool) -> SearchEngine:
        self.opened.append(open_engine(self.url, self.folder, self.prefix, writer=writer))
        return self.opened[-1]


@contextmanager
def installation(name: str, folder: Path) -> Iterator[Installation]:
    """An empty index; nothing of it is left afterwards."""
    place = Installation(name, opensearch_url() if name == "opensearch" else "", folder)
    place.open(writer=True)
    try:
        yield place
    finally:
        for engine in place.opened:
            engine.close()
        if place.url:
            cluster = Cluster(place.url)
            cluster.ask("DELETE", f"/{place.prefix}-*")
            cluster.close()


def asked(
    engine: SearchEngine,
    query: str | Node,
    reader: ReadableScope = ALL,
    hidden: frozenset[str] = frozenset(),
    **how: Any,  # noqa: ANN401 - the fields of SearchOrder
) -> Answer:
    node = parse(query).node if isinstance(query, str) else query
    return engine.search(SearchOrder(node, **how), reader, hidden)


def walked(
    engine: SearchEngine,
    query: str | Node,
    reader: ReadableScope = ALL,
    *,
    size: int = 100,
    **how: Any,  # noqa: ANN401 - the fields of SearchOrder
) -> list[Hit]:
    """All hits, cursor by cursor."""
    hits: list[Hit] = []
    cursor = ""
    while True:
        answer = asked(engine, query, reader, size=size, cursor=cursor, **how)
        hits += answer.hits
        cursor = answer.cursor
        if not cursor:
            return hits
