"""What the ranges of a long document kept, put together again: its sheets for the decisions, its searchable PDFs.

Memory stays flat: pages come some at a time, and only the first and the last ones with what they say. There stands what
decides about type, parties and dates; between them there may be thousands.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import defer

from archive.documents import File, Page, page_text, page_words
from archive.sealing import DocumentKey
from archive.searchable import Coding, Picture
from workers.case import Case, measured
from workers.reading import MASKED, PLAIN, BoundPage, Look, pdfs_of
from workers.renditions import masked
from workers.sheets import Box, Line, Sheet, Word
from workers.shelf import content_of
from workers.tools import Tools

FIRST, LAST = 30, 10
"""Pages that are looked at for the decisions."""
BLOCK: Final = 50
"""Pages that are in memory at once."""


def kept_sheets(tools: Tools, case: Case) -> list[Sheet]:
    """All pages of the reading; those between the first and the last ones without what they say."""
    with tools.house.database.reading() as session:
        asked = select(Page).where(Page.document_id == case.document_id, Page.reading == case.reading)
        pages = session.scalars(asked.options(defer(Page.text), defer(Page.words)).order_by(Page.number)).all()
        looked_at = {page.number for page in [*pages[:FIRST], *pages[-LAST:]]}
        return [sheet_of(case.key, page) if page.number in looked_at else measured(page) for page in pages]


def bind(tools: Tools, case: Case) -> list[File]:
    """Put the searchable PDFs together from the images and words that were kept; the files that were put."""
    with pdfs_of(tools, case) as pdfs:
        for page, files in kept_pages(tools, case):
            if leaves := _leaves(tools, case, page, files):
                pdfs.add(leaves)
        return pdfs.put()


def sheet_of(key: DocumentKey, page: Page) -> Sheet:
    """A page that was kept, as it was read."""
    texts = page_text(key, page).split("\n") if page.text else []
    words = {number: list(line) for number, line in groupby(page_words(key, page), key=lambda word: word["line"])}
    lines = tuple(_line(text, words.get(number, [])) for number, text in enumerate(texts))
    return measured(page, lines)


def _line(text: str, told: Sequence[Mapping[str, Any]]) -> Line:
    words = tuple(Word(word["text"], (word["x"], word["y"], word["w"], word["h"]), word["confidence"]) for word in told)
    sure = sum(word.confidence for word in words) / len(words) if words else 0.0
    return Line(text, _around([word.box for word in words]), sure, words)


def _around(boxes: Sequence[Box]) -> Box:
    if not boxes:
        return 0.0, 0.0, 0.0, 0.0
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top


def kept_pages(tools: Tools, case: Case) -> Iterator[tuple[Page, dict[str, File]]]:
    """The pages of the reading in order, each with its files by role."""
    after = 0
    while True:
        with tools.house.database.reading() as session:
            asked = select(Page).where(Page.document_id == case.document_id, Page.reading == case.reading)
            pages = session.scalars(asked.where(Page.number > after).order_by(Page.number).limit(BLOCK)).all()
            if not pages:
                return
            mine = (File.document_id == case.document_id) & (File.reading == case.reading)
            held = session.scalars(select(File).where(mine, File.page.between(pages[0].number, pages[-1].number)))
            files = [(file.page, file.role, file) for file in held]
        for page in pages:
            yield page, {role: file for number, role, file in files if number == page.number}
        after = pages[-1].number


def _leaves(tools: Tools, case: Case, page: Page, files: Mapping[str, File]) -> dict[Look, BoundPage]:
    if PLAIN.page.value not in files:
        return {}
    sheet = sheet_of(case.key, page)
    leaves = {PLAIN: BoundPage(_picture(tools, case, PLAIN, sheet, files), sheet)}
    if MASKED.page.value in files:
        leaves[MASKED] = BoundPage(_picture(tools, case, MASKED, sheet, files), masked(sheet))
    return leaves


def _picture(tools: Tools, case: Case, look: Look, sheet: Sheet, files: Mapping[str, File]) -> Picture:
    """The black and white page where it was kept, else the page image as it is."""
    if fax := files.get(look.picture.value):
        return Picture(Coding.GROUP4, sheet.width, sheet.height, 1, content_of(tools.house, case.key, fax))
    coded = content_of(tools.house, case.key, files[look.page.value])
    with Image.open(io.BytesIO(coded), formats=["JPEG"]) as image:
        return Picture(Coding.JPEG, image.width, image.height, len(image.getbands()), coded)
