"""Which characters of a text are hidden from readers without the right to see identity numbers."""

from __future__ import annotations

import re
from typing import Final

from archive.numbers import is_resident_id, normalised

_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
SHOWN_FIRST: Final = 3
SHOWN_LAST: Final = 4


def find_sensitive(text: str) -> list[tuple[int, int]]:
    """Spans (start, end) of the characters to hide: resident numbers but for their first three and last four."""
    return [
        (found.start() + SHOWN_FIRST, found.end() - SHOWN_LAST)
        for found in _NUMBER.finditer(text)
        if is_resident_id(normalised(found.group()))
    ]
