"""The step that looks at one document's four properties; it reads bytes and parses none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import BinaryIO, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from archive.audit import Act, AuditEntry
from archive.documents import Document, File, FileRole, State, page_text, title_of, values_of
from archive.drills import last_good, overdue
from archive.errors import Damaged, Gone
from archive.house import House
from archive.jobs import Claim, finish
from archive.log import began
from archive.media import HEAD, READABLE, sniff
from archive.properties import Phase, Seen, judged
from archive.property_checks import ask_for_due, keep
from archive.repair import listed
from archive.rights import Confidentiality
from archive.sites import PRIMARY
from archive.stores.port import NoSuchObject
from archive.vault import KeyMissing
from archive.verification import examine
from retention.classes import permanent_codes
from workers.originals import opened
from workers.tools import Tools

AT_ONCE: Final = 100
EARLIEST: Final = date(1900, 1, 1)
UNREADABLE: Final = frozenset({State.QUARANTINED.value, State.NEEDS_PASSWORD.value})
MANDATORY: Final = ("document_type", "folder_id", "retention_class", "archival_code", "customer_id")


def ask_for_checks(house: House) -> None:
    """The duty: what came in, and what was not looked at for long."""
    with house.database.transaction() as session:
        ask_for_due(session, permanent_codes(session), AT_ONCE)


def check_properties(tools: Tools, held: Claim) -> None:
    """Look at a document, judge what was seen, keep the results. One that has gone meanwhile needs none."""
    phase, house = Phase(held.args["phase"]), tools.house
    with house.database.reading() as session:
        document = _loaded(session, held.subject)
        files = list(session.scalars(select(File).where(File.document_id == held.subject)))
    version = tools.scanner.version() if tools.scanner and document else ""
    seen = _seen(house, document, files, _Bytes.of(tools, document, files)) if document else None
    with house.database.transaction() as session:
        row = session.get(Document, held.subject)
        if seen and row and not row.destroying and row.destroyed_at is None:
            keep(session, row, phase, judged(seen, phase), version)
        finish(session, held)


def _loaded(session: Session, document_id: str) -> Document | None:
    there = Document.destroyed_at.is_(None) & Document.destroying.is_(False)
    asked = select(Document).where(Document.id == document_id, there)
    return session.scalar(asked.options(selectinload(Document.pages), selectinload(Document.fields)))


def _seen(house: House, document: Document, files: Sequence[File], bytes_: _Bytes) -> Seen:
    """What the rows say, beside what the bytes said; a fault at the primary counts though another site was read."""
    every, resolve = house.settings.drill_every_days, all(examine(house, file, full=False) is None for file in files)
    came = AuditEntry.action.in_((Act.DOCUMENT_RECEIVED.value, Act.DOCUMENT_DIVIDED.value))
    with house.database.reading() as session:
        faulty = listed(session, [file.id for file in files], PRIMARY)
        last, begun = last_good(session), began(session)
        logged = session.scalar(select(AuditEntry.id).where(AuditEntry.subject == document.id, came).limit(1))
    return Seen(
        digest_holds=bytes_.digest_holds and not faulty,
        type_is=bytes_.type_is,
        size_is=bytes_.size_is,
        objects_resolve=resolve,
        metadata_problems=_problems(house, document),
        missing_metadata=_missing(document) if document.state == State.FILED else None,
        pages_counted=document.page_count,
        pages_held=[page.number for page in document.pages],
        metadata_opens=_opens(house, document),
        content_reads=_reads(document),
        format_supported=document.media_type in READABLE,
        drill_current=not overdue(last, begun, every) if last else None,
        malware=bytes_.malware,
        scanned=bytes_.scanned,
        logged=logged is not None,
        exposed=document.sensitive and document.level is Confidentiality.PUBLIC,
    )


class _Bytes:
    """What the original's own bytes say."""

    def __init__(self) -> None:
        self.digest_holds = self.type_is = self.size_is = self.scanned = False
        self.malware: str | None = None

    @classmethod
    def of(cls, tools: Tools, document: Document, files: Sequence[File]) -> _Bytes:
        """Opened under its key once, hashed, its type told by its head, given to the scanner where there is one."""
        found = cls()
        original = next((file for file in files if file.role == FileRole.ORIGINAL), None)
        if original is None or all(copy.site != tools.house.site.site for copy in original.copies):
            return found
        try:
            with opened(tools.house, original) as body:  # compares the digest as well
                found._read(body, original, document)
                if tools.scanner:
                    found.malware, found.scanned = tools.scanner.scan(body), True
        except (Damaged, Gone, KeyMissing, NoSuchObject):
            found.digest_holds = False
        return found

    def _read(self, body: BinaryIO, original: File, document: Document) -> None:
        digest, size, head = sha256(), 0, body.read(HEAD)
        body.seek(0)
        while chunk := body.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
        body.seek(0)
        self.digest_holds = digest.hexdigest() == original.sha256
        self.size_is, self.type_is = size == original.size, sniff(head) == document.media_type


def _problems(house: House, document: Document) -> list[str]:
    """Metadata that cannot be right: codes with blanks, dates out of time, characters that are none."""
    found = []
    code = document.archival_code
    if code is not None and (not code.strip() or any(letter.isspace() for letter in code)):
        found.append("archival_code")
    latest = document.received_at.date() + timedelta(days=1)
    if document.dated and not EARLIEST <= document.dated <= latest:
        found.append("dated")
    try:
        title = title_of(house.vault.key(document.id), document)
    except (Damaged, Gone, KeyMissing):
        return found
    return [*found, "title"] if any(not letter.isprintable() for letter in title) else found


def _missing(document: Document) -> list[str]:
    return [name for name in MANDATORY if not getattr(document, name)]


def _opens(house: House, document: Document) -> bool:
    """Title, fields and texts open under the key, and hold no character that was lost on the way."""
    try:
        key = house.vault.key(document.id)
        told = [title_of(key, document), *values_of(key, document).values()]
        told += [page_text(key, page) for page in document.pages]
    except (Damaged, Gone, KeyMissing):
        return False
    return not any("\ufffd" in text for text in told)


def _reads(document: Document) -> bool | None:
    """Whether every page was decoded; None for one that was never read."""
    if document.state in UNREADABLE:
        return False
    return all(page.state != "failed" for page in document.pages) if document.page_count else None
