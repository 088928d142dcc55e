"""Scan checks that software can make, each with its clause of DA/T 31-2017 (records-rules §5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.numbering import printed
from workers.ocr.engine import Pixels, Reading
from workers.scan import PageImage
from workers.sharpness import softness
from workers.sheets import Box, Finding, Sheet

_LEAST_DPI, _GOOD_DPI = 200, 300
_PREVIEW_SIDE = 700
_DARKER = 40
_SKEW_WARNS, _SKEW_FAILS = 1.0, 3.0
_LEAST_CONTRAST = 70
_SOFT_MM, _SOFT_SHARE = 0.2, 0.055
"""Print is blurred from here on: by so many millimetres on the paper, or by that share of the height of a line."""
_NEAR_BLANK_INK = 0.002
_EDGE = 0.006
_EDGE_DARK = 0.3
_FEW_CHARACTERS = 12
_SHORTEST_INCHES, _LONGEST_INCHES = 2.0, 24.0
"""Sides that a sheet of an office can have; a stated resolution that gives others is not true."""
_COLOURED, _LEAST_COLOUR = 40, 0.0003
_SEALS = re.compile(
    r"[(（](?:单位|公司|加盖|签字|签名)?(?:公章|盖章|签章|印章|印鉴|章)[)）]|(?:盖章|公章|签章)\s*[:：]|盖章处"
)
"""Where a seal is to stand; sentences that speak of sealing are none."""
_GRAIN = 4.0
_CUT_DEPTH, _CUT_INK, _CUT_LINES = 2, 0.12, 2
_INK_BELOW = 128
_SAMPLE = 600


def findings(page: PageImage, reading: Reading) -> tuple[Finding, ...]:
    """All that is to be remarked about one scan, in the order of the standard's clauses."""
    preview = _preview(page.pixels)
    dark = _dark_edge(preview)
    found = [
        _colour(page, reading), _resolution(page), _placing(reading), _borders(dark),
        _cut_edges(page.pixels, reading) if dark < _EDGE_DARK else (),
        _legibility(page, reading), _numbers(page, reading),
    ]  # fmt: skip
    return tuple(chain.from_iterable(found))


def told_of_file(sheets: Sequence[Sheet], flags: Sequence[str]) -> list[Sheet]:
    """The sheets, the first saying when the file itself had to be repaired to be opened (10.5.1: usable as it is)."""
    if "repaired" not in flags or not sheets:
        return list(sheets)
    first, *others = sheets
    return [replace(first, findings=(*first.findings, Finding("file_repaired", "", "10.5.1"))), *others]


def believable_dpi(page: PageImage) -> int:
    """The stated resolution, 0 when there is none or it would make the page a stamp or a poster."""
    long, short = max(page.width, page.height), min(page.width, page.height)
    told = page.dpi > 0 and long <= _LONGEST_INCHES * page.dpi and short >= _SHORTEST_INCHES * page.dpi
    return page.dpi if told else 0


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
    elif not believable_dpi(page):
        yield Finding("dpi_impossible", str(page.dpi), "9.4")
    elif page.dpi < _LEAST_DPI:
        yield Finding("dpi_low", str(page.dpi), "9.4")
    elif page.dpi < _GOOD_DPI:
        yield Finding("dpi_fair", str(page.dpi), "9.4")


def _colour(page: PageImage, reading: Reading) -> Iterator[Finding]:
    """9.3: black and white only for clean papers; colour where seals are spoken of, so that they can be seen."""
    if page.bitonal:
        yield Finding("bitonal", "", "9.3")
    if any(_SEALS.search(line.text) for line in reading.lines) and not _has_colour(page.pixels):
        yield Finding("seal_without_colour", "bitonal" if page.bitonal else "grey", "9.3")


def _has_colour(pixels: Pixels) -> bool:
    if pixels.ndim == 2:  # noqa: PLR2004 - grey
        return False
    small = _stepped(pixels)
    return float((small.max(axis=2).astype(np.int16) - small.min(axis=2) > _COLOURED).mean()) > _LEAST_COLOUR


def _placing(reading: Reading) -> Iterator[Finding]:
    """10.2: the right way up, and straight."""
    if reading.turn:
        yield Finding("turned", str(reading.turn), "10.2")
    if abs(reading.skew) > _SKEW_FAILS:
        yield Finding("skew_strong", f"{reading.skew:.1f}", "10.2")
    elif abs(reading.skew) > _SKEW_WARNS:
        yield Finding("skew", f"{reading.skew:.1f}", "10.2")


def _borders(dark: float) -> Iterator[Finding]:
    """10.3: no black border of the scanner's lid."""
    if dark > _EDGE_DARK:
        yield Finding("dark_border", f"{dark:.2f}", "10.3")


def _dark_edge(preview: Pixels) -> float:
    """The dark share of that edge of the page that has most of it."""
    depth = max(2, round(min(preview.shape) * _EDGE))
    edges = (preview[:depth], preview[-depth:], preview[:, :depth], preview[:, -depth:])
    return max(float((edge < 90).mean()) for edge in edges)  # noqa: PLR2004 - darker than any paper


