"""Whether the text that a PDF brings along can be believed, and its lines. Garbled layers are common in old scans."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import groupby, pairwise
from statistics import fmean, median

from workers.ocr.detection import Region
from workers.ocr.engine import Engine
from workers.ocr.lines import Fragment, Glyph, assemble
from workers.scan import LayerGlyph, PageImage
from workers.sheets import Box, Line

_FEWEST_GLYPHS = 8
_MOST_STRANGE = 0.02
_LEAST_COVERED = 0.9
_LEAST_AGREED = 0.8
_STRANGE = {"Cc", "Cn", "Co", "Cs"}


def trustworthy(page: PageImage, engine: Engine) -> bool:
    """Plausible characters, over all the text that is seen on the page, and saying what a few lines say when read."""
    if not _plausible(page.glyphs):
        return False
    seen = engine.glimpse(page.pixels)
    if not seen.boxes or not seen.samples:
        return False
    layer = Counter(pairwise(_folded("".join(glyph.text for glyph in page.glyphs))))
    agreed = fmean(_agreement(sample, layer) for sample in seen.samples)
    return _covered(seen.boxes, page.glyphs) >= _LEAST_COVERED and agreed >= _LEAST_AGREED


def layer_lines(glyphs: Sequence[LayerGlyph]) -> tuple[Line, ...]:
    """The layer's lines in reading order."""
    grouped = (list(group) for _, group in groupby(glyphs, key=lambda glyph: glyph.line))
    return assemble(_fragment(group) for group in grouped if any(glyph.width > 0 for glyph in group))


def _plausible(glyphs: Sequence[LayerGlyph]) -> bool:
    said = [character for glyph in glyphs for character in glyph.text if not character.isspace()]
    strange = sum(unicodedata.category(character) in _STRANGE or character == "\ufffd" for character in said)
    return len(said) >= _FEWEST_GLYPHS and strange <= _MOST_STRANGE * len(said)


def _covered(boxes: Sequence[Box], glyphs: Sequence[LayerGlyph]) -> float:
    """The share of seen text boxes, by area, in whose middle or ends the layer has characters too."""
    middles = [(glyph.x + glyph.width / 2, glyph.y + glyph.height / 2) for glyph in glyphs if glyph.text.strip()]
    held = sum(w * h for x, y, w, h in boxes if any(x <= a <= x + w and y <= b <= y + h for a, b in middles))
    return held / sum(w * h for _, _, w, h in boxes)


def _agreement(sample: str, layer: Counter[tuple[str, str]]) -> float:
    pairs = Counter(pairwise(_folded(sample)))
    return sum(min(count, layer[pair]) for pair, count in pairs.items()) / max(1, pairs.total())


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def _fragment(glyphs: Sequence[LayerGlyph]) -> Fragment:
    left, right = min(g.x for g in glyphs), max(g.x + g.width for g in glyphs)
    length, height = max(right - left, 1.0), max(median(g.height for g in glyphs), 1.0)
    middle = median(g.y + g.height / 2 for g in glyphs)
    region = Region(left + length / 2, middle, length, height, 0.0)
    parts = ((c, g.x + g.width * (i + 0.5) / len(g.text)) for g in glyphs for i, c in enumerate(g.text))
    return Fragment(region, tuple(Glyph(character, (x - left) / length, 1.0) for character, x in parts))
