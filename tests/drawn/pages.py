"""Kinds of drawn pages: each layout as it is, each damage on usual layouts, each file form, each resolution."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import numpy as np

from tests.drawn.canvas import Drawn
from tests.drawn.damage import DAMAGES, several
from tests.drawn.files import FORMS
from tests.drawn.layouts import LAYOUTS, PLAIN
from workers.limits import Limits
from workers.pages import open_document
from workers.scan import PageImage

_USUAL_DPI = (150, 200, 200, 300)
_RESOLUTIONS = (100, 150, 300, 600)

Made = tuple[Drawn, PageImage]
Maker = Callable[[Random], Made]


def _layout(name: str) -> Maker:
    def make(dice: Random) -> Made:
        page = LAYOUTS[name](dice, dice.choice(_USUAL_DPI))
        return page, as_decoded(page)

    return make


def _damage(name: str) -> Maker:
    def make(dice: Random) -> Made:
        page = DAMAGES[name](dice.choice(PLAIN)(dice, dice.choice(_USUAL_DPI)), dice)
        return page, as_decoded(page)

    return make


def _hard(name: str) -> Maker:
    def make(dice: Random) -> Made:
        page = several(LAYOUTS[name](dice, dice.choice(_USUAL_DPI)), dice)
        return page, as_decoded(page)

    return make


def _form(name: str) -> Maker:
    def make(dice: Random) -> Made:
        page = dice.choice(PLAIN)(dice, 200)
        data, media_type = FORMS[name](page)
        raster = open_document(data, media_type, Limits()).render(1)
        shape = (raster.height, raster.width) if raster.mode == "L" else (raster.height, raster.width, 3)
        pixels = np.frombuffer(raster.samples, np.uint8).reshape(shape)
        return page, PageImage(1, pixels, raster.dpi, raster.bitonal, raster.truncated)

    return make


def _resolution(dpi: int) -> Maker:
    def make(dice: Random) -> Made:
        page = dice.choice(PLAIN)(dice, dpi)
        return page, as_decoded(page)

    return make


KINDS: dict[str, Maker] = {
    **{f"layout {name}": _layout(name) for name in LAYOUTS},
    **{f"damage {name}": _damage(name) for name in DAMAGES if name != "none"},
    **{f"hard {name}": _hard(name) for name in LAYOUTS},
    **{f"file {name}": _form(name) for name in FORMS},
    **{f"dpi {dpi}": _resolution(dpi) for dpi in _RESOLUTIONS},
}


def made(kind: str, seed: int) -> Made:
    """The page of a kind and a seed: what is printed on it, and what the reader gets to see."""
    return KINDS[kind](Random(f"{kind} {seed}"))  # noqa: S311 - drawing, no secret


def all_of(kinds: list[str], seeds: range) -> Iterator[tuple[str, int, Drawn, PageImage]]:
    """All kinds with all seeds."""
    for seed in seeds:
        for kind in kinds:
            yield kind, seed, *made(kind, seed)


def as_decoded(page: Drawn) -> PageImage:
    """As the sandbox would hand it over: no larger than the raster may be, grey where it has no colour."""
    image, side = page.image, Limits().raster_side
    factor = -(-max(image.size) // side)
    image = image.reduce(factor) if factor > 1 else image
    return PageImage(1, np.asarray(image), round(page.dpi / factor))
