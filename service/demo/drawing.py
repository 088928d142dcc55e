"""Draws a scan of a sheet of paper: lines of print, a seal, the scanner's dust, a sheet that lay a little askew."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from archive.pdf import font_file

DPI: Final = 200
_PAGE: Final = (1654, 2339)
"""A4 at 200 dots an inch."""

_MARGIN, _TOP, _LEADING = 190, 260, 2.0
_TITLE, _BODY = 64, 36
_SKEW_DEGREES: Final = 0.6
_DUST: Final = 900
_PAPER, _INK, _SEAL = (250, 249, 244), (28, 28, 32), (204, 44, 40)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed on one page: a title in large type (or none), lines, and the words of a round seal (or none)."""

    title: str
    lines: tuple[str, ...]
    seal: str = ""


def scan_of(sheets: Sequence[Sheet], seed: int) -> bytes:
    """The sheets as a scanner delivers them: a PDF of page images without a text layer. Equal seeds, equal images."""
    pages = [_scanned(sheet, seed * 100 + number) for number, sheet in enumerate(sheets)]
    buffer = io.BytesIO()
    pages[0].save(buffer, "PDF", resolution=DPI, save_all=True, append_images=pages[1:], quality=82)
    return buffer.getvalue()


def _scanned(sheet: Sheet, seed: int) -> Image.Image:
    dice = random.Random(seed)  # noqa: S311 - dust and skew, no secret
    page = Image.new("RGB", _PAGE, _PAPER)
    _print(ImageDraw.Draw(page), sheet)
    if sheet.seal:
        _stamp(page, sheet.seal)
    askew = page.rotate(dice.uniform(-_SKEW_DEGREES, _SKEW_DEGREES), Image.Resampling.BICUBIC, fillcolor=_PAPER)
    _scatter(askew, dice)
    return askew


def _print(pen: ImageDraw.ImageDraw, sheet: Sheet) -> None:
    y = float(_TOP)
    if sheet.title:
        width = pen.textlength(sheet.title, font=_font(_TITLE))
        pen.text(((_PAGE[0] - width) / 2, y), sheet.title, font=_font(_TITLE), fill=_INK)
        y += _TITLE * _LEADING
    for line in sheet.lines:
        pen.text((_MARGIN, y), line, font=_font(_BODY), fill=_INK)
        y += _BODY * _LEADING


def _stamp(page: Image.Image, words: str) -> None:
    """A round red seal low on the right, as a chop looks when it misses the print."""
    pen, (x, y), radius = ImageDraw.Draw(page), (_PAGE[0] - 420, _PAGE[1] - 460), 170
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=_SEAL, width=9)
    width = pen.textlength(words, font=_font(40))
    pen.text((x - width / 2, y - 20), words, font=_font(40), fill=_SEAL)


def _scatter(page: Image.Image, dice: random.Random) -> None:
    pen = ImageDraw.Draw(page)
    for _ in range(_DUST):
        x, y, grey = dice.randrange(_PAGE[0]), dice.randrange(_PAGE[1]), dice.randrange(90, 210)
        pen.point((x, y), fill=(grey, grey, grey))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(io.BytesIO(font_file()), size)
