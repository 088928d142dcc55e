"""IIIF Image API 3.0 requests as values: region, size and rotation of a page, checked before any pixel is touched.

Source: https://iiif.io/api/image/3.0/ sections 4.1 to 4.3. Everything is refused that would enlarge a page.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from archive.errors import Invalid, NotFound
from service.renditions import STORED_SIDE, WIDEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL import Image

REGION: Final = re.compile(r"(\d{1,6}),(\d{1,6}),(\d{1,6}),(\d{1,6})")
PERCENT: Final = re.compile(r"pct:(\d{1,3}(?:\.\d{1,4})?)")
PERCENTS: Final = re.compile(r"pct:" + ",".join([r"(\d{1,3}(?:\.\d{1,4})?)"] * 4))
SIZE: Final = re.compile(r"(!?)(\d{0,5}),(\d{0,5})")
TURNS: Final = frozenset({0, 90, 180, 270})
QUALITIES: Final = ("default", "color", "gray", "bitonal")
FORMATS: Final = {"jpg": "image/jpeg", "png": "image/png"}
TILE: Final = 1280
"""Pixels of a tile's side: an A4 page at half of 200 dots an inch is one, and enough to begin with."""


@dataclass(frozen=True, slots=True)
class View:
    """A rectangle of a page in its pixels, the size that it is wanted in, and a clockwise turn in degrees."""

    x: int
    y: int
    w: int
    h: int
    width: int
    height: int
    turn: int


class Malformed(Invalid):
    """An IIIF parameter that is none (400 by the standard)."""

    status = 400
    default_code = "iiif"


def view(region: str, size: str, rotation: str, page: tuple[int, int]) -> View:
    """The part of a page of `page` (width, height) pixels that is asked for. Malformed; NotFound for one of no size."""
    if 0 in page:
        raise NotFound
    x, y, w, h = _region(region, *page)
    width, height = _size(size, w, h)
    if width > w or height > h or not 1 <= width <= WIDEST or not 1 <= height <= WIDEST:
        raise Malformed(f"A page is not enlarged, and at most {WIDEST} pixels wide or high: ask for less.")
    if not (rotation.isascii() and rotation.isdigit()) or int(rotation) not in TURNS:
        raise Malformed("rotation is 0, 90, 180 or 270.")
    return View(x, y, w, h, width, height, int(rotation))


def whole_page(page: tuple[int, int], width: int | None) -> View:
    """A page `width` pixels wide, never enlarged; without a width as large as it is stored at most."""
    if 0 in page:
        raise NotFound
    wide = min(page[0], width or max(1, round(page[0] * min(1.0, STORED_SIDE / max(page)))))
    return View(0, 0, *page, wide, max(1, round(page[1] * wide / page[0])), 0)


def _region(asked: str, width: int, height: int) -> tuple[int, int, int, int]:
    if asked == "full":
        return 0, 0, width, height
    if asked == "square":
        side = min(width, height)
        return (width - side) // 2, (height - side) // 2, side, side
    x, y, w, h = _rectangle(asked, width, height)
    w, h = min(w, width - x), min(h, height - y)
    if w <= 0 or h <= 0:
        raise Malformed("The region lies outside the page.")
    return x, y, w, h


def _rectangle(asked: str, width: int, height: int) -> tuple[int, int, int, int]:
    if found := REGION.fullmatch(asked):
        x, y, w, h = (int(part) for part in found.groups())
        return x, y, w, h
    if found := PERCENTS.fullmatch(asked):
        left, top, across, down = (float(part) / 100 for part in found.groups())
        return round(left * width), round(top * height), round(across * width), round(down * height)
    raise Malformed("region is full, square, x,y,w,h or pct:x,y,w,h.")


def _size(asked: str, w: int, h: int) -> tuple[int, int]:
    if asked == "max":
        scale = min(1.0, WIDEST / max(w, h))
        return max(1, round(w * scale)), max(1, round(h * scale))
    if found := PERCENT.fullmatch(asked):
        scale = float(found.group(1)) / 100
        return max(1, round(w * scale)), max(1, round(h * scale))
    found = SIZE.fullmatch(asked)
    if found is None or not (found.group(2) or found.group(3)) or "0" in found.groups():
        raise Malformed("size is max, w,h, w, or ,h, pct:n or !w,h.")
    return _fitted(found.group(1) == "!", found.group(2), found.group(3), w, h)


