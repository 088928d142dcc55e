"""The thin shell around reading: what a job finds in the rows before, and leaves in them after, each in one commit."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import delete, func, or_, select, true, update
from sqlalchemy.orm import Session, defer

from archive.arrangements import Leaf, leaves_of
from archive.audit import READER, Act, record
from archive.base import new_id, now, today
from archive.clues import ClueKind, keep_clues
from archive.codes import archival_code
from archive.customers import Customer, survivor
from archive.documents import (
    Copy,
    Document,
    Field,
    File,
    FileRole,
    Page,
    State,
    changed,
    password_of,
    seal_field,
    seal_page,
    seal_title,
    values_of,
)
from archive.errors import Gone
from archive.folders import folder_for_papers
from archive.intake import DUPLICATE, came_before
from archive.jobs import Claim, Dead, finish, still_mine
from archive.masking import RULE, find_sensitive
from archive.owed import name_files
from archive.own_types import type_label
from archive.sealing import DocumentKey, seal_json
from archive.settings import EngineName
from archive.stores.port import Bucket
from archive.type_models import GIVEN
from retention.classes import assign
from retention.seed import PROPOSED_FOR
from retention.word_holds import look_at_new
from workers.sheets import Facts, FieldValue, Filing, Finding, Line, Match, PageState, Sheet, Source, Verdict
from workers.titles import title_from
from workers.tools import Tools
from workers.unreadable import Code, Unreadable

DATED_BY = ("signed", "issued", "founded")
ONLY_FOR_PDF = (FileRole.PICTURE.value, FileRole.PICTURE_MASKED.value)


@dataclass(frozen=True, slots=True)
class Case:
    """What reading needs to know of the document, detached from its session."""

    document_id: str
    reading: int
    media_type: str
    original: File
    key: DocumentKey
    chosen_type: Verdict | None
    chosen_customer: Match | None
    folder_id: str | None
    uploader_id: str
    leaves: tuple[Leaf, ...] = ()
    engine: EngineName | None = None
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What reading found: pages, decisions, and the renditions that were put."""

    sheets: Sequence[Sheet]
    verdict: Verdict
    facts: Facts
    match: Match
    filing: Filing
    files: list[File]
    flags: tuple[str, ...] = ()
    clues: tuple[tuple[ClueKind, str], ...] = ()
    kept: bool = False
    """Whether the pages stand in the rows already, as those of a long document do."""


def open_case(tools: Tools, held: Claim) -> Case:
    """Mark the document as being read, and take along what the steps need. LostLease, Gone: nothing is to be read."""
    with tools.house.database.transaction() as session:
        document = locked(session, held.subject)
        still_mine(session, held)
        document.state = State.READING.value
        document.pages_read = pages_kept(session, document)
        return case_of(tools, session, document, held)


def case_of(tools: Tools, session: Session, document: Document, held: Claim) -> Case:
    """What the steps need of the document, for this job."""
    original = (File.document_id == document.id) & (File.role == FileRole.ORIGINAL.value)
    chosen = document.document_type if document.type_confidence == 1.0 else None
    given = document.customer_id if document.customer_given else None
    key = tools.house.vault.key(document.id)
    return Case(
        document_id=document.id,
        reading=document.reading,
        media_type=document.media_type,
        original=session.scalars(select(File).where(original)).one(),
        key=key,
        chosen_type=Verdict(chosen, 1.0, ("given",)) if chosen else None,
        chosen_customer=Match(given, 1.0, ("given",)) if given else None,
        folder_id=document.folder_id,
        uploader_id=document.uploader_id,
        leaves=leaves_of(session, document.id),
        engine=held.args.get("engine"),
        password=password_of(key, document),
    )


def pages_kept(session: Session, document: Document) -> int:
    """How many pages of the present reading stand in the rows already."""
    mine = (Page.document_id == document.id) & (Page.reading == document.reading)
    return session.scalar(select(func.count()).select_from(Page).where(mine)) or 0


def locked(session: Session, document_id: str) -> Document:
    """The document under its row lock; Gone when it was condemned meanwhile."""
    document = session.get_one(Document, document_id, with_for_update={"of": Document}, populate_existing=True)
    if document.destroying or document.destroyed_at is not None:
        raise Gone("The document was destroyed before it could be read.", certificate_no=document.certificate_no)
    return document


def note_progress(tools: Tools, document_id: str, pages: int, read: int) -> None:
    """Let people see how far it is; a run that was taken over cannot set it back, nor after the end."""
    mine = (Document.id == document_id) & (Document.state == State.READING.value) & (Document.pages_read < read)
    with tools.house.database.transaction() as session:
        session.execute(update(Document).where(mine).values(page_count=pages, pages_read=read))


