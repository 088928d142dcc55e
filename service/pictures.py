"""Pictures of pages on their way out: cut from the file that the reader may see, marked, in the form asked for.

The file is chosen, and the opening logged, at every request; only the cutting is remembered.
"""

from __future__ import annotations

import io
from typing import Annotated

from fastapi import Depends, Request

from archive.base import now
from archive.documents import File, Page
from service.iiif import AS_IT_IS, Form, View, cut, finished
from service.opened import Opened
from service.streams import Outgoing, content
from service.tiles import Tiles
from service.watermark import burnt, words_for


async def _the_tiles(request: Request) -> Tiles:
    tiles: Tiles = request.app.state.tiles
    return tiles


TheTiles = Annotated[Tiles, Depends(_the_tiles)]


def measures(page: Page) -> tuple[int, int]:
    """Width and height of a page in its pixels."""
    return page.width, page.height


def chosen(opened: Opened, page: Page, wanted: View) -> File:
    """The stored file that a part is cut from: plain or covered, as this reader may see it."""
    whole = (wanted.w, wanted.h) == measures(page)
    return opened.shown.image(page.number, wanted.width if whole else None)


def picture(opened: Opened, tiles: Tiles, page: Page, file: File, wanted: View, form: Form = AS_IT_IS) -> bytes:
    """The part of a page as this reader may see it; what is to be logged was logged by the caller."""
    part = _part(opened, tiles, page, file, wanted)
    words = words_for(opened.actor, now(), opened.house.settings.zone)
    if not words and not wanted.turn and form in {AS_IT_IS, Form("color", "jpg")}:
        return part
    from PIL import Image  # noqa: PLC0415 - loaded with the first page

    with Image.open(io.BytesIO(part), formats=["JPEG"]) as image:
        marked = burnt(image.copy(), words, wanted, measures(page))
    return finished(marked, wanted.turn, form)


def _part(opened: Opened, tiles: Tiles, page: Page, file: File, wanted: View) -> bytes:
    """The part without a mark, upright, as JPEG: from the tiles, else cut and kept."""
    name = f"{file.id}/{wanted.x},{wanted.y},{wanted.w},{wanted.h}/{wanted.width},{wanted.height}"
    kept = tiles.get(opened.key, name)
    if kept is not None:
        return kept
    outgoing = Outgoing(opened.house, opened.actor, opened.key, file, f"page-{page.number}", "inline")
    made = finished(cut(content(outgoing), wanted, measures(page)), 0, AS_IT_IS)
    tiles.put(opened.key, name, made)
    return made
