"""IIIF: documents and folders as Presentation 3 manifests, pages by the Image API 3, for viewers of any make."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from archive.access import Actor
from archive.documents import title_of
from archive.masking import mask
from archive.readable import the_folder
from archive.rights import Right
from service.edge import Needs, Reading, TheHouse, done_reading, scope_of
from service.folders import folder_part
from service.iiif import Form, info, view
from service.manifests import Bound, Canvas, manifest
from service.opened import PageNumber, ThisDocument
from service.pictures import TheTiles, chosen, measures, picture
from service.shapes import UUID
from service.sightings import note_view
from service.views import measured_pages

router = APIRouter(prefix="/iiif", tags=["iiif"])
papers = APIRouter(prefix="/{document_id}")

Word = Annotated[str, Path(max_length=60)]
PRESENTATION = 'application/ld+json;profile="http://iiif.io/api/presentation/3/context.json"'
IMAGE = 'application/ld+json;profile="http://iiif.io/api/image/3/context.json"'


def _root(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/iiif"


@papers.get("/manifest")
def get_manifest(opened: ThisDocument, request: Request) -> Response:
    """The document as a sequence of canvases, in page pixels."""
    document = opened.shown.document
    title, pages = title_of(opened.key, document), measured_pages(opened.session, document)
    done_reading(opened.session)
    note_view(opened.house, opened.actor, document.id)
    leaves = [Canvas(page.number, *measures(page)) for page in pages]
    bound = Bound(document.id, title if opened.shown.bare else mask(title), document.archival_code or "", leaves)
    return _presented(manifest(_root(request), f"{document.id}/manifest", bound.label, [bound]))


@router.get("/folders/{folder_id}/manifest")
def get_folder_manifest(
    folder_id: Annotated[str, Path(pattern=UUID)], actor: Annotated[Actor, Needs(Right.READ)], house: TheHouse,
    session: Reading, request: Request, part: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:  # fmt: skip
    """The papers of a folder that the reader may see, one range each; what is more than 1,000 pages comes in parts."""
    scope = scope_of(session, actor)
    folder = the_folder(session, scope, folder_id)
    found = folder_part(house, session, scope, folder, part)
    told = manifest(_root(request), f"folders/{folder.id}/manifest", f"{folder.code} {folder.title}", found.papers)
    return _presented(told | found.counts(f"{_root(request)}/folders/{folder.id}/manifest"))


def _presented(told: dict[str, Any]) -> Response:
    return JSONResponse(told, media_type=PRESENTATION)


@papers.get("/{number}")
def get_base(opened: ThisDocument, number: PageNumber, request: Request) -> Response:
    """The address of an image leads to what can be asked of it."""
    opened.shown.page(number)
    return RedirectResponse(f"{_root(request)}/{opened.shown.document.id}/{number}/info.json", 303)


@papers.get("/{number}/info.json")
def get_info(opened: ThisDocument, number: PageNumber, request: Request) -> Response:
    """What can be asked of the image of a page."""
    page = opened.shown.page(number)
    address = f"{_root(request)}/{opened.shown.document.id}/{number}"
    return JSONResponse(info(address, measures(page)), media_type=IMAGE)


@papers.get("/{number}/{region}/{size}/{rotation}/{quality}")
def get_part(
    opened: ThisDocument, number: PageNumber, region: Word, size: Word, rotation: Word, quality: Word, tiles: TheTiles
) -> Response:
    """A part of a page's image; numbers covered for who may not see them, and marked with who looks and when."""
    form = Form.named(quality)
    page = opened.shown.page(number)
    wanted = view(region, size, rotation, measures(page))
    file = chosen(opened, page, wanted)
    opened.page(number)
    return Response(picture(opened, tiles, page, file, wanted, form), media_type=form.media_type)


router.include_router(papers)
