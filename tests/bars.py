"""Long documents whose pages carry their number as a black bar, and an engine that reads bars in no time.

For tests of how ranges of pages go through real workers: parser, rows, objects and PDFs are the real ones.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from tests import drawing
from workers.ocr.engine import Glimpse, Pixels, Reading
from workers.sheets import Box, Line, Word

WIDTH, HEIGHT, STEP = 330, 460, 4
NUMBER = "11010519900307002X"
"""Stands on every tenth page."""


class Bars:
    """An engine that tells a page's number from the length of its bar; it counts its pages."""

    name = "bars"

    def __init__(self) -> None:
        self.seen: list[int] = []

    def recognise(self, image: Pixels, dpi: int) -> Reading:
        """One line with the number, and the identity number where it is due."""
        del dpi
        page = image if image.ndim == 2 else image[:, :, 0]
        number = round(np.count_nonzero(page[10] < 128) / STEP * WIDTH / page.shape[1])
        self.seen.append(number)
        lines = [_line(f"第{number}页", 40)] + ([_line(f"身份证号{NUMBER}", 80)] if number % 10 == 0 else [])
        return Reading(tuple(lines), turn=0)

    def glimpse(self, image: Pixels) -> Glimpse:
        """There is no text layer to be checked."""
        del image
        return Glimpse((), ())


def _line(text: str, y: float) -> Line:
    box: Box = (20.0, y, 8.0 * len(text), 12.0)
    return Line(text, box, 0.99, (Word(text, box, 0.99),))


def page(number: int, *, bitonal: bool) -> Image.Image:
    """One page: the bar, and some ink so that it is no blank one."""
    image = Image.new("L", (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, number * STEP - 1, 20), fill="black")
    pen.rectangle((20, 200, 300, 230), fill="black")
    return image.convert("1") if bitonal else image


def long_pdf(pages: int) -> bytes:
    """A PDF of grey pages."""
    return drawing.as_pdf([page(number, bitonal=False) for number in range(1, pages + 1)], dpi=40)


def long_tiff(pages: int) -> bytes:
    """A TIFF of black and white pages, as a fax machine or a scanner makes it."""
    return drawing.as_tiff([page(number, bitonal=True) for number in range(1, pages + 1)], 40, "group4")
