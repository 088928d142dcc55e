"""TIFF frames copied as they are, in both byte orders and both widths; what points beyond the file is refused."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from tests import drawing
from workers.tiff import copy_frames, count_frames, frame_digest
from workers.unreadable import Code, Unreadable


def made(pages: int, *, big: bool = False, **options: object) -> bytes:
    pictures = [drawing.paper([f"第{number}页"], dpi=40) for number in range(1, pages + 1)]
    buffer = io.BytesIO()
    pictures[0].save(buffer, "TIFF", save_all=True, append_images=pictures[1:], big_tiff=big, **options)
    return buffer.getvalue()


def big_endian() -> bytes:
    """A page of two grey pixels in Motorola's order, its strip before the directory, as old scanners write it."""
    entries = [(256, 3, 1, 2 << 16), (257, 3, 1, 1 << 16), (258, 3, 1, 8 << 16), (259, 3, 1, 1 << 16),
               (262, 3, 1, 1 << 16), (273, 4, 1, 8), (278, 3, 1, 1 << 16), (279, 4, 1, 2)]  # fmt: skip
    directory = struct.pack(">H", len(entries)) + b"".join(struct.pack(">HHII", *entry) for entry in entries)
    return b"MM\x00*" + struct.pack(">I", 10) + b"\x11\xee" + directory + bytes(4)


@pytest.mark.parametrize("big", [False, True], ids=["classic", "big"])
@pytest.mark.parametrize("compression", [None, "tiff_lzw", "jpeg", "tiff_adobe_deflate"])
def test_frames_are_copied_in_the_order_asked_for(big: bool, compression: str | None) -> None:  # noqa: FBT001 - parameters
    whole = made(4, big=big, compression=compression)
    part = copy_frames(whole, [3, 1])
    assert count_frames(part, 10) == 2
    for frame, page in enumerate((3, 1)):
        copied, source = Image.open(io.BytesIO(part)), Image.open(io.BytesIO(whole))
        copied.seek(frame)
        source.seek(page - 1)
        assert copied.tobytes() == source.tobytes()
        assert frame_digest(part, frame + 1) == frame_digest(whole, page)
    assert frame_digest(whole, 1) != frame_digest(whole, 2)


def test_motorola_order() -> None:
    part = copy_frames(big_endian(), [1, 1])
    assert count_frames(part, 10) == 2
    assert Image.open(io.BytesIO(part)).tobytes() == b"\x11\xee"


@pytest.mark.parametrize(("at", "value"), [(75, b"\xff\xff\xff\x00"), (99, b"\x7f\xff\xff\xff")])
def test_a_strip_beyond_the_file_is_refused(at: int, value: bytes) -> None:
    body = bytearray(big_endian())
    body[at : at + 4] = value
    with pytest.raises(Unreadable) as refused:
        copy_frames(bytes(body), [1])
    assert refused.value.code == Code.DAMAGED


def test_every_cut_and_flip_ends_with_a_file_or_a_reason() -> None:
    whole = made(2, compression="tiff_lzw")
    for at in range(0, len(whole), 7):
        flipped = bytearray(whole)
        flipped[at] ^= 0xFF
        for body in (whole[:at], bytes(flipped)):
            try:
                copy_frames(body, range(1, count_frames(body, 100) + 1))
            except Unreadable:
                continue
