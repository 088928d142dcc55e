"""A drawn page as the file that a scanner, a phone or a fax program writes."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image

from archive import media
from tests.drawing import as_pdf
from tests.drawn.canvas import Drawn

Written = tuple[bytes, str]
"""Bytes and media type."""


def _saved(image: Image.Image, form: str, media_type: str, **options: object) -> Written:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue(), media_type


def group4(page: Drawn) -> Written:
    """A TIFF of one bit."""
    image = page.image.convert("L").point(lambda v: 255 if v > 150 else 0).convert("1")
    return _saved(image, "TIFF", media.TIFF, compression="group4", dpi=(page.dpi, page.dpi))


def coarse_fax(page: Drawn) -> Written:
    """A TIFF of a fax in standard mode: 204 dots across, 98 down."""
    size = tuple(round(side / page.dpi * dots) for side, dots in zip(page.image.size, (204, 98), strict=True))
    image = page.image.convert("L").resize((size[0], size[1]), Image.Resampling.BOX)
    image = image.point(lambda v: 255 if v > 160 else 0).convert("1")
    return _saved(image, "TIFF", media.TIFF, compression="group3", dpi=(204, 98))


def cmyk(page: Drawn) -> Written:
    """A JPEG of four inks."""
    return _saved(page.image.convert("CMYK"), "JPEG", media.JPEG, quality=80, dpi=(page.dpi, page.dpi))


def sixteen_bits(page: Drawn) -> Written:
    """A grey PNG of sixteen bits."""
    deep = np.asarray(page.image.convert("L"), np.uint16) * 257
    return _saved(Image.fromarray(deep), "PNG", media.PNG)


def palette(page: Drawn) -> Written:
    """A PNG of sixteen colours."""
    return _saved(page.image.quantize(16), "PNG", media.PNG)


def silent(page: Drawn) -> Written:
    """A JPEG that does not say how fine it is."""
    return _saved(page.image, "JPEG", media.JPEG, quality=85)


def turned_by_exif(page: Drawn) -> Written:
    """A photograph whose camera was held upright and says so only in its EXIF."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return _saved(page.image.rotate(90, expand=True), "JPEG", media.JPEG, quality=85, exif=exif)


def pdf(page: Drawn) -> Written:
    """A PDF of the scan."""
    return as_pdf([page.image], page.dpi), media.PDF


FORMS: dict[str, Callable[[Drawn], Written]] = {
    form.__name__: form for form in (group4, coarse_fax, cmyk, sixteen_bits, palette, silent, turned_by_exif, pdf)
}
