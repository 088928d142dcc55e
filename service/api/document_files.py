"""What a document consists of: original, searchable PDF, and its pages as text, words and images."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from starlette.responses import PlainTextResponse, Response

from archive.documents import file_name_of, page_text, page_words
from archive.masking import mask
from service.edge import done_reading
from service.opened import Opened, PageNumber, ThisDocument
from service.renditions import WIDEST, covered_words, resized
from service.sightings import note_download
from service.streams import Outgoing, answer, content

router = APIRouter(prefix="/documents/{document_id}", tags=["documents"])

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
    """The paper with its text behind it; identity numbers covered for who may not see them."""
    stem = PurePath(file_name_of(opened.key, opened.shown.document)).stem or "document"
    stem = stem if opened.shown.bare else mask(stem)
    file = opened.shown.searchable()
    return _download(opened, Outgoing(opened.house, opened.actor, opened.key, file, f"{stem}.pdf"), range_)


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
    words = page_words(opened.key, opened.page(number))
    if opened.shown.masked:
        words = covered_words(words)
    return [{name: word.get(name) for name in ("text", "x", "y", "w", "h", "confidence")} for word in words]


@router.get("/pages/{number}/image")
def get_image(
    opened: ThisDocument, number: PageNumber, width: Annotated[int | None, Query(ge=16, le=WIDEST)] = None
) -> Response:
    """The image of a page, as stored or `width` pixels wide."""
    file = opened.shown.image(number, width)
    outgoing = Outgoing(opened.house, opened.actor, opened.key, file, f"page-{number}", "inline")
    opened.page(number)
    if width is None:
        return answer(outgoing)
    image, media_type = resized(content(outgoing), width)
    return Response(image, media_type=media_type)
