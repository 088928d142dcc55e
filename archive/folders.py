"""Folders (案卷): one matter of one customer. Provisional until closed; then formal, and cut off for new papers."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from archive.access import Actor
from archive.audit import Act, Machine, record
from archive.base import Id, Ref, Row, new_id, now
from archive.codes import folder_code
from archive.customers import Customer, living_customer
from archive.errors import Conflict, Forbidden, Invalid, NotFound
from archive.people import Department, department_named
from archive.rights import Confidentiality, Right

TITLE_MAX = 200


class FolderState(StrEnum):
    """临时 and 正式."""

    PROVISIONAL = "provisional"
    FORMAL = "formal"


class Folder(Row):
    """A folder gives its documents department, confidentiality and class."""

    __tablename__ = "folder"
    __table_args__ = (CheckConstraint("confidentiality BETWEEN 0 AND 3", name="confidentiality"),)

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(60), unique=True)
    customer_id: Mapped[Ref] = mapped_column(ForeignKey("customer.id"), index=True)
    title: Mapped[str] = mapped_column(String(TITLE_MAX))
    department_id: Mapped[Ref] = mapped_column(ForeignKey("department.id"), index=True)
    retention_class: Mapped[str] = mapped_column(String(20))
    confidentiality: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default=FolderState.PROVISIONAL.value)
    opened_at: Mapped[datetime]
    opened_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    closed_on: Mapped[date | None]

    customer: Mapped[Customer] = relationship(lazy="joined")
    department: Mapped[Department] = relationship(lazy="joined")

    @property
    def collects(self) -> bool:
        """Whether it was opened for papers whose matter nobody has named."""
        return self.opened_by is None


def create_folder(
    session: Session,
    actor: Actor,
    *,
    customer_id: str,
    title: str,
    department: str,
    retention_class: str,
    confidentiality: Confidentiality,
    fonds: str,
    year: int,
) -> Folder:
    """Open a folder for a customer's matter; its code counts within fonds, department and year."""
    actor.need(Right.CUSTOMERS)
    title = " ".join(title.split())
    if not title or len(title) > TITLE_MAX:
        raise Invalid(
            f"A folder's title has 1 to {TITLE_MAX} characters.", errors=[{"field": "title", "code": "length"}]
        )
    if confidentiality > actor.clearance:
        raise Forbidden("Nobody gives a mark above their own clearance.", code="above_clearance")
    customer, home = living_customer(session, customer_id), department_named(session, department)
    category = retention_class.split("-", maxsplit=1)[0][:4] or "WS"
    folder = Folder(
        id=new_id(), code=folder_code(session, fonds=fonds, category=category, department=home.id, year=year),
        customer_id=customer.id, title=title, department_id=home.id, retention_class=retention_class,
        confidentiality=int(confidentiality), state=FolderState.PROVISIONAL.value, opened_at=now(), opened_by=actor.id,
    )  # fmt: skip
    session.add(folder)
    session.flush()
    told = {"code": folder.code, "class": retention_class, "confidentiality": confidentiality.label}
    record(session, actor, Act.FOLDER_CREATED, folder.id, detail=told)
    return folder


COLLECTING_TITLE = "往来文件"
"""The title of a folder that the machine opens for papers of a customer whose matter nobody has named yet."""


def folder_for_papers(
    session: Session,
    customer_id: str,
    department_id: str,
    *,
    fonds: str,
    year: int,
    retention_class: str,
    actor: Actor | Machine,
    seen: ColumnElement[bool],
) -> Folder | None:
    """Where a paper of this customer goes when nobody said: the department's one open folder of the customer.

    It is opened if there is none. None when there are several: then a person chooses. The customer's row is locked, so
    that two at once do not open two. `seen` is what the actor may see of folders: others are not there for them.
    """
    session.execute(select(Customer.id).where(Customer.id == customer_id).with_for_update())
    asked = select(Folder).where(
        Folder.customer_id == customer_id,
        Folder.department_id == department_id,
        Folder.state == FolderState.PROVISIONAL.value,
        seen,
    )
    open_ones = session.scalars(asked.with_for_update(of=Folder)).all()
    if open_ones:
        return open_ones[0] if len(open_ones) == 1 else None
    folder = Folder(
        id=new_id(), code=folder_code(session, fonds=fonds, category="WL", department=department_id, year=year),
        customer_id=customer_id, title=COLLECTING_TITLE, department_id=department_id,
        retention_class=retention_class, confidentiality=int(Confidentiality.CONFIDENTIAL),
        state=FolderState.PROVISIONAL.value, opened_at=now(), opened_by=None,
    )  # fmt: skip
    session.add(folder)
    session.flush()
    record(session, actor, Act.FOLDER_CREATED, folder.id, detail={"code": folder.code, "class": retention_class})
    return folder


def close_folder(session: Session, actor: Actor, folder_id: str, closed_on: date) -> Folder:
    """Close the matter: the folder becomes formal and takes no more papers (cutoff, records-rules R07)."""
    actor.need(Right.CUSTOMERS)
    folder = session.get(Folder, folder_id, with_for_update={"of": Folder})
    if folder is None:
        raise NotFound
    if folder.state == FolderState.FORMAL:
        raise Conflict(f"This folder was closed on {folder.closed_on}.", code="folder_closed")
    folder.state, folder.closed_on = FolderState.FORMAL.value, closed_on
    record(session, actor, Act.FOLDER_CLOSED, folder.id, detail={"closed_on": closed_on.isoformat()})
    return folder


def open_for_papers(session: Session, folder: Folder) -> None:
    """Conflict unless the folder still takes papers; nobody closes it before this transaction ends."""
    session.refresh(folder, with_for_update={"read": True, "of": Folder})
    if folder.state != FolderState.PROVISIONAL:
        raise Conflict("This folder is closed and takes no more papers. Choose another one.", code="folder_closed")
