"""Corrections by people: what a document is, whose, where it belongs, what its fields say (mission B5).

Nothing of a held document, or of one that stands in a batch, is changed. The entry in the log holds before and after,
sealed under the document's key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sqlalchemy.orm import Session

from archive.access import Actor, ReadableScope
from archive.audit import Act, record
from archive.base import now
from archive.clues import ClueKind, add_clue
from archive.codes import archival_code, void
from archive.customers import Customer, IdentifierType, borne_on, by_identifier, living_customer
from archive.documents import (
    FIELDS,
    UNFILED_LEVEL,
    Document,
    Field,
    State,
    changed,
    field_told,
    seal_field,
    seal_password,
    seal_title,
    title_of,
    values_of,
)
from archive.errors import Conflict, Forbidden, Invalid, reason_given
from archive.folders import Folder, FolderState, folder_for_papers, open_for_papers
from archive.jobs import Kind, enqueue
from archive.own_types import need_type
from archive.property_checks import need_no_veto
from archive.readable import readable_folder, the_document, the_folder, the_readable_customer
from archive.rights import Confidentiality, Right, Role
from archive.sealing import DocumentKey
from archive.settings import EngineName
from archive.vault import Vault
from retention.classes import assign
from retention.holds import need_changeable
from retention.seed import PROPOSED_FOR

DATES: Final = frozenset({"founded", "signed", "issued", "expires"})
NUMBERS: Final = (IdentifierType.ID_NO.value, IdentifierType.USCC.value)
VALUE_MAX: Final = 200
TITLE_MAX: Final = 200
REASON_MAX: Final = 2000
PASSWORD_MAX: Final = 200
MALWARE: Final = "MALWARE"
SETTLED: Final = frozenset({State.REVIEW, State.FILED, State.QUARANTINED, State.NEEDS_PASSWORD})


@dataclass(frozen=True, slots=True)
class Opening:
    """File in the customer's one open folder, opened if there is none: what its code is made of."""

    fonds: str
    year: int


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person changes; only what `given` names is changed. `file` says that it is right as it is now."""

    given: frozenset[str]
    document_type: str = ""
    customer_id: str | None = None
    folder_id: str | None = None
    title: str = ""
    confidentiality: Confidentiality = Confidentiality.INTERNAL
    retention_class: str | None = None
    fields: dict[str, str | None] = field(default_factory=dict)
    reason: str = ""
    file: bool = False
    opening: Opening | None = None


def correct(
    session: Session, actor: Actor, scope: ReadableScope, vault: Vault, *, document_id: str, wanted: Correction
) -> Document:
    """Change a document. NotFound out of sight, Forbidden beyond the actor's department, Conflict when it must stay."""
    document = changeable(session, actor, scope, document_id)
    if State(document.state) not in SETTLED:
        raise Conflict("This document is being read. Correct it when that is done.", code="being_read")
    key = vault.key(document.id)
    before, classed = _told(key, document), (document.retention_class, document.class_version)
    _set_fields(session, key, document, wanted.fields)
    add_clue(session, vault, document.id, ClueKind.CONTRACT_NO, wanted.fields.get("contract_no") or "")
    if "customer_id" in wanted.given:
        borne = {bearer.id for bearer, _, _ in borne_on(session, vault, values_of(key, document))}
        _give_to(session, scope, document, wanted.customer_id, borne=borne)
    _place(session, actor, scope, document, wanted)
    _describe(session, actor, key, document, wanted)
    against = _against_number(session, vault, key, document, before)
    if against and not wanted.reason:
        raise Conflict(
            "A number on this paper is that of another registered customer. Choose them, or give the reason.",
            code="number_of_another",
        )
    if "folder_id" in wanted.given or wanted.file:
        _file(session, actor, document)
    assign(session, document)
    _need_open_for_classes(document, classed)
    changed(session, document)
    session.flush()
    told = {"before": before, "after": _told(key, document), "reason": wanted.reason}
    told |= {"against_number": "yes"} if against else {}
    record(session, actor, Act.DOCUMENT_CORRECTED, document.id, detail=told, key=key)
    return document


def _against_number(
    session: Session, vault: Vault, key: DocumentKey, document: Document, before: dict[str, Any]
) -> bool:
    """Whether it is given to one customer while a number on it is another's, and nobody has decided that before."""
    if document.customer_id is None or bearer_of(session, vault, key, document) is None:
        return False
    after = _told(key, document)
    numbers = any(before["fields"].get(name) != after["fields"].get(name) for name in NUMBERS)
    return numbers or document.filed_at is None or before["customer"] != after["customer"]


def bearer_of(session: Session, vault: Vault, key: DocumentKey, document: Document) -> Customer | None:
    """The registered customer, other than the document's, whose identity number or credit code stands on it."""
    for row in document.fields:
        if row.name in NUMBERS and (value := str(field_told(key, row).get("value") or "")):
            bearer = by_identifier(session, vault, IdentifierType(row.name), value)
            if bearer is not None and bearer.id != document.customer_id:
                return bearer
    return None


