"""Whether the text that a PDF brings along can be believed, and its lines. Garbled layers are common in old scans.

A layer is believed when it says what is seen, where it is seen, all of it and nothing else.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from statistics import fmean, median

from workers.ocr.detection import Region
from workers.ocr.engine import Engine, Glimpse
from workers.ocr.lines import Fragment, Glyph, assemble
from workers.ocr.picture import is_landscape
from workers.scan import LayerGlyph, PageImage
from workers.sheets import Box, Line

_FEWEST_GLYPHS = 8
_MOST_STRANGE = 0.02
_LEAST_COVERED = 0.9
_LEAST_AGREED, _LEAST_OF_ONE = 0.85, 0.6
_MOST_UNSEEN = 0.03
_RIM = 0.5
"""How far from a seen box, in its heights, a character still belongs to it."""
_TWICE = 0.3
"""Two equal characters nearer to each other than this part of their size are one that was printed twice."""
_STRANGE = {"Cc", "Cn", "Co", "Cs"}


def trustworthy(page: PageImage, engine: Engine) -> bool:
    """Plausible characters, over all the text that is seen and nowhere else, saying what lines say when read there."""
    glyphs = list(_once(page.glyphs))
    if not _plausible(glyphs):
        return False
    seen = engine.glimpse(page.pixels)
    if not seen.boxes or not seen.samples:
        return False
    return (
        _covered(seen.boxes, glyphs) >= _LEAST_COVERED
        and _unseen(seen.boxes, glyphs) <= _MOST_UNSEEN
        and _agrees(seen, glyphs)
    )


def layer_lines(page: PageImage) -> tuple[Line, ...]:
    """The layer's lines in reading order."""
    grouped = (list(group) for _, group in groupby(_once(page.glyphs), key=lambda glyph: glyph.line))
    fragments = (_fragment(group) for group in grouped if any(glyph.width > 0 for glyph in group))
    return assemble(fragments, landscape=is_landscape(page.pixels))


def _once(glyphs: Iterable[LayerGlyph]) -> Iterator[LayerGlyph]:
    """The characters, one that is printed again over itself, as for bold type, only once."""
    places: dict[str, list[LayerGlyph]] = {}
    for glyph in glyphs:
        near = max(glyph.width, glyph.height) * _TWICE
        earlier = places.setdefault(glyph.text, [])
        if glyph.text.isspace() or not any(abs(e.x - glyph.x) + abs(e.y - glyph.y) < near for e in earlier):
            yield glyph
            earlier.append(glyph)


def _plausible(glyphs: Sequence[LayerGlyph]) -> bool:
    said = [character for glyph in glyphs for character in glyph.text if not character.isspace()]
    strange = sum(unicodedata.category(character) in _STRANGE or character == "\ufffd" for character in said)
    return len(said) >= _FEWEST_GLYPHS and strange <= _MOST_STRANGE * len(said)


def _covered(boxes: Sequence[Box], glyphs: Sequence[LayerGlyph]) -> float:
    """The share of seen text boxes, by area, in which the layer has characters too."""
    middles = [_middle(glyph) for glyph in glyphs if glyph.text.strip()]
    held = sum(w * h for x, y, w, h in boxes if any(x <= a <= x + w and y <= b <= y + h for a, b in middles))
    return held / sum(w * h for _, _, w, h in boxes)


def _unseen(boxes: Sequence[Box], glyphs: Sequence[LayerGlyph]) -> float:
    """The share of the layer's characters that stand where nothing is to be seen."""
    middles = [_middle(glyph) for glyph in glyphs if glyph.text.strip()]
    return sum(not any(_holds(box, place, _RIM) for box in boxes) for place in middles) / len(middles)


def _agrees(seen: Glimpse, glyphs: Sequence[LayerGlyph]) -> bool:
    """Whether the layer says of each line that was read what was read there."""
    agreed = [_agreement(text, _said_in(box, glyphs)) for box, text in seen.samples]
    return min(agreed) >= _LEAST_OF_ONE and fmean(agreed) >= _LEAST_AGREED


def _said_in(box: Box, glyphs: Sequence[LayerGlyph]) -> str:
    return "".join(glyph.text for glyph in glyphs if _holds(box, _middle(glyph), 0.0))


def _agreement(sample: str, said: str) -> float:
    """The share of pairs of neighbours that both have, of the one that has more."""
    read, layer = (Counter(pairwise(f"\n{_folded(text)}\n")) for text in (sample, said))
    return (read & layer).total() / max(read.total(), layer.total())


def _middle(glyph: LayerGlyph) -> tuple[float, float]:
    return glyph.x + glyph.width / 2, glyph.y + glyph.height / 2


def _holds(box: Box, place: tuple[float, float], rim: float) -> bool:
    x, y, width, height = box
    beside = rim * min(width, height)
    return x - beside <= place[0] <= x + width + beside and y - beside <= place[1] <= y + height + beside


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def _fragment(glyphs: Sequence[LayerGlyph]) -> Fragment:
    left, right = min(g.x for g in glyphs), max(g.x + g.width for g in glyphs)
    length, height = max(right - left, 1.0), max(median(g.height for g in glyphs), 1.0)
    middle = median(g.y + g.height / 2 for g in glyphs)
    region = Region(left + length / 2, middle, length, height, 0.0)
    parts = ((c, g.x + g.width * (i + 0.5) / len(g.text)) for g in glyphs for i, c in enumerate(g.text))
    return Fragment(region, tuple(Glyph(character, (x - left) / length, 1.0) for character, x in parts))
