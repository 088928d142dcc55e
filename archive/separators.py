"""Separator sheets: laid between the papers of a stack, they say where a document begins, and whose (mission A5).

What is printed is opaque: the sheet's number, this installation's mark, and a keyed hash over both. Customer, folder
and type stand in the row, so that a lost sheet tells nobody anything, and a sheet may be used again and again.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from archive.access import Actor, ReadableScope
from archive.audit import Act, record
from archive.base import Id, Ref, Row, new_id, now
from archive.customers import Customer, living_customer
from archive.errors import Invalid, Refusal
from archive.folders import Folder, open_for_papers
from archive.own_types import need_type, type_label
from archive.pdf import Block, Form, Heading, NewPage, Pairs, Paragraph, Symbol, write_form
from archive.readable import readable_customer, readable_folder, the_folder, the_readable_customer
from archive.rights import Right
from archive.vault import Vault

PREFIX: Final = "ANJUAN1"
MARK, PROOF, NUMBER = 6, 10, 16
"""Bytes of the installation's mark, of the keyed hash, and of the sheet's number."""
MOST_SHEETS: Final = 200


class Doubt(StrEnum):
    """What is to be said about a page that bears one of our codes, or about the document that followed it."""

    FOREIGN = "separator_foreign"
    FORGED = "separator_forged"
    UNKNOWN = "separator_unknown"
    SEVERAL = "separator_several"
    ONLY = "separator_only"
    HELD = "separator_held"
    FILED = "separator_filed"
    NOT_SPLIT = "separator_not_split"
    NO_PLACE = "separator_no_place"


class Separator(Row):
    """One printed sheet. Nothing of it is set: it only says that a document begins."""

    __tablename__ = "separator"

    id: Mapped[Id]
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"))
    folder_id: Mapped[str | None] = mapped_column(ForeignKey("folder.id"))
    document_type: Mapped[str | None] = mapped_column(String(32))
    printed_by: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    printed_at: Mapped[datetime]

    customer: Mapped[Customer | None] = relationship(lazy="joined")
    folder: Mapped[Folder | None] = relationship(lazy="joined")


@dataclass(frozen=True, slots=True)
class SheetOrder:
    """Sheets to print for one customer, folder and type, each optional; a folder brings its customer."""

    customer_id: str | None = None
    folder_id: str | None = None
    document_type: str | None = None
    copies: int = 1


@dataclass(frozen=True, slots=True)
class Sheets:
    """Copies of one sheet as they are drawn. No row names them yet: many pages take a while."""

    id: str
    customer: Customer | None
    folder: Folder | None
    document_type: str | None
    copies: int
    kind: str = ""
    """What people call the type, in both languages."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the documents behind a sheet go, as far as it says; `doubt` is empty or what a person has to see."""

    customer_id: str | None = None
    folder: Folder | None = None
    document_type: str | None = None
    doubt: str = ""
    known: bool = True

    def over(self, stack: Destination) -> Destination:
        """This place where it says something, else the stack's; a folder of another customer is left out."""
        kind = self.document_type or stack.document_type
        if self.customer_id is None:
            return replace(stack, document_type=kind, doubt=self.doubt)
        same = stack.folder is not None and stack.folder.customer_id == self.customer_id and not self.doubt
        return replace(self, folder=self.folder or (stack.folder if same else None), document_type=kind)


def order_by_names(
    session: Session,
    scope: ReadableScope,
    *,
    customer: str = "",
    folder: str = "",
    document_type: str = "",
    copies: int,
) -> SheetOrder:
    """What people write: a customer's number, a folder's code. Invalid for one that is not there or not to be seen."""
    numbered = select(Customer.id).where(Customer.number == customer.strip().upper(), readable_customer(scope))
    customer_id = session.scalar(numbered)
    code = folder.split(" ", 1)[0].strip()
    folder_id = session.scalar(select(Folder.id).where(Folder.code == code, readable_folder(scope)))
    wrong = [name for name, said, found in (("customer", customer, customer_id), ("folder", folder, folder_id))
             if said.strip() and found is None]  # fmt: skip
    if wrong:
        raise Invalid("There is no such customer or folder.", errors=[{"field": f, "code": "unknown"} for f in wrong])
    return SheetOrder(customer_id, folder_id, document_type or None, copies)


