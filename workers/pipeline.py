"""The walk of one scan, from bytes to a place in a folder, on one screen. How each step works stands elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from archive.jobs import Claim
from workers.case import Outcome, close_case, open_case, without_text
from workers.classify import classify
from workers.extract import extract
from workers.filing import FilingPolicy, decide_filing
from workers.match import match_customer
from workers.originals import opened
from workers.reading import reader_of
from workers.register import CustomerRows
from workers.scan import open_pages
from workers.sheets import Facts, Match, PageState, Sheet
from workers.tools import Tools
from workers.unreadable import Code, Unreadable

POLICY = FilingPolicy()


def read_document(tools: Tools, held: Claim) -> None:
    """Take one scan from bytes to a place in a folder."""
    case = open_case(tools, held)
    try:
        with (
            opened(tools.house, case.original) as source,
            open_pages(source, case.media_type, tools.sandbox) as scan,
            reader_of(tools, case, scan) as reader,
        ):
            sheets = [reader.read(page) for page in scan]
            need_a_page(sheets)
            files = reader.renditions()
    except Unreadable as outcome:
        without_text(tools, held, case, outcome)
        return
    verdict = case.chosen_type or classify(sheets)
    facts = extract(sheets, verdict.code, tools.own_names)
    match = case.chosen_customer or owner(tools, facts, verdict.code)
    filing = decide_filing(sheets, verdict, facts, match, POLICY, [case.folder_id] if case.folder_id else [])
    close_case(tools, held, case, Outcome(sheets, verdict, facts, match, filing, files, scan.flags))


def need_a_page(sheets: Sequence[Sheet]) -> None:
    """Unreadable with the first page's reason when not one page could be read: the file as a whole failed."""
    if all(sheet.state is PageState.FAILED for sheet in sheets):
        raise Unreadable(Code(sheets[0].error))


def owner(tools: Tools, facts: Facts, kind: str) -> Match:
    """Whom the paper belongs to, among the customers of this moment."""
    with tools.house.database.reading() as session:
        return match_customer(facts, kind, CustomerRows(session, tools.house.vault), tools.own_names)
