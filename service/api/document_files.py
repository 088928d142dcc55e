"""What a document consists of: original, searchable PDF, and its pages as text, words and images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from archive import transcripts
from archive.documents import Page, file_name_of, page_text, page_words
from archive.masking import mask
from archive.transcripts import PageWords
from service.edge import done_reading
from service.iiif import whole_page
from service.opened import Opened, PageNumber, ThisDocument
from service.pages_pdf import marked_pdf, pages_of
from service.pictures import TheTiles, chosen, measures, picture
from service.places import checked_place
from service.renditions import WIDEST, covered_words
from service.sightings import note_download
from service.streams import Outgoing, answer, disposition
from service.watermark import marked

router = APIRouter(prefix="/documents/{document_id}", tags=["documents"])

Pixels = Annotated[int, Query(ge=0, le=1_000_000)]
Side = Annotated[int, Query(ge=1, le=1_000_000)]
Range = Annotated[str | None, Header(alias="range", max_length=200)]


@router.get("/original")
def get_original(opened: ThisDocument, range_: Range = None) -> Response:
    """The bytes that were put in."""
    document = opened.shown.document
    name = file_name_of(opened.key, document)
    name = name if opened.shown.bare else mask(name)
    return _download(opened, Outgoing(opened.house, opened.actor, opened.key, opened.shown.original(), name), range_)


@router.get("/searchable.pdf")
def get_searchable(opened: ThisDocument, range_: Range = None) -> Response:
    """The paper with its text behind it; identity numbers covered, and the watermark on it, for whom that is so."""
    file = opened.shown.searchable()
    if marked(opened.actor):
        return _marked(opened, file.role)
    return _download(opened, Outgoing(opened.house, opened.actor, opened.key, file, f"{_stem(opened)}.pdf"), range_)


@router.get("/alto.xml")
def get_alto(opened: ThisDocument) -> Response:
    """The words of all pages with their places, as ALTO 4; identity numbers covered for who may not see them."""
    return _written(opened, transcripts.alto(_pages(opened), _stem(opened)), "alto.xml", "application/xml")


@router.get("/hocr.html")
def get_hocr(opened: ThisDocument) -> Response:
    """The words of all pages with their places, as hOCR 1.2; identity numbers covered for who may not see them."""
    return _written(opened, transcripts.hocr(_pages(opened), _stem(opened)), "hocr.html", "application/xhtml+xml")


def _stem(opened: Opened) -> str:
    """The name of the file without its ending, as the reader may see it."""
    stem = PurePath(file_name_of(opened.key, opened.shown.document)).stem or "document"
    return stem if opened.shown.bare else mask(stem)


def _pages(opened: Opened) -> Iterator[PageWords]:
    for page in opened.shown.document.pages:
        yield PageWords(page.number, page.width, page.height, _words(opened, page))


def _written(opened: Opened, pieces: Iterator[str], ending: str, media_type: str) -> Response:
    """What is made from the page rows, page by page, to be saved and never shown as a page of ours."""
    document, name = opened.shown.document, f"{_stem(opened)}.{ending}"
    len(document.pages)  # read while the session is open
    done_reading(opened.session)
    note_download(opened.house, opened.actor, document.id, ending, part=False)
    headers = {"Content-Disposition": disposition("attachment", name), "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(pieces, headers=headers, media_type=media_type)


def _marked(opened: Opened, role: str) -> Response:
    """The pages with the reader's watermark; made anew each time, so there are no parts of it to be had."""
    pages, name = pages_of(opened), f"{_stem(opened)}.pdf"
    done_reading(opened.session)
    note_download(opened.house, opened.actor, opened.shown.document.id, role, part=False)
    headers = {"Content-Disposition": disposition("attachment", name), "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(marked_pdf(opened, pages), headers=headers, media_type="application/pdf")


def _download(opened: Opened, outgoing: Outgoing, range_: str | None) -> Response:
    done_reading(opened.session)
    note_download(opened.house, opened.actor, opened.shown.document.id, outgoing.file.role, part=range_ is not None)
    return answer(outgoing, range_)


@router.get("/pages/{number}/text", response_class=PlainTextResponse)
def get_text(opened: ThisDocument, number: PageNumber) -> PlainTextResponse:
    """The text of a page, a line a line."""
    text = page_text(opened.key, opened.page(number))
    return PlainTextResponse(mask(text) if opened.shown.masked else text)


@router.get("/pages/{number}/words")
def get_words(opened: ThisDocument, number: PageNumber) -> list[dict[str, Any]]:
    """The words of a page with their boxes, in page pixels."""
    words = _words(opened, opened.page(number))
    return [{name: word.get(name) for name in ("text", "x", "y", "w", "h", "confidence")} for word in words]


def _words(opened: Opened, page: Page) -> list[dict[str, Any]]:
    """The words of a page as the reader may see them."""
    words = page_words(opened.key, page)
    return covered_words(words) if opened.shown.masked else words


@router.get("/pages/{number}/place")
def get_place(
    opened: ThisDocument, number: PageNumber, x: Pixels, y: Pixels, w: Side, h: Side,
    seal: Annotated[str, Query(max_length=64)], tiles: TheTiles,
) -> Response:  # fmt: skip
    """The place of a hit, by the address that a search gave to this reader; the search stands in the log."""
    page = opened.shown.page(number)
    wanted = checked_place(opened.house.vault, opened.actor.id, page.document_id, number, (x, y, w, h), seal)
    file = chosen(opened, page, wanted)
    done_reading(opened.session)
    return Response(picture(opened, tiles, page, file, wanted), media_type="image/jpeg")


@router.get("/pages/{number}/image")
def get_image(
    opened: ThisDocument, number: PageNumber, tiles: TheTiles,
    width: Annotated[int | None, Query(ge=16, le=WIDEST)] = None,
) -> Response:  # fmt: skip
    """The image of a page, as stored or `width` pixels wide."""
    page = opened.shown.page(number)
    wanted = whole_page(measures(page), width)
    file = opened.shown.image(number, width)
    opened.page(number)
    if width is None and not marked(opened.actor):
        return answer(Outgoing(opened.house, opened.actor, opened.key, file, f"page-{number}", "inline"))
    return Response(picture(opened, tiles, page, file, wanted), media_type="image/jpeg")
