"""The search port: what Anjuan asks of an engine. Each promise below is one test of the contract suite.

An engine holds pages in the clear, without a stored copy of their text, and forgets nothing by itself: it is told
which document stands in which version, and an older version never overwrites a newer one. It is never the authority
for rights, dates or existence; whoever asks it looks at the rows again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, Protocol

from archive.access import ReadableScope
from indexes import analysis
from indexes.query import Node

LARGEST_ANSWER: Final = 100
"""Hits that one answer may hold."""

MOST_COUNTED: Final = 60_000
"""Pages up to which their documents are counted: telling that many apart takes longer than finding them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One page as the index knows it. Made by `indexes.projection.entries` alone.

    `shown` is the text as those may search it who may not see identity numbers; empty when nothing is hidden.
    `uploader` is empty once the document is filed. `customer`, `folder`, `department` are ids. `sort_date` orders by
    newest and oldest. `values` are those of the document's other fields that most may see; `amount` is in fen.
    `level` is the `Confidentiality` as a number, `confidentiality` its label.
    """

    document_id: str
    page: int
    version: int
    department: str
    level: int
    text: str
    shown: str = ""
    title: str = ""
    contract_no: str = ""
    values: tuple[str, ...] = ()
    amount: int | None = None
    folder: str = ""
    customer: str = ""
    customer_name: str = ""
    customer_sounds: tuple[str, ...] = ()
    customer_number: str = ""
    uploader: str = ""
    document_type: str = ""
    year: int | None = None
    retention_class: str = ""
    archival_code: str = ""
    confidentiality: str = ""
    sort_date: date = date.min


@dataclass(frozen=True, slots=True)
class Batch:
    """All pages of one document in one version; without pages it is known and not found."""

    document_id: str
    version: int
    entries: Sequence[Entry] = ()


class Sort(StrEnum):
    """Orders of an answer. `relevance`: exact before near, matches in title, code, customer or field first, newest."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"
    CODE = "code"


class Facet(StrEnum):
    """What an answer can be counted by."""

    CUSTOMER = "customer"
    TYPE = "type"
    YEAR = "year"
    CLASS = "class"
    CONFIDENTIALITY = "confidentiality"
    DEPARTMENT = "department"


@dataclass(frozen=True, slots=True)
class SearchOrder:
    """What is asked for. `facets` and `documents` are counted over the whole answer, not over this part of it."""

    query: Node
    sort: Sort = Sort.RELEVANCE
    size: int = 20
    cursor: str = ""
    facets: frozenset[Facet] = frozenset()
    documents: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A page that the query finds."""

    document_id: str
    page: int


@dataclass(frozen=True, slots=True)
class Answer:
    """`total` pages and `documents` are exact. `cursor` is empty at the end. Facet values by count, then by value.

    `documents` is None where they were not asked for, and where over `MOST_COUNTED` pages are found.
    """

    total: int
    documents: int | None
    hits: tuple[Hit, ...]
    facets: Mapping[Facet, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    cursor: str = ""


class State(StrEnum):
    """Whether an engine can answer."""

    READY = "ready"
    MISSING = "missing"
    DAMAGED = "damaged"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Health:
    """Where an engine stands; `advice` says what to do when it is not ready."""

    state: State
    documents: int = 0
    pages: int = 0
    advice: str = ""


class IndexWriter(Protocol):
    """What can be written to an index, the serving one or one that is built aside."""

    def replace(self, batches: Collection[Batch]) -> frozenset[str]:
        """Put documents in the place of what was there, all pages of each at once.

        Answers whose version was as new as what was known, or newer; the others stay untouched. Found by the next
        search of the writing engine, by every other within two seconds.
        """

    def remove(self, document_id: str, version: int) -> bool:
        """Take a document out; False when a newer version is known. An older `replace` does not bring it back."""


class Rebuild(IndexWriter, Protocol):
    """An index that is built aside: until `swap` it answers nothing, and what the serving one takes it takes too."""

    def swap(self) -> None:
        """Serve this one from now on, and erase the other with every byte."""

    def abandon(self) -> None:
        """Erase what was built."""


class SearchEngine(IndexWriter, Protocol):
    """An engine as one process sees it. Unavailable (503) when it cannot answer, Away when it cannot be written."""

    def search(self, order: SearchOrder, scope: ReadableScope, hidden: frozenset[str]) -> Answer:
        """The pages that the query finds, that the scope lets through and whose document is not `hidden`.

        Total, documents, hits and facets alike. What is hidden from the reader is not searched for them, or numbers
        could be guessed digit by digit. Ranks by nothing outside the scope. Invalid for a size below 1 or
        over 100 and for a cursor that is none; a cursor goes on where its answer ended, whatever is written since.
        """

    def purge(self, document_ids: Collection[str]) -> frozenset[str]:
        """Take documents out for good: no later `replace` brings them back.

        Names the other documents that must be written again by `replace` before no byte of these is left; none on
        an engine that merges at will. To be called again until it names none.
        """

    def absent(self, document_id: str) -> bool:
        """No page of the document is left, nor a part of the index (or of one built aside) that once held one."""

    def versions(self) -> Iterator[tuple[str, int]]:
        """Every known document with its version, ordered by id, for the drift check."""

    def health(self) -> Health:
        """Whether it can answer, and how much it holds. Raises nothing."""

    def begin_rebuild(self) -> Rebuild:
        """Start an empty index aside. One that was begun before and not swapped is erased."""

    def close(self) -> None:
        """Let go of files and connections."""


FOR_GOOD: Final = 1 << 62
"""The version of a purged document: nothing is newer."""


def digest63(text: str) -> int:
    """A number below 2⁶³ for an identifier, to order and to count by."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


_NO_CODE: Final = "\uffff"
_PAGE_BITS: Final = 14
_DOCUMENT_BITS: Final = 27
MOST_PAGES: Final = (1 << _PAGE_BITS) - 1


def headlines(entry: Entry) -> list[tuple[str, tuple[str, ...]]]:
    """The tokens of what is known of a page besides its text, by the field of the index that holds them."""
    return [
        ("headline", analysis.terms(entry.title)),
        ("customer_name", analysis.terms(entry.customer_name)),
        ("code", analysis.terms(entry.archival_code)),
        ("contract", analysis.terms(entry.contract_no)),
        ("values", analysis.values(entry.values)),
    ]


def newest_key(entry: Entry) -> int:
    """A number that falls from the newest page to the oldest: by date, then by document, its pages in order."""
    ranked = entry.sort_date.toordinal() << _DOCUMENT_BITS | digest63(entry.document_id) >> (63 - _DOCUMENT_BITS)
    return ranked << _PAGE_BITS | (MOST_PAGES - min(entry.page, MOST_PAGES))


def oldest_key(entry: Entry) -> int:
    """A number that rises from the oldest page to the newest: by date, then by document, its pages in order."""
    return newest_key(entry) ^ MOST_PAGES


def code_key(entry: Entry) -> str:
    """A text that orders by archival code, then by document and page; no code comes last."""
    return "\x1f".join((entry.archival_code or _NO_CODE, entry.document_id, f"{entry.page:06d}"))
