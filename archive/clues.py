"""What else than a number or a name points from one paper to another of the same customer (mission B5).

A contract number, an address, a telephone number: proposals for a person and no more. Rows hold a keyed hash alone, so
that they tell nobody what stands on a paper, and go with their document.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import ForeignKey, Index, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.access import ReadableScope
from archive.base import Ref, Row
from archive.customers import Customer, CustomerIdentifier, IdentifierType
from archive.documents import Document, State
from archive.han import simplified
from archive.readable import readable, readable_customer
from archive.vault import Vault

NOBODYS: Final = 4
"""What stands on filed papers of so many customers is nobody's: the house's own address, a bank's telephone number."""

MOST: Final = 12
"""So many clues of a paper at most are kept: a list of addresses is no clue to anybody."""

_LEAST: Final = {"contract_no": (5, 3), "address": (8, 1), "phone": (7, 7)}
"""Characters, and figures among them, without which a value points to too many."""

_ALIKE: Final = str.maketrans("OILZSB", "011258")
_PLACE: Final = re.compile(
    r"^(?:中国)?(?:[^省市区县]{2,7}(?:省|自治区))?(?:[^省市区县]{2,7}市)?(?=[^省市]*[区县镇路街道村号])"
)
_UNSIGNED: Final = re.compile(r"[\W_]+")


class ClueKind(StrEnum):
    """What points to a customer, the strongest first."""

    CONTRACT_NO = "contract_no"
    PHONE = "phone"
    ADDRESS = "address"


class DocumentClue(Row):
    """One clue on one document, by the keyed hash of its normal form."""

    __tablename__ = "document_clue"
    __table_args__ = (Index("ix_document_clue_digest", "digest", "kind"),)

    document_id: Mapped[Ref] = mapped_column(ForeignKey("document.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)


@dataclass(frozen=True, slots=True)
class Pointer:
    """A customer to whom a clue points. `code`: the filed paper that bears it too; empty where the register does.

    `folder_id`: where that paper lies.
    """

    customer: Customer
    kind: ClueKind
    code: str = ""
    folder_id: str | None = None


def normal(kind: ClueKind, value: str) -> str:
    """The form in which clues are compared; empty for a value that could point to anybody.

    Characters that recognition takes for each other in numbers are one; province and city before a district are left
    out of an address, as people do.
    """
    plain = _UNSIGNED.sub("", simplified(unicodedata.normalize("NFKC", value))).upper()
    if kind is ClueKind.CONTRACT_NO:
        plain = plain.translate(_ALIKE)
    elif kind is ClueKind.ADDRESS:
        plain = _PLACE.sub("", plain)
    elif len(plain) > 11 and plain.startswith("86"):  # noqa: PLR2004 - the figures of a Chinese telephone number
        plain = plain[2:]
    length, figures = _LEAST[kind.value]
    return plain if len(plain) >= length and sum(map(str.isdigit, plain)) >= figures else ""


def digest_of(vault: Vault, kind: ClueKind, value: str) -> str:
    """The keyed hash of a value in its normal form; a telephone number's is that of the register."""
    place = kind.value if kind is ClueKind.PHONE else f"clue/{kind.value}"
    return vault.blind(place, value)


def keep_clues(session: Session, vault: Vault, document_id: str, found: Iterable[tuple[ClueKind, str]]) -> None:
    """Write down what points from this document, in place of what did before."""
    session.execute(delete(DocumentClue).where(DocumentClue.document_id == document_id))
    session.add_all(_rows(vault, document_id, found))
    session.flush()


def add_clue(session: Session, vault: Vault, document_id: str, kind: ClueKind, value: str) -> None:
    """Write down one clue more: a person put it right."""
    for row in _rows(vault, document_id, [(kind, value)]):
        session.merge(row)
    session.flush()


def _rows(vault: Vault, document_id: str, found: Iterable[tuple[ClueKind, str]]) -> list[DocumentClue]:
    plain = dict.fromkeys((kind, normal(kind, value)) for kind, value in found)
    kept = [(kind, value) for kind, value in plain if value][:MOST]
    return [
        DocumentClue(document_id=document_id, kind=kind.value, digest=digest_of(vault, kind, value))
        for kind, value in kept
    ]


def pointers(session: Session, scope: ReadableScope, document_id: str) -> Iterator[Pointer]:
    """To whom the clues of a document point, by filed papers and customers in sight, the strongest clue first."""
    mine = session.scalars(select(DocumentClue).where(DocumentClue.document_id == document_id)).all()
    order = list(ClueKind)
    for clue in sorted(mine, key=lambda row: (order.index(ClueKind(row.kind)), row.digest)):
        kind = ClueKind(clue.kind)
        if kind is ClueKind.PHONE:
            yield from (Pointer(customer, kind) for customer in _registered(session, scope, clue.digest))
        yield from _on_filed(session, scope, clue)


def _registered(session: Session, scope: ReadableScope, digest: str) -> Iterable[Customer]:
    """Who has this telephone number in the register, among customers in sight: it can be counted through."""
    theirs = CustomerIdentifier.type == IdentifierType.PHONE.value
    asked = select(Customer).join(CustomerIdentifier).where(theirs, CustomerIdentifier.digest == digest)
    return session.scalars(asked.where(readable_customer(scope), Customer.merged_into.is_(None))).unique().all()


def _on_filed(session: Session, scope: ReadableScope, clue: DocumentClue) -> Iterator[Pointer]:
    """The customers of filed papers in sight that bear the clue too; none when it is nobody's."""
    same = (DocumentClue.kind == clue.kind) & (DocumentClue.digest == clue.digest)
    other = (Document.id != clue.document_id) & (Document.state == State.FILED.value)
    filed = select(Document.customer_id).join(DocumentClue, DocumentClue.document_id == Document.id)
    filed = filed.where(same, other, readable(scope), Document.customer_id.is_not(None))
    found = session.scalars(filed.distinct().limit(NOBODYS)).all()
    for customer_id in found if len(found) < NOBODYS else ():
        paper = filed.with_only_columns(Document.archival_code, Document.folder_id)
        paper = paper.where(Document.customer_id == customer_id).order_by(Document.filed_at.desc()).limit(1)
        code, folder_id = session.execute(paper).one()
        yield Pointer(session.get_one(Customer, customer_id), ClueKind(clue.kind), code or "", folder_id)