def _fitted(within: bool, wide: str, high: str, w: int, h: int) -> tuple[int, int]:
    if wide and high and not within:
        return int(wide), int(high)
    scales = [int(given) / side for given, side in ((wide, w), (high, h)) if given]
    scale = min(scales)
    return max(1, round(w * scale)), max(1, round(h * scale))


@dataclass(frozen=True, slots=True)
class Form:
    """Quality and format of a picture, as the last part of an address has them."""

    quality: str
    format: str

    @classmethod
    def named(cls, asked: str) -> Form:
        """`default.jpg` and the like. Malformed."""
        quality, _, ending = asked.partition(".")
        if quality not in QUALITIES or ending not in FORMATS:
            raise Malformed(f"A page comes as {', '.join(QUALITIES)} and as {' or '.join(FORMATS)}: gray.png, say.")
        return cls(quality, ending)

    @property
    def media_type(self) -> str:
        """Of the answer."""
        return FORMATS[self.format]


AS_IT_IS: Final = Form("default", "jpg")


def service_of(address: str, page: tuple[int, int]) -> dict[str, object]:
    """The image service of a page, as info.json and manifests have it: enough to ask for tiles at once."""
    most = max(page)
    factors = [2**n for n in range(8) if n == 0 or TILE * 2 ** (n - 1) < most]
    return {
        "id": address,
        "type": "ImageService3",
        "profile": "level2",
        "width": page[0],
        "height": page[1],
        "maxWidth": WIDEST,
        "tiles": [{"width": TILE, "height": TILE, "scaleFactors": factors}],
    }


def first_tile(service: Mapping[str, Any]) -> str:
    """The address of the one tile that shows all of a page, exactly as OpenSeadragon asks for it."""
    factor = service["tiles"][0]["scaleFactors"][-1]
    wide = ceil(service["width"] / factor)
    return f"{service['id']}/full/{f'{wide},' if factor > 1 else 'max'}/0/default.jpg"


def info(address: str, page: tuple[int, int]) -> dict[str, object]:
    """info.json of a page."""
    return {
        "@context": "http://iiif.io/api/image/3/context.json",
        "protocol": "http://iiif.io/api/image",
        **service_of(address, page),
        "extraQualities": ["color", "gray", "bitonal"],
        "extraFormats": ["png"],
        "extraFeatures": ["regionByPct", "regionSquare", "rotationBy90s", "sizeByPct", "sizeByConfinedWh", "sizeByWh"],
    }


def cut(stored: bytes, wanted: View, page: tuple[int, int]) -> Image.Image:
    """The part of one of our own page images, which may be smaller than the page; grey or in colour, not turned yet."""
    from PIL import Image  # noqa: PLC0415 - loaded when the first page is asked for in parts

    with Image.open(io.BytesIO(stored), formats=["JPEG", "PNG", "WEBP"]) as image:
        across, down = wanted.width / wanted.w, wanted.height / wanted.h
        image.draft(None, (ceil(page[0] * across), ceil(page[1] * down)))  # a JPEG is decoded no larger than needed
        across, down = image.width / page[0], image.height / page[1]
        box = (wanted.x * across, wanted.y * down, (wanted.x + wanted.w) * across, (wanted.y + wanted.h) * down)
        plain = image.convert("L" if image.mode in {"1", "L"} else "RGB")
    return plain.resize((wanted.width, wanted.height), box=box, reducing_gap=2.0)


def finished(part: Image.Image, turn: int, form: Form) -> bytes:
    """A part turned clockwise, in its quality and format."""
    turned = part.rotate(-turn, expand=True) if turn else part
    if form.quality in {"gray", "bitonal"}:
        turned = turned.convert("L" if form.quality == "gray" else "1")
    target = io.BytesIO()
    if form.format == "png":
        turned.save(target, "PNG", compress_level=3)
    else:
        turned.convert("L" if turned.mode == "1" else turned.mode).save(target, "JPEG", quality=85)
    return target.getvalue()
