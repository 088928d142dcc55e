"""What a drill asks of a restored installation, each check beside the living one: a tally and findings, no more.

What changed in the living installation after the set was made is no fault of the set: it is passed over and counted.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from archive import anchors, checkpoints
from archive.access import Actor, ReadableScope
from archive.arrangements import leaves_of
from archive.audit import AuditEntry
from archive.customers import Customer
from archive.documents import Document, File, FileRole, State, page_text, password_of, title_of, values_of
from archive.drills import Check, Finding, Problem, Tally
from archive.errors import Fault, Gone, Refusal
from archive.folders import Folder
from archive.grants import Grant
from archive.house import House
from archive.log import ORIGIN, sequence_all, verify_log
from archive.people import Department, Person
from archive.readable import readable_scope
from archive.rights import Confidentiality, Role
from archive.signing import Purpose
from archive.verification import examine
from indexes import analysis
from indexes.language import parse
from indexes.port import LARGEST_ANSWER, SearchEngine, SearchOrder
from workers.originals import opened
from workers.sandbox import Sandbox
from workers.scan import open_pages
from workers.unreadable import Unreadable

Wrong = tuple[str, Problem, str]
"""Of what something is wrong, what, and its detail."""
FEWEST: Final = 2
PHRASE: Final = 16
"""Characters of a page's text that are searched for."""
PARTS: Final = 20
"""Answers of a hundred hits that are looked through for the page that a phrase was taken from."""
OPENABLE: Final = frozenset({State.REVIEW.value, State.FILED.value})
RIGHTS_ACTS: Final = ("person.", "password.", "grant.", "installation.")
LOOKER: Final = Actor("system:drill", "", frozenset({Role.OFFICER}), "", Confidentiality.SECRET)
"""Who searches the scratch index: an officer of every department, in the scratch installation alone."""


@dataclass
class Ledger:
    """Tallies and findings as they come."""

    tallies: dict[Check, Tally] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def begin(self, *checks: Check) -> None:
        """Say that these come to their turn, though there may be nothing to look at."""
        for check in checks:
            self.add(check, 0)

    def add(self, check: Check, looked: int = 1, *, passed_over: int = 0, wrong: Iterable[Wrong] = ()) -> None:
        """Count what was looked at and list what is wrong of it, with subject and detail."""
        found = [Finding(check, *one) for one in wrong]
        was = self.tallies.get(check, Tally())
        self.findings += found
        self.tallies[check] = Tally(was.looked + looked, was.passed_over + passed_over, was.wrong + len(found))


def drawn(scratch: House, sample: int | None) -> tuple[int, list[str]]:
    """How many documents stand, and those that are looked at: a sample that nobody can foresee, or all."""
    with scratch.database.reading() as session:
        ids = list(session.scalars(_standing().order_by(Document.id)))
    if sample is None or sample >= len(ids):
        return len(ids), ids
    return len(ids), sorted(secrets.SystemRandom().sample(ids, sample))


def _standing() -> Any:  # noqa: ANN401 - a select of one column
    return select(Document.id).where(
        Document.destroyed_at.is_(None), Document.destroying.is_(False), Document.withdrawn.is_(None)
    )


def check_replay(real: House, scratch: House, ledger: Ledger) -> None:
    """No document that the living installation has destroyed stands in the restored one."""
    gone = real.witness.destructions() | {document_id: number for document_id, number, _ in real.vault.destroyed()}
    with real.database.reading() as session:
        asked = select(Document.id).where(Document.destroyed_at.is_not(None) | Document.destroying)
        gone |= dict.fromkeys(session.scalars(asked), "")
    with scratch.database.reading() as session:
        back = sorted(set(session.scalars(_standing())) & gone.keys())
    ledger.add(Check.REPLAY, len(gone), wrong=[(one, Problem.DESTROYED_RETURNS, "") for one in back])


def check_log(real: House, scratch: House, note: str, ledger: Ledger) -> None:
    """The log verifies, and is the one that the set's checkpoint was signed over."""
    problems = []
    try:
        key = real.signing.installation(Purpose.CHECKPOINT)
        point = checkpoints.verify(note, ORIGIN, key.public)
        anchors.set_back(scratch)
        with scratch.database.transaction() as session:
            sequence_all(session)
            held = verify_log(session, key, scratch.vault, [*anchors.anchored(scratch), point])
        size, problems = held.size, [] if held.ok else [held.problem]
    except Fault as fault:
        size, problems = 0, [str(fault)]
    ledger.add(Check.LOG, size, wrong=[("log", Problem.LOG_BREAKS, problem) for problem in problems])


