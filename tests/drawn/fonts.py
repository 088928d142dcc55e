"""Fonts of Debian packages for drawn pages; PyMuPDF's own where none is installed."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import pymupdf
from PIL import ImageFont

_FOLDER = Path("/usr/share/fonts")
_NOWHERE = "\U000ffffe"


@dataclass(frozen=True, slots=True)
class Face:
    """A font file, which of its faces, and the hand that it is like: print or brush."""

    path: str
    index: int = 0
    brush: bool = False

    @property
    def there(self) -> bool:
        """Whether its package is installed."""
        return not self.path or (_FOLDER / self.path).is_file()


BUILT_IN = Face("")
FACES = (
    Face("opentype/noto/NotoSansCJK-Regular.ttc", 2),
    Face("opentype/noto/NotoSansCJK-Bold.ttc", 2),
    Face("opentype/noto/NotoSerifCJK-Regular.ttc", 2),
    Face("opentype/noto/NotoSerifCJK-Bold.ttc", 2),
    Face("truetype/arphic/uming.ttc"),
    Face("truetype/wqy/wqy-zenhei.ttc"),
    Face("truetype/wqy/wqy-microhei.ttc"),
    Face("truetype/arphic-gbsn00lp/gbsn00lp.ttf"),
    Face("truetype/arphic/ukai.ttc", brush=True),
    Face("truetype/arphic-gkai00mp/gkai00mp.ttf", brush=True),
    Face("truetype/arphic-bkai00mp/bkai00mp.ttf", brush=True),
)
PACKAGES = (
    "fonts-noto-cjk", "fonts-arphic-uming", "fonts-arphic-ukai", "fonts-arphic-gkai00mp", "fonts-arphic-gbsn00lp",
    "fonts-arphic-bkai00mp", "fonts-wqy-zenhei", "fonts-wqy-microhei",
)  # fmt: skip


def missing() -> list[str]:
    """The font files that no package has brought."""
    return [face.path for face in FACES if not face.there]


def choose(dice: Random, text: str, *, brush: bool = False) -> Face:
    """A face that has every character of the text; the built-in one where none has."""
    there = [face for face in FACES if face.there and face.brush == brush]
    dice.shuffle(there)
    return next((face for face in there if covers(face, text)), BUILT_IN)


@cache
def sized(face: Face, size: int) -> ImageFont.FreeTypeFont:
    """The face at a height in pixels."""
    if face == BUILT_IN:
        return ImageFont.truetype(io.BytesIO(pymupdf.Font("cjk").buffer), size)
    return ImageFont.truetype(str(_FOLDER / face.path), size, index=face.index)


def covers(face: Face, text: str) -> bool:
    """Whether no character of the text comes out as the box for an unknown one."""
    return all(_has(face, character) for character in set(text) if not character.isspace())


@cache
def _has(face: Face, character: str) -> bool:
    font = sized(face, 24)
    return bytes(font.getmask(character)) != bytes(font.getmask(_NOWHERE))