@dataclass(frozen=True, slots=True)
class Reread:
    """How an original is to be read again: by which engine (none: the worker's own), with which password."""

    engine: EngineName | None = None
    password: str = field(default="", repr=False)


USUAL: Final = Reread()


def reread(
    session: Session, actor: Actor, scope: ReadableScope, vault: Vault, *, document_id: str, how: Reread = USUAL
) -> Document:
    """Have the original read again; what people corrected stays. Conflict while it is being read or must stay.

    A password is kept sealed with the document, for later readings too; neither log nor job tells it.
    """
    document = changeable(session, actor, scope, document_id)
    if State(document.state) not in SETTLED:
        raise Conflict("This document is being read already.", code="being_read")
    if how.password:
        seal_password(vault.key(document.id), document, how.password)
    by: dict[str, Any] = {"engine": how.engine} if how.engine else {}
    read_again(session, document, by)
    told = by | {"reading": document.reading, "password": bool(how.password)}
    record(session, actor, Act.DOCUMENT_REREAD, document.id, detail=told)
    return document


def read_again(session: Session, document: Document, args: dict[str, Any] | None = None) -> None:
    """Queue another reading."""
    if document.unfinished:
        document.shown_reading = document.reading + 1
    document.reading += 1
    document.state, document.error = State.RECEIVED.value, None
    enqueue(session, Kind.READ_DOCUMENT, document.id, key=f"read:{document.id}:{document.reading}", args=args)


def changeable(session: Session, actor: Actor, scope: ReadableScope, document_id: str) -> Document:
    """The document, locked, for who may correct it now. NotFound, Forbidden, Conflict as `correct` says."""
    actor.need(Right.CORRECT)
    document = the_document(session, scope, document_id, lock=True)
    if Role.OFFICER not in actor.roles and document.department_id != actor.department_id:
        raise Forbidden("You may read this document; its own department and the officers correct it.")
    need_changeable(session, document)
    return document


def _give_to(
    session: Session, scope: ReadableScope, document: Document, customer_id: str | None, *, borne: set[str]
) -> None:
    """Say whose it is: somebody in sight, or whose full name or number it bears (docs/decisions/0007)."""
    if customer_id is not None and customer_id not in borne | {document.customer_id}:
        the_readable_customer(session, scope, customer_id)
    document.customer = living_customer(session, customer_id) if customer_id else None
    document.customer_id, document.customer_given = customer_id, customer_id is not None


def _place(session: Session, actor: Actor, scope: ReadableScope, document: Document, wanted: Correction) -> None:
    """The folder; a folder brings its customer, department and, at least, its confidentiality."""
    if "folder_id" in wanted.given and wanted.folder_id:
        _move(session, actor, document, the_folder(session, scope, wanted.folder_id))
    if wanted.opening and document.folder is None:
        _move(session, actor, document, _collecting(session, actor, scope, document, wanted.opening))
    if document.folder and document.folder.customer_id != document.customer_id:
        raise Invalid(
            "The folder is another customer's. Choose one of this customer's folders.",
            errors=[{"field": "customer_id", "code": "mismatch"}],
        )


def _collecting(session: Session, actor: Actor, scope: ReadableScope, document: Document, opening: Opening) -> Folder:
    """What reading would have chosen, had it been sure: docs/decisions/0021."""
    if document.customer_id is None:
        raise Invalid("Say whose it is.", errors=[{"field": "customer_id", "code": "missing"}])
    folder = folder_for_papers(
        session, document.customer_id, document.department_id, fonds=opening.fonds, year=opening.year,
        retention_class=PROPOSED_FOR["other"], actor=actor, seen=readable_folder(scope),
    )  # fmt: skip
    if folder is None:
        raise Conflict("This customer has several open folders. Choose one.", code="folder_ambiguous")
    return folder


def _move(session: Session, actor: Actor, document: Document, folder: Folder) -> None:
    if folder.id == document.folder_id:
        return
    open_for_papers(session, folder)
    if document.folder is not None:
        open_for_papers(session, document.folder)
    if Role.OFFICER not in actor.roles and folder.department_id != actor.department_id:
        raise Forbidden("This folder is another department's: an officer files there.")
    unfiled = document.filed_at is None
    unmarked = unfiled and document.confidentiality == UNFILED_LEVEL  # what a person marked does not fall by moving
    document.folder, document.folder_id = folder, folder.id
    document.customer, document.customer_id, document.customer_given = folder.customer, folder.customer_id, True
    document.department, document.department_id = folder.department, folder.department_id
    document.confidentiality = (
        folder.confidentiality if unmarked else max(document.confidentiality, folder.confidentiality)
    )
    if document.archival_code is not None:
        void(session, actor, document.archival_code, f"moved to {folder.code}")
        document.archival_code = None


