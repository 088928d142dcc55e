from __future__ import annotations

import pytest

from archive.media import READABLE, sniff
from tests import drawing, hostile


@pytest.mark.parametrize(
    ("form", "media_type"),
    [
        ("PNG", "image/png"),
        ("JPEG", "image/jpeg"),
        ("TIFF", "image/tiff"),
        ("BMP", "image/bmp"),
        ("WEBP", "image/webp"),
        ("JPEG2000", "image/jp2"),
    ],
)
def test_images_are_known_by_their_bytes(form: str, media_type: str) -> None:
    data = drawing.coded(drawing.paper(["甲"], dpi=50), form)
    assert sniff(data[:1100]) == media_type
    assert media_type in READABLE


def test_a_pdf_may_have_its_header_late_but_not_behind_markup() -> None:
    assert sniff(hostile.late_header()[:1100]) == "application/pdf"
    assert sniff(hostile.markup_before_pdf()[:1100]) is None


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"", None),
        (b"x", None),
        (b"<svg onload='alert(1)'>", None),
        (b"<!DOCTYPE html>", None),
        (b"%!PS-Adobe-3.0", None),
        (b"BM not a bitmap at all", None),
        (b"\x00\x00\x00\x18ftypheic\x00", "image/heic"),
        (b"PK\x03\x04....OFD.xml....", "application/ofd"),
        (b"PK\x03\x04....word/document.xml", None),
    ],
)
def test_what_is_not_read_is_named_or_unknown(head: bytes, media_type: str | None) -> None:
    assert sniff(head) == media_type
    assert media_type not in READABLE
