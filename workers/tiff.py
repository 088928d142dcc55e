"""TIFF files by their directories: pages are counted, and copied as they are, without decoding anything.

Source: TIFF 6.0, section 2; BigTIFF. Bounded: a circle of directories, or values beyond the file, are refused.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from workers.unreadable import Code, Unreadable

_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 16: 8, 17: 8}
_NUMBERS: Final = {3: "H", 4: "I", 16: "Q"}
_DATA: Final = {273: 279, 324: 325}
"""Tags that point to a page's data, strips or tiles, and those that say how long each piece is."""
_ELSEWHERE: Final = frozenset({330, 34665, 34853, 40965})
"""Directories beside the page (smaller pictures, camera's notes): no part of what stands on the paper."""
_OLD_JPEG: Final = frozenset({513, 514, 519, 520, 521})
_MOST_ENTRIES: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a file writes its numbers: byte order, and the widths of classic TIFF or of BigTIFF."""

    order: str
    big: bool

    @property
    def pointer(self) -> str:
        return self.order + ("Q" if self.big else "I")

    @property
    def counter(self) -> str:
        return self.order + ("Q" if self.big else "H")

    @property
    def room(self) -> int:
        """Bytes of an entry's own value."""
        return 8 if self.big else 4

    @property
    def entry(self) -> int:
        return 4 + 2 * self.room

    @property
    def first(self) -> int:
        """Where the pointer to the first directory stands."""
        return 8 if self.big else 4


@dataclass(frozen=True, slots=True)
class _Entry:
    """One field of a directory: its tag, type, count, and its value as written."""

    tag: int
    type: int
    count: int
    value: bytes


def count_frames(data: bytes, most: int) -> int:
    """How many images the file chains up. LIMIT_FRAMES for a circle or more than `most`, DAMAGED for none."""
    count = 0
    for count, _ in enumerate(_directories(data, _shape(data)), start=1):
        if count > most:
            raise Unreadable(Code.LIMIT_FRAMES, f"more than {most} images")
    if count == 0:
        raise Unreadable(Code.DAMAGED, "no image directory")
    return count


def copy_frames(data: bytes, numbers: Sequence[int]) -> bytes:
    """A file of these pages (counted from 1), their data byte for byte. DAMAGED, UNSUPPORTED where that cannot be."""
    return join_frames([(data, number) for number in numbers])


def join_frames(pages: Sequence[tuple[bytes, int]]) -> bytes:
    """A file of pages of several files. UNSUPPORTED when they write their numbers in different ways; as above."""
    shape = _shape(pages[0][0])
    if any(_shape(data) != shape for data, _ in pages):
        raise Unreadable(Code.UNSUPPORTED, "TIFF files of different byte orders cannot be joined as they are")
    target = bytearray(pages[0][0][: shape.first])
    link = len(target)
    target += bytes(shape.room)
    for data, number in pages:
        link = _copy(data, shape, list(_directories(data, shape))[number - 1], target, link)
    return bytes(target)


def frame_digest(data: bytes, number: int) -> str:
    """SHA-256 over what makes up one page: its fields and its data, wherever they stand in the file."""
    shape = _shape(data)
    digest = sha256()
    entries = _entries(data, shape, list(_directories(data, shape))[number - 1])
    for entry in entries:
        if entry.tag not in _DATA and entry.tag not in _ELSEWHERE:
            digest.update(struct.pack("<HHQ", entry.tag, entry.type, entry.count) + entry.value)
    for piece in _pieces(data, shape, entries):
        digest.update(piece)
    return digest.hexdigest()


def _copy(data: bytes, shape: _Shape, place: int, target: bytearray, link: int) -> int:
    """Append one directory with all that it points to, hang it into the chain; where the next one is hung."""
    entries = [entry for entry in _entries(data, shape, place) if entry.tag not in _ELSEWHERE]
    offsets = []
    for piece in _pieces(data, shape, entries):
        _even(target)
        offsets.append(len(target))
        target += piece
    written = [_moved(shape, entry, offsets) if entry.tag in _DATA else entry for entry in entries]
    values = [_value(shape, entry, target) for entry in written]
    _even(target)
    struct.pack_into(shape.pointer, target, link, _within(shape, len(target)))
    target += struct.pack(shape.counter, len(written))
    for entry, value in zip(written, values, strict=True):
        target += struct.pack(shape.order + "HH", entry.tag, entry.type)
        target += struct.pack(shape.pointer, entry.count) + value
    link = len(target)
    target += bytes(shape.room)
    return link


