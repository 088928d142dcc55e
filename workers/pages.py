"""Opens untrusted files. Runs only inside the sandboxed child; the one place besides the PDF writer with PyMuPDF.

Nothing here trusts the file: what a header says is held against the limits before anything is decoded.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from math import sqrt
from typing import Any, Protocol

import pymupdf
from PIL import Image, ImageOps

from archive import media
from workers.barcodes import codes_on
from workers.bundles import BUNDLE, unpacked
from workers.flat import bounded, flat, load, squared, stated_dpi
from workers.limits import Limits
from workers.tiff import copy_frames, count_frames, frame_digest, join_frames
from workers.unreadable import Code, Unreadable

Image.MAX_IMAGE_PIXELS = None  # our own, stricter limits are held before decoding
Image.init()
pymupdf.TOOLS.mupdf_display_errors(False)
pymupdf.TOOLS.mupdf_display_warnings(False)

Untyped = Any
"""PyMuPDF brings no types."""

_FORMATS = {
    media.TIFF: "TIFF",
    media.JPEG: "JPEG",
    media.PNG: "PNG",
    media.BMP: "BMP",
    media.WEBP: "WEBP",
    media.JP2: "JPEG2000",
}
_ACTIVE = (b"/JavaScript", b"/Launch", b"/SubmitForm", b"/ImportData", b"/RichMedia", b"/XFA")
_INCH = 72.0
_WHOLE = 0.95
_LOOK = 1200
"""Pixels of the longest side of a page that is looked at for codes."""
_VECTOR_DPI = 200
_LOWEST_DPI, _HIGHEST_DPI = 72.0, 400.0
_ALL_PERMISSIONS = pymupdf.PDF_PERM_PRINT | pymupdf.PDF_PERM_MODIFY | pymupdf.PDF_PERM_COPY | pymupdf.PDF_PERM_ANNOTATE

GlyphBox = tuple[str, float, float, float, float, int]
"""A character of a text layer: text, x, y, width, height in pixels of the raster, number of its line."""


@dataclass(frozen=True, slots=True)
class Raster:
    """A decoded page: `mode` is L or RGB, eight bits a sample, rows unpadded. `dpi` 0 when the file is silent."""

    width: int
    height: int
    mode: str
    dpi: int
    samples: bytes
    bitonal: bool = False
    truncated: bool = False
    glyphs: tuple[GlyphBox, ...] = ()


class Document(Protocol):
    """An opened file."""

    count: int
    flags: list[str]

    def render(self, number: int) -> Raster:
        """Decode page `number`, counted from 1. Unreadable when this page cannot be read."""

    def codes(self, number: int) -> list[str]:
        """What the QR codes on a page say."""

    def digest(self, number: int) -> str:
        """SHA-256 over what is stored of a page; equal in an extract that lost nothing."""

    def extract(self, numbers: list[int]) -> bytes:
        """A file of these pages, nothing of them encoded anew. Unreadable where that cannot be."""


def open_document(data: bytes, media_type: str, limits: Limits, password: str = "") -> Document:
    """Open a file of this media type. Unreadable when it is empty, locked, damaged or out of bounds."""
    if not data:
        raise Unreadable(Code.EMPTY)
    if media_type == BUNDLE:
        return BundleDocument(data, limits)
    if media_type == media.PDF:
        return PdfDocument(data, limits, password)
    if media_type in _FORMATS:
        return ImageDocument(data, media_type, limits)
    raise Unreadable(Code.UNSUPPORTED, media_type)


class PdfDocument:
    """A PDF. A page that is one stored JPEG gives that image; everything else is drawn by MuPDF."""

    def __init__(self, data: bytes, limits: Limits, password: str = "") -> None:
        self._limits = limits
        self._file = pymupdf.open(stream=data, filetype="pdf")
        if self._file.needs_pass and not self._file.authenticate(password):
            raise Unreadable(Code.WRONG_PASSWORD if password else Code.NEEDS_PASSWORD)
        self.count = self._counted(len(data))
        self.flags = list(_pdf_flags(self._file, data))

    def _counted(self, size: int) -> int:
        try:
            count = int(self._file.page_count)
        except RuntimeError as error:  # MuPDF itself refuses a count that the file cannot hold
            raise Unreadable(Code.LIMIT_PAGES, str(error)) from error
        if count > self._limits.pages or count * self._limits.bytes_per_page > size:
            raise Unreadable(Code.LIMIT_PAGES, f"{count} pages in {size} bytes")
        if count <= 0:
            raise Unreadable(Code.DAMAGED, "no pages")
        return count

    def render(self, number: int) -> Raster:
        """The page's own scan where it is nothing else, else the page as MuPDF draws it."""
        page = self._file[number - 1]
        self._hold(page)
        only = _only_image(page)
        raster = self._stored(only, page) if only else None
        raster = raster or self._drawn(page, only)
        return replace(raster, glyphs=tuple(_text_layer(page, raster, self._limits.glyphs)))

    def codes(self, number: int) -> list[str]:
        """Looks at the page's own JPEG, decoded small, where there is nothing else; else at a small drawing."""
        page = self._file[number - 1]
        self._hold(page)
        only = _only_image(page)
        if only and self._file.xref_get_key(only["xref"], "Filter")[1].strip("[] ") == "/DCTDecode":
            with Image.open(io.BytesIO(self._file.xref_stream_raw(only["xref"])), formats=["JPEG"]) as image:
                return codes_on(_small(image, self._limits))
        zoom = _LOOK / max(page.rect.width, page.rect.height)
        drawn = page.get_pixmap(matrix=pymupdf.Matrix(zoom, zoom), colorspace=pymupdf.csGRAY, alpha=False)
        return codes_on(Image.frombytes("L", (drawn.width, drawn.height), drawn.samples))

    def digest(self, number: int) -> str:
        """Over box and turn, what draws the page, and its images as they are stored."""
        page = self._file[number - 1]
        digest = sha256(repr((tuple(page.mediabox), tuple(page.cropbox), page.rotation)).encode())
        digest.update(page.read_contents())
        images = {xref for image in page.get_images(full=True) for xref in image[:2] if xref}
        for stored in sorted(sha256(self._file.xref_stream_raw(xref) or b"").digest() for xref in images):
            digest.update(stored)
        return digest.hexdigest()

    def extract(self, numbers: list[int]) -> bytes:
        """The pages' objects copied as they are."""
        return _joined_pdf([(self._file, number) for number in numbers])

    @property
    def file(self) -> Untyped:
        """As MuPDF has it open."""
        return self._file

    def _hold(self, page: Untyped) -> None:
        width, height = page.rect.width, page.rect.height
        if not (0 < width <= self._limits.page_points and 0 < height <= self._limits.page_points):
            raise Unreadable(Code.LIMIT_PAGE, f"{width:.0f} x {height:.0f} pt")
        for image in page.get_images(full=True):
            _hold_pixels(int(image[2]), int(image[3]), self._limits)

    def _stored(self, info: dict[str, Any], page: Untyped) -> Raster | None:
        """The JPEG that fills the page, decoded as it was stored; None when it is stored in another way."""
        xref = info["xref"]
        plain = not page.rotation and all(_absent(self._file, xref, key) for key in ("Decode", "SMask", "Mask"))
        if not plain or self._file.xref_get_key(xref, "Filter")[1].strip("[] ") != "/DCTDecode":
            return None
        if info["cs-name"] not in {"DeviceGray", "DeviceRGB"}:
            return None
        with Image.open(io.BytesIO(self._file.xref_stream_raw(xref)), formats=["JPEG"]) as image:
            raster = _decoded(image, self._limits)
        return replace(raster, dpi=round(raster.width / page.rect.width * _INCH))

    def _drawn(self, page: Untyped, only: dict[str, Any] | None) -> Raster:
        dpi = _drawing_dpi(page, self._limits.raster_side)
        grey = only is not None and only["colorspace"] == 1
        space = pymupdf.csGRAY if grey else pymupdf.csRGB
        drawn = page.get_pixmap(matrix=pymupdf.Matrix(dpi / _INCH, dpi / _INCH), colorspace=space, alpha=False)
        bitonal = only is not None and only["bpc"] == 1
        return Raster(drawn.width, drawn.height, "L" if grey else "RGB", round(dpi), drawn.samples, bitonal=bitonal)