def close_case(tools: Tools, held: Claim, case: Case, outcome: Outcome) -> None:
    """Everything that reading found, in one commit with the end of the job; search learns of it after."""
    with tools.house.database.transaction() as session:
        document = locked(session, case.document_id)
        still_mine(session, held)
        _forget_earlier(session, document, kept=outcome.kept)
        if outcome.kept:
            _note_findings(session, document, outcome.sheets)
        else:
            session.add_all(page_row(case, sheet) for sheet in outcome.sheets)
        _keep_measures(document, outcome)
        _keep_fields(session, case.key, document, outcome.facts)
        _keep_clues(tools, session, case.key, document, outcome)
        name_files(session, outcome.files)
        keep_decisions(tools, session, case.key, document, outcome)
        look_at_new(session, tools.house, document)
        told = {
            "pages": len(outcome.sheets), "type": document.document_type or "", "state": document.state,
            "flags": list(outcome.flags), "engine": outcome.sheets[0].engine if outcome.sheets else "",
        }  # fmt: skip
        record(session, READER, Act.DOCUMENT_RECOGNISED, document.id, detail=told)
        if document.state == State.FILED:
            log_filing(session, document)
        changed(session, document)
        finish(session, held)


def _forget_earlier(session: Session, document: Document, *, kept: bool) -> None:
    """Earlier readings' pages, fields and renditions; their objects are cleared by reconciliation.

    `kept`: this reading's pages and images stand already and stay, all but what was only for the searchable PDF.
    """
    earlier, done = File.reading != document.reading, File.role.in_(ONLY_FOR_PDF)
    renditions = select(File.id).where(File.document_id == document.id, File.bucket != Bucket.RECORDS.value)
    renditions = renditions.where(or_(earlier, done)) if kept else renditions
    pages = delete(Page).where(Page.document_id == document.id)
    session.execute(delete(Copy).where(Copy.file_id.in_(renditions)))
    session.execute(delete(File).where(File.id.in_(renditions)))
    session.execute(pages.where(Page.reading != document.reading) if kept else pages)
    document.shown_reading = document.reading
    session.flush()
    session.execute(delete(Field).where(Field.document_id == document.id, Field.corrected.is_(False)))
    session.expire(document)


def _keep_measures(document: Document, outcome: Outcome) -> None:
    """How many pages there are, and whether identity numbers stand on one; of long documents the covers tell it."""
    document.page_count = document.pages_read = len(outcome.sheets)
    covered = any(file.role == FileRole.SEARCHABLE_MASKED for file in outcome.files)
    document.sensitive = covered or any(find_sensitive(sheet.text) for sheet in outcome.sheets)
    document.covered_by = RULE


def _note_findings(session: Session, document: Document, sheets: Sequence[Sheet]) -> None:
    """What the pages of a long document say about each other, beside what each says of itself."""
    found = {sheet.number: _findings(sheet) for sheet in sheets}
    kept = select(Page).where(Page.document_id == document.id, Page.reading == document.reading)
    for page in session.scalars(kept.options(defer(Page.text), defer(Page.words))):
        if page.findings != found[page.number]:
            page.findings = found[page.number]


def page_row(case: Case, sheet: Sheet) -> Page:
    """A sheet as the row of its page, what it says sealed."""
    page = bare_row(case.document_id, case.reading, sheet)
    if sheet.lines:
        seal_page(case.key, page, sheet.text, _words(sheet))
    return page


def bare_row(document_id: str, reading: int, sheet: Sheet) -> Page:
    """The row of a page without what it says."""
    return Page(
        id=new_id(), document_id=document_id, reading=reading, number=sheet.number, read_at=now(), width=sheet.width,
        height=sheet.height, dpi=sheet.dpi, turn=sheet.turn, state=sheet.state.value, confidence=sheet.confidence,
        source=sheet.source.value, engine=sheet.engine, error=sheet.error,
        findings=_findings(sheet),
    )  # fmt: skip


def measured(page: Page, lines: tuple[Line, ...] = ()) -> Sheet:
    """The row of a page as a sheet again, with these lines."""
    return Sheet(
        number=page.number, width=page.width, height=page.height, dpi=page.dpi, state=PageState(page.state),
        lines=lines, confidence=page.confidence, turn=page.turn, source=Source(page.source), engine=page.engine,
        findings=tuple(Finding(found["code"], found["value"], found["clause"]) for found in page.findings),
        error=page.error,
    )  # fmt: skip


def _findings(sheet: Sheet) -> list[dict[str, str]]:
    return [{"code": found.code, "value": found.value, "clause": found.clause} for found in sheet.findings]


def _words(sheet: Sheet) -> list[dict[str, Any]]:
    words = []
    for number, line in enumerate(sheet.lines):
        for word in line.words or ():
            x, y, width, height = (round(side, 1) for side in word.box)
            words.append({
                "text": word.text, "x": x, "y": y, "w": width, "h": height,
                "confidence": round(word.confidence, 3), "line": number,
            })  # fmt: skip
    return words


def _keep_fields(session: Session, key: DocumentKey, document: Document, facts: Facts) -> None:
    corrected = set(session.scalars(select(Field.name).where(Field.document_id == document.id)))
    for name, found in facts.fields.items():
        if name not in corrected:
            session.add(
                Field(
                    document_id=document.id, name=name, confidence=found.confidence, page=found.page,
                    sealed=seal_field(key, name, _told(found)),
                )
            )  # fmt: skip
    document.dated = _dated(facts)


