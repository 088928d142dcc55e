"""The embedded engine: tantivy in a folder, one document a page, one writer over all processes.

Every text field holds our own tokens between blanks (`indexes.analysis`); the field `pairs` holds neighbouring tokens,
each at the place of its first, by which phrases are found: pairs are rarer than characters by far. The version of a
document lies beside its pages, inside the same commit.
"""

from indexes.embedded.engine import TantivyEngine

__all__ = ["TantivyEngine"]