def _pdf_flags(file: Untyped, data: bytes) -> Iterator[str]:
    if file.is_repaired:
        yield "repaired"
    if file.metadata and file.metadata.get("encryption"):
        yield "encrypted"
    if file.permissions & _ALL_PERMISSIONS != _ALL_PERMISSIONS:
        yield "restricted"
    if any(mark in data for mark in _ACTIVE):
        yield "active_content"
    if file.embfile_count():
        yield "embedded_files"
    if not data.startswith(b"%PDF-"):
        yield "header_not_first"


def _absent(file: Untyped, xref: int, key: str) -> bool:
    return bool(file.xref_get_key(xref, key)[0] == "null")


def _only_image(page: Untyped) -> dict[str, Any] | None:
    """The one image that fills the page, when nothing else is to be seen on it."""
    images = page.get_images()
    if len(images) != 1:
        return None
    seen = [kind for kind, _ in page.get_bboxlog() if kind != "ignore-text"]
    infos = page.get_image_info()  # without cross-references, which would decode and digest every image
    if seen != ["fill-image"] or len(infos) != 1:
        return None
    info: dict[str, Any] = infos[0]
    across, skew_a, skew_b, down, _, _ = info["transform"]
    covered = abs(pymupdf.Rect(info["bbox"]) & page.rect) >= _WHOLE * abs(page.rect)
    upright = across > 0 and down > 0 and abs(skew_a) + abs(skew_b) < 1.0
    return {**info, "xref": images[0][0]} if covered and upright else None


