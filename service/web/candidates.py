"""Where a paper may belong: customers with the evidence for each, and their open folders, numbered for the keyboard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from archive.access import ReadableScope
from archive.clues import ClueKind, Pointer, pointers
from archive.customers import ON_PAPER, Customer, borne_on, folded
from archive.documents import Document, reasons_of, values_of
from archive.folders import Folder, FolderState
from archive.readable import readable_customer, readable_folder
from archive.sealing import DocumentKey
from archive.vault import Vault

MOST: Final = 6
OFFERED: Final = 20
NEW: Final = "new:"
"""Before a customer's id in a form: their one open folder, opened if there is none."""


@dataclass(slots=True)
class Candidate:
    """A customer who may be meant.

    `evidence` are keys of words with the field that they speak of; for a clue, with the code of the paper that has it.
    """

    customer: Customer
    evidence: dict[str, str] = field(default_factory=dict)
    folders: list[Folder] = field(default_factory=list)
    near: str | None = None
    """The folder of the paper that bears the same clue: it comes first."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A customer to register, from what was read."""

    kind: str = "company"
    name: str = ""
    number: str = ""


def candidates(
    session: Session, scope: ReadableScope, vault: Vault, key: DocumentKey, document: Document
) -> list[Candidate]:
    """The customers who may be meant, the likeliest first, with folders in sight that still take papers."""
    read, found = values_of(key, document), dict[str, Candidate]()
    for customer, why, about in _named(session, scope, vault, key, document, read):
        found.setdefault(customer.id, Candidate(customer)).evidence.setdefault(why, about)
    if not any("number" in each.evidence for each in found.values()):
        _follow(found, pointers(session, scope, document.id))
    ranked = sorted(found.values(), key=_rank)[:MOST]
    for each in ranked:
        _contradict(each, vault, read)
        each.folders = _open_folders(session, scope, each.customer.id, each.near)
    return ranked


def _follow(found: dict[str, Candidate], clues: Iterable[Pointer]) -> None:
    """Say to whom clues point, the strongest of each kind."""
    for one in clues:
        meant = found.setdefault(one.customer.id, Candidate(one.customer))
        meant.evidence.setdefault(one.kind.value, one.code)
        meant.near = meant.near or one.folder_id


def _rank(candidate: Candidate) -> tuple[bool, ...]:
    return tuple(why not in candidate.evidence for why in ("chosen", "number", "name", *ClueKind))


def _named(
    session: Session, scope: ReadableScope, vault: Vault, key: DocumentKey, document: Document, read: Mapping[str, str]
) -> Iterator[tuple[Customer, str, str]]:
    """Customers with what speaks for them. Who bears a full name or number of the paper may be told (decision 0007)."""
    if document.customer is not None:
        yield document.customer, "chosen", ""
    yield from borne_on(session, vault, read)
    thought = _thought_of(key, document)
    if thought:
        seen = select(Customer).where(Customer.id.in_(thought), readable_customer(scope))
        for customer in session.scalars(seen).unique():
            yield customer, "alike", ""


def _thought_of(key: DocumentKey, document: Document) -> list[str]:
    """The customers that reading itself had in mind."""
    return [str(one) for one in told_of_customer(key, document).get("candidates") or ()]


def told_of_customer(key: DocumentKey, document: Document) -> dict[str, Any]:
    """What reading said about the customer."""
    return next((each for each in reasons_of(key, document) if each.get("about") == "customer"), {})


def _contradict(candidate: Candidate, vault: Vault, read: Mapping[str, str]) -> None:
    """Say it where the register has another number for the customer than the paper."""
    if {"number", "name"} & set(candidate.evidence):
        candidate.evidence.pop("alike", None)
    if "number" in candidate.evidence:
        return
    for type_ in ON_PAPER:
        held = [row.digest for row in candidate.customer.identifiers if row.type == type_.value]
        if held and read.get(type_.value) and vault.blind(type_.value, read[type_.value]) not in held:
            candidate.evidence["against"] = type_.value


def _open_folders(session: Session, scope: ReadableScope, customer_id: str, near: str | None) -> list[Folder]:
    """The customer's folders, the one near by first."""
    return sorted(folders_alike(session, scope, "", customer_id), key=lambda one: one.id != near)[:MOST]


def folders_alike(session: Session, scope: ReadableScope, typed: str, customer_id: str = "") -> list[Folder]:
    """Open folders in sight that fit what was typed, newest first."""
    asked = select(Folder).join(Customer).where(readable_folder(scope), Folder.state == FolderState.PROVISIONAL.value)
    if customer_id:
        asked = asked.where(Folder.customer_id == customer_id)
    if words := folded(typed[:100]):
        asked = asked.where(
            or_(
                Customer.folded.contains(words, autoescape=True),
                Folder.code.contains(typed.strip().upper()[:60], autoescape=True),
                Folder.title.contains(typed.strip()[:100], autoescape=True),
            )
        )
    return list(session.scalars(asked.order_by(Folder.opened_at.desc()).limit(OFFERED)).unique())


def proposal(key: DocumentKey, document: Document) -> Proposal:
    """A customer to register as the paper has them; empty where it names nobody."""
    read = values_of(key, document)
    name = str(told_of_customer(key, document).get("proposed") or "") or read.get("name", "")
    person = bool(read.get("id_no")) and not read.get("uscc")
    person = person or (not read.get("uscc") and 0 < len(folded(name)) <= LONGEST_PERSON)
    return Proposal("person" if person else "company", name, read.get("id_no" if person else "uscc", ""))


LONGEST_PERSON: Final = 4
"""Characters of a Chinese name; a longer one without an identity number is rather an organisation's."""
