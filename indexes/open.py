"""Which engine an installation has: one setting decides."""

from __future__ import annotations

from pathlib import Path

from indexes.embedded import TantivyEngine
from indexes.port import SearchEngine


def open_engine(url: str, folder: Path, prefix: str, *, writer: bool, fresh: bool = True) -> SearchEngine:
    """The engine at an address; without one tantivy in `folder`. Only processes with `writer` make a missing index.

    And these only if `fresh`: where rows say that there was an index, a missing one was lost and is built from them.
    """
    if url:
        from indexes.opensearch import OpenSearchEngine  # noqa: PLC0415 - its client is large; few processes need it

        return OpenSearchEngine(url, prefix, writer=writer and fresh)
    return TantivyEngine(folder, writer=writer, fresh=fresh)