def _describe(session: Session, actor: Actor, key: DocumentKey, document: Document, wanted: Correction) -> None:
    if "document_type" in wanted.given:
        if wanted.document_type != document.document_type:
            need_type(session, wanted.document_type)
        document.document_type, document.type_confidence = wanted.document_type, 1.0
    if "title" in wanted.given:
        title = " ".join(wanted.title.split())
        if not 1 <= len(title) <= TITLE_MAX:
            raise Invalid(f"A title has 1 to {TITLE_MAX} characters.", errors=[{"field": "title", "code": "length"}])
        seal_title(key, document, title)
    if "confidentiality" in wanted.given:
        _mark(actor, document, wanted)
    if "retention_class" in wanted.given:
        _choose_class(actor, document, wanted)


def _mark(actor: Actor, document: Document, wanted: Correction) -> None:
    """密级: nobody marks above their own clearance (P10), and lowering needs an officer and a reason."""
    if wanted.confidentiality > actor.clearance:
        raise Forbidden("Nobody gives a mark above their own clearance.", code="above_clearance")
    if wanted.confidentiality < document.confidentiality and (Role.OFFICER not in actor.roles or not wanted.reason):
        raise Forbidden("An officer lowers a mark, and gives the reason.", code="lowering_mark")
    document.confidentiality = int(wanted.confidentiality)


def _need_open_for_classes(document: Document, classed: tuple[str | None, int | None]) -> None:
    """Conflict when a paper of a closed folder would get another class by the back door (records-rules R07)."""
    closed = document.folder is not None and document.folder.state == FolderState.FORMAL
    if closed and classed[0] and classed != (document.retention_class, document.class_version):
        raise Conflict("The folder is closed: its papers keep their classes.", code="folder_closed")


def _choose_class(actor: Actor, document: Document, wanted: Correction) -> None:
    """An officer may choose another class than the rule's, with a reason; null gives it back to the rule."""
    if Role.OFFICER not in actor.roles:
        raise Forbidden("An officer chooses a class other than the rule's.")
    if wanted.retention_class:
        reason_given(wanted.reason, REASON_MAX)
    document.retention_class, document.class_version = wanted.retention_class, None
    document.class_reason = "person" if wanted.retention_class else None


def _set_fields(session: Session, key: DocumentKey, document: Document, fields: dict[str, str | None]) -> None:
    problems = [{"field": f"fields.{name}", "code": code} for name, code in _faults(fields)]
    if problems:
        raise Invalid("Some fields cannot be as given; `errors` lists them.", errors=problems)
    known = {row.name: row for row in document.fields}
    for name, value in fields.items():
        if value is None:
            if name in known:
                document.fields.remove(known[name])
                session.delete(known[name])
            continue
        _set_field(key, document, known.get(name), name, value.strip())


def _set_field(key: DocumentKey, document: Document, row: Field | None, name: str, value: str) -> None:
    if row is None:
        row = Field(document_id=document.id, name=name, confidence=1.0, page=1, corrected=True, sealed=b"")
        document.fields.append(row)
        earlier: dict[str, Any] = {}
    else:
        earlier = field_told(key, row)
    row.sealed = seal_field(key, name, earlier | {"value": value, "because": "corrected by a person", "problem": None})
    row.confidence, row.corrected = 1.0, True


def _faults(fields: dict[str, str | None]) -> list[tuple[str, str]]:
    found = []
    for name, value in fields.items():
        if name not in FIELDS:
            found.append((name, "unknown"))
        elif value is not None and (fault := _fault(name, value.strip())):
            found.append((name, fault))
    return found


def _fault(name: str, value: str) -> str:
    """What is wrong with a value: dates are ISO 8601 (U31), amounts decimal yuan."""
    if not 1 <= len(value) <= VALUE_MAX or any(ord(char) < ord(" ") for char in value):
        return "length"
    if name in DATES:
        return "" if _is_date(value) else "date"
    if name == "amount":
        return "" if _is_amount(value) else "amount"
    return ""


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_amount(value: str) -> bool:
    try:
        return value.isascii() and Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _file(session: Session, actor: Actor, document: Document) -> None:
    """Put it into its folder's order: a code of its own, and nothing left to review."""
    if document.folder is None:
        advice = "A document is filed in a folder. Choose one."
        raise Invalid(advice, code="folder_missing", errors=[{"field": "folder_id", "code": "missing"}])
    if document.state != State.FILED:
        need_no_veto(session, document)
    if document.error == MALWARE:
        raise Conflict("Malware was found in it: it is not filed. Scan the paper itself again.", code="malware")
    if document.archival_code is None:
        document.archival_code = archival_code(session, document.folder.code)
    first = document.state != State.FILED
    document.state, document.review, document.error = State.FILED.value, [], None
    document.filed_at = document.filed_at or now()
    if first:
        told = {"folder": document.folder.code, "archival_code": document.archival_code}
        record(session, actor, Act.DOCUMENT_FILED, document.id, detail=told)


def _told(key: DocumentKey, document: Document) -> dict[str, Any]:
    """What may change, as the log keeps it."""
    return {
        "document_type": document.document_type,
        "customer": document.customer_id,
        "folder": document.folder_id,
        "archival_code": document.archival_code,
        "title": title_of(key, document),
        "confidentiality": document.level.label,
        "retention_class": document.retention_class,
        "fields": {row.name: field_told(key, row).get("value") for row in document.fields},
    }