def _drawing_dpi(page: Untyped, side: int) -> float:
    """The resolution of the page's finest large image, or that of print where there is none; bounded by `side`."""
    fine = [
        image["width"] / (image["bbox"][2] - image["bbox"][0]) * _INCH
        for image in page.get_image_info()
        if image["bbox"][2] - image["bbox"][0] > page.rect.width / 3
    ]
    dpi = min(max([*fine, _LOWEST_DPI]), _HIGHEST_DPI) if fine else _VECTOR_DPI
    return float(min(dpi, side / max(page.rect.width, page.rect.height) * _INCH))


def _text_layer(page: Untyped, raster: Raster, most: int) -> Iterator[GlyphBox]:
    """The characters of the text layer, visible or not, at most `most`."""
    zoom = raster.width / page.rect.width
    flags = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP
    blocks = page.get_text("rawdict", flags=flags)["blocks"]
    lines = (line for block in blocks for line in block.get("lines", ()))
    glyphs = ((number, glyph) for number, line in enumerate(lines) for span in line["spans"] for glyph in span["chars"])
    for (number, glyph), _ in zip(glyphs, range(most), strict=False):
        box = pymupdf.Rect(glyph["bbox"]) * page.rotation_matrix
        yield glyph["c"], box.x0 * zoom, box.y0 * zoom, box.width * zoom, box.height * zoom, number


