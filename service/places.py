"""The place of a hit as a picture. Its address is sealed for its reader, who was given it by a search.

The search stands in the log; an address with another place in it would be an opening that the log does not know, and
is refused. Rights and covers are looked up when the picture is asked for.
"""

from __future__ import annotations

import hmac
from typing import Final
from urllib.parse import urlencode

from archive.errors import NotFound
from archive.vault import Vault
from indexes.search import FoundPage
from service.iiif import View

WIDTH: Final = 320
"""Pixels that a picture is wide at most."""

_WIDE: Final = 0.5  # of the page's width
_HIGH: Final = 0.12  # of the page's height
_SEAL: Final = 32

Place = tuple[int, int, int, int]
"""Left, top, width and height in pixels of the page."""


def place_of(hit: FoundPage) -> Place | None:
    """A band of the page around the first box of a hit; the page's head without one. None for a page of no size."""
    if not (hit.width and hit.height):
        return None
    w, h = max(1, round(hit.width * _WIDE)), max(1, round(hit.height * _HIGH))
    first = hit.boxes[0] if hit.boxes else None
    left = round(first.x - w / 8) if first else 0
    top = round(first.y + first.h / 2 - h / 2) if first else 0
    return max(0, min(left, hit.width - w)), max(0, min(top, hit.height - h)), w, h


def address(vault: Vault, person_id: str, hit: FoundPage) -> str:
    """Where the picture of a hit is for this reader; empty for a page without a size."""
    place = place_of(hit)
    if place is None:
        return ""
    asked = dict(zip("xywh", place, strict=True)) | {"seal": _seal(vault, person_id, hit.document_id, hit.page, place)}
    return f"/api/v1/documents/{hit.document_id}/pages/{hit.page}/place?{urlencode(asked)}"


def checked_place(vault: Vault, person_id: str, document_id: str, page: int, place: Place, seal: str) -> View:
    """The view of a place that this reader was given. NotFound for every other."""
    if not hmac.compare_digest(_seal(vault, person_id, document_id, page, place), seal):
        raise NotFound
    x, y, w, h = place
    width = min(WIDTH, w)
    return View(x, y, w, h, width, max(1, round(h * width / w)), 0)


def _seal(vault: Vault, person_id: str, document_id: str, page: int, place: Place) -> str:
    named = "/".join(map(str, (person_id, document_id, page, *place)))
    return vault.blind("place", named)[:_SEAL]
