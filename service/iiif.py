"""IIIF Image API 3.0 requests as values: region, size and rotation of a page, checked before any pixel is touched.

Source: https://iiif.io/api/image/3.0/ sections 4.1 to 4.3. Everything is refused that would enlarge a page.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Final

from archive.errors import Invalid
from service.renditions import WIDEST

REGION: Final = re.compile(r"(\d{1,6}),(\d{1,6}),(\d{1,6}),(\d{1,6})")
PERCENT: Final = re.compile(r"pct:(\d{1,3}(?:\.\d{1,4})?)")
PERCENTS: Final = re.compile(r"pct:" + ",".join([r"(\d{1,3}(?:\.\d{1,4})?)"] * 4))
SIZE: Final = re.compile(r"(!?)(\d{0,5}),(\d{0,5})")
TURNS: Final = frozenset({0, 90, 180, 270})


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
    """The part of a page of `page` (width, height) pixels that is asked for. Malformed."""
    x, y, w, h = _region(region, *page)
    width, height = _size(size, w, h)
    if width > w or height > h or not 1 <= width <= WIDEST or not 1 <= height <= WIDEST:
        raise Malformed(f"A page is not enlarged, and at most {WIDEST} pixels wide or high: ask for less.")
    if not (rotation.isascii() and rotation.isdigit()) or int(rotation) not in TURNS:
        raise Malformed("rotation is 0, 90, 180 or 270.")
    return View(x, y, w, h, width, height, int(rotation))


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


def info(address: str, page: tuple[int, int]) -> dict[str, object]:
    """info.json of a page."""
    return {
        "@context": "http://iiif.io/api/image/3/context.json",
        "id": address,
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": "level1",
        "width": page[0],
        "height": page[1],
        "maxWidth": WIDEST,
        "extraFeatures": ["regionByPct", "regionSquare", "rotationBy90s", "sizeByPct", "sizeByConfinedWh", "sizeByWh"],
    }


def drawn(stored: bytes, wanted: View, page: tuple[int, int], *, grey: bool) -> bytes:
    """The view of one of our own page images, which may be smaller than the page; JPEG."""
    from PIL import Image  # noqa: PLC0415 - loaded when the first page is asked for in parts

    with Image.open(io.BytesIO(stored), formats=["JPEG", "PNG", "WEBP"]) as image:
        across, down = image.width / page[0], image.height / page[1]
        box = (wanted.x * across, wanted.y * down, (wanted.x + wanted.w) * across, (wanted.y + wanted.h) * down)
        plain = image.convert("L" if grey or image.mode in {"1", "L"} else "RGB")
    part = plain.resize((wanted.width, wanted.height), box=box, reducing_gap=2.0)
    target = io.BytesIO()
    part.rotate(-wanted.turn, expand=True).save(target, "JPEG", quality=85)
    return target.getvalue()
