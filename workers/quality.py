"""Scan checks that software can make, each with its clause of DA/T 31-2017 (records-rules §5)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.ocr.engine import Pixels, Reading
from workers.scan import PageImage
from workers.sheets import Finding

_LEAST_DPI, _GOOD_DPI = 200, 300
_A4_INCHES = (8.27, 11.69)
_PREVIEW_SIDE = 700
_DARKER = 40
_SKEW_WARNS, _SKEW_FAILS = 1.0, 3.0
_LEAST_CONTRAST = 70
_LEAST_SHARPNESS = 0.035
_NEAR_BLANK_INK = 0.002
_EDGE = 0.006
_EDGE_DARK = 0.3


def findings(page: PageImage, reading: Reading) -> tuple[Finding, ...]:
    """All that is to be remarked about one scan, in the order of the standard's clauses."""
    preview = _preview(page.pixels)
    found = [_resolution(page), _colour(page), _placing(reading), _borders(preview), _legibility(page, reading)]
    return tuple(chain.from_iterable(found))


def ink_share(pixels: Pixels) -> float:
    """The share of the page that is clearly darker than its paper, 0..1; its outermost edges do not count."""
    preview = _preview(pixels)
    rows, columns = (max(1, round(side * 0.03)) for side in preview.shape)
    inner = cv2.medianBlur(preview, 3)[rows:-rows, columns:-columns]
    return float((inner < _paper(preview) - _DARKER).mean()) if inner.size else 0.0


def _resolution(page: PageImage) -> Iterator[Finding]:
    """9.4: 200 dpi at least; 300 for text that is to be read by machine; a stated value that cannot be true."""
    if page.dpi == 0:
        yield Finding("dpi_missing", "", "9.4")
    elif page.dpi < _LEAST_DPI:
        yield Finding("dpi_low", str(page.dpi), "9.4")
    elif page.dpi < _GOOD_DPI:
        yield Finding("dpi_fair", str(page.dpi), "9.4")


def _colour(page: PageImage) -> Iterator[Finding]:
    """9.3: black and white only for clean papers without seals."""
    if page.bitonal:
        yield Finding("bitonal", "", "9.3")


def _placing(reading: Reading) -> Iterator[Finding]:
    """10.2: the right way up, and straight."""
    if reading.turn:
        yield Finding("turned", str(reading.turn), "10.2")
    if abs(reading.skew) > _SKEW_FAILS:
        yield Finding("skew_strong", f"{reading.skew:.1f}", "10.2")
    elif abs(reading.skew) > _SKEW_WARNS:
        yield Finding("skew", f"{reading.skew:.1f}", "10.2")


def _borders(preview: Pixels) -> Iterator[Finding]:
    """10.3: no black border of the scanner's lid."""
    depth = max(2, round(min(preview.shape) * _EDGE))
    edges = (preview[:depth], preview[-depth:], preview[:, :depth], preview[:, -depth:])
    dark = max(float((edge < 90).mean()) for edge in edges)  # noqa: PLR2004 - darker than any paper
    if dark > _EDGE_DARK:
        yield Finding("dark_border", f"{dark:.2f}", "10.3")


def _legibility(page: PageImage, reading: Reading) -> Iterator[Finding]:
    """10.5.1 and 10.5.2: whole, with contrast, sharp; nearly blank pages are listed, never dropped."""
    if page.truncated:
        yield Finding("truncated", "", "10.5.1")
    ink = ink_share(page.pixels)
    if not reading.lines:
        yield Finding("near_blank" if ink < _NEAR_BLANK_INK else "no_text", f"{ink:.4f}", "10.5.2")
        return
    patch = _longest_line(page.pixels, reading)
    contrast = float(np.subtract(*np.percentile(patch, (50, 1))))
    if contrast < _LEAST_CONTRAST:
        yield Finding("low_contrast", f"{contrast:.0f}", "10.5.1")
    sharpness = float(np.abs(cv2.Laplacian(patch, cv2.CV_32F)).mean()) / max(contrast, 1.0)
    if sharpness < _LEAST_SHARPNESS:
        yield Finding("blurred", f"{sharpness:.3f}", "10.5.1")


def _longest_line(pixels: Pixels, reading: Reading) -> Pixels:
    """The longest line cut out of the upright page, grey."""
    upright = np.rot90(pixels, -reading.turn // 90)
    x, y, width, height = (max(0, int(side)) for side in max(reading.lines, key=lambda line: len(line.text)).box)
    rows, columns = upright.shape[:2]
    x, y = min(x, columns - 1), min(y, rows - 1)
    patch = np.ascontiguousarray(upright[y : y + max(3, height), x : x + max(3, width)])
    return np.asarray(cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY) if patch.ndim == 3 else patch, np.uint8)  # noqa: PLR2004


def _preview(pixels: Pixels) -> NDArray[np.uint8]:
    """Grey and small: enough for shares and borders, cheap to look at."""
    step = max(1, max(pixels.shape[:2]) // _PREVIEW_SIDE)
    small = pixels[::step, ::step]
    grey = small if small.ndim == 2 else small.mean(axis=2)  # noqa: PLR2004 - has no colours
    return np.ascontiguousarray(grey, np.uint8)


def _paper(preview: NDArray[np.uint8]) -> float:
    return float(np.median(preview))