def check_rights(real: House, scratch: House, ledger: Ledger) -> None:
    """People, roles, departments and grants are equal, but for what an act of the log since then explains."""
    with real.database.reading() as session, scratch.database.reading() as restored:
        living, found = _rights(session), _rights(restored)
        differ = sorted(key for key in living.keys() | found.keys() if living.get(key) != found.get(key))
        explained = _told_since(session, restored) if differ else frozenset()
    wrong = [key for key in differ if not explained & {key, _owner(living, found, key)}]
    problems = [(key, Problem.RIGHTS_DIFFER, "") for key in wrong]
    ledger.add(Check.RIGHTS, len(living), passed_over=len(differ) - len(wrong), wrong=problems)


def _rights(session: Session) -> dict[str, tuple[object, ...]]:
    """Everything that decides what a person may do, by id; the first of a grant's values is whose it is."""
    people = session.scalars(select(Person)).unique()
    held: dict[str, tuple[object, ...]] = {
        one.id: (one.id, one.name, one.department_id, one.clearance, one.disabled_at, sorted(one.role_set))
        for one in people
    }
    held |= {one.id: (one.id, one.name) for one in session.scalars(select(Department))}
    grants = session.scalars(select(Grant))
    return held | {
        one.id: (one.person_id, one.folder_id, one.document_id, one.unmasked, one.ends_at, one.revoked_at)
        for one in grants
    }


def _owner(living: dict[str, tuple[object, ...]], found: dict[str, tuple[object, ...]], key: str) -> str:
    return str((living.get(key) or found[key])[0])


def _told_since(session: Session, restored: Session) -> frozenset[str]:
    """Subjects of acts upon rights that the restored log does not hold yet."""
    acts = [AuditEntry.action.startswith(act) for act in RIGHTS_ACTS]
    asked = select(AuditEntry.id, AuditEntry.subject).where(acts[0] | acts[1] | acts[2] | acts[3])
    known = {entry_id for entry_id, _ in restored.execute(asked)}
    return frozenset(subject for entry_id, subject in session.execute(asked) if entry_id not in known)


