"""Files that mean harm, drawn by code: each is a few lines and known by what it does to a careless reader."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping

import pymupdf
from PIL import Image

from tests import drawing

Objects = Mapping[int, str | tuple[str, bytes]]


def pdf(objects: Objects, version: str = "1.5") -> bytes:
    """A PDF of these objects; 1 is the catalog. A tuple is a stream's dictionary entries and its bytes."""
    out = io.BytesIO()
    out.write(f"%PDF-{version}\n".encode())
    offsets = {}
    for number, body in sorted(objects.items()):
        offsets[number] = out.tell()
        if isinstance(body, tuple):
            entries, data = body
            out.write(b"%d 0 obj\n<< %s /Length %d >>\nstream\n" % (number, entries.encode(), len(data)))
            out.write(data + b"\nendstream\nendobj\n")
        else:
            out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body.encode()))
    table, last = out.tell(), max(objects) + 1
    rows = (f"{offsets[n]:010d} 00000 n \n" if n in offsets else "0000000000 00000 f \n" for n in range(1, last))
    out.write(f"xref\n0 {last}\n0000000000 65535 f \n{''.join(rows)}".encode())
    out.write(f"trailer\n<< /Size {last} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode())
    return out.getvalue()


def _one_page(
    content: tuple[str, bytes], more: Objects | None = None, page: str = "", box: str = "0 0 595 842"
) -> bytes:
    return pdf(
        {
            1: "<< /Type /Catalog /Pages 2 0 R >>",
            2: "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            3: f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents 4 0 R {page} >>",
            4: content,
            **(more or {}),
        }
    )


def _flate(data: bytes) -> tuple[str, bytes]:
    return "/Filter /FlateDecode", zlib.compress(data, 9)


def giant_page() -> bytes:
    """A MediaBox of 2,000,000 points."""
    return _one_page(("", b""), box="0 0 2000000 2000000")


def billion_laughs() -> bytes:
    """XObjects that each draw the next ten times, ten levels deep."""
    form = "/Type /XObject /Subtype /Form /BBox [0 0 595 842]"
    levels = {
        10 + level: (f"{form} /Resources << /XObject << /X {11 + level} 0 R >> >>", b"/X Do " * 10)
        for level in range(10)
    }
    levels[20] = (form, b"0 0 500 500 re f ")
    return _one_page(("", b"/X Do"), levels, "/Resources << /XObject << /X 10 0 R >> >>")


def many_fills() -> bytes:
    """Three million fills of the whole page."""
    return _one_page(_flate(b"0 0 595 842 re f\n" * 3_000_000))


def nested_flate() -> bytes:
    """A gigabyte of nothing, compressed twice."""
    once = zlib.compressobj(9)
    inner = b"".join(once.compress(b" " * 2**20) for _ in range(1024)) + once.flush()
    return _one_page(("/Filter [/FlateDecode /FlateDecode]", zlib.compress(inner, 9)))


def huge_image() -> bytes:
    """An image of 60,000 × 60,000 pixels inside a PDF."""
    rows = zlib.compressobj(9)
    data = b"".join(rows.compress(bytes(2**20)) for _ in range(450)) + rows.flush()
    image = "/Type /XObject /Subtype /Image /Width 60000 /Height 60000 /BitsPerComponent 1 /ColorSpace /DeviceGray"
    drawn = ("", b"q 595 0 0 842 0 0 cm /I Do Q")
    return _one_page(drawn, {9: (f"{image} /Filter /FlateDecode", data)}, "/Resources << /XObject << /I 9 0 R >> >>")


def tiny_tiles() -> bytes:
    """A pattern of tiles of a ten-thousandth of a point."""
    tile = "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] /XStep 0.0001 /YStep 0.0001"
    resources = "/Resources << /Pattern << /P 9 0 R >> >>"
    drawn = ("", b"/Pattern cs /P scn 0 0 595 842 re f")
    return _one_page(drawn, {9: (f"{tile} /Resources << >>", b"0 0 1 1 re f")}, resources)


def many_glyphs() -> bytes:
    """Four million characters on one page."""
    font = "/Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    return _one_page(_flate(b"BT /F 9 Tf " + (b"(" + b"a" * 4_000 + b") Tj ") * 1_000 + b"ET"), page=font)


def page_tree_of_a_million() -> bytes:
    """Six levels of ten times the same child each: a million pages in two kilobytes."""
    nodes: dict[int, str | tuple[str, bytes]] = {
        10 + level: f"<< /Type /Pages /Count {10 ** (6 - level)} /Kids [{f'{11 + level} 0 R ' * 10}] >>"
        for level in range(6)
    }
    nodes[16] = "<< /Type /Page /MediaBox [0 0 595 842] >>"
    return pdf({1: "<< /Type /Catalog /Pages 10 0 R >>", **nodes})


def lying_count() -> bytes:
    """One page that says it is two thousand million."""
    return pdf(
        {
            1: "<< /Type /Catalog /Pages 2 0 R >>",
            2: "<< /Type /Pages /Count 2147483647 /Kids [3 0 R] >>",
            3: "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        }
    )


def page_tree_in_a_circle() -> bytes:
    """A page tree whose child is its own parent."""
    return pdf(
        {
            1: "<< /Type /Catalog /Pages 2 0 R >>",
            2: "<< /Type /Pages /Count 2 /Kids [3 0 R] >>",
            3: "<< /Type /Pages /Parent 2 0 R /Count 2 /Kids [2 0 R] >>",
        }
    )


def xref_in_a_circle() -> bytes:
    """A table of objects whose predecessor is itself."""
    good = drawing.born_digital(drawing.CONTRACT)
    start = good.rindex(b"startxref")
    table = int(good[start:].split()[1])
    return good.replace(b"/Root", b"/Prev %d /Root" % table)


def active_pdf() -> bytes:
    """Script at opening, a program to launch, a file inside."""
    file = pymupdf.open(stream=drawing.born_digital(drawing.CONTRACT))
    file.embfile_add("inner.txt", b"attached")
    file.xref_set_key(file.pdf_catalog(), "OpenAction", "<< /S /JavaScript /JS (app.alert\\(1\\)) >>")
    return bytes(file.tobytes())


def external_entity() -> bytes:
    """Metadata that asks an XML parser to read a local file."""
    file = pymupdf.open(stream=drawing.born_digital(drawing.CONTRACT))
    file.set_xml_metadata('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>')
    return bytes(file.tobytes())


def encrypted(user: str, owner: str = "owner", permissions: int = -1) -> bytes:
    """A PDF with passwords; an empty user password opens by itself."""
    file = pymupdf.open(stream=drawing.born_digital(drawing.CONTRACT))
    method = pymupdf.PDF_ENCRYPT_AES_256
    return bytes(file.tobytes(encryption=method, user_pw=user, owner_pw=owner, permissions=permissions))


def late_header() -> bytes:
    """A PDF whose header stands at byte 1,010."""
    return b" " * 1010 + drawing.born_digital(drawing.CONTRACT)


def markup_before_pdf() -> bytes:
    """A web page that is a PDF as well."""
    return b"<html><script>alert(1)</script></html>" + drawing.born_digital(drawing.CONTRACT)


def png_header(width: int, height: int) -> bytes:
    """A PNG that says it is so large and holds one row."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(width + 1))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def png_bomb() -> bytes:
    """9,500 × 9,500 pixels in colour that come out of a quarter of a megabyte."""
    return drawing.coded(Image.new("RGBA", (9_500, 9_500)), "PNG", compress_level=9)


def tiff_in_a_circle() -> bytes:
    """A TIFF whose second image is its first."""
    good = drawing.as_tiff([Image.new("L", (64, 64), "white")], compression="raw")
    first = struct.unpack_from("<I", good, 4)[0]
    entries = struct.unpack_from("<H", good, first)[0]
    end = first + 2 + entries * 12
    return good[:end] + struct.pack("<I", first) + good[end + 4 :]


def tiff_of_many(count: int) -> bytes:
    """A TIFF that chains up so many empty images."""
    chain = b"".join(struct.pack("<HI", 0, 8 + 6 * (i + 1) if i + 1 < count else 0) for i in range(count))
    return b"II*\x00\x08\x00\x00\x00" + chain


def joined(*files: bytes) -> bytes:
    """The pages of several PDFs in one, as they are."""
    whole = pymupdf.open()
    for data in files:
        with pymupdf.open(stream=data) as part:
            whole.insert_pdf(part)
    return bytes(whole.tobytes())