class ImageDocument:
    """A file of one or more raster images, decoded by Pillow with this one format allowed."""

    def __init__(self, data: bytes, media_type: str, limits: Limits) -> None:
        self._limits = limits
        self.data = data
        self._size = len(data)
        self.flags: list[str] = []
        self.count = count_frames(data, limits.frames) if media_type == media.TIFF else 1
        self._image = Image.open(io.BytesIO(data), formats=[_FORMATS[media_type]])

    def render(self, number: int) -> Raster:
        """Decode one frame, turned as its EXIF says, on white where it is transparent."""
        self._go_to(number)
        return _decoded(self._image, self._limits)

    def codes(self, number: int) -> list[str]:
        """Looks at the frame, made grey and small."""
        self._go_to(number)
        return codes_on(_small(self._image, self._limits))

    def digest(self, number: int) -> str:
        """Over a TIFF frame's fields and data."""
        return frame_digest(self.data, number)

    def extract(self, numbers: list[int]) -> bytes:
        """TIFF frames, their data copied as it is."""
        return copy_frames(self.data, numbers)

    def _go_to(self, number: int) -> None:
        if self.count > 1:
            self._image.seek(number - 1)
        width, height = self._image.size
        _hold_pixels(width, height, self._limits)
        unpacked = width * height * max(1, len(self._image.getbands()))
        if unpacked > self._limits.ratio_matters_from and unpacked > self._limits.ratio * self._size:
            raise Unreadable(Code.LIMIT_RATIO, f"{unpacked} bytes from {self._size}")


class BundleDocument:
    """Several files of one type, their pages counted through: opened to be joined."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        media_type, bodies = unpacked(data)
        self._files = [open_document(body, media_type, limits) for body in bodies]
        self._seats = [(file, page) for file in self._files for page in range(1, file.count + 1)]
        self.count = len(self._seats)
        self.flags: list[str] = []

    def render(self, number: int) -> Raster:
        """As the file does whose page it is."""
        file, page = self._seats[number - 1]
        return file.render(page)

    def codes(self, number: int) -> list[str]:
        """As the file does whose page it is."""
        file, page = self._seats[number - 1]
        return file.codes(page)

    def digest(self, number: int) -> str:
        """As the file does whose page it is."""
        file, page = self._seats[number - 1]
        return file.digest(page)

    def extract(self, numbers: list[int]) -> bytes:
        """The pages in one file."""
        pages = [self._seats[number - 1] for number in numbers]
        pdfs = [(file.file, page) for file, page in pages if isinstance(file, PdfDocument)]
        images = [(file.data, page) for file, page in pages if isinstance(file, ImageDocument)]
        return _joined_pdf(pdfs) if pdfs else join_frames(images)


def _joined_pdf(pages: Sequence[tuple[Untyped, int]]) -> bytes:
    """Pages of opened PDFs in one, their objects copied as they are."""
    part = pymupdf.open()
    for at, (file, number) in enumerate(pages, start=1):
        part.insert_pdf(file, from_page=number - 1, to_page=number - 1, links=False, final=at == len(pages))
    written: bytes = part.tobytes(garbage=3, no_new_id=True)
    return written


def _hold_pixels(width: int, height: int, limits: Limits) -> None:
    if width <= 0 or height <= 0 or max(width, height) > limits.image_side or width * height > limits.image_pixels:
        raise Unreadable(Code.LIMIT_PIXELS, f"{width} x {height}")


def _decoded(image: Image.Image, limits: Limits) -> Raster:
    _hold_pixels(*image.size, limits)
    dpi, tall = stated_dpi(image)
    before = image.width * image.height * max(tall, 1 / tall)
    image.draft(None, (limits.raster_side, limits.raster_side))
    bitonal = image.mode == "1"
    truncated = load(image)
    ImageOps.exif_transpose(image, in_place=True)
    shown = bounded(squared(flat(image), tall), limits.raster_side)
    dpi = round(dpi * sqrt(shown.width * shown.height / before))
    return Raster(shown.width, shown.height, shown.mode, dpi, shown.tobytes(), bitonal, truncated)


def _small(image: Image.Image, limits: Limits) -> Image.Image:
    """Grey, its longest side not far above `_LOOK`: enough for a code, cheap to decode."""
    _hold_pixels(*image.size, limits)
    image.draft("L", (_LOOK, _LOOK))
    load(image)
    grey = flat(image).convert("L")
    return bounded(grey, _LOOK)
