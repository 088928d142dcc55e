"""Which entries of the log a person sees, and what they narrow them by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.orm import Session

from archive.access import Actor
from archive.audit import AuditEntry
from archive.documents import Document
from archive.folders import Folder
from archive.house import House
from archive.readable import readable, readable_folder
from archive.rights import Role
from retention.concerned import concerned
from retention.disposal import Appraisal, CertificateRow, DestructionBatch
from retention.erasure import requests_beyond
from retention.sight import seen_appraisals, seen_batches, seen_certificates
from service.edge import storage_scope_of

SIGN_INS = ("person.", "password.", "token.", "grant.", "installation.")
RECORDS = (
    "document.", "folder.", "customer.", "class.", "event.", "hold.", "appraisal.", "batch.", "certificate.", "code.",
    "scan_batch.", "job.", "erasure.",
)  # fmt: skip


def visible(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Which entries a person sees: auditors all; security sign-ins and rights; officers records'; everybody their own.

    Acts on documents, folders and lists out of an officer's sight are out of the officer's log, too.
    """
    if Role.AUDITOR in actor.roles:
        return true()
    parts: list[ColumnElement[bool]] = [AuditEntry.actor == actor.id]
    if Role.SECURITY in actor.roles:
        parts.append(_begins(SIGN_INS))
    if Role.OFFICER in actor.roles:
        parts.append(and_(_begins(RECORDS), *(AuditEntry.subject.not_in(ids) for ids in _hidden(session, actor))))
    return or_(false(), *parts)


def _hidden(session: Session, actor: Actor) -> tuple[Select[str], ...]:
    """The ids of what is out of the actor's sight, by the kinds of things that entries speak of."""
    scope = storage_scope_of(session, actor)
    return (
        select(Document.id).where(~readable(scope)),
        select(Folder.id).where(~readable_folder(scope)),
        select(Appraisal.id).where(~seen_appraisals(actor)),
        select(DestructionBatch.id).where(~seen_batches(actor)),
        select(CertificateRow.no).where(~seen_certificates(actor)),
        requests_beyond(scope),
    )


def _begins(prefixes: tuple[str, ...]) -> ColumnElement[bool]:
    return or_(*(AuditEntry.action.startswith(prefix, autoescape=True) for prefix in prefixes))


@dataclass(frozen=True, slots=True)
class Filter:
    """What entries are asked for; days are the organisation's. `document` asks for all that ever happened to one."""

    subject: str = ""
    by: str = ""
    action: str = ""
    document: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def question(self) -> str:
        """All that narrows the list, for cursors."""
        return f"audit/{self.subject}/{self.by}/{self.action}/{self.document}/{self.since}/{self.until}"

    @property
    def told(self) -> dict[str, str]:
        """What was asked, for the log."""
        days = {"since": str(self.since or ""), "until": str(self.until or ""), "document": self.document}
        return {"action": self.action, "actor": self.by} | {name: value for name, value in days.items() if value}

    def entries(self, session: Session, house: House, actor: Actor) -> Select[AuditEntry]:
        """What the actor sees of it, newest first."""
        asked = select(AuditEntry).where(visible(session, actor))
        columns = ((AuditEntry.subject, self.subject), (AuditEntry.actor, self.by), (AuditEntry.action, self.action))
        for column, value in columns:
            asked = asked.where(column == value) if value else asked
        zone = house.settings.zone
        if self.since:
            asked = asked.where(AuditEntry.at >= datetime.combine(self.since, time(), zone))
        if self.until:
            asked = asked.where(AuditEntry.at < datetime.combine(self.until + timedelta(days=1), time(), zone))
        if self.document:
            asked = asked.where(self._about(session, actor))
        return asked.order_by(AuditEntry.at.desc(), AuditEntry.id.desc())

    def _about(self, session: Session, actor: Actor) -> ColumnElement[bool]:
        """Who may not see a document does not learn what it stands in, either (invariant 6)."""
        sees = Role.AUDITOR in actor.roles or session.scalar(
            select(Document.id).where(Document.id == self.document, readable(storage_scope_of(session, actor)))
        )
        return concerned(self.document) if sees else AuditEntry.subject == self.document
