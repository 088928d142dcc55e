"""Search as people meet it: the engine finds, the rows decide what leaves, our own text makes the snippet.

Every hit is looked up again in the rows under the same scope. A document whose index entry is not of its present
version answers nothing until it is: not by a hit, nor in a total or a facet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Final

from sqlalchemy import select, tuple_, union_all
from sqlalchemy.orm import Session, joinedload, lazyload, load_only

from archive import masking
from archive.access import ReadableScope
from archive.customers import Customer
from archive.documents import Document, Page, State, page_text, page_words, received_on, title_of
from archive.errors import Invalid
from archive.own_types import newest_types
from archive.people import Department
from archive.readable import readable, sees_unmasked
from archive.rights import Confidentiality
from archive.sealing import DocumentKey
from archive.vault import Vault
from indexes.grouping import Ask, Group, by_document, pages_of
from indexes.language import TYPES
from indexes.orders import ALL_FACETS, BY_DOCUMENT, Asked, understood
from indexes.places import Box
from indexes.port import LARGEST_ANSWER, Answer, Facet, Hit, SearchEngine, SearchOrder
from indexes.query import Node, Note
from indexes.snippets import Snippet, found, hidden_parts, starred

_BINDING: Final = 16

_WHAT_LEAVES: Final = (
    load_only(
        Document.title, Document.file_name, Document.archival_code, Document.dated, Document.received_at,
        Document.document_type, Document.retention_class, Document.confidentiality, Document.customer_id,
        Document.folder_id, Document.uploader_id, Document.filed_at, raiseload=True,
    ),
    load_only(Page.number, Page.width, Page.height, Page.text, Page.words, raiseload=True),
    lazyload("*"),
    joinedload(Document.customer).load_only(Customer.name).lazyload("*"),
)  # fmt: skip
"""Of the rows of a hit what is looked at: half of a search's time is theirs otherwise."""

Conceal = Callable[[str], Sequence[masking.Span]]
"""Finds the numbers of which a reader without the right may not see all; `archive.masking.find_sensitive`."""


@dataclass(frozen=True, slots=True)
class FoundPage:
    """One hit as it leaves: plain text, marks as spans of the snippet, boxes in pixels of the page image.

    `near`: a phrase that was sought stands there only with a character wrong, missing or too many.
    """

    document_id: str
    page: int
    title: str
    customer: str
    snippet: Snippet
    boxes: tuple[Box, ...]
    width: int
    height: int
    near: bool
    code: str
    dated: date
    kind: str
    retention_class: str
    level: Confidentiality


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """One document by its pages that the query finds: the best of them, and how many there are."""

    pages: tuple[FoundPage, ...]
    total: int


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value, what it is called, and how many pages have it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What a search answers. `total` counts pages; `by_document` is empty when pages were asked for.

    `documents` is None where nothing but pages was to be counted, and where more are found than are told apart.
    """

    total: int
    documents: int | None
    hits: tuple[FoundPage, ...]
    facets: Mapping[str, tuple[FacetValue, ...]]
    cursor: str
    notes: tuple[Note, ...]
    by_document: tuple[FoundDocument, ...] = ()


@dataclass(frozen=True, slots=True)
class Finder:
    """What a search needs: the rows, the engine, the keys, and what to conceal from whom may not see all."""

    session: Session
    engine: SearchEngine
    vault: Vault
    conceal: Conceal

    def walk(self, scope: ReadableScope, asked: Asked, most: int) -> list[FoundDocument]:
        """The whole answer, by page or by document. Invalid (422) over `most` of them, before any is looked at."""
        answer = self.search(scope, replace(asked, size=LARGEST_ANSWER, cursor=""))
        lines = answer.documents if asked.by == BY_DOCUMENT else answer.total
        if lines is None or lines > most:
            raise Invalid(f"A list has {most} lines at most: narrow the search.", code="export_too_large")
        found = _lines(answer)
        while answer.cursor:
            answer = self.search(scope, replace(asked, size=LARGEST_ANSWER, cursor=answer.cursor, counted=False))
            found += _lines(answer)
        return found

    def search(self, scope: ReadableScope, asked: Asked) -> SearchAnswer:
        """Answer within a scope. Invalid (422) for what cannot be asked, Unavailable (503) without an index."""
        node, sort, notes = understood(asked, _types(self.session))
        bound = _binding(scope, asked)
        facets = ALL_FACETS if asked.counted else frozenset()
        order = SearchOrder(node, sort, asked.size, _released(asked.cursor, bound), facets, asked.counted)
        hidden = unsettled(self.session)
        answer, groups = self._asked(asked, order, lambda each: self.engine.search(each, scope, hidden))
        shown = self._shown(scope, pages_of(groups) if groups else answer.hits, node)
        documents = _grouped(groups, shown)
        return SearchAnswer(
            total=answer.total,
            documents=answer.documents,
            hits=tuple(document.pages[0] for document in documents) if groups else shown,
            facets=_labelled(self.session, answer),
            cursor=f"{bound}{answer.cursor}" if answer.cursor else "",
            notes=notes,
            by_document=documents,
        )

    def _asked(self, asked: Asked, order: SearchOrder, ask: Ask) -> tuple[Answer, list[Group]]:
        """The engine's answer, and its documents where these were asked for."""
        return by_document(ask, order) if asked.by == BY_DOCUMENT else (ask(order), [])

    def _shown(self, scope: ReadableScope, hits: Sequence[Hit], node: Node) -> tuple[FoundPage, ...]:
        """The hits that the rows confirm, with their snippets, in the engine's order."""
        pages = self._pages(scope, hits)
        keys = self.vault.keys({document.id for document, _ in pages.values()})
        return tuple(
            self._found_page(keys[hit.document_id], *pages[hit], node, scope)
            for hit in hits
            if hit in pages and hit.document_id in keys
        )

    def _pages(self, scope: ReadableScope, hits: Sequence[Hit]) -> dict[Hit, tuple[Document, Page]]:
        """The rows of the hits, as far as the reader may see them."""
        # documents and numbers by themselves, too: SQLite looks no pairs up in an index, it would read every page
        hit_on = [
            Page.document_id.in_({hit.document_id for hit in hits}),
            Page.number.in_({hit.page for hit in hits}),
            tuple_(Page.document_id, Page.number).in_([(hit.document_id, hit.page) for hit in hits]),
        ]
        asked = (
            select(Document, Page)
            .join(Page, (Page.document_id == Document.id) & (Page.reading == Document.shown_reading))
            .where(*hit_on, readable(scope))
            .where(Document.destroyed_at.is_(None), Document.destroying.is_(False))
            .options(*_WHAT_LEAVES)
        )
        return {Hit(document.id, page.number): (document, page) for document, page in self.session.execute(asked)}

    def _found_page(
        self, key: DocumentKey, document: Document, page: Page, node: Node, scope: ReadableScope
    ) -> FoundPage:
        """One hit as it leaves."""
        text, title = page_text(key, page), title_of(key, document)
        all_seen = sees_unmasked(scope, document)
        on_page = found(text, partial(page_words, key, page), node, () if all_seen else self.conceal(text))
        return FoundPage(
            document_id=document.id,
            page=page.number,
            title=title if all_seen else starred(title, hidden_parts(self.conceal(title))),
            customer=document.customer.name if document.customer else "",
            snippet=on_page.snippet,
            boxes=on_page.boxes,
            width=page.width,
            height=page.height,
            near=on_page.near,
            code=document.archival_code or "",
            dated=document.dated or received_on(document),
            kind=document.document_type or "",
            retention_class=document.retention_class or "",
            level=document.level,
        )


