"""Stacks of paper drawn by code: printed separator sheets as a scanner sees them, and papers between them."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pymupdf
from PIL import Image, ImageFilter

from archive.readable import readable_scope
from archive.separators import SheetOrder, keep_sheets, plan_sheets, print_sheets
from tests import drawing
from tests.houses import Home

DPI = 100


def sheet(home: Home, order: SheetOrder, *, dpi: int = DPI) -> Image.Image:
    """A separator sheet as it comes out of the printer."""
    with home.house.database.transaction() as session:
        scope = readable_scope(session, home.clerk)
        planned = plan_sheets(session, home.clerk, scope, order)
        keep_sheets(session, home.clerk, planned)
    printed = print_sheets(home.house.vault, [planned], "clerk 2031-03-01")
    picture = pymupdf.open(stream=printed)[0].get_pixmap(dpi=dpi)
    return Image.frombytes("RGB", (picture.width, picture.height), picture.samples).convert("L")


def scanned(page: Image.Image, seed: int) -> Image.Image:
    """The page as it went through a bad scanner: any way round, askew, faded, blurred, noisy."""
    dice = random.Random(seed)  # noqa: S311 - wear, no secret
    askew = page.rotate(dice.choice((0, 90, 180, 270)) + dice.uniform(-12, 12), expand=True, fillcolor=255)
    soft = askew.filter(ImageFilter.GaussianBlur(dice.uniform(0, 1.2)))
    ink = 255.0 - (255.0 - np.asarray(soft, np.float64)) * dice.uniform(0.3, 1.0)
    noise = np.random.default_rng(seed).normal(0, dice.uniform(0, 20), ink.shape)
    return Image.fromarray((ink + noise).clip(0, 255).astype(np.uint8))


def paper(number: int, page: int = 1) -> Image.Image:
    """A page that says which document and which page it is."""
    lines = ("往来说明", f"编号第 {number} 号文件", f"此处为第 {page} 页", "请按约定办理交接手续")
    return drawing.paper(lines, dpi=DPI)


def blank() -> Image.Image:
    """The back of a page."""
    return drawing.paper((), dpi=DPI)


def stored_images(body: bytes) -> list[bytes]:
    """The images of a PDF as they stand in it, one a page."""
    file = pymupdf.open(stream=body)
    return [file.xref_stream_raw(page.get_images()[0][0]) for page in file]


def pdf(pages: Sequence[Image.Image]) -> bytes:
    """The stack as the scanner writes it."""
    return drawing.as_pdf(pages, DPI)
