"""A whole folder as one file, with its contents list: a ZIP of searchable PDFs, or one PDF. Made while it is sent.

Nothing is kept of it, in memory or on disk. A file that turns out damaged breaks the connection before the end, as it
does for every download; a paper without a PDF stands in the list as such.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.access import Actor, ReadableScope
from archive.audit import Act, record
from archive.documents import Document, File, Page
from archive.errors import NotFound
from archive.folders import Folder
from archive.house import House
from archive.pdf import font_file
from archive.readable import readable
from archive.sealing import DocumentKey
from archive.searchable import Picture, PlacedWord, SearchablePdf, page_size
from service.folders import papers_of
from service.pages_pdf import Pipe, coded, image_of, picture, placed_words
from service.renditions import Shown
from service.sheets import Line, written
from service.streams import Outgoing, content, whole
from service.views import measured_pages, shown_title

Kind = Literal["zip", "pdf"]
MEDIA_TYPES: Final[dict[Kind, str]] = {"zip": "application/zip", "pdf": "application/pdf"}
HEAD: Final[Line] = ("序号 No.", "档号 Code", "题名 Title", "页数 Pages", "起页 From", "文件 File")
_UNSAFE: Final = re.compile(r"[^\w.() -]+")
_MADE: Final = (1980, 1, 1, 0, 0, 0)
_SHEET: Final = (1240, 1754)
_DPI: Final = 150
_LINES: Final = 44
_COLUMNS: Final = (70, 150, 420, 960, 1070)


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of the folder: what the list says of it, its searchable PDF and its pages as images, if it has any."""

    document_id: str
    code: str
    title: str
    key: DocumentKey
    masked: bool
    file: File | None
    pages: Sequence[tuple[Page, File | None]]


def papers(house: House, session: Session, scope: ReadableScope, folder: Folder, kind: Kind) -> list[Paper]:
    """The papers of a folder that the reader may see, in order, with what is needed to send them."""
    ids = [str(each) for each, _ in session.execute(papers_of(scope, folder))]
    rows = {row.id: row for row in session.scalars(select(Document).where(Document.id.in_(ids), readable(scope)))}
    keys = house.vault.keys(list(rows))
    return [_paper(session, scope, rows[each], keys[each], kind) for each in ids if each in rows and each in keys]


def _paper(session: Session, scope: ReadableScope, document: Document, key: DocumentKey, kind: Kind) -> Paper:
    shown = Shown.to(scope, document)
    pages = [(page, image_of(shown, page) if kind == "pdf" else None) for page in measured_pages(session, document)]
    code, title = document.archival_code or "", shown_title(key, document, scope)
    return Paper(document.id, code, title, key, shown.masked, _searchable(shown), pages)


def _searchable(shown: Shown) -> File | None:
    try:
        return shown.searchable()
    except NotFound:
        return None


def note_taking(house: House, actor: Actor, folder: Folder, found: Sequence[Paper], kind: Kind) -> None:
    """Log that the folder was taken, and every paper in it as a download; before the first byte leaves."""
    with house.database.transaction() as session:
        record(session, actor, Act.FOLDER_TAKEN, folder.id, detail={"file": kind, "papers": len(found)})
        for paper in found:
            record(session, actor, Act.DOCUMENT_DOWNLOADED, paper.document_id, detail={"file": f"folder.{kind}"})


def zipped(house: House, actor: Actor, found: Sequence[Paper]) -> Iterator[bytes]:
    """A ZIP: the searchable PDFs by number, code and title, and contents.csv."""
    pipe = Pipe()
    with ZipFile(pipe, "w", ZIP_STORED) as archive:
        for number, paper in enumerate(found, 1):
            if paper.file is None:
                continue
            outgoing = Outgoing(house, actor, paper.key, paper.file, _name(number, paper))
            with archive.open(ZipInfo(outgoing.name, _MADE), "w", force_zip64=True) as target:
                for piece in whole(outgoing):
                    target.write(piece)
                    yield pipe.taken()
        archive.writestr(ZipInfo("contents.csv", _MADE), written("csv", [HEAD, *_contents(found)]))
    yield pipe.taken()


def _name(number: int, paper: Paper) -> str:
    stem = _UNSAFE.sub("_", f"{number:03d} {paper.code} {paper.title}").strip()
    return f"{stem[:100]}.pdf"


def _contents(found: Sequence[Paper]) -> Iterator[Line]:
    page = 1
    for number, paper in enumerate(found, 1):
        yield number, paper.code, paper.title, len(paper.pages), page, _name(number, paper) if paper.file else "—"
        page += len(paper.pages)


def bound(house: House, actor: Actor, title: str, found: Sequence[Paper]) -> Iterator[bytes]:
    """One PDF: the contents list first, then every page that has an image, its words behind it."""
    pipe = Pipe()
    pdf = SearchablePdf(pipe)  # type: ignore[arg-type]
    for sheet, words in _lists(title, list(_contents(found))):
        pdf.add_page(sheet, words, *page_size(*_SHEET, _DPI))
        yield pipe.taken()
    for paper in found:
        for page, file in paper.pages:
            if file is not None:
                image = content(Outgoing(house, actor, paper.key, file, f"page-{page.number}"))
                placed = placed_words(house, paper.key, page, masked=paper.masked)
                pdf.add_page(picture(image, "", page), placed, *page_size(page.width, page.height, page.dpi))
                yield pipe.taken()
    pdf.close()
    yield pipe.taken()


def _lists(title: str, lines: Sequence[Line]) -> Iterator[tuple[Picture, list[PlacedWord]]]:
    """The contents list, drawn; as many sheets as it takes."""
    for at in range(0, max(1, len(lines)), _LINES):
        sheet = Image.new("L", _SHEET, 255)
        words: list[PlacedWord] = []
        _print(sheet, words, 90, (title,), 34)
        for row, line in enumerate([HEAD, *lines[at : at + _LINES]]):
            _print(sheet, words, 170 + 34 * row, line[:5], 20)
        yield coded(sheet), words


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(io.BytesIO(font_file()), size)


def _print(sheet: Image.Image, words: list[PlacedWord], top: int, line: Line, size: int) -> None:
    """One line in columns, each cut where the next begins."""
    font, pen = _font(size), ImageDraw.Draw(sheet)
    for number, cell in enumerate(line):
        left = _COLUMNS[number]
        room = (_COLUMNS[number + 1] if len(line) > number + 1 else _SHEET[0] - _COLUMNS[0]) - left - 10
        text = str(cell)
        while text and font.getlength(text) > room:
            text = text[:-1]
        if text:
            pen.text((left, top), text, font=font, fill=0)
            words.append(
                PlacedWord(text, left / _SHEET[0], top / _SHEET[1], font.getlength(text) / _SHEET[0], size / _SHEET[1])
            )
