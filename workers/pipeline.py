"""The walk of one scan, from bytes to a place in a folder, on one screen. How each step works stands elsewhere.

A long document goes the same way in three kinds of jobs: it is counted, its ranges are read by as many workers as there
are, and the last range's end calls for the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archive.documents import File
from archive.jobs import Claim
from workers.binding import bind, kept_sheets
from workers.case import Case, Outcome, close_case, open_case, without_text
from workers.classify import classify
from workers.clues import clues_of
from workers.extract import extract
from workers.filing import POLICY, decide_filing
from workers.match import match_customer
from workers.numbering import numbered
from workers.quality import told_of_file
from workers.ranges import SIMPLE, close_range, fan_out, keep_page, open_end, open_range
from workers.reading import PageReader, open_scan, reader_of
from workers.register import CustomerRows
from workers.sheets import Facts, Match, PageState, Sheet
from workers.stack import find_separators, hand_over, noted
from workers.tools import Tools
from workers.unreadable import Code, Unreadable


def read_document(tools: Tools, held: Claim) -> None:
    """Take one scan from bytes to a place in a folder; a long one as far as its ranges."""
    case = open_case(tools, held)
    try:
        engine = tools.ocr(case.engine)
        with open_scan(tools, case) as scan:
            division = find_separators(tools, case, scan)
            if division.runs and hand_over(tools, held, case, scan, division):
                return
            if scan.count > SIMPLE:
                fan_out(tools, held, case, scan, division.kept_whole)
                return
            with reader_of(tools, case, scan, engine) as reader:
                sheets = noted([reader.read(page) for page in scan], division.kept_whole)
                need_a_page(sheets)
                files = reader.renditions()
    except Unreadable as outcome:
        without_text(tools, held, case, outcome)
        return
    close_case(tools, held, case, decided(tools, case, sheets, files, scan.flags))


def read_pages(tools: Tools, held: Claim) -> None:
    """Read one range of a long document, each page kept as soon as it is read; the last range calls for the rest."""
    part = open_range(tools, held)
    if part.missing:
        reader = PageReader(tools, part.case, tools.ocr(part.case.engine))
        with open_scan(tools, part.case) as scan:
            for number, page in zip(part.missing, scan.these(part.missing), strict=True):
                read = reader.read(number, page)
                [sheet] = noted([read.sheet], part.notes)
                keep_page(tools, held, part.case, sheet, [*read.files, *reader.pictures(read)])
    close_range(tools, held, part.case)


def finish_document(tools: Tools, held: Claim) -> None:
    """Go on with a long document whose pages are all read: decide, put its PDFs together, give it a place."""
    case = open_end(tools, held)
    sheets = kept_sheets(tools, case)
    try:
        need_a_page(sheets)
    except Unreadable as outcome:
        without_text(tools, held, case, outcome)
        return
    found = decided(tools, case, sheets, bind(tools, case), held.args["flags"])
    close_case(tools, held, case, replace(found, kept=True))


def decided(tools: Tools, case: Case, sheets: Sequence[Sheet], files: list[File], flags: Sequence[str]) -> Outcome:
    """What the paper is, what it says, whose it is and where it goes."""
    sheets = told_of_file(numbered(sheets), flags)
    words = tools.vocabulary()
    verdict = case.chosen_type or classify(sheets, tools.type_model(), words)
    facts = extract(sheets, verdict.code, tools.own_names, words.fields.get(verdict.code, ()))
    match = case.chosen_customer or owner(tools, facts, verdict.code)
    filing = decide_filing(sheets, verdict, facts, match, POLICY, [case.folder_id] if case.folder_id else [])
    return Outcome(sheets, verdict, facts, match, filing, files, tuple(flags), clues_of(sheets))


def need_a_page(sheets: Sequence[Sheet]) -> None:
    """Unreadable with the first page's reason when not one page could be read: the file as a whole failed."""
    if all(sheet.state is PageState.FAILED for sheet in sheets):
        raise Unreadable(Code(sheets[0].error))


def owner(tools: Tools, facts: Facts, kind: str) -> Match:
    """Whom the paper belongs to, among the customers of this moment."""
    with tools.house.database.reading() as session:
        return match_customer(facts, kind, CustomerRows(session, tools.house.vault), tools.own_names)