def _moved(shape: _Shape, entry: _Entry, offsets: Sequence[int]) -> _Entry:
    """The field that points to the page's data, pointing to where it stands now."""
    kind = 16 if shape.big else 4
    form = f"{shape.order}{len(offsets)}{_NUMBERS[kind]}"
    return _Entry(entry.tag, kind, len(offsets), struct.pack(form, *(_within(shape, at) for at in offsets)))


def _value(shape: _Shape, entry: _Entry, target: bytearray) -> bytes:
    """What stands in the entry: the value, or where it was put."""
    if len(entry.value) <= shape.room:
        return entry.value.ljust(shape.room, b"\0")
    _even(target)
    at = len(target)
    target += entry.value
    return struct.pack(shape.pointer, _within(shape, at))


def _within(shape: _Shape, at: int) -> int:
    if not shape.big and at >= 2**32:
        raise Unreadable(Code.LIMIT_SIZE, "the extract is larger than this kind of TIFF can be")
    return at


def _even(target: bytearray) -> None:
    if len(target) % 2:
        target.append(0)


def _entries(data: bytes, shape: _Shape, place: int) -> list[_Entry]:
    count = _number(data, place, shape.counter)
    if not 0 < count <= _MOST_ENTRIES:
        raise Unreadable(Code.DAMAGED, f"{count} fields in a directory")
    start = place + struct.calcsize(shape.counter)
    return [_entry(data, shape, start + number * shape.entry) for number in range(count)]


def _entry(data: bytes, shape: _Shape, at: int) -> _Entry:
    tag, kind = struct.unpack(shape.order + "HH", _cut(data, at, 4))
    (count,) = struct.unpack(shape.pointer, _cut(data, at + 4, shape.room))
    if tag in _OLD_JPEG:
        raise Unreadable(Code.UNSUPPORTED, "pages of the old JPEG kind cannot be copied as they are")
    length = _SIZES.get(kind, 1) * count
    inside = at + 4 + shape.room
    where = inside if length <= shape.room else struct.unpack(shape.pointer, _cut(data, inside, shape.room))[0]
    return _Entry(tag, kind, count, _cut(data, where, length))


def _pieces(data: bytes, shape: _Shape, entries: Sequence[_Entry]) -> Iterator[bytes]:
    """The strips or tiles of a page, as stored."""
    known = {entry.tag: entry for entry in entries}
    tag = next((tag for tag in _DATA if tag in known and _DATA[tag] in known), None)
    if tag is None:
        raise Unreadable(Code.DAMAGED, "a page without data")
    places, lengths = (_numbers(shape, known[each]) for each in (tag, _DATA[tag]))
    if len(places) != len(lengths):
        raise Unreadable(Code.DAMAGED, "a page's pieces and their lengths differ")
    for place, length in zip(places, lengths, strict=True):
        yield _cut(data, place, length)


def _numbers(shape: _Shape, entry: _Entry) -> tuple[int, ...]:
    form = _NUMBERS.get(entry.type)
    if form is None:
        raise Unreadable(Code.DAMAGED, f"a pointer of type {entry.type}")
    return struct.unpack(f"{shape.order}{entry.count}{form}", entry.value)


def _cut(data: bytes, at: int, length: int) -> bytes:
    if at + length > len(data):
        raise Unreadable(Code.DAMAGED, "a field points beyond the file")
    return data[at : at + length]


def _shape(data: bytes) -> _Shape:
    return _Shape("<" if data[:2] == b"II" else ">", data[2:4] in {b"\x2b\x00", b"\x00\x2b"})


def _directories(data: bytes, shape: _Shape) -> Iterator[int]:
    seen: set[int] = set()
    offset = _number(data, shape.first, shape.pointer)
    while offset:
        if offset in seen:
            raise Unreadable(Code.LIMIT_FRAMES, "the images run in a circle")
        seen.add(offset)
        entries = _number(data, offset, shape.counter)
        yield offset
        offset = _number(data, offset + struct.calcsize(shape.counter) + entries * shape.entry, shape.pointer)


def _number(data: bytes, at: int, form: str) -> int:
    """The number at an offset; 0, which ends the chain, where the file is cut."""
    if at + struct.calcsize(form) > len(data):
        return 0
    return int(struct.unpack_from(form, data, at)[0])
