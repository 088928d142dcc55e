"""IIIF: a document as a Presentation 3 manifest, its pages by the Image API 3, for viewers of any make."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import JSONResponse, Response

from archive.documents import Page, title_of
from archive.masking import mask
from service.edge import done_reading
from service.iiif import Malformed, drawn, info, view
from service.opened import PageNumber, ThisDocument
from service.sightings import note_view
from service.streams import Outgoing, content
from service.views import measured_pages

router = APIRouter(prefix="/iiif/{document_id}", tags=["iiif"])

Word = Annotated[str, Path(max_length=60)]
QUALITIES = {"default.jpg", "color.jpg", "gray.jpg"}


def _address(request: Request, opened: ThisDocument) -> str:
    return f"{str(request.base_url).rstrip('/')}/iiif/{opened.shown.document.id}"


def _measures(page: Page) -> tuple[int, int]:
    return page.width, page.height


@router.get("/manifest")
def get_manifest(opened: ThisDocument, request: Request) -> Response:
    """The document as a sequence of canvases, in page pixels."""
    document, address = opened.shown.document, _address(request, opened)
    title, pages = title_of(opened.key, document), measured_pages(opened.session, document)
    done_reading(opened.session)
    note_view(opened.house, opened.actor, document.id)
    told = {
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "id": f"{address}/manifest",
        "type": "Manifest",
        "label": {"none": [title if opened.shown.bare else mask(title)]},
        "items": [_canvas(address, page) for page in pages],
    }
    return JSONResponse(told, media_type='application/ld+json;profile="http://iiif.io/api/presentation/3/context.json"')


def _canvas(address: str, page: Page) -> dict[str, Any]:
    place, (width, height) = f"{address}/{page.number}", _measures(page)
    service = {"id": place, "type": "ImageService3", "profile": "level1"}
    body = {
        "id": f"{place}/full/max/0/default.jpg", "type": "Image", "format": "image/jpeg", "width": width,
        "height": height, "service": [service],
    }  # fmt: skip
    painting = {
        "id": f"{place}/image", "type": "Annotation", "motivation": "painting", "body": body,
        "target": f"{place}/canvas",
    }  # fmt: skip
    return {
        "id": f"{place}/canvas",
        "type": "Canvas",
        "width": width,
        "height": height,
        "items": [{"id": f"{place}/annotations", "type": "AnnotationPage", "items": [painting]}],
    }


@router.get("/{number}/info.json")
def get_info(opened: ThisDocument, number: PageNumber, request: Request) -> Response:
    """What can be asked of the image of a page."""
    page = opened.shown.page(number)
    media_type = 'application/ld+json;profile="http://iiif.io/api/image/3/context.json"'
    return JSONResponse(info(f"{_address(request, opened)}/{number}", _measures(page)), media_type=media_type)


@router.get("/{number}/{region}/{size}/{rotation}/{quality}")
def get_part(
    opened: ThisDocument, number: PageNumber, region: Word, size: Word, rotation: Word, quality: Word
) -> Response:
    """A part of a page's image; numbers covered for who may not see them."""
    if quality not in QUALITIES:
        raise Malformed("Pages come as default.jpg, color.jpg or gray.jpg.")
    measures = _measures(opened.shown.page(number))
    wanted = view(region, size, rotation, measures)
    file = opened.shown.image(number, None)
    outgoing = Outgoing(opened.house, opened.actor, opened.key, file, f"page-{number}", "inline")
    opened.page(number)
    return Response(drawn(content(outgoing), wanted, measures, grey=quality == "gray.jpg"), media_type="image/jpeg")
