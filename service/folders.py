"""The papers of a folder as one reader may see them, bound one behind the other in the order of their codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive.access import ReadableScope
from archive.documents import Document, Page
from archive.errors import NotFound
from archive.folders import Folder
from archive.house import House
from archive.readable import readable
from service.manifests import Bound, Canvas, in_both, told_once
from service.views import shown_title

PART_PAGES: Final = 1000
"""Pages that one manifest has at most, but for a single document that has more."""


@dataclass(frozen=True, slots=True)
class Part:
    """Part `number` of `parts` of a folder; `documents` and `pages` are counts of the whole, as far as it is seen."""

    papers: Sequence[Bound]
    number: int
    parts: int
    documents: int
    pages: int

    def counts(self, address: str) -> dict[str, Any]:
        """How much there is, and where the other parts are."""
        whole = [
            (in_both("文件数", "Documents"), self.documents), (in_both("页数", "Pages"), self.pages),
            (in_both("部分", "Part"), f"{self.number}/{self.parts}"),
        ]  # fmt: skip
        told: dict[str, Any] = {"metadata": [{"label": at, "value": told_once(str(value))} for at, value in whole]}
        if self.parts > 1:
            told["id"] = f"{address}?part={self.number}"
            told["seeAlso"] = [
                {"id": f"{address}?part={number}", "type": "Manifest", "format": "application/ld+json"}
                for number in range(1, self.parts + 1)
                if number != self.number
            ]
        return told


def papers_of(scope: ReadableScope, folder: Folder) -> Any:  # noqa: ANN401 - a statement over several kinds of columns
    """Ids and page counts of a folder's papers in the reader's scope, in the order of their codes."""
    pages = select(func.count(Page.id)).where(
        Page.document_id == Document.id, Page.reading == Document.shown_reading
    )  # fmt: skip
    living = Document.destroyed_at.is_(None), Document.destroying.is_(False), Document.withdrawn.is_(None)
    asked = select(Document.id, pages.scalar_subquery()).where(
        Document.folder_id == folder.id, readable(scope), *living
    )
    return asked.order_by(Document.archival_code.is_(None), Document.archival_code, Document.received_at, Document.id)


def folder_part(house: House, session: Session, scope: ReadableScope, folder: Folder, number: int) -> Part:
    """One part of the folder. NotFound beyond the last."""
    counted = [(str(each), int(pages)) for each, pages in session.execute(papers_of(scope, folder))]
    parts = list(_parts(counted)) or [[]]
    if number > len(parts):
        raise NotFound
    papers = bound(house, session, scope, parts[number - 1])
    return Part(papers, number, len(parts), len(counted), sum(pages for _, pages in counted))


def _parts(counted: Sequence[tuple[str, int]]) -> Iterator[list[str]]:
    """Whole documents together, as many as have their pages in one part."""
    held, pages = list[str](), 0
    for document_id, more in counted:
        if held and pages + more > PART_PAGES:
            yield held
            held, pages = [], 0
        held.append(document_id)
        pages += more
    if held:
        yield held


def bound(house: House, session: Session, scope: ReadableScope, document_ids: Sequence[str]) -> list[Bound]:
    """The papers with titles and measures, in the order given; what was destroyed meanwhile is left out."""
    wanted = select(Document).where(Document.id.in_(document_ids), readable(scope))
    rows = {row.id: row for row in session.scalars(wanted).unique()}
    keys, leaves = house.vault.keys(list(rows)), _leaves(session, document_ids)
    return [
        Bound(each, shown_title(keys[each], rows[each], scope), rows[each].archival_code or "", leaves.get(each, []))
        for each in document_ids
        if each in rows and each in keys
    ]


def _leaves(session: Session, document_ids: Sequence[str]) -> dict[str, list[Canvas]]:
    shown = (Page.document_id == Document.id) & (Page.reading == Document.shown_reading)
    asked = select(Page.document_id, Page.number, Page.width, Page.height).join(Document, shown)
    rows = session.execute(asked.where(Document.id.in_(document_ids)).order_by(Page.document_id, Page.number))
    return {
        each: [Canvas(number, width, height) for _, number, width, height in pages]
        for each, pages in groupby(rows, key=lambda row: str(row[0]))
    }
