"""What the search for destroyed text can find: each form in which it may stand, behind each form of compression."""

from __future__ import annotations

import base64
import ctypes
import gzip
import io
import random
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.retention.canary_scan import of_bytes, of_text, scan

TEXT, PIECE = "梧桐巷七号院内玉兰共三十一株", bytes(range(7, 31))
NEEDLES = of_text(TEXT, "text") | of_bytes(PIECE, "piece")
AROUND = random.Random(5).randbytes(300)  # noqa: S311 - anything that is not compressible


def by_library(name: str, call: str, *more: int) -> Callable[[bytes], bytes]:
    """A compressor of the system."""

    def packed(data: bytes) -> bytes:
        room = ctypes.create_string_buffer(len(data) * 2 + 1024)
        order = (room, len(room), data, len(data)) if name == "libzstd.so.1" else (data, room, len(data), len(room))
        function = getattr(ctypes.CDLL(name), call)
        size: int = function(*(ctypes.c_size_t(each) if isinstance(each, int) else each for each in order), *more)
        return room.raw[:size]

    return packed


zstd = by_library("libzstd.so.1", "ZSTD_compress", 3)
lz4 = by_library("liblz4.so.1", "LZ4_compress_default")


def lz4_frame(data: bytes) -> bytes:
    block = lz4(data)
    return b"\x04\x22\x4d\x18\x60\x40\x82" + len(block).to_bytes(4, "little") + block + bytes(4)


def deflated(data: bytes) -> bytes:
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", data)
    return room.getvalue()


FORMS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "plain": ("one.sqlite", bytes), "zlib": ("one", zlib.compress), "gzip": ("one", gzip.compress),
    "deflate": ("one.zip", deflated), "zstd": ("one", zstd), "lz4 frame": ("one", lz4_frame),
    "lz4 block": ("one.store", lambda data: bytes(9) + lz4(data)),
}  # fmt: skip


@pytest.mark.parametrize("form", list(FORMS))
def test_every_form_of_text_and_bytes_is_found_behind_every_compression(form: str, tmp_path: Path) -> None:
    name, packed = FORMS[form]
    for number, needle in enumerate(NEEDLES):
        (tmp_path / str(number)).mkdir()
        said_before = TEXT[:5].encode() + AROUND[:50]  # so that a compressor refers back, and no needle stays whole
        (tmp_path / str(number) / name).write_bytes(AROUND + packed(said_before + needle + AROUND + needle) + AROUND)
    seen = scan([tmp_path], NEEDLES)
    found = {hit.partition(": ")[2] for hit in seen.hits}
    assert found == set(NEEDLES.values())
    assert seen.files == len(NEEDLES)


def test_a_text_within_base64_is_found_wherever_it_begins(tmp_path: Path) -> None:
    for before in range(7):
        (tmp_path / str(before)).write_bytes(base64.b64encode(AROUND[:before] + TEXT.encode() + AROUND[:5]))
    assert len({hit.partition(":")[0] for hit in scan([tmp_path], NEEDLES).hits}) == 7


def test_nothing_is_found_where_nothing_stands(tmp_path: Path) -> None:
    (tmp_path / "sealed").write_bytes(AROUND * 900)
    (tmp_path / "near").write_text(TEXT[:-1] + "棵", "utf-8")
    assert scan([tmp_path], NEEDLES).hits == []
