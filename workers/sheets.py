"""The values that reading passes from step to step. Plain, frozen, JSON-able; nothing here opens or asks anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Box = tuple[float, float, float, float]
"""x, y, width, height in pixels of the page image that the sheet describes (upright, after turning)."""


class PageState(StrEnum):
    """What became of a page. A failed page and a blank page are different outcomes (invariant 13)."""

    RECOGNISED = "recognised"
    BLANK = "blank"
    FAILED = "failed"


class Source(StrEnum):
    """Where the words came from."""

    OCR = "ocr"
    TEXT_LAYER = "text_layer"


@dataclass(frozen=True, slots=True)
class Word:
    """One run of text with its place. For Chinese a word is a short run or one character, as the engine gives it."""

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line in reading order: its words left to right. `text` keeps blanks between Latin words only."""

    text: str
    box: Box
    confidence: float
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a scan check saw, e.g. code `dpi_low`, the measured value, the clause of DA/T 31 it comes from."""

    code: str
    value: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as read. `turn` is how far the page image was turned clockwise to stand upright (0, 90, 180, 270)."""

    number: int
    width: int
    height: int
    dpi: int
    state: PageState
    lines: tuple[Line, ...] = ()
    confidence: float = 0.0
    turn: int = 0
    source: Source = Source.OCR
    engine: str = ""
    findings: tuple[Finding, ...] = ()
    error: str = ""

    @property
    def text(self) -> str:
        """The page's text, a line a line."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A document type with a confidence in 0..1 and why. `name`: what the organisation calls a type of its own."""

    code: str
    confidence: float
    because: tuple[str, ...] = ()
    name: str = ""

    @property
    def told(self) -> str:
        """The type as a reason names it: a code that pages have a word for, else the name."""
        return self.name or self.code


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One field read from a page: ISO dates, decimal yuan, plain strings. `problem` names what makes it doubtful."""

    value: str
    confidence: float
    page: int
    box: Box | None = None
    because: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All fields of a document by the names of the contract, and what was odd about them as a whole."""

    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()

    def value(self, name: str) -> str:
        """The field's value, or an empty string when it was not found."""
        found = self.fields.get(name)
        return found.value if found else ""


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """A customer of the register as matching sees it. `identifier_types`: which kinds of numbers are on record."""

    id: str
    name: str
    kind: str
    identifier_types: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    """Who the paper belongs to: a customer id or None, how sure, and by what evidence. `proposed` names a new one."""

    customer_id: str | None
    confidence: float
    because: tuple[str, ...] = ()
    proposed: str = ""
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filing:
    """The decision on one document: filed or for review, with all reasons. No folder: the customer's next new one."""

    filed: bool
    review: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    folder_id: str | None = None