@dataclass
class Looker:
    """Looks at the drawn documents, one at a time."""

    real: House
    scratch: House
    sandbox: Sandbox
    engine: SearchEngine
    ledger: Ledger

    def look(self, document_id: str) -> None:
        """Bytes, pages, fields and text of one document."""
        with self.scratch.database.reading() as session:
            document = session.scalars(
                select(Document)
                .where(Document.id == document_id)
                .options(selectinload(Document.pages), selectinload(Document.fields))
            ).one()
            files = list(session.scalars(select(File).where(File.document_id == document_id)))
            scope = readable_scope(session, LOOKER)
            leaves = leaves_of(session, document_id)
            owner = _owner_of(session, document)
        self._bytes(files)
        self._pages(document, files, len(leaves))
        self._fields(document, owner)
        self._text(document, scope)

    def _bytes(self, files: Sequence[File]) -> None:
        found = [finding for file in files if (finding := examine(self.scratch, file, full=True))]
        wrong = [(one.document_id, Problem.BYTES_DIFFER, f"{one.fault}: {one.key}") for one in found]
        self.ledger.add(Check.BYTES, len(files), wrong=wrong)

    def _pages(self, document: Document, files: Sequence[File], arranged: int) -> None:
        """The original and the searchable PDF open in the sandbox and have the pages that the rows know."""
        if document.state not in OPENABLE:
            self.ledger.add(Check.PAGES, passed_over=1)
            return
        counts = (len(document.pages), document.page_count)
        wrong = [] if counts[0] == counts[1] else [(document.id, Problem.PAGES_MISSING, f"{counts[0]} / {counts[1]}")]
        for file in files:
            if file.role in {FileRole.ORIGINAL, FileRole.SEARCHABLE}:
                wrong += self._opens(document, file, arranged)
        self.ledger.add(Check.PAGES, wrong=wrong)

    def _opens(self, document: Document, file: File, arranged: int) -> Iterator[Wrong]:
        original = file.role == FileRole.ORIGINAL
        try:
            key = self.scratch.vault.key(document.id)
            password = password_of(key, document) if original else ""
            with (
                opened(self.scratch, file) as plain,
                open_pages(plain, file.media_type, self.sandbox, password) as scan,
            ):
                count = scan.count
                scan.render(secrets.randbelow(count) + 1)
        except (Unreadable, Fault, Refusal) as error:
            yield document.id, Problem.DOES_NOT_OPEN, f"{file.role}: {type(error).__name__}"
            return
        if count != (arranged if original and arranged else document.page_count):
            yield document.id, Problem.OTHER_PAGES, f"{file.role}: {count} / {document.page_count}"

    def _fields(self, document: Document, owner: tuple[str, ...]) -> None:
        """Title and fields open, and they, its customer, folder and code are the living ones where nothing changed."""
        try:
            told = _facts(self.scratch, document, owner)
        except (Fault, Gone) as error:
            self.ledger.add(Check.FIELDS, wrong=[(document.id, Problem.FIELDS_CLOSED, type(error).__name__)])
            return
        living = self._living(document)
        if living is None:
            self.ledger.add(Check.FIELDS, passed_over=1)
            return
        wrong = [] if living == told else [(document.id, Problem.FIELDS_DIFFER, "")]
        self.ledger.add(Check.FIELDS, wrong=wrong)

    def _living(self, document: Document) -> tuple[object, ...] | None:
        """The same of the living document, None where that has changed since, or has gone."""
        with self.real.database.reading() as session:
            asked = select(Document).where(Document.id == document.id, Document.version == document.version)
            row = session.scalar(asked.options(selectinload(Document.fields)))
            owner = _owner_of(session, row) if row else ()
        try:
            return _facts(self.real, row, owner) if row and not row.destroying else None
        except Gone:
            return None

    def _text(self, document: Document, scope: ReadableScope) -> None:
        """A phrase of one of its pages is found on that page."""
        try:
            key = self.scratch.vault.key(document.id)
            texts = [(page.number, page_text(key, page)) for page in document.pages]
        except (Fault, Gone) as error:
            self.ledger.add(Check.TEXT, wrong=[(document.id, Problem.TEXT_CLOSED, type(error).__name__)])
            return
        phrases = [(number, phrase) for number, text in texts if (phrase := phrase_of(text))]
        if not phrases or document.unfinished:
            self.ledger.add(Check.TEXT, passed_over=1)
            return
        number, phrase = secrets.choice(phrases)
        found = found_on(self.engine, scope, phrase, document.id, number)
        wrong = [] if found else [(document.id, Problem.TEXT_NOT_FOUND, str(number))]
        self.ledger.add(Check.TEXT, wrong=wrong)


def phrase_of(text: str) -> str:
    """Some characters in a row from a place that nobody can foresee; empty for a page that holds too little."""
    told = [token for token in analysis.tokens(text) if token.text != analysis.GAP]
    if len(told) < FEWEST:
        return ""
    start = secrets.randbelow(max(1, len(told) - PHRASE))
    chosen = told[start : start + PHRASE]
    return " ".join(text[chosen[0].start : chosen[-1].end].replace('"', "").split())


def found_on(engine: SearchEngine, scope: ReadableScope, phrase: str, document_id: str, number: int) -> bool:
    """Whether the phrase is found on that page, however many pages hold it."""
    order = SearchOrder(parse(f'"{phrase}"').node, size=LARGEST_ANSWER)
    for _ in range(PARTS):
        answer = engine.search(order, scope, frozenset())
        if any((hit.document_id, hit.page) == (document_id, number) for hit in answer.hits):
            return True
        if not answer.cursor:
            return False
        order = replace(order, cursor=answer.cursor)
    return False


def _owner_of(session: Session, document: Document) -> tuple[str, ...]:
    """The numbers of its customer and its folder, as the rows join them."""
    customer = session.get(Customer, document.customer_id) if document.customer_id else None
    folder = session.get(Folder, document.folder_id) if document.folder_id else None
    return (customer.number if customer else "", folder.code if folder else "")


def _facts(house: House, document: Document, owner: tuple[str, ...]) -> tuple[object, ...]:
    key = house.vault.key(document.id)
    return (title_of(key, document), values_of(key, document), document.archival_code, *owner)
