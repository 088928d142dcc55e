"""Tesseract 5 behind the same protocol. It is fed only images that we decoded ourselves, never a file of others."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import numpy as np
import pytesseract
from PIL import Image

from workers.ocr.detection import Region
from workers.ocr.engine import EngineFailed, Glimpse, Pixels, Reading
from workers.ocr.lines import Fragment, Glyph, assemble
from workers.ocr.picture import is_landscape

LANGUAGES = "chi_sim+eng"
LAYOUT = 3
"""Page segmentation: find the columns and blocks by itself."""
_SURE_OF_TURN = 1.0
_SECONDS = 120
_SMALLEST_DPI = 70
os.environ.setdefault("OMP_THREAD_LIMIT", "1")


class TesseractEngine:
    """One `tesseract` process for each look at a page."""

    def __init__(self) -> None:
        try:
            installed = pytesseract.get_languages()
            self.name = f"tesseract {pytesseract.get_tesseract_version()} {LANGUAGES}, psm {LAYOUT}"
        except (pytesseract.TesseractNotFoundError, OSError) as error:
            raise EngineFailed("tesseract is not installed") from error
        missing = {*LANGUAGES.split("+"), "osd"} - set(installed)
        if missing:
            raise EngineFailed(f"tesseract lacks the languages {', '.join(sorted(missing))}")

    def recognise(self, image: Pixels, dpi: int) -> Reading:
        """Ask Tesseract for the page's direction, turn it upright, and read it."""
        turn = self._turn(image, dpi)
        upright = np.ascontiguousarray(np.rot90(image, -turn // 90))
        return Reading(assemble(self._fragments(upright, dpi), landscape=is_landscape(upright)), turn)

    def glimpse(self, image: Pixels) -> Glimpse:
        """All of the page: Tesseract has no quick look."""
        lines = self.recognise(image, 0).lines
        return Glimpse(tuple(line.box for line in lines), tuple((line.box, line.text) for line in lines))

    def _turn(self, image: Pixels, dpi: int) -> int:
        """Degrees clockwise that set the page upright; 0 where there is too little text to tell."""
        try:
            seen = pytesseract.image_to_osd(
                Image.fromarray(image), config=_config(0, dpi), output_type=pytesseract.Output.DICT, timeout=_SECONDS
            )
        except pytesseract.TesseractError as error:
            if "Too few characters" in str(error):
                return 0
            raise EngineFailed(str(error)) from error
        except (RuntimeError, OSError) as error:
            raise EngineFailed(str(error)) from error
        return int(seen["rotate"]) if float(seen["orientation_conf"]) >= _SURE_OF_TURN else 0

    def _fragments(self, image: Pixels, dpi: int) -> Iterable[Fragment]:
        try:
            table = pytesseract.image_to_data(
                Image.fromarray(image),
                lang=LANGUAGES,
                config=_config(LAYOUT, dpi),
                output_type=pytesseract.Output.DICT,
                timeout=_SECONDS,
            )
        except (pytesseract.TesseractError, RuntimeError, OSError) as error:
            raise EngineFailed(str(error)) from error
        words = [row for row, text in enumerate(table["text"]) if text.strip() and float(table["conf"][row]) >= 0]
        for _, line in groupby(
            words, key=lambda row: [table[part][row] for part in ("block_num", "par_num", "line_num")]
        ):
            yield _fragment(table, list(line))


def _config(mode: int, dpi: int) -> str:
    return f"--psm {mode} --dpi {dpi}" if dpi >= _SMALLEST_DPI else f"--psm {mode}"


def _fragment(table: Mapping[str, Any], rows: list[int]) -> Fragment:
    """A line of Tesseract's table: its blanks between Latin words are kept, those between Han characters are not."""
    left = min(table["left"][row] for row in rows)
    right = max(table["left"][row] + table["width"][row] for row in rows)
    top = min(table["top"][row] for row in rows)
    bottom = max(table["top"][row] + table["height"][row] for row in rows)
    length = max(1, right - left)
    glyphs: list[Glyph] = []
    for row in rows:
        text, start, step = table["text"][row].strip(), table["left"][row], table["width"][row]
        sure = float(table["conf"][row]) / 100
        if glyphs and glyphs[-1].text.isascii() and text[0].isascii():
            glyphs.append(Glyph(" ", (start - left) / length, sure))
        for at, character in enumerate(text):
            glyphs.append(Glyph(character, (start - left + step * (at + 0.5) / len(text)) / length, sure))
    region = Region((left + right) / 2, (top + bottom) / 2, float(length), float(max(1, bottom - top)), 0.0)
    return Fragment(region, tuple(glyphs))
