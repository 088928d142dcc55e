"""Counts the pages of a TIFF by walking its directories, bounded, without decoding anything (TIFF 6.0, section 2)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from workers.unreadable import Code, Unreadable


def count_frames(data: bytes, most: int) -> int:
    """How many images the file chains up. LIMIT_FRAMES for a circle or more than `most`, DAMAGED for none."""
    count = 0
    for count, _ in enumerate(_directories(data), start=1):
        if count > most:
            raise Unreadable(Code.LIMIT_FRAMES, f"more than {most} images")
    if count == 0:
        raise Unreadable(Code.DAMAGED, "no image directory")
    return count


def _directories(data: bytes) -> Iterator[int]:
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in {b"\x2b\x00", b"\x00\x2b"}
    pointer, counter, entry = (order + "Q", order + "Q", 20) if big else (order + "I", order + "H", 12)
    seen: set[int] = set()
    offset = _number(data, 8 if big else 4, pointer)
    while offset:
        if offset in seen:
            raise Unreadable(Code.LIMIT_FRAMES, "the images run in a circle")
        seen.add(offset)
        entries = _number(data, offset, counter)
        yield offset
        offset = _number(data, offset + struct.calcsize(counter) + entries * entry, pointer)


def _number(data: bytes, at: int, form: str) -> int:
    """The number at an offset; 0, which ends the chain, where the file is cut."""
    if at + struct.calcsize(form) > len(data):
        return 0
    return int(struct.unpack_from(form, data, at)[0])
