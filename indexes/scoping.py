"""What a reader may see, once for both engines: an engine only says how its own conditions are put together.

The predicate is that of `archive.readable.readable`; the rows are asked again for every hit (docs/search.md).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Generic, TypeVar

from archive.access import ReadableScope
from indexes.query import ANY, Field

C = TypeVar("C")

HELD_IN: Final = {
    Field.CUSTOMER: "customer_name", Field.CODE: "code", Field.CONTRACT: "contract", Field.TITLE: "headline",
}  # fmt: skip
"""In which field of an entry the words of a field stand."""
HEADLINES: Final = ("headline", "customer_name", "code", "values")
PAIR: Final = 2


@dataclass(frozen=True, slots=True)
class Parts(Generic[C]):
    """How an engine says: one of these values; both; one of several (of none: nothing); this and not that."""

    every: Callable[[str, Collection[Any]], C]
    both: Callable[[C, C], C]
    either: Callable[[Iterable[C]], C]
    without: Callable[[C, C], C]
    cleared: Callable[[int], C]
    """Of this level or below."""
    veiled: Callable[[], C]
    """Of pages with hidden numbers."""

    def readable(self, scope: ReadableScope) -> C:
        """The predicate of `ReadableScope`, word by word."""
        cleared = self.cleared(int(scope.clearance))
        home = cleared if scope.everywhere else self.both(self.every("department", scope.departments), cleared)
        parts = [home] if scope.everywhere or scope.departments else []
        if scope.folders:
            parts.append(self.both(self.every("folder", scope.folders), cleared))
        if scope.documents:
            parts.append(self.every("document", scope.documents))
        if scope.own_unfiled:
            parts.append(self.every("uploader", [scope.person_id]))
        return self.either(parts)

    def seen(self, scope: ReadableScope, made: Callable[[str], C]) -> C:
        """A condition over the text that the reader may see: of pages with hidden numbers, mostly the text without."""
        if scope.unmasked_everywhere:
            return made("chars")
        allowed = [self.every("folder", scope.unmasked_folders), self.every("document", scope.unmasked_documents)]
        if scope.own_unfiled:
            allowed.append(self.every("uploader", [scope.person_id]))
        veiled = self.without(self.veiled(), self.either(allowed))
        return self.either([self.without(made("chars"), veiled), self.both(made("shown"), veiled)])


def pairs_of(words: Collection[str]) -> list[str]:
    """The pairs of neighbouring tokens, each once, in order; a token that may be anything is in none."""
    return list(dict.fromkeys(first + second for first, second in pairwise(words) if ANY not in {first, second}))
