"""From a document to its pages in the index: pure, so that a rebuilt index equals the one that grew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from archive.masking import find_sensitive
from archive.rights import Confidentiality
from indexes.port import Batch, Entry
from indexes.sounds import sounds
from indexes.values import LAST

_NOT_VALUES: Final = frozenset({"id_no", "amount", "founded", "signed", "issued", "expires"})
"""Fields that are no words: dates and amounts are found as such, and identity numbers are not for everybody."""


@dataclass(frozen=True, slots=True)
class PageView:
    """A page as it is to be found: its number from 1, its text a line a line."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document as it is to be found, in plain values opened by the caller. `dated` is the paper's own date."""

    id: str
    version: int
    department: str
    level: Confidentiality
    uploader: str
    filed: bool
    received: date
    dated: date | None
    title: str
    fields: Mapping[str, str]
    document_type: str
    retention_class: str
    archival_code: str
    folder: str
    customer: str
    customer_name: str
    customer_number: str
    pages: Sequence[PageView]


def batch(view: DocumentView) -> Batch:
    """All pages of a document in one version."""
    return Batch(view.id, view.version, entries(view))


def entries(view: DocumentView) -> list[Entry]:
    """One entry for each page. The uploader is named only until the document is filed: then the folder's rules hold."""
    on = view.dated or view.received
    values = tuple(_shown(value) or value for name, value in sorted(view.fields.items()) if name not in _NOT_VALUES)
    amount, heard = _fen(view.fields.get("amount", "")), sounds(view.customer_name)
    return [
        Entry(
            document_id=view.id,
            page=page.number,
            version=view.version,
            department=view.department,
            level=int(view.level),
            text=page.text,
            shown=_shown(page.text),
            title=_shown(view.title) or view.title,
            contract_no=view.fields.get("contract_no", ""),
            values=values,
            amount=amount,
            folder=view.folder,
            customer=view.customer,
            customer_name=view.customer_name,
            customer_sounds=heard,
            customer_number=view.customer_number,
            uploader="" if view.filed else view.uploader,
            document_type=view.document_type,
            year=on.year,
            retention_class=view.retention_class,
            archival_code=view.archival_code,
            confidentiality=view.level.label,
            sort_date=on,
        )
        for page in view.pages
    ]


def _shown(text: str) -> str:
    """The text with white space for what is hidden from most readers; empty when nothing is."""
    shown = text
    for span in find_sensitive(text):
        shown = shown[: span.hidden_start] + " " * (span.hidden_end - span.hidden_start) + shown[span.hidden_end :]
    return shown if shown != text else ""


def _fen(amount: str) -> int | None:
    """An amount in fen; None for none, and for one that is no sum of money."""
    try:
        fen = int(Decimal(amount) * 100)
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return fen if 0 <= fen < LAST else None