def plan_sheets(session: Session, actor: Actor, scope: ReadableScope, order: SheetOrder) -> Sheets:
    """What is to be drawn. NotFound for a customer or folder out of sight, Conflict for a closed folder, Invalid."""
    actor.need(Right.CAPTURE)
    if order.document_type is not None:
        need_type(session, order.document_type)
    if not 1 <= order.copies <= MOST_SHEETS:
        wrong = [{"field": "copies", "code": "count"}]
        raise Invalid(f"1 to {MOST_SHEETS} copies are printed at once.", errors=wrong)
    folder = the_folder(session, scope, order.folder_id) if order.folder_id else None
    if folder is not None:
        open_for_papers(session, folder)
    customer_id = folder.customer_id if folder else order.customer_id
    if order.customer_id and order.customer_id != customer_id:
        raise Invalid("The folder is another customer's.", errors=[{"field": "customer_id", "code": "mismatch"}])
    if customer_id and folder is None:
        the_readable_customer(session, scope, customer_id)
    customer = living_customer(session, customer_id) if customer_id else None
    kind = "  ".join(type_label(session, order.document_type)) if order.document_type else ""
    return Sheets(new_id(), customer, folder, order.document_type, order.copies, kind)


def keep_sheets(session: Session, actor: Actor, drawn: Sheets) -> None:
    """Name what was drawn by a row, so that its code is known, and log it; before that nobody has it in hand."""
    customer_id, folder_id = drawn.customer and drawn.customer.id, drawn.folder and drawn.folder.id
    row = Separator(
        id=drawn.id, customer_id=customer_id, folder_id=folder_id, document_type=drawn.document_type,
        printed_by=actor.id, printed_at=now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    told = {"customer": customer_id, "folder": folder_id, "type": drawn.document_type, "copies": drawn.copies}
    record(session, actor, Act.SEPARATOR_PRINTED, row.id, detail=told)


def place_of(session: Session, scope: ReadableScope, sheet: Separator) -> Destination:
    """Where the sheet sends papers of this person now: a folder that closed, or is not theirs to see, is a doubt."""
    if sheet.folder_id is None:
        return Destination(sheet.customer_id, None, sheet.document_type)
    try:
        folder = the_folder(session, scope, sheet.folder_id)
        open_for_papers(session, folder)
    except Refusal:
        return Destination(sheet.customer_id, None, sheet.document_type, Doubt.NO_PLACE.value)
    return Destination(folder.customer_id, folder, sheet.document_type)


# The token


def token(vault: Vault, sheet_id: str) -> str:
    """What the code of a sheet says: capitals and digits only, so that the code has large modules."""
    number = uuid.UUID(sheet_id).bytes
    body = number + _mark(vault) + _proof(vault, number)
    return PREFIX + base64.b32encode(body).decode().rstrip("=")


def read_token(vault: Vault, said: str) -> str | Doubt | None:
    """The sheet's id; a doubt when it claims to be a sheet and is none of ours; None for any other code."""
    if not said.startswith(PREFIX):
        return None
    written = said.removeprefix(PREFIX)
    try:
        body = base64.b32decode(written + "=" * (-len(written) % 8))
    except (binascii.Error, ValueError):
        return Doubt.FORGED
    if len(body) != NUMBER + MARK + PROOF:
        return Doubt.FORGED
    number, mark, proof = body[:NUMBER], body[NUMBER : NUMBER + MARK], body[NUMBER + MARK :]
    if mark != _mark(vault):
        return Doubt.FOREIGN
    return str(uuid.UUID(bytes=number)) if hmac.compare_digest(proof, _proof(vault, number)) else Doubt.FORGED


def known_sheet(session: Session, sheet_id: str) -> Separator | Doubt:
    """The row of a sheet whose token was right; UNKNOWN when these rows are older than the sheet."""
    return session.get(Separator, sheet_id) or Doubt.UNKNOWN


def _mark(vault: Vault) -> bytes:
    return bytes.fromhex(vault.blind("separator installation", ""))[:MARK]


def _proof(vault: Vault, number: bytes) -> bytes:
    return bytes.fromhex(vault.blind("separator sheet", number.hex()))[:PROOF]


# The print


def print_sheets(vault: Vault, planned: Sequence[Sheets], footer: str) -> bytes:
    """The sheets as PDF, each as often as is asked, a page each."""
    blocks: list[Block] = []
    for sheet in planned:
        page = _page(sheet, token(vault, sheet.id))
        for _ in range(sheet.copies):
            blocks += [NewPage(), *page] if blocks else page
    return write_form(Form("分隔页 Separator sheet", tuple(blocks), footer=footer))


def _page(sheet: Sheets, said: str) -> list[Block]:
    customer, folder = sheet.customer, sheet.folder
    kind = sheet.kind or "由系统识别 to be recognised"
    rows = (
        ("客户", f"{customer.number}  {customer.name}" if customer else "由系统识别 to be recognised"),
        ("案卷", f"{folder.code}  {folder.title}" if folder else "由系统识别 to be recognised"),
        ("文种", kind),
    )
    return [
        Symbol(said, 0.62),
        Heading("放在每份文件之前，与文件一起扫描；本页不进入档案。"),
        Paragraph("Lay it before each document and scan it along. The sheet itself is not kept. It can be used again."),
        Pairs(rows),
        Symbol(said, 0.3),
    ]
