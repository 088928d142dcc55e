"""Cursors of both engines: a place in an answer, as text that means nothing to whoever holds it."""

from __future__ import annotations

import base64
import binascii
import json

from archive.errors import Invalid

Place = list[int | str]
"""Plain numbers and texts that say where an answer ended."""


def written(place: Place) -> str:
    """A place as a cursor."""
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def place_of(cursor: str, shape: tuple[type, ...]) -> Place:
    """The place of a cursor. Invalid (422) for anything that is not a list of this shape."""
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise Invalid("This cursor is none of ours: start the search again.", code="bad_cursor") from error
    if not isinstance(place, list) or tuple(map(type, place)) != shape:
        raise Invalid("This cursor belongs to another search: start the search again.", code="bad_cursor")
    return place
