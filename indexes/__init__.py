"""Search: one reading of text, one query language, two engines behind one port. `docs/search.md` says what is found."""

from indexes.open import open_engine

__all__ = ["open_engine"]
