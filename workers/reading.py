"""Pages being read: each once, its images kept while its pixels are at hand; memory stays flat."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

from archive.documents import File, FileRole
from archive.searchable import Coding, Picture, SearchablePdf, page_size
from workers.case import Case, note_progress
from workers.ocr.engine import Engine, EngineFailed
from workers.originals import opened
from workers.recognise import failed, recognise
from workers.renditions import masked, placed, sensitive_boxes, view
from workers.scan import PageImage, Scan, open_pages
from workers.sheets import Sheet
from workers.shelf import FAX, JPEG, PDF, put_rendition
from workers.tools import Tools
from workers.unreadable import Code, Unreadable

PROGRESS_EVERY: Final = 5


@dataclass(frozen=True, slots=True)
class Look:
    """Under which roles one way of showing a document is kept: as it is, or with identity numbers hidden."""

    page: FileRole
    thumbnail: FileRole
    picture: FileRole
    searchable: FileRole


PLAIN: Final = Look(FileRole.PAGE, FileRole.THUMBNAIL, FileRole.PICTURE, FileRole.SEARCHABLE)
MASKED: Final = Look(
    FileRole.PAGE_MASKED, FileRole.THUMBNAIL_MASKED, FileRole.PICTURE_MASKED, FileRole.SEARCHABLE_MASKED
)


@dataclass(frozen=True, slots=True)
class BoundPage:
    """How a page goes into a searchable PDF: the picture, and the words as this look may say them."""

    picture: Picture
    sheet: Sheet


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page as read, the files that were put for it, and its leaves; none for a page that failed.

    There is a masked leaf only where there is something to hide.
    """

    sheet: Sheet
    files: tuple[File, ...] = ()
    leaves: Mapping[Look, BoundPage] | None = None


@contextmanager
def open_scan(tools: Tools, case: Case) -> Iterator[Scan]:
    """The pages of the original. Unreadable when it cannot be opened, needs another password, or holds malware."""
    with opened(tools.house, case.original) as source:
        if tools.scanner and (found := tools.scanner.scan(source)):
            raise Unreadable(Code.MALWARE, found)
        with open_pages(source, case.media_type, tools.sandbox, case.password, case.leaves) as scan:
            yield scan


class PageImages:
    """Puts the images of pages of one case, whose words are known."""

    def __init__(self, tools: Tools, case: Case) -> None:
        self._tools, self._case = tools, case

    def seen(self, look: Look, page: PageImage, sheet: Sheet) -> tuple[BoundPage, list[File]]:
        """A page in one look: how it goes into the PDF, and the files that were put."""
        hides = look is MASKED
        seen = view(page, sheet, sensitive_boxes(sheet) if hides else ())
        files = [self.put(role, sheet.number, JPEG, body)
                 for role, body in ((look.page, seen.image), (look.thumbnail, seen.thumbnail))]  # fmt: skip
        return BoundPage(seen.picture, masked(sheet) if hides else sheet), files

    def put(self, role: FileRole, number: int, media_type: str, body: bytes) -> File:
        """Put one image of a page."""
        return put_rendition(
            self._tools.house, self._case.key, role, reading=self._case.reading, media_type=media_type,
            body=io.BytesIO(body), page=number,
        )  # fmt: skip


class PageReader(PageImages):
    """Reads pages of one case, in any order, and puts their images."""

    def __init__(self, tools: Tools, case: Case, engine: Engine) -> None:
        super().__init__(tools, case)
        self._engine = engine

    def read(self, number: int, page: PageImage | Unreadable) -> ReadPage:
        """The page as read; one that cannot be read is a failed page, and the others go on."""
        if isinstance(page, Unreadable):
            return ReadPage(failed(number, page))
        try:
            sheet = recognise(page, self._engine)
        except EngineFailed as error:
            return ReadPage(failed(number, Unreadable(Code.CRASHED, str(error))))
        plain, files = self.seen(PLAIN, page, sheet)
        leaves = {PLAIN: plain}
        if sensitive_boxes(sheet):
            leaves[MASKED], more = self.seen(MASKED, page, sheet)
            files += more
        return ReadPage(sheet, tuple(files), leaves)

    def pictures(self, read: ReadPage) -> list[File]:
        """Put what the page's PDF will need later and the page image is not: a black and white page without loss."""
        return [
            self.put(look.picture, read.sheet.number, FAX, leaf.picture.data)
            for look, leaf in (read.leaves or {}).items()
            if leaf.picture.coding is Coding.GROUP4
        ]


@contextmanager
def pdfs_of(tools: Tools, case: Case) -> Iterator[Pdfs]:
    """Searchable PDFs in the making; they grow in files that have no name."""
    scratch = str(tools.house.settings.scratch)
    with tempfile.TemporaryFile(dir=scratch) as plain, tempfile.TemporaryFile(dir=scratch) as hidden:
        yield Pdfs(tools, case, {PLAIN: cast("BinaryIO", plain), MASKED: cast("BinaryIO", hidden)})


class Pdfs:
    """The searchable PDF and the masked one, page after page."""

    def __init__(self, tools: Tools, case: Case, bodies: Mapping[Look, BinaryIO]) -> None:
        self._tools, self._case, self._bodies = tools, case, bodies
        self._pdfs = {look: SearchablePdf(body) for look, body in bodies.items()}
        self._pages = 0
        self._sensitive = False

    def add(self, leaves: Mapping[Look, BoundPage]) -> None:
        """The next page. Where nothing is to be hidden both show the same."""
        self._pages += 1
        self._sensitive = self._sensitive or MASKED in leaves
        for look, pdf in self._pdfs.items():
            leaf = leaves.get(look, leaves[PLAIN])
            size = page_size(leaf.sheet.width, leaf.sheet.height, leaf.sheet.dpi)
            pdf.add_page(leaf.picture, placed(leaf.sheet), *size)

    def put(self) -> list[File]:
        """End and put them; the masked one only where there is something to hide, none for no pages."""
        looks = [PLAIN, MASKED] if self._sensitive else [PLAIN]
        return [self.put_one(look) for look in looks] if self._pages else []

    def put_one(self, look: Look) -> File:
        """End and put the PDF of one look."""
        self._pdfs[look].close()
        body = self._bodies[look]
        body.seek(0)
        return put_rendition(
            self._tools.house, self._case.key, look.searchable, reading=self._case.reading, media_type=PDF, body=body
        )


@contextmanager
def reader_of(tools: Tools, case: Case, scan: Scan, engine: Engine) -> Iterator[Reader]:
    """A reader of a whole document."""
    with pdfs_of(tools, case) as pdfs:
        yield Reader(tools, case, scan, PageReader(tools, case, engine), pdfs)


class Reader:
    """Reads the pages of one case in order and puts their renditions as it goes."""

    def __init__(self, tools: Tools, case: Case, scan: Scan, pages: PageReader, pdfs: Pdfs) -> None:
        self._tools, self._case, self._scan = tools, case, scan
        self._pages, self._pdfs = pages, pdfs
        self._done = 0
        self._files: list[File] = []

    def read(self, page: PageImage | Unreadable) -> Sheet:
        """The page as a sheet; one that cannot be read is a failed page, and the others go on."""
        self._done += 1
        if self._done % PROGRESS_EVERY == 0:
            note_progress(self._tools, self._case.document_id, self._scan.count, self._done)
        read = self._pages.read(self._done, page)
        self._files += read.files
        if read.leaves:
            self._pdfs.add(read.leaves)
        return read.sheet

    def renditions(self) -> list[File]:
        """Everything that was put, the searchable PDFs last."""
        return [*self._files, *self._pdfs.put()]