def _keep_clues(tools: Tools, session: Session, key: DocumentKey, document: Document, outcome: Outcome) -> None:
    """What points from this paper to others, with the contract number that a person put right."""
    session.flush()
    number = values_of(key, document).get(ClueKind.CONTRACT_NO.value, "")
    keep_clues(session, tools.house.vault, document.id, [*outcome.clues, (ClueKind.CONTRACT_NO, number)])


def _told(found: FieldValue) -> dict[str, Any]:
    box = [round(side, 1) for side in found.box] if found.box else None
    return {"value": found.value, "box": box, "because": found.because, "problem": found.problem}


def _dated(facts: Facts) -> date | None:
    for name in DATED_BY:
        try:
            return date.fromisoformat(facts.value(name))
        except ValueError:
            continue
    return None


def keep_decisions(tools: Tools, session: Session, key: DocumentKey, document: Document, outcome: Outcome) -> None:
    """Write type, customer, place and title into the document, with the reasons; filed it has its code."""
    document.document_type = outcome.verdict.code
    document.type_confidence = outcome.verdict.confidence
    if outcome.verdict.confidence < GIVEN:
        document.called_type, document.called_sure = outcome.verdict.code, outcome.verdict.confidence
    found = survivor(session, outcome.match.customer_id) if outcome.match.customer_id else None
    document.customer_id = found or (document.customer_id if document.folder_id else None)
    told = [*outcome.filing.review, *((DUPLICATE,) if came_before(session, document) else ())]
    if outcome.filing.filed and not told and document.folder_id is None:
        told += _choose_folder(tools, session, document)
    document.review = [reason.partition(":")[0] for reason in told]
    document.error = None
    _place(document, session, filed=outcome.filing.filed and not told)
    assign(session, document)
    customer = session.get(Customer, document.customer_id) if document.customer_id else None
    kind = type_label(session, outcome.verdict.code)[0]
    title = title_from(kind, outcome.facts, customer.name if customer else "")
    seal_title(key, document, title)
    document.because = seal_json(key, "because", _reasons(outcome, told))


def _place(document: Document, session: Session, *, filed: bool) -> None:
    """Filed documents have an archival code, given once; one that was filed by a person stays where it is."""
    stays = document.archival_code is not None
    document.state = (State.FILED if filed or stays else State.REVIEW).value
    if filed and not stays and document.folder is not None:
        document.archival_code = archival_code(session, document.folder.code)
        document.filed_at = now()


def _reasons(outcome: Outcome, review: list[str]) -> list[dict[str, Any]]:
    """Why it is what and where it is: shown beside the scan, sealed in the row."""
    match = outcome.match
    return [
        {"about": "type", "told": list(outcome.verdict.because)},
        {
            "about": "customer",
            "told": list(match.because),
            "proposed": match.proposed,
            "candidates": list(match.candidates),
        },
        {"about": "fields", "told": list(outcome.facts.doubts)},
        {"about": "filing", "told": list(outcome.filing.because)},
        {"about": "review", "told": review},
    ]


def _choose_folder(tools: Tools, session: Session, document: Document) -> list[str]:
    """The customer's one open folder; review when a person has to choose."""
    if document.customer_id is None:
        return ["customer_unknown"]
    settings = tools.house.settings
    folder = folder_for_papers(
        session, document.customer_id, document.department_id, fonds=settings.fonds,
        year=today(settings.zone).year, retention_class=PROPOSED_FOR["other"],
        actor=READER, seen=true(),
    )  # fmt: skip
    if folder is None:
        return ["folder_ambiguous"]
    document.folder = folder
    document.department_id, document.confidentiality = folder.department_id, folder.confidentiality
    return []


def log_filing(session: Session, document: Document) -> None:
    """That the machine filed it, where, and under which class."""
    told = {"folder": document.folder_id, "code": document.archival_code, "class": document.retention_class}
    record(session, READER, Act.DOCUMENT_FILED, document.id, detail=told)


def without_text(tools: Tools, held: Claim, case: Case, outcome: Unreadable) -> None:
    """The file could not be opened: it waits for a password, or stands in quarantine with the reason; kept as it is."""
    needs_password = outcome.code in {Code.NEEDS_PASSWORD, Code.WRONG_PASSWORD}
    state = State.NEEDS_PASSWORD if needs_password else State.QUARANTINED
    with tools.house.database.transaction() as session:
        _set_aside(session, case.document_id, state, outcome.code.value)
        finish(session, held)


def give_up_reading(session: Session, dead: Dead) -> None:
    """Every attempt failed: quarantine, with the reason and the ways out shown on its page."""
    with contextlib.suppress(Gone):  # what was destroyed meanwhile keeps its stub as it is
        _set_aside(session, dead.subject, State.QUARANTINED, Code.CRASHED.value)


def _set_aside(session: Session, document_id: str, state: State, code: str) -> None:
    document = locked(session, document_id)
    document.state, document.error = state.value, code
    document.review = [code]
    if code == Code.WRONG_PASSWORD:
        document.password = None
    record(session, READER, Act.DOCUMENT_QUARANTINED, document.id, detail={"code": code})
    changed(session, document)
