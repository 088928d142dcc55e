"""The cluster's engine: OpenSearch, one document a page, an alias that serves and one that is built.

Texts are our own tokens between blanks, as in the embedded engine; `_source` holds identifiers alone, no text.
"""

from indexes.opensearch.engine import OpenSearchEngine

__all__ = ["OpenSearchEngine"]