def _lines(answer: SearchAnswer) -> list[FoundDocument]:
    """What an answer lists: documents, or pages each by itself."""
    return list(answer.by_document) or [FoundDocument((page,), 1) for page in answer.hits]


def _grouped(groups: Sequence[Group], shown: Sequence[FoundPage]) -> tuple[FoundDocument, ...]:
    """Documents with those of their pages that the rows confirmed."""
    standing = {Hit(page.document_id, page.page): page for page in shown}
    found = [(tuple(standing[hit] for hit in group.pages if hit in standing), group.total) for group in groups]
    return tuple(FoundDocument(pages, total) for pages, total in found if pages)


def unsettled(session: Session) -> frozenset[str]:
    """Documents that the index may know otherwise than the rows do, or that are leaving: each kind has its index."""
    unread = Document.state.in_([State.RECEIVED.value, State.READING.value]) & (Document.indexed_version == 0)
    there = select(Document.id).where(Document.destroyed_at.is_(None))
    behind = there.where(Document.indexed_version < Document.version, ~unread)
    return frozenset(session.scalars(union_all(behind, there.where(Document.destroying))))


def _binding(scope: ReadableScope, asked: Asked) -> str:
    """What ties a cursor to its person and question, so that another's is refused."""
    parts = (scope.person_id, asked.q, asked.customer, asked.type, asked.year, asked.retention_class, asked.sort)
    whole = "\x1f".join((*parts, asked.department, asked.confidentiality, asked.by, str(asked.fuzzy)))
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:_BINDING]


def _released(cursor: str, bound: str) -> str:
    """The engine's own cursor. Invalid (422) for one of another person or question; rights are looked up anew."""
    if cursor and not cursor.startswith(bound):
        raise Invalid("This cursor belongs to another search: start the search again.", code="bad_cursor")
    return cursor[len(bound) :]


def _labelled(session: Session, answer: Answer) -> dict[str, tuple[FacetValue, ...]]:
    """Facets with the names of customers and departments; other values are named by whoever shows them."""
    customers = _names(session, Customer, [value for value, _ in answer.facets.get(Facet.CUSTOMER, ())])
    departments = _names(session, Department, [value for value, _ in answer.facets.get(Facet.DEPARTMENT, ())])
    names = {Facet.CUSTOMER: customers, Facet.DEPARTMENT: departments}
    return {
        facet.value: tuple(FacetValue(value, names.get(facet, {}).get(value, value), count) for value, count in told)
        for facet, told in sorted(answer.facets.items())
    }


def _types(session: Session) -> Mapping[str, str]:
    """Codes of document types by what people call them, those that the organisation added among them."""
    own = ((code, row) for code, row in newest_types(session).items() if not row.shipped)
    return {**TYPES, **{name: code for code, row in own for name in (row.zh, row.en)}}


def _names(session: Session, kind: type[Customer | Department], ids: Collection[str]) -> dict[str, str]:
    """Names by id."""
    asked = select(kind.id, kind.name).where(kind.id.in_(ids))
    return {row[0]: row[1] for row in session.execute(asked)} if ids else {}
