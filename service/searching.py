"""How an answer of a search looks, and how the log knows of it: for API, pages and command line alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from archive.access import Actor
from archive.audit import Act, record
from archive.house import House
from archive.vault import Vault
from indexes.orders import Asked
from indexes.search import FoundDocument, FoundPage, SearchAnswer
from service.places import address


def answer_view(answer: SearchAnswer, vault: Vault, person_id: str) -> dict[str, Any]:
    """The answer as the contract has it; by document each hit is its best page and names the others."""

    def view(hit: FoundPage) -> dict[str, Any]:
        return hit_view(hit) | {"image": address(vault, person_id, hit)}

    documents = [
        view(document.pages[0]) | {"matching": document.total, "pages": list(map(view, document.pages))}
        for document in answer.by_document
    ]
    return {
        "total": answer.total,
        "documents": answer.documents,
        "hits": documents or list(map(view, answer.hits)),
        "facets": {
            name: [{"value": value.value, "label": value.label, "count": value.count} for value in values]
            for name, values in answer.facets.items()
        },
        "cursor": answer.cursor,
        "notes": list(answer.notes),
    }


def hit_view(hit: FoundPage) -> dict[str, Any]:
    """One page that was found. `marks` are spans of the snippet; boxes are in pixels of the page."""
    return {
        "document_id": hit.document_id,
        "page": hit.page,
        "title": hit.title,
        "customer": hit.customer,
        "snippet": hit.snippet.text,
        "marks": [list(mark) for mark in hit.snippet.marks],
        "boxes": [{"x": box.x, "y": box.y, "w": box.w, "h": box.h} for box in hit.boxes],
        "width": hit.width,
        "height": hit.height,
        "near": hit.near,
        "archival_code": hit.code,
        "date": hit.dated.isoformat(),
        "type": hit.kind,
    }


COLUMNS: Final = (
    "title", "archival_code", "customer", "type", "class", "confidentiality", "date", "page", "matching", "text",
)  # fmt: skip
"""The heading of a list of results."""

MOST_LINES: Final = 5_000
"""Lines that one file may have."""


def listed(found: Sequence[FoundDocument]) -> Iterator[tuple[str, ...]]:
    """Results as lines of a table, the heading first."""
    yield COLUMNS
    for each in found:
        page = each.pages[0]
        yield (
            page.title, page.code, page.customer, page.kind, page.retention_class, page.level.label,
            page.dated.isoformat(), str(page.page), str(each.total), page.snippet.text,
        )  # fmt: skip


def note_export(house: House, actor: Actor, asked: Asked, lines: int, kind: str) -> None:
    """One entry for a list that was taken; the words rest sealed as those of a search do."""
    detail = {"query": _sealed(house, actor, asked.q), "lines": lines, "format": kind}
    with house.database.transaction() as session:
        record(session, actor, Act.SEARCH_EXPORTED, actor.id, detail=detail)


def note_search(house: House, actor: Actor, asked: Asked, total: int) -> None:
    """One entry for a search, whatever parts of its answer are fetched."""
    note_words(house, actor, asked.q, total)


def note_words(house: House, actor: Actor, words: str, total: int) -> None:
    """One entry for what was looked up, be it among papers or customers; its words rest sealed in the detail."""
    sealed = _sealed(house, actor, words)
    detail = {"query": sealed, "total": total}
    house.database.together(lambda session: record(session, actor, Act.SEARCH_RUN, actor.id, detail=detail))


def _sealed(house: House, actor: Actor, words: str) -> str:
    return house.vault.seal_own(f"search/{actor.id}", words.encode("utf-8", "replace")).hex()
