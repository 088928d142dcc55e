"""One file being read: each page once, its image kept while its pixels are at hand; memory stays flat."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from archive.documents import File, FileRole
from workers.case import Case, note_progress
from workers.ocr.engine import EngineFailed
from workers.recognise import failed, recognise
from workers.scan import PageImage, Scan
from workers.sheets import Sheet
from workers.shelf import put_rendition
from workers.tools import Tools
from workers.unreadable import Code, Unreadable

PROGRESS_EVERY = 5


class Reader:
    """Reads the pages of one case in order and gathers their renditions."""

    def __init__(self, tools: Tools, case: Case, scan: Scan) -> None:
        self._tools, self._case, self._scan = tools, case, scan
        self._done = 0
        self.files: list[File] = []

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
            sheet = failed(self._done, Unreadable(Code.CRASHED, str(error)))
        self._keep_image(page, sheet)
        return sheet

    def _keep_image(self, page: PageImage, sheet: Sheet) -> None:
        upright = np.rot90(page.pixels, k=-(sheet.turn // 90))
        body = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(upright)).save(body, "JPEG", quality=80)
        house = self._tools.house
        self.files.append(
            put_rendition(
                house, self._case.key, FileRole.PAGE, media_type="image/jpeg", body=body.getvalue(), page=sheet.number
            )
        )
