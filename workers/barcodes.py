"""Codes on a page, read inside the sandboxed child; the one module that speaks to zxing-cpp."""

from __future__ import annotations

from typing import Final

import zxingcpp
from PIL import Image

MOST, LONGEST = 8, 200


QR: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def codes_on(page: Image.Image) -> list[str]:
    """What the QR codes of a grey page say, in any direction; at most `MOST`, each at most `LONGEST` characters."""
    found = zxingcpp.read_barcodes(page, formats=QR)
    return [each.text[:LONGEST] for each in found[:MOST]]
