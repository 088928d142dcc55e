"""The watermark: who looks at a page and when, burnt into the image before it leaves (D4, L10).

It is laid over the page, not over the picture: tiles of one zoom fit together, and a turned page turns it with it.
It is never kept: what is cached is the page without it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import ceil, log2
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from archive.access import Actor
from archive.pdf import font_file
from archive.rights import Right

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from service.iiif import View

ACROSS: Final = 2.2
"""How often the words stand in the width of a page."""

SMALLEST: Final = 11
"""Pixels that the type is high at least, on a thumbnail too."""

_TYPE: Final = 0.06  # of the distance between two of them
_TURNED: Final = 24
_STRENGTH: Final = 0.34
_INK: Final = 120  # grey: seen on paper and on what is blacked out


def marked(actor: Actor) -> bool:
    """Whether the pages that this person sees say so."""
    return Right.PLAIN_IMAGES not in actor.rights


def words_for(actor: Actor, at: datetime, zone: ZoneInfo) -> str:
    """What is written over the pages that this person sees; nothing for who handles the paper itself."""
    return f"{actor.name} {at.astimezone(zone).strftime('%Y-%m-%d %H:%M')}" if marked(actor) else ""


@dataclass(frozen=True, slots=True)
class _Lattice:
    """Where the words stand on a page seen at one zoom: pixels of the picture between two of them."""

    step: float
    type: int


def burnt(image: Image.Image, words: str, wanted: View, page: tuple[int, int]) -> Image.Image:
    """The picture of `wanted` (not turned yet) with the words over it. `page` is (width, height) in its pixels."""
    if not words:
        return image
    from PIL import Image  # noqa: PLC0415 - loaded with the first page

    scale = wanted.width / wanted.w
    lattice = _lattice(page[0], scale)
    stamp = _stamp(words, lattice.type)
    ink = Image.new(image.mode, stamp.size, _INK if image.mode == "L" else (_INK, _INK, _INK))
    for left, top in _places(lattice, stamp.size, (wanted.x * scale, wanted.y * scale), image.size):
        image.paste(ink, (left, top), stamp)
    return image


def _lattice(width: int, scale: float) -> _Lattice:
    """The zoom is taken in steps of two, so that tiles at the page's edge, rounded, have the lattice of the others."""
    step = width / ACROSS
    coarse = 2.0 ** ceil(log2(max(scale, 1e-6)) - 0.25)
    grown = max(1.0, SMALLEST / (_TYPE * step * coarse))
    return _Lattice(step * grown * scale, max(SMALLEST, round(_TYPE * step * grown * coarse)))


def _places(
    lattice: _Lattice, stamp: tuple[int, int], corner: tuple[float, float], size: tuple[int, int]
) -> Iterator[tuple[int, int]]:
    """Corners of the stamps that reach into a picture whose own corner lies there; every second row is shifted."""
    down = lattice.step * 0.62
    for row in range(int((corner[1] - stamp[1]) // down), int((corner[1] + size[1]) // down) + 1):
        shift = lattice.step / 2 if row % 2 else 0.0
        first = int((corner[0] - stamp[0] - shift) // lattice.step)
        for column in range(first, int((corner[0] + size[0] - shift) // lattice.step) + 1):
            x, y = column * lattice.step + shift + lattice.step * 0.06, row * down + down * 0.2
            yield round(x - corner[0]), round(y - corner[1])


@lru_cache(maxsize=64)
def _stamp(words: str, height: int) -> Image.Image:
    """The words askew, as a mask."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - loaded with the first page

    font = ImageFont.truetype(io.BytesIO(_font_file()), height)
    _, _, width, depth = font.getbbox(words)
    mask = Image.new("L", (ceil(width) + 2, ceil(depth) + 2))
    ImageDraw.Draw(mask).text((1, 1), words, fill=round(255 * _STRENGTH), font=font)
    return mask.rotate(_TURNED, Image.Resampling.BICUBIC, expand=True)


@lru_cache(maxsize=1)
def _font_file() -> bytes:
    return font_file()
