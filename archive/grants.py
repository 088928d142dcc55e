"""Grants: reading beyond one's department, by approval, for a purpose, with an end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.access import Actor
from archive.audit import Act, record
from archive.base import Id, Ref, Row, new_id, now
from archive.errors import Invalid, NotFound
from archive.rights import Right


class Grant(Row):
    """One person may read one folder or one document until then. It never lifts a clearance."""

    __tablename__ = "grant"
    __table_args__ = (CheckConstraint("(folder_id IS NULL) <> (document_id IS NULL)", name="one_thing"),)

    id: Mapped[Id]
    person_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"), index=True)
    folder_id: Mapped[str | None] = mapped_column(ForeignKey("folder.id"))
    document_id: Mapped[str | None] = mapped_column(ForeignKey("document.id"))
    unmasked: Mapped[bool] = mapped_column(default=False)
    purpose: Mapped[str] = mapped_column(String(300))
    granted_by: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    granted_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


def give_grant(
    session: Session,
    actor: Actor,
    *,
    person_id: str,
    folder_id: str | None,
    document_id: str | None,
    unmasked: bool,
    purpose: str,
    ends_at: datetime,
) -> Grant:
    """Let a person read one folder or document until `ends_at`."""
    actor.need(Right.AUTHORITY)
    if (folder_id is None) == (document_id is None):
        raise Invalid("A grant names one folder or one document.", code="grant_subject")
    if ends_at <= now() or not purpose.strip():
        raise Invalid("A grant has a purpose and an end that is still to come.", code="grant_terms")
    if person_id == actor.id:
        raise Invalid("Nobody grants to themselves.", code="own_grant")
    grant = Grant(
        id=new_id(), person_id=person_id, folder_id=folder_id, document_id=document_id, unmasked=unmasked,
        purpose=purpose.strip()[:300], granted_by=actor.id, granted_at=now(), ends_at=ends_at,
    )  # fmt: skip
    session.add(grant)
    session.flush()
    told = {"person": person_id, "until": ends_at.isoformat(), "unmasked": unmasked, "purpose": purpose}
    record(session, actor, Act.GRANT_GIVEN, folder_id or document_id or "", detail=told)
    return grant


def revoke_grant(session: Session, actor: Actor, grant_id: str) -> None:
    """End a grant; it works on the next query."""
    actor.need(Right.AUTHORITY)
    grant = session.get(Grant, grant_id)
    if grant is None:
        raise NotFound
    grant.revoked_at = grant.revoked_at or now()
    record(session, actor, Act.GRANT_REVOKED, grant.folder_id or grant.document_id or "", detail={"grant": grant.id})


def running_grants(session: Session, person_id: str, at: datetime) -> list[Grant]:
    """The grants of a person that hold at this moment."""
    return list(
        session.scalars(
            select(Grant).where(Grant.person_id == person_id, Grant.revoked_at.is_(None), Grant.ends_at > at)
        )
    )
