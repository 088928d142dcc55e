"""What an older rule covered, covered by the present one: nothing is recognised again.

    look       the words that were kept say where numbers stand by the present rule        (nothing is written)
    cover      the original gives its pages once more; covered images and PDF are put      (bytes first)
    name       the older covers give way to these, the document says by which rule         (one commit)

A crash before that commit leaves objects without a row, which reconciliation clears, and the job begins anew. Meanwhile
the document's images are shown to nobody who may not see numbers.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from archive.audit import READER, Act, record
from archive.documents import Copy, Document, File, changed, outdated
from archive.jobs import Claim, finish, still_mine
from archive.masking import RULE
from archive.owed import name_files
from workers.binding import kept_pages, sheet_of
from workers.case import Case, case_of, locked
from workers.reading import MASKED, PLAIN, BoundPage, PageImages, open_scan, pdfs_of
from workers.renditions import sensitive_boxes, view
from workers.sheets import PageState
from workers.tools import Tools
from workers.unreadable import Unreadable

COVERS: Final = tuple(role.value for role in (MASKED.page, MASKED.thumbnail, MASKED.picture, MASKED.searchable))


def cover_document(tools: Tools, held: Claim) -> None:
    """Cover the job's document by the present rule, if that is still to be done. Unreadable: it is tried again."""
    with tools.house.database.transaction() as session:
        document = locked(session, held.subject)
        still_mine(session, held)
        if not outdated(document):
            finish(session, held)
            return
        case = case_of(tools, session, document, held)
    files = _covers(tools, case) if _shows_numbers(tools, case) else []
    with tools.house.database.transaction() as session:
        document = locked(session, held.subject)
        still_mine(session, held)
        if document.reading == case.reading and outdated(document):
            _name(session, document, files)
        finish(session, held)


def _shows_numbers(tools: Tools, case: Case) -> bool:
    return any(sensitive_boxes(sheet_of(case.key, page)) for page, _ in kept_pages(tools, case))


def _covers(tools: Tools, case: Case) -> list[File]:
    """The covered images of the pages with numbers, and the covered PDF of all; put."""
    images, files = PageImages(tools, case), list[File]()
    with open_scan(tools, case) as scan, pdfs_of(tools, case) as pdfs:
        for (page, kept), image in zip(kept_pages(tools, case), scan, strict=True):
            if page.state == PageState.FAILED or PLAIN.page.value not in kept:
                continue  # what could not be read is in no rendition
            if isinstance(image, Unreadable):
                raise image
            sheet = sheet_of(case.key, page)
            bound = {PLAIN: BoundPage(view(image, sheet).picture, sheet)}
            if sensitive_boxes(sheet):
                bound[MASKED], put = images.seen(MASKED, image, sheet)
                files += put
            pdfs.add(bound)
        return [*files, pdfs.put_one(MASKED)]


def _name(session: Session, document: Document, files: list[File]) -> None:
    """The new covers in place of the old, whose objects are cleared by reconciliation; search learns what is hidden."""
    old = select(File.id).where(File.document_id == document.id, File.role.in_(COVERS))
    session.execute(delete(Copy).where(Copy.file_id.in_(old)))
    session.execute(delete(File).where(File.id.in_(old)))
    session.expire(document, ["files"])
    name_files(session, files)
    document.sensitive, document.covered_by = bool(files), RULE
    record(session, READER, Act.DOCUMENT_COVERED, document.id, detail={"rule": RULE, "files": len(files)})
    changed(session, document)
