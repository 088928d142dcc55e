"""Long documents: read in ranges of pages by as many workers as there are, and gone on with after the last range.

Every page is kept as soon as it is read, under the number of the reading, in one commit with the lease of its range. So
a worker that dies costs the page that it was at; a range that is read twice goes on where it stopped; a run that was
taken over changes nothing. The reading is at its end when every page has its row, whoever wrote the last one.

A range that failed three times stopped at a page each time. That page is a failed one, as a page is that the parser
broke on, and what follows it in the range gets a job of its own: one page never costs its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from archive.documents import Copy, Document, File, FileRole, Page, State
from archive.jobs import Claim, Dead, Kind, LostLease, enqueue, finish, still_mine
from archive.owed import name_files
from workers.case import Case, bare_row, case_of, locked, page_row, pages_kept
from workers.sheets import PageState, Sheet
from workers.tools import Tools
from workers.unreadable import Code

if TYPE_CHECKING:
    from workers.scan import Scan

SIMPLE: Final = 16
"""Pages up to which one job reads the whole document."""
FIRST, SHORTEST, LONGEST = 2, 8, 40
"""Pages of the first range, so that something is there to be read soon, and of the others."""
MIB_A_PAGE: Final = 4
"""Every range opens the file anew: large files are cut into longer ranges, a page more for so many MiB."""
BLOCK: Final = 100
"""Ranges that are written in one commit."""
PRIORITY, FIRST_PRIORITY = -1, 1
"""Single pages that come in meanwhile go before the ranges of a long document, all but its first."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A range of a long document: the case, and the pages that nobody has read yet."""

    case: Case
    missing: tuple[int, ...]
    notes: Mapping[int, str]


def ranges(count: int, size: int) -> list[tuple[int, int]]:
    """First and last page of every range of a document of `count` pages in `size` bytes."""
    length = min(LONGEST, max(SHORTEST, size // 2**20 // MIB_A_PAGE))
    starts = [1, *range(1 + FIRST, count + 1, length)]
    return list(zip(starts, [*(start - 1 for start in starts[1:]), count], strict=True))


def fan_out(tools: Tools, held: Claim, case: Case, scan: Scan, notes: Mapping[int, str]) -> None:
    """Give every range a job, in blocks. Done again after a crash it adds what is missing. `notes`: findings known."""
    told = held.args | {"reading": case.reading, "flags": list(scan.flags), "notes": list(notes.items())}
    found = ranges(scan.count, case.original.size)
    for start in range(0, len(found), BLOCK):
        with tools.house.database.transaction() as session:
            document = _being_read(session, held, case)
            document.page_count = scan.count
            for first, last in found[start : start + BLOCK]:
                _enqueue_range(session, case.document_id, told | {"first": first, "last": last})
    with tools.house.database.transaction() as session:
        finish(session, held)


def _enqueue_range(session: Session, document_id: str, args: dict[str, Any]) -> None:
    first = args["first"]
    enqueue(
        session, Kind.READ_PAGES, document_id, key=f"pages:{document_id}:{args['reading']}:{first}", args=args,
        priority=FIRST_PRIORITY if first == 1 else PRIORITY,
    )  # fmt: skip


def open_range(tools: Tools, held: Claim) -> Stretch:
    """What is left to be read of a range. LostLease, Gone: nothing is."""
    with tools.house.database.transaction() as session:
        document = locked(session, held.subject)
        still_mine(session, held)
        case = case_of(tools, session, document, held)
        wanted = range(held.args["first"], held.args["last"] + 1) if _goes_on(document, held.args) else range(0)
        return Stretch(case, tuple(_missing(session, document, wanted)), dict(held.args["notes"]))


def keep_page(tools: Tools, held: Claim, case: Case, sheet: Sheet, files: Sequence[File]) -> None:
    """One page and its images, in one commit. LostLease when the range was taken over, or the reading given up."""
    with tools.house.database.transaction() as session:
        document = _being_read(session, held, case)
        _forget_page(session, case, sheet.number)
        session.add(page_row(case, sheet))
        name_files(session, files)
        document.pages_read = pages_kept(session, document)


def close_range(tools: Tools, held: Claim, case: Case) -> None:
    """End a range; with the last one of them the document goes on."""
    with tools.house.database.transaction() as session:
        document = locked(session, case.document_id)
        _go_on(session, document, held.args)
        finish(session, held)


def open_end(tools: Tools, held: Claim) -> Case:
    """The document whose pages are all read. LostLease, Gone: it is not to be gone on with."""
    with tools.house.database.transaction() as session:
        document = locked(session, held.subject)
        case = case_of(tools, session, document, held)
        _being_read(session, held, case)
        return case


def give_up_range(session: Session, dead: Dead) -> None:
    """Every attempt stopped at one page: that page is failed, the rest of the range is tried by itself."""
    document = session.get_one(Document, dead.subject, with_for_update={"of": Document}, populate_existing=True)
    if not _goes_on(document, dead.args):
        return
    left = _missing(session, document, range(dead.args["first"], dead.args["last"] + 1))
    for number in left[:1]:
        sheet = Sheet(number, 0, 0, 0, PageState.FAILED, error=Code.CRASHED.value)
        session.add(bare_row(document.id, document.reading, sheet))
        session.flush()
        document.pages_read = pages_kept(session, document)
    for following in left[1:2]:
        _enqueue_range(session, document.id, dead.args | {"first": following})
    _go_on(session, document, dead.args)


def _being_read(session: Session, held: Claim, case: Case) -> Document:
    """The document under its lock, for a run that still is the one. LostLease when it is not."""
    document = locked(session, case.document_id)
    still_mine(session, held)
    if document.state != State.READING or document.reading != case.reading:
        raise LostLease(f"reading {case.reading} of document {case.document_id} was given up or begun anew")
    return document


def _goes_on(document: Document, args: dict[str, Any]) -> bool:
    """Whether it is this reading that is under way; not that of a document that is being erased."""
    gone = document.destroying or document.destroyed_at is not None
    return document.state == State.READING and document.reading == args["reading"] and not gone


def _missing(session: Session, document: Document, wanted: Sequence[int]) -> list[int]:
    mine = (Page.document_id == document.id) & (Page.reading == document.reading)
    kept = set(session.scalars(select(Page.number).where(mine)))
    return [number for number in wanted if number not in kept]


def _go_on(session: Session, document: Document, args: dict[str, Any]) -> None:
    """Queue what follows when every page of the reading has its row; asked under the document's lock, so once."""
    if _goes_on(document, args) and pages_kept(session, document) == document.page_count:
        key = f"finish:{document.id}:{document.reading}"
        told = {name: value for name, value in args.items() if name not in {"first", "last"}}
        enqueue(session, Kind.FINISH_DOCUMENT, document.id, key=key, args=told)


def _forget_page(session: Session, case: Case, number: int) -> None:
    """What another run kept of this page in this reading: it is written once, however often it is read."""
    files = select(File.id).where(
        File.document_id == case.document_id, File.reading == case.reading, File.page == number,
        File.role != FileRole.ORIGINAL.value,
    )  # fmt: skip
    session.execute(delete(Copy).where(Copy.file_id.in_(files)))
    session.execute(delete(File).where(File.id.in_(files)))
    mine = (Page.document_id == case.document_id) & (Page.reading == case.reading) & (Page.number == number)
    session.execute(delete(Page).where(mine))
