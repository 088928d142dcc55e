"""The types that reading tells apart here: those that come with Anjuan and are in use, and the organisation's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from sqlalchemy.orm import Session

from archive.own_types import newest_types
from workers.kinds import KINDS, TITLE, WEAK_TITLE, Kind

PUNCTUATION: Final = re.compile(r"[\s()（）\[\]【】《》<>〈〉·•.。:：*★☆_—\-\"'“”]+")
OWN_WORD: Final = 2.0
"""What a word counts of which an officer said that it stands on papers of this type alone."""


@dataclass(frozen=True, slots=True)
class Title:
    """A title of a type as rows are compared with it, and its weight."""

    code: str
    text: str
    weight: float


@dataclass(frozen=True)
class Vocabulary:
    """The kinds with their titles and forms. `own`: names of the organisation's own, `fields` what is read on them."""

    kinds: tuple[Kind, ...]
    own: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def titles(self) -> tuple[Title, ...]:
        """All titles with what they weigh."""
        return tuple(
            Title(kind.code, PUNCTUATION.sub("", text), weight)
            for kind in self.kinds
            for texts, weight in ((kind.titles, TITLE), (kind.weak_titles, WEAK_TITLE))
            for text in texts
        )

    @cached_property
    def forms(self) -> Sequence[tuple[str, re.Pattern[str]]]:
        """Patterns of titles that are composed, by code."""
        return tuple((kind.code, re.compile(f"(?:{kind.form})$")) for kind in self.kinds if kind.form)

    @cached_property
    def codes(self) -> frozenset[str]:
        """The codes of all kinds."""
        return frozenset(kind.code for kind in self.kinds)


USUAL: Final = Vocabulary(KINDS)
"""What comes with Anjuan."""


def vocabulary(session: Session) -> Vocabulary:
    """The types in use now. A type that was retired is told apart no more."""
    rows = newest_types(session)
    if not rows:
        return USUAL
    retired = {code for code, row in rows.items() if row.retired}
    own = [row for row in rows.values() if not row.shipped and not row.retired]
    kinds = [
        *_without(KINDS, retired),
        *(
            Kind(row.code, row.zh, titles=tuple(row.titles), phrases=tuple((word, OWN_WORD) for word in row.words))
            for row in own
        ),
    ]
    return Vocabulary(
        tuple(kinds), {row.code: row.zh for row in own}, {row.code: tuple(row.fields) for row in own}
    )  # fmt: skip


def _without(kinds: Iterable[Kind], retired: set[str]) -> list[Kind]:
    return [kind for kind in kinds if kind.code not in retired]
