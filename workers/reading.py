"""One file being read: each page once, its images kept while its pixels are at hand; memory stays flat."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

from archive.documents import File, FileRole
from archive.searchable import SearchablePdf, page_size
from workers.case import Case, note_progress
from workers.ocr.engine import EngineFailed
from workers.recognise import failed, recognise
from workers.renditions import PageView, masked, placed, sensitive_boxes, view
from workers.scan import PageImage, Scan
from workers.sheets import Sheet
from workers.shelf import JPEG, PDF, put_rendition
from workers.tools import Tools
from workers.unreadable import Code, Unreadable

PROGRESS_EVERY: Final = 5


@dataclass(frozen=True, slots=True)
class Look:
    """Under which roles one way of showing a document is kept: as it is, or with identity numbers hidden."""

    page: FileRole
    thumbnail: FileRole
    searchable: FileRole


PLAIN: Final = Look(FileRole.PAGE, FileRole.THUMBNAIL, FileRole.SEARCHABLE)
MASKED: Final = Look(FileRole.PAGE_MASKED, FileRole.THUMBNAIL_MASKED, FileRole.SEARCHABLE_MASKED)


@contextmanager
def reader_of(tools: Tools, case: Case, scan: Scan) -> Iterator[Reader]:
    """A reader whose searchable PDFs grow in files that have no name."""
    scratch = str(tools.house.settings.scratch)
    with tempfile.TemporaryFile(dir=scratch) as plain, tempfile.TemporaryFile(dir=scratch) as hidden:
        yield Reader(tools, case, scan, {PLAIN: cast("BinaryIO", plain), MASKED: cast("BinaryIO", hidden)})


class Reader:
    """Reads the pages of one case in order and puts their renditions as it goes."""

    def __init__(self, tools: Tools, case: Case, scan: Scan, bodies: Mapping[Look, BinaryIO]) -> None:
        self._tools, self._case, self._scan = tools, case, scan
        self._done = 0
        self._sensitive = False
        self._files: list[File] = []
        self._bodies = bodies
        self._pdfs = {look: SearchablePdf(body) for look, body in bodies.items()}

    def read(self, page: PageImage | Unreadable) -> Sheet:
        """The page as a sheet; one that cannot be read is a failed page, and the others go on."""
        self._done += 1
        if self._done % PROGRESS_EVERY == 0:
            note_progress(self._tools, self._case.document_id, self._scan.count, self._done)
        if isinstance(page, Unreadable):
            return failed(self._done, page)
        try:
            sheet = recognise(page, self._tools.ocr)
        except EngineFailed as error:
            return failed(self._done, Unreadable(Code.CRASHED, str(error)))
        self._keep(page, sheet)
        return sheet

    def _keep(self, page: PageImage, sheet: Sheet) -> None:
        plain = view(page, sheet)
        self._put(PLAIN, plain, sheet)
        black = sensitive_boxes(sheet)
        if black:
            self._sensitive = True
            hidden = view(page, sheet, black)
            self._put(MASKED, hidden, masked(sheet))
        else:
            self._add_page(MASKED, plain, sheet)

    def _put(self, look: Look, seen: PageView, sheet: Sheet) -> None:
        for role, body in ((look.page, seen.image), (look.thumbnail, seen.thumbnail)):
            self._files.append(
                put_rendition(
                    self._tools.house, self._case.key, role, media_type=JPEG, body=io.BytesIO(body), page=sheet.number
                )
            )
        self._add_page(look, seen, sheet)

    def _add_page(self, look: Look, seen: PageView, sheet: Sheet) -> None:
        size = page_size(sheet.width, sheet.height, sheet.dpi)
        self._pdfs[look].add_page(seen.picture, placed(sheet), *size)

    def renditions(self) -> list[File]:
        """Everything that was put, the searchable PDFs last; the masked one only where there is something to hide."""
        looks = [PLAIN, MASKED] if self._sensitive else [PLAIN]
        if any(file.role == FileRole.PAGE for file in self._files):
            self._files += [self._put_searchable(look) for look in looks]
        return self._files

    def _put_searchable(self, look: Look) -> File:
        self._pdfs[look].close()
        body = self._bodies[look]
        body.seek(0)
        return put_rendition(self._tools.house, self._case.key, look.searchable, media_type=PDF, body=body)
