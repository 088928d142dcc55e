"""文件: the page of one document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from archive import reasons
from archive.access import Actor, ReadableScope
from archive.documents import DOCUMENT_TYPES, FIELDS, Document, Page, State, page_text, page_words, reasons_of
from archive.errors import NotFound
from archive.house import House
from archive.masking import find_sensitive, mask
from archive.progress import progress_of
from archive.readable import sees_unmasked, the_document
from archive.rights import Right
from archive.sealing import DocumentKey
from archive.searches import question_of, the_search
from indexes.orders import Asked, understood
from indexes.snippets import found
from retention.due import Reason
from retention.sentences import sentence as retention_sentence
from service.edge import Needs, Reading, TheHouse, done_reading, scope_of
from service.sightings import note_view
from service.views import document_view, measured_pages, progress_view, shown_review, shown_title
from service.web.answers import language_of, show
from service.web.language import Language, say

router = APIRouter(prefix="/documents")
Reader = Annotated[Actor, Needs(Right.READ)]
TEXT_PAGES: Final = 50
"""Pages whose text stands on the page at once; the viewer's layer has every page's."""
HIT_PAGES: Final = 200
"""Pages of a long document that are looked through for hits at once."""


@router.get("/{document_id}")
def document_page(
    request: Request,
    document_id: str,
    actor: Reader,
    house: TheHouse,
    session: Reading,
    page: int = 1,
    search: Annotated[str, Query(max_length=36)] = "",
) -> Response:
    """The document large, and beside it all that is known of it. The opening is logged before anything is shown."""
    scope = scope_of(session, actor)
    document = the_document(session, scope, document_id)
    view = document_view(house, session, scope, document)
    key, language = house.vault.key(document.id), language_of(request)
    bare = sees_unmasked(scope, document)
    shown = str if bare else mask
    first = first_pages(session, document)
    texts = [(each.number, shown(page_text(key, each))) for each in first]
    view["retention"]["why"] = due_sentences(view["retention"], language)
    because = reasons_in_words(key, document, language, bare=bare)
    review = review_in_words(review_told(session, scope, key, document), language, bare=bare)
    asked = own_question(house, session, actor, search)
    seen, hits_from = first, ""
    if asked.q and len(view["pages"]) > TEXT_PAGES:
        seen = first if page <= TEXT_PAGES else _pages(session, document, page - 1, 1)
        hits_from = hits_address(document.id, search, TEXT_PAGES if page <= TEXT_PAGES else 0)
    hits = hit_boxes(key, seen, asked, bare=bare) if asked.q else []
    done_reading(session)
    note_view(house, actor, document.id)
    return show(
        request, "document.html", document=view, texts=texts, because=because, version=document.version, review=review,
        fields=fields_with_places(view), page=max(1, page), marks={"hits": hits, "asked": []}, hits_from=hits_from,
        withdrawable=document.uploader_id == actor.id and document.filed_at is None,
    )  # fmt: skip


@router.get("/{document_id}/sheets")
def sheets_page(request: Request, document_id: str, actor: Reader, house: TheHouse, session: Reading) -> Response:
    """Every page of a document on a sheet of its own, to print: as this reader sees it, covered and marked (L10)."""
    scope = scope_of(session, actor)
    document = the_document(session, scope, document_id)
    title = shown_title(house.vault.key(document.id), document, scope)
    pages = [(each.number, each.width, each.height) for each in measured_pages(session, document)]
    done_reading(session)
    note_view(house, actor, document.id)
    return show(request, "document_sheets.html", id=document.id, title=title, pages=pages)


@router.get("/{document_id}/hits")
def hits_part(
    document_id: str, actor: Reader, house: TheHouse, session: Reading,
    search: Annotated[str, Query(max_length=36)], after: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> dict[str, Any]:  # fmt: skip
    """Where the words of an own search stand on the pages after `after`, and where the next ones are told."""
    scope = scope_of(session, actor)
    document = the_document(session, scope, document_id)
    key, asked = house.vault.key(document.id), own_question(house, session, actor, search)
    pages = _pages(session, document, after, HIT_PAGES) if asked.q else []
    hits = hit_boxes(key, pages, asked, bare=sees_unmasked(scope, document))
    done_reading(session)
    note_view(house, actor, document.id)
    onward = hits_address(document.id, search, pages[-1].number) if len(pages) == HIT_PAGES else ""
    return {"hits": hits, "first": not after, "onward": onward}


def hits_address(document_id: str, search: str, after: int) -> str:
    """Where the hits on further pages are told; an address with an id and no words."""
    return f"/documents/{document_id}/hits?{urlencode({'search': search, 'after': after})}"


@router.get("/{document_id}/progress")
def progress_part(
    request: Request, document_id: str, actor: Reader, session: Reading, shown: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """How far the reading has come; asked for every few seconds. The page is loaded anew when it has changed.

    `shown` is how many pages stand there: the first ones, and the end of the reading, are worth a new page.
    """
    document = the_document(session, scope_of(session, actor), document_id)
    done = State(document.state) not in {State.RECEIVED, State.READING}
    answer = show(
        request, "parts/progress.html", state=document.state, id=document.id, shown=shown,
        progress=progress_view(progress_of(session, [document]).get(document.id)),
    )  # fmt: skip
    if done or (not shown and document.unfinished and document.pages_read):
        answer.headers["HX-Refresh"] = "true"
    return answer


def reasons_in_words(
    key: DocumentKey, document: Document, language: Language, *, bare: bool
) -> list[tuple[str, list[str]]]:
    """Why it is what and where it is, by what each reason is about."""
    told = {
        str(each["about"]): review_in_words(each["told"], language, bare=bare)
        for each in reasons_of(key, document)
        if each["about"] != "review"
    }
    return [(about, found) for about, found in told.items() if found]


def review_told(session: Session, scope: ReadableScope, key: DocumentKey, document: Document) -> list[str]:
    """What a person has to decide while it is in review, with the values that were read; written as reasons are."""
    if document.state != State.REVIEW:
        return []
    told = next((each["told"] for each in reasons_of(key, document) if each["about"] == "review"), document.review)
    shown = set(shown_review(session, scope, document))
    return [str(each) for each in told if str(each).partition(":")[0] in shown]


def review_in_words(told: Iterable[object], language: Language, *, bare: bool) -> list[str]:
    """Reasons as sentences, numbers covered for who may not see them."""
    return [each if bare else mask(each) for each in sentences(told, language)]


def sentences(written: Iterable[object], language: Language) -> list[str]:
    """Reasons in words, each once; one that is newer than the table stands as its code."""
    found: dict[str, None] = {}
    for each in written:
        try:
            found[reasons.sentence(str(each), language, partial(_named, language))] = None
        except KeyError:
            found[str(each)] = None
    return list(found)


def _named(language: Language, value: str) -> str:
    """The word for a field or a document type, or for several with strokes between; anything else as it is."""
    sections = ["fields" if part in FIELDS else "kind" if part in DOCUMENT_TYPES else "" for part in value.split("/")]
    if not all(sections):
        return value
    return "、".join(say(language, f"{at}.{part}") for at, part in zip(sections, value.split("/"), strict=True))


def first_pages(session: Session, document: Document) -> Sequence[Page]:
    """The pages whose text stands on the page at once."""
    return _pages(session, document, 0, TEXT_PAGES)


def _pages(session: Session, document: Document, after: int, most: int) -> Sequence[Page]:
    mine = (Page.document_id == document.id) & (Page.reading == document.shown_reading) & (Page.number > after)
    return session.scalars(select(Page).where(mine).order_by(Page.number).limit(most)).all()


def own_question(house: House, session: Session, actor: Actor, search_id: str) -> Asked:
    """The words of a search of the reader's own that led here; none for another's, whose document it still is."""
    if not search_id:
        return Asked()
    try:
        told = question_of(house.vault, the_search(session, actor, search_id))
    except NotFound:
        return Asked()
    return Asked(q=str(told["q"]), fuzzy=bool(told["fuzzy"]))


def hit_boxes(key: DocumentKey, pages: Sequence[Page], asked: Asked, *, bare: bool) -> list[dict[str, Any]]:
    """Where the words of a search stand on the pages; never over a number that is covered for this reader."""
    node, _, _ = understood(asked)
    boxes = []
    for each in pages:
        text = page_text(key, each)
        on_page = found(text, partial(page_words, key, each), node, () if bare else find_sensitive(text))
        boxes += [{"page": each.number, "x": box.x, "y": box.y, "w": box.w, "h": box.h} for box in on_page.boxes]
    return boxes


def due_sentences(retention: dict[str, Any], language: Language) -> list[str]:
    """Why a document is due, or not, in the page's language."""
    return [retention_sentence(Reason(each["code"], each["values"]), language) for each in retention["because"]]


def fields_with_places(view: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields in the order of their names, each with the place on the scan that its button shows."""
    return [{"name": name, **told, "place": place(told)} for name, told in view["fields"].items()]


def place(told: dict[str, Any]) -> dict[str, Any] | None:
    """A field's box as the viewer takes it; None for a value without a place."""
    box = told["box"]
    if not box:
        return None
    x, y, w, h = box.values() if isinstance(box, dict) else box
    return {"page": told["page"], "x": x, "y": y, "w": w, "h": h}
