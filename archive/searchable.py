"""Writes searchable PDFs: the page's image and, invisible over it, its words, each where it is printed.

Written directly, object by object, so that pages can be added one after another with flat memory and equal input
gives equal bytes. Sources: ISO 32000-1, 9.7 (composite fonts), 9.10.3 (ToUnicode), 7.4.6 (CCITT), 8.9 (images);
ISO 19005-2 (PDF/A-2b): 6.2.3 (output intent), 6.2.11 (fonts), 6.6.2 (metadata).
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import BinaryIO

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import ImageCms

_CATALOG, _PAGES, _FONT, _CID_FONT, _DESCRIPTOR, _FONT_FILE, _TO_UNICODE, _METADATA, _COLOURS = range(1, 10)
_FIRST_FREE = 10
_INCH = 72.0
_EM = 1000
_ASCENT = 0.84
_MAPPINGS_A_BLOCK = 100


class Coding(StrEnum):
    """How an image's bytes are coded."""

    JPEG = "jpeg"
    GROUP4 = "g4"


@dataclass(frozen=True, slots=True)
class Picture:
    """A coded page image; `colours` is 1 for grey and bitonal, 3 for RGB."""

    coding: Coding
    width: int
    height: int
    colours: int
    data: bytes


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A run of text with its box in parts (0..1) of the page, counted from the top left corner."""

    text: str
    x: float
    y: float
    width: float
    height: float


@dataclass
class SearchablePdf:
    """A PDF in the making. Add pages in order, then `close`; `out` is only written forwards."""

    out: BinaryIO
    _offsets: dict[int, int] = field(default_factory=dict, repr=False)
    _pages: list[int] = field(default_factory=list, repr=False)
    _codes: dict[str, int] = field(default_factory=dict, repr=False)
    _written: int = field(default=0, repr=False)
    _next: int = field(default=_FIRST_FREE, repr=False)
    _digest: hashlib._Hash = field(default_factory=lambda: hashlib.sha256(usedforsecurity=False), repr=False)

    def __post_init__(self) -> None:
        """Write the header."""
        self._write(b"%PDF-1.7\n%\xe6\xa1\x88\xe5\x8d\xb7\n")

    def add_page(self, picture: Picture, words: Iterable[PlacedWord], width: float, height: float) -> None:
        """One page of `width` × `height` points."""
        image = self._stream(self._number(), picture.data, _image_entries(picture))
        drawing = b"q %.2f 0 0 %.2f 0 0 cm /I Do Q\n" % (width, height)
        text = b"".join(self._placed(word, width, height) for word in words)
        drawing += b"BT 3 Tr\n" + text + b"ET\n" if text else b""
        contents = self._stream(self._number(), zlib.compress(drawing, 9), {"Filter": "/FlateDecode"})
        resources = f"<< /XObject << /I {image} 0 R >> /Font << /F {_FONT} 0 R >> >>"
        page = self._number()
        self._pages.append(page)
        box = f"[0 0 {width:.2f} {height:.2f}]"
        parent = f"/Parent {_PAGES} 0 R /MediaBox {box} /Resources {resources} /Contents {contents} 0 R"
        self._object(page, f"<< /Type /Page {parent} >>")

    def close(self) -> None:
        """Write the font, what makes it PDF/A-2b, the page tree and the table of objects."""
        self._write_font()
        self._stream(_METADATA, _XMP, {"Type": "/Metadata", "Subtype": "/XML"})
        self._stream(_COLOURS, zlib.compress(_srgb(), 9), {**_FLATE, "N": "3"})
        kids = " ".join(f"{page} 0 R" for page in self._pages)
        self._object(_PAGES, f"<< /Type /Pages /Count {len(self._pages)} /Kids [{kids}] >>")
        intent = f"/S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) /DestOutputProfile {_COLOURS} 0 R"
        listed = f"/Pages {_PAGES} 0 R /Metadata {_METADATA} 0 R /OutputIntents [<< /Type /OutputIntent {intent} >>]"
        self._object(_CATALOG, f"<< /Type /Catalog {listed} /Lang (zh-CN) >>")
        table = self._written
        rows = "".join(f"{self._offsets[number]:010d} 00000 n \n" for number in range(1, self._next))
        identity = self._digest.hexdigest()[:32]
        trailer = f"<< /Size {self._next} /Root {_CATALOG} 0 R /ID [<{identity}> <{identity}>] >>"
        head = f"xref\n0 {self._next}\n0000000000 65535 f \n"
        self._write(f"{head}{rows}trailer\n{trailer}\nstartxref\n{table}\n%%EOF\n".encode("ascii"))

    def _placed(self, word: PlacedWord, width: float, height: float) -> bytes:
        """Show the word stretched to its box: size from its height, horizontal scale from its width."""
        size = max(word.height * height, 1.0)
        scale = 100 * word.width * width / (size * len(word.text))
        x, y = word.x * width, height * (1 - word.y) - size * _ASCENT
        codes = b"".join(b"%04X" % self._code(character) for character in word.text)
        return b"/F %.2f Tf %.2f Tz 1 0 0 1 %.2f %.2f Tm <%s> Tj\n" % (size, scale, x, y, codes)

    def _code(self, character: str) -> int:
        return self._codes.setdefault(character, len(self._codes) + 1)

    def _write_font(self) -> None:
        self._object(
            _FONT,
            "<< /Type /Font /Subtype /Type0 /BaseFont /Unseen /Encoding /Identity-H "
            f"/DescendantFonts [{_CID_FONT} 0 R] /ToUnicode {_TO_UNICODE} 0 R >>",
        )
        glyph_map = self._stream(self._number(), zlib.compress(b"\0\0" + b"\0\1" * len(self._codes), 9), _FLATE)
        self._object(
            _CID_FONT,
            "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Unseen /DW 1000 "
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
            f"/FontDescriptor {_DESCRIPTOR} 0 R /CIDToGIDMap {glyph_map} 0 R >>",
        )
        self._object(
            _DESCRIPTOR,
            "<< /Type /FontDescriptor /FontName /Unseen /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 "
            f"/Ascent 840 /Descent -160 /CapHeight 840 /StemV 80 /FontFile2 {_FONT_FILE} 0 R >>",
        )
        font = _empty_font()
        self._stream(_FONT_FILE, zlib.compress(font, 9), {**_FLATE, "Length1": str(len(font))})
        self._stream(_TO_UNICODE, zlib.compress(_to_unicode(self._codes), 9), _FLATE)

    def _number(self) -> int:
        self._next += 1
        return self._next - 1

    def _object(self, number: int, body: str) -> None:
        self._offsets[number] = self._written
        self._write(f"{number} 0 obj\n{body}\nendobj\n".encode("ascii"))

    def _stream(self, number: int, data: bytes, entries: Mapping[str, str]) -> int:
        self._offsets[number] = self._written
        listed = " ".join(f"/{key} {value}" for key, value in entries.items())
        self._write(f"{number} 0 obj\n<< {listed} /Length {len(data)} >>\nstream\n".encode("ascii"))
        self._write(data)
        self._write(b"\nendstream\nendobj\n")
        return number

    def _write(self, data: bytes) -> None:
        self.out.write(data)
        self._digest.update(data)
        self._written += len(data)


_FLATE = {"Filter": "/FlateDecode"}
_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>2</pdfaid:part>'
    "<pdfaid:conformance>B</pdfaid:conformance></rdf:Description></rdf:RDF></x:xmpmeta>"
    '<?xpacket end="w"?>'
).encode()
"""Says that the file is PDF/A-2b, and nothing of the paper (6.6.4)."""

_MADE_AT = slice(24, 36)
"""Where an ICC profile tells its own date (ICC.1, 7.2.8)."""


def _image_entries(picture: Picture) -> dict[str, str]:
    entries = {
        "Type": "/XObject",
        "Subtype": "/Image",
        "Width": str(picture.width),
        "Height": str(picture.height),
        "ColorSpace": "/DeviceRGB" if picture.colours == 3 else "/DeviceGray",  # noqa: PLR2004 - red, green, blue
        "BitsPerComponent": "8",
        "Filter": "/DCTDecode",
    }
    if picture.coding is Coding.GROUP4:
        size = f"/Columns {picture.width} /Rows {picture.height}"
        entries |= {
            "BitsPerComponent": "1",
            "Filter": "/CCITTFaxDecode",
            "DecodeParms": f"<< /K -1 /BlackIs1 true {size} >>",
        }
    return entries


def _to_unicode(codes: Mapping[str, int]) -> bytes:
    """A CMap from our character codes to what they mean, beyond the basic plane too."""
    pairs = [f"<{code:04X}> <{character.encode('utf-16-be').hex().upper()}>" for character, code in codes.items()]
    blocks = [pairs[start : start + _MAPPINGS_A_BLOCK] for start in range(0, len(pairs), _MAPPINGS_A_BLOCK)]
    listed = "".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        f"{listed}endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode("ascii")


@cache
def _srgb() -> bytes:
    """The sRGB profile, undated: equal pages give equal bytes on any day."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[_MADE_AT] = bytes(12)
    return bytes(profile)


@cache
def _empty_font() -> bytes:
    """A TrueType font whose glyph for everything is empty: the words are to be found and marked, not seen.

    It is not `.notdef`, which PDF/A allows no text to show (6.2.11.8).
    """
    builder = FontBuilder(_EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", "unseen"])
    builder.setupCharacterMap({})
    builder.setupGlyf({name: TTGlyphPen(None).glyph() for name in (".notdef", "unseen")})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", "unseen"), (_EM, 0)))
    builder.setupHorizontalHeader(ascent=840, descent=-160)
    builder.setupNameTable({"familyName": "Unseen", "styleName": "Regular", "psName": "Unseen"})
    builder.setupOS2()
    builder.setupPost()
    builder.updateHead(created=0, modified=0)
    builder.font.recalcTimestamp = False
    buffer = io.BytesIO()
    builder.save(buffer)
    return buffer.getvalue()


def page_size(width: int, height: int, dpi: int) -> tuple[float, float]:
    """A page's points from its pixels and resolution."""
    return width / dpi * _INCH, height / dpi * _INCH