def _cut_edges(pixels: Pixels, reading: Reading) -> Iterator[Finding]:
    """10.3: nothing of the print cut off: lines whose ink runs into the edge of the image, by side."""
    upright = np.rot90(pixels, -reading.turn // 90)
    turns = {"left": 0, "top": 1, "right": 2, "bottom": 3}
    for side, turn in turns.items():
        touching = sum(_runs_out(_end_of(upright, line.box, turn)) for line in reading.lines)
        if touching >= (_CUT_LINES if side in {"left", "right"} else 1):
            yield Finding("cut_edge", f"{side} {touching}", "10.3")


def _end_of(pixels: Pixels, box: Box, turn: int) -> Pixels | None:
    """What a line has within the outermost pixels of one side, that side turned to the left; None if it ends before."""
    rows, columns = pixels.shape[:2]
    x, y, right, bottom = round(box[0]), round(box[1]), round(box[0] + box[2]), round(box[1] + box[3])
    if (x, y, columns - right, rows - bottom)[turn] > 0:
        return None
    strip = pixels[max(0, y) : bottom, max(0, x) : right]
    return np.rot90(strip, turn)[:, : 4 * _CUT_DEPTH]


def _runs_out(strip: Pixels | None) -> bool:
    if strip is None or not strip.size:
        return False
    grey = strip if strip.ndim == 2 else strip.mean(axis=2)  # noqa: PLR2004 - has no colours
    return bool((grey[:, :_CUT_DEPTH].min(axis=1) < _INK_BELOW).mean() > _CUT_INK)


def _legibility(page: PageImage, reading: Reading) -> Iterator[Finding]:
    """10.5.1 and 10.5.2: whole, with contrast, sharp; nearly blank pages are listed, never dropped."""
    if page.truncated:
        yield Finding("truncated", "", "10.5.1")
    ink = ink_share(page.pixels)
    characters = sum(len(line.text) for line in reading.lines)
    if ink < _NEAR_BLANK_INK and characters < _FEW_CHARACTERS:
        yield Finding("near_blank", f"{ink:.4f}", "10.5.2")
    elif not reading.lines:
        yield Finding("no_text", f"{ink:.4f}", "10.5.2")
    if not reading.lines:
        return
    grain = _grain(page.pixels)
    if grain > _GRAIN:
        yield Finding("noise", f"{grain:.1f}", "10.5.1")
    patch = _longest_line(page.pixels, reading)
    contrast = float(np.subtract(*np.percentile(patch, (50, 1))))
    if contrast < _LEAST_CONTRAST:
        yield Finding("low_contrast", f"{contrast:.0f}", "10.5.1")
    yield from _blur(page, reading, grainy=grain > _GRAIN)


def _blur(page: PageImage, reading: Reading, *, grainy: bool) -> Iterator[Finding]:
    """10.5.1: sharp. In black and white every edge is, whatever the scanner saw; two strokes that ran into one show."""
    if page.bitonal:
        return
    upright = np.rot90(page.pixels, -reading.turn // 90)
    wide, share = softness(_grey(upright), [line.box for line in reading.lines], grainy=grainy)
    dpi = believable_dpi(page)
    millimetres = wide / dpi * 25.4 if dpi else 0.0
    if millimetres > _SOFT_MM or share > _SOFT_SHARE:
        yield Finding("blurred", f"{millimetres:.2f}" if dpi else f"{share:.3f}", "10.5.1")


def _grey(pixels: Pixels) -> Pixels:
    whole = np.ascontiguousarray(pixels)
    return np.asarray(cv2.cvtColor(whole, cv2.COLOR_RGB2GRAY) if whole.ndim == 3 else whole, np.uint8)  # noqa: PLR2004


def _numbers(page: PageImage, reading: Reading) -> Iterator[Finding]:
    """10.5.3: the number printed on the page, kept for holding it against its neighbours'."""
    sideways = reading.turn % 180 == 90  # noqa: PLR2004 - degrees
    found = printed(page.width if sideways else page.height, reading.lines)
    if found:
        yield found


def _grain(pixels: Pixels) -> float:
    """By how much pixels in the middle of the page differ from their neighbours' median, half of them more."""
    rows, columns = (side // 4 for side in pixels.shape[:2])
    middle = np.ascontiguousarray(pixels[rows : -rows or None, columns : -columns or None][:_SAMPLE, :_SAMPLE])
    grey = middle if middle.ndim == 2 else np.ascontiguousarray(middle[..., 1])  # noqa: PLR2004 - has no colours
    return float(np.median(cv2.absdiff(grey, cv2.medianBlur(grey, 3)))) if grey.size else 0.0


def _longest_line(pixels: Pixels, reading: Reading) -> Pixels:
    """The longest line cut out of the upright page, grey."""
    upright = np.rot90(pixels, -reading.turn // 90)
    x, y, width, height = (max(0, int(side)) for side in max(reading.lines, key=lambda line: len(line.text)).box)
    rows, columns = upright.shape[:2]
    x, y = min(x, columns - 1), min(y, rows - 1)
    return _grey(upright[y : y + max(3, height), x : x + max(3, width)])


def _preview(pixels: Pixels) -> NDArray[np.uint8]:
    """Grey and small: enough for shares and borders, cheap to look at."""
    small = _stepped(pixels)
    grey = small if small.ndim == 2 else small.mean(axis=2)  # noqa: PLR2004 - has no colours
    return np.ascontiguousarray(grey, np.uint8)


def _stepped(pixels: Pixels) -> Pixels:
    step = max(1, max(pixels.shape[:2]) // _PREVIEW_SIDE)
    return pixels[::step, ::step]


def _paper(preview: NDArray[np.uint8]) -> float:
    return float(np.median(preview))
