"""What a file is, by its first bytes. Looks at the header alone and opens nothing (invariant 12)."""

from __future__ import annotations

HEAD = 1100
"""Bytes of a file's beginning that `sniff` wants to see."""

PDF = "application/pdf"
TIFF = "image/tiff"
JPEG = "image/jpeg"
PNG = "image/png"
BMP = "image/bmp"
WEBP = "image/webp"
JP2 = "image/jp2"
HEIC = "image/heic"
OFD = "application/ofd"

READABLE = frozenset({PDF, TIFF, JPEG, PNG, BMP, WEBP, JP2})
"""Formats whose pages are read. What is recognised and not in here is named to the sender and refused."""

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", PDF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00", TIFF),
    (b"MM\x00+", TIFF),
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", JP2),
    (b"\xff\x4f\xff\x51", JP2),
)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})
_BMP_HEADERS = frozenset({12, 40, 52, 56, 108, 124})
_PDF_WITHIN = 1024


def sniff(head: bytes) -> str | None:
    """The media type that the first `HEAD` bytes show, whatever the file is called; None when it is none of ours.

    A PDF header may stand anywhere in the first 1,024 bytes (ISO 32000-1, annex H.3.4.1), unless what stands before
    it is markup: such a file is two things at once and is taken for neither.
    """
    for start, media_type in _STARTS:
        if head.startswith(start):
            return media_type
    return _container(head) or _late_pdf(head)


def _container(head: bytes) -> str | None:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return HEIC
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return BMP
    if head[:4] == b"PK\x03\x04" and b"OFD.xml" in head:
        return OFD
    return None


def _late_pdf(head: bytes) -> str | None:
    at = head.find(b"%PDF-", 0, _PDF_WITHIN)
    before = head[: max(at, 0)].lstrip().lower()
    return PDF if at > 0 and not before.startswith((b"<", b"pk\x03\x04", b"#!")) else None
