"""Pages as a PDF that is made while it is sent: their images as the reader may see them, and the words behind them.

Nothing is kept of it. Who sees pages with the watermark gets a searchable PDF from here: the stored one has none (L10).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from archive.base import now
from archive.documents import File, Page, page_words
from archive.errors import NotFound, Unavailable
from archive.house import House
from archive.sealing import DocumentKey
from archive.searchable import Coding, Picture, PlacedWord, SearchablePdf, page_size
from service.iiif import View
from service.opened import Opened
from service.renditions import Shown, covered_words
from service.streams import Outgoing, content
from service.views import measured_pages
from service.watermark import burnt, words_for

if TYPE_CHECKING:
    from PIL import Image

Pages = Sequence[tuple[Page, File | None]]
"""Pages with the stored image of each that the reader may see, if there is one."""


class Pipe(io.RawIOBase):
    """What is written comes out at the other end, a piece at a time."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        """It only is."""
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        """Hold it until it is taken."""
        self._held += piece
        return len(piece)

    def taken(self) -> bytes:
        """All that was written since."""
        held = bytes(self._held)
        self._held.clear()
        return held


def image_of(shown: Shown, page: Page) -> File | None:
    """The largest stored image of a page as the reader may see it."""
    try:
        return shown.image(page.number, None)
    except (NotFound, Unavailable):
        return None


def pages_of(opened: Opened) -> Pages:
    """The pages of a document; read while its session is open."""
    return [(page, image_of(opened.shown, page)) for page in measured_pages(opened.session, opened.shown.document)]


def marked_pdf(opened: Opened, pages: Pages) -> Iterator[bytes]:
    """The pages with the watermark of this reader, a page at a time."""
    words, pipe = words_for(opened.actor, now(), opened.house.settings.zone), Pipe()
    pdf = SearchablePdf(pipe)  # type: ignore[arg-type]
    for page, file in pages:
        if file is not None:
            stored = content(Outgoing(opened.house, opened.actor, opened.key, file, f"page-{page.number}"))
            placed = placed_words(opened.house, opened.key, page, masked=opened.shown.masked)
            pdf.add_page(picture(stored, words, page), placed, *page_size(page.width, page.height, page.dpi))
            yield pipe.taken()
    pdf.close()
    yield pipe.taken()


def picture(stored: bytes, words: str, page: Page) -> Picture:
    """A stored page image as it goes into a PDF, `words` laid over it; what is no JPEG is coded as one."""
    from PIL import Image  # noqa: PLC0415 - loaded with the first page

    with Image.open(io.BytesIO(stored), formats=["JPEG", "PNG", "WEBP"]) as opened:
        if opened.format == "JPEG" and not words:
            return Picture(Coding.JPEG, *opened.size, 1 if opened.mode == "L" else 3, stored)
        plain = opened.convert("L" if opened.mode in {"1", "L"} else "RGB")
    whole = View(0, 0, page.width, page.height, *plain.size, 0)
    return coded(burnt(plain, words, whole, (page.width, page.height)))


def coded(image: Image.Image) -> Picture:
    """A picture as JPEG."""
    target = io.BytesIO()
    image.save(target, "JPEG", quality=85)
    return Picture(Coding.JPEG, *image.size, 1 if image.mode == "L" else 3, target.getvalue())


def placed_words(house: House, key: DocumentKey, page: Page, *, masked: bool) -> Iterator[PlacedWord]:
    """The words of a page as the reader may see them; read when their page is written."""
    with house.database.reading() as session:
        row = session.get(Page, page.id)
        words = page_words(key, row) if row is not None else []
    for word in covered_words(words) if masked else words:
        if word["text"] and word["w"] > 0 and word["h"] > 0:
            box = word["x"] / page.width, word["y"] / page.height, word["w"] / page.width, word["h"] / page.height
            yield PlacedWord(str(word["text"]), *box)
