"""Search whole folders for what must stand nowhere: plain, in other encodings, and inside compressed blocks.

A canary is text or bytes of a paper. It is sought as UTF-8, UTF-16 (both orders), JSON escapes, base64 at each of its
three places, hexadecimal, and as the tokens that the index is given; in files as they are and in all that zlib, gzip,
deflate, zstd and LZ4 can open in them. `zstd` is the system's library: an absent one is an error, not a pass.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from struct import error as TooShort  # noqa: N812 - said as what it means
from struct import unpack_from

import numpy as np

from indexes import analysis

KEY = 4
"""Bytes by which a needle is looked up; the rest is compared where they are found."""
PIECE = 64 * 1024 * 1024
MOST = 64 * 1024 * 1024
"""Bytes that one block may open to."""
BLOCKS_IN_NO_FRAME = (".store", ".fdt")
"""Files of stored fields, in which LZ4 blocks stand without a frame."""
LONGEST = 256 * 1024
"""Bytes of such a file that is tried from every place; a longer one is named in the report."""

Needles = Mapping[bytes, str]


def of_text(text: str, name: str) -> dict[bytes, str]:
    """All the forms in which a text may stand, each with what it is called."""
    plain = text.encode()
    escaped = json.dumps(text)[1:-1]
    tokens = analysis.indexed(analysis.terms(text))
    forms = {
        "utf-8": plain, "utf-16-le": text.encode("utf-16-le"), "utf-16-be": text.encode("utf-16-be"),
        "json": escaped.encode(), "json in capitals": escaped.upper().replace("\\U", "\\u").encode(),
        "tokens": tokens.encode(), "hex": plain.hex().encode(),
    }  # fmt: skip
    return {data: f"{name} as {form}" for form, data in forms.items()} | _in_base64(plain, name)


def of_bytes(data: bytes, name: str) -> dict[bytes, str]:
    """A piece of a file, as it is, in hexadecimal and in base64."""
    return {data: f"{name} as bytes", data.hex().encode(): f"{name} as hex"} | _in_base64(data, name)


def _in_base64(data: bytes, name: str) -> dict[bytes, str]:
    """The part of its base64 that does not depend on its neighbours, at each of the three places in a group."""
    found = {}
    for before in range(3):
        coded = base64.b64encode(bytes(before) + data)
        found[coded[4 * ((before + 2) // 3) : len(coded) // 4 * 4 - 4]] = f"{name} as base64"
    return found


@dataclass
class Seen:
    """What a search went through, and what it found: place and form of each."""

    files: int = 0
    bytes: int = 0
    blocks: Counter[str] = field(default_factory=Counter)
    hits: list[str] = field(default_factory=list)
    too_long: list[str] = field(default_factory=list)


def scan(folders: Iterable[Path], needles: Needles) -> Seen:
    """Every file of the folders, as it stands now; one that goes meanwhile is passed over."""
    seen, sought = Seen(), _Sought(needles)
    for folder in folders:
        for path in _files(folder):
            with suppress(FileNotFoundError):
                _file(path, seen, sought)
    return seen


def _files(folder: Path) -> Iterator[Path]:
    """Regular files; folders of a running server may go while they are walked, others must be readable."""

    def failed(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise error

    for place, _, names in os.walk(folder, onerror=failed):
        for path in (Path(place) / name for name in sorted(names)):
            if path.is_file() and not path.is_symlink():
                yield path


def _file(path: Path, seen: Seen, sought: _Sought) -> None:
    seen.files += 1
    for start in range(0, path.stat().st_size or 1, PIECE):
        with path.open("rb") as file:
            file.seek(start)
            data = file.read(PIECE + 64 * 1024)
        seen.bytes += min(len(data), PIECE)
        seen.hits += [f"{path}: {found}" for found in sought.within(data)]
        frameless = path.suffix in BLOCKS_IN_NO_FRAME
        seen.too_long += [str(path)] if frameless and len(data) > LONGEST else []
        for kind, block in opened(data, frameless=frameless and len(data) <= LONGEST):
            seen.blocks[kind] += 1
            seen.hits += [f"{path} ({kind}): {found}" for found in sought.within(block)]


class _Sought:
    """Many needles in one pass: windows of four bytes are looked up, and what they begin is compared."""

    def __init__(self, needles: Needles) -> None:
        assert all(len(needle) >= 2 * KEY for needle in needles)
        self.needles = needles
        self.by_key: dict[int, list[bytes]] = {}
        for needle in needles:
            self.by_key.setdefault(int.from_bytes(needle[:KEY], "little"), []).append(needle)
        self.keys = np.array(sorted(self.by_key), dtype="<u4")

    def within(self, data: bytes) -> set[str]:
        """The names of what stands in the data."""
        found = set[str]()
        for first in range(KEY if len(data) >= 2 * KEY else 0):
            windows = np.frombuffer(data, "<u4", offset=first, count=(len(data) - first) // KEY)
            for place in np.flatnonzero(np.isin(windows, self.keys)):
                at = first + int(place) * KEY
                for needle in self.by_key[int(windows[place])]:
                    if data.startswith(needle, at):
                        found.add(self.needles[needle])
        return found


# What is compressed


def opened(data: bytes, *, frameless: bool = False) -> Iterator[tuple[str, bytes]]:
    """Everything in the bytes that opens, with the name of its form."""
    for head in (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"):
        yield from _inflated(data, head, zlib.MAX_WBITS, "zlib")
    yield from _inflated(data, b"\x1f\x8b\x08", zlib.MAX_WBITS | 16, "gzip")
    for at in _places(data, b"PK\x03\x04"):
        with suppress(TooShort):
            name, extra = unpack_from("<HH", data, at + 26)
            yield from _stream(memoryview(data)[at + 30 + name + extra :], -zlib.MAX_WBITS, "deflate")
    for at in _places(data, b"\x28\xb5\x2f\xfd"):
        if block := unzstd(data[at : at + MOST]):
            yield "zstd", block
    for at in _places(data, b"\x04\x22\x4d\x18"):
        if block := unlz4_frame(data, at):
            yield "lz4", block
    for at in range(len(data)) if frameless else ():
        if block := unlz4(data, at, len(data), 4096):
            yield "lz4 block", block


def _places(data: bytes, head: bytes) -> Iterator[int]:
    at = data.find(head)
    while at >= 0:
        yield at
        at = data.find(head, at + 1)


def _inflated(data: bytes, head: bytes, bits: int, kind: str) -> Iterator[tuple[str, bytes]]:
    for at in _places(data, head):
        yield from _stream(memoryview(data)[at:], bits, kind)


def _stream(data: memoryview, bits: int, kind: str) -> Iterator[tuple[str, bytes]]:
    """What comes out before it ends or breaks."""
    machine, out = zlib.decompressobj(bits), b""
    with suppress(zlib.error):
        for start in range(0, len(data), 4096):
            out += machine.decompress(data[start : start + 4096])
            if machine.eof or len(out) > MOST:
                break
    if out:
        yield kind, out


def unlz4_frame(data: bytes, at: int) -> bytes:
    """The blocks of an LZ4 frame that opens, as far as they do."""
    out = b""
    with suppress(TooShort, IndexError):
        flags = data[at + 4]
        at += 7 + (8 if flags & 8 else 0) + (4 if flags & 1 else 0)
        while len(out) < MOST:
            (size,) = unpack_from("<I", data, at)
            length, plain = size & 0x7FFFFFFF, bool(size >> 31)
            if not length:
                break
            block = data[at + 4 : at + 4 + length]
            out += block if plain else unlz4(block, 0, len(block), MOST, out[-65536:])
            at += 4 + length + (4 if flags & 16 else 0)
    return out


def unlz4(data: bytes, at: int, end: int, most: int, before: bytes = b"") -> bytes:
    """One LZ4 block from there on, as far as it makes sense; empty when it never does."""
    out, matched = bytearray(before), False
    while at < end and len(out) - len(before) < most:
        token, at = data[at], at + 1
        literal, at = _length(data, at, token >> 4)
        out += data[at : at + literal]
        at += literal
        if at + 2 > end:
            break
        offset, at = data[at] | data[at + 1] << 8, at + 2
        if not 0 < offset <= len(out):
            return bytes(out[len(before) :]) if matched else b""
        count, at = _length(data, at, token & 15)
        for _ in range(min(count + 4, most)):
            out.append(out[-offset])
        matched = True
    return bytes(out[len(before) :])


def _length(data: bytes, at: int, length: int) -> tuple[int, int]:
    """A length of four bits, and the bytes that go on with it; where they end."""
    if length == 15:
        while at < len(data):
            more, at = data[at], at + 1
            length += more
            if more != 255:
                break
    return length, at


@cache
def _zstd() -> ctypes.CDLL:
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_createDCtx.restype = ctypes.c_void_p
    library.ZSTD_decompressStream.restype = ctypes.c_size_t
    library.ZSTD_isError.argtypes = [ctypes.c_size_t]
    library.ZSTD_freeDCtx.argtypes = [ctypes.c_void_p]
    return library


class _Buffer(ctypes.Structure):
    """Both `ZSTD_inBuffer` and `ZSTD_outBuffer`."""

    _fields_ = (("data", ctypes.c_void_p), ("size", ctypes.c_size_t), ("at", ctypes.c_size_t))


def unzstd(data: bytes) -> bytes:
    """What a zstd frame opens to, as far as it does."""
    library, out = _zstd(), bytearray()
    context = ctypes.c_void_p(library.ZSTD_createDCtx())
    source, room = ctypes.create_string_buffer(data, len(data)), ctypes.create_string_buffer(1 << 17)
    given = _Buffer(ctypes.cast(source, ctypes.c_void_p), len(data), 0)
    try:
        while len(out) < MOST:
            got = _Buffer(ctypes.cast(room, ctypes.c_void_p), len(room), 0)
            left = library.ZSTD_decompressStream(context, ctypes.byref(got), ctypes.byref(given))
            if library.ZSTD_isError(left):
                break
            out += room.raw[: got.at]
            if not left or not got.at:
                break
    finally:
        library.ZSTD_freeDCtx(context)
    return bytes(out)
