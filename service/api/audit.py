"""The log, as far as a role sees it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true, tuple_
from sqlalchemy.orm import Session

from archive.access import Actor
from archive.audit import Act, AuditEntry, record
from archive.documents import Document
from archive.folders import Folder
from archive.readable import readable, readable_folder
from archive.rights import Right, Role
from retention.disposal import Appraisal, CertificateRow, DestructionBatch
from retention.sight import seen_appraisals, seen_batches, seen_certificates
from service.cursors import Cursors
from service.edge import Needs, Reading, TheHouse, done_reading, scope_of
from service.shapes import LARGEST_PAGE, Cursor
from service.views import moment

router = APIRouter(prefix="/audit", tags=["log"])

SIGN_INS = ("person.", "password.", "token.", "grant.", "installation.")
RECORDS = (
    "document.", "folder.", "customer.", "class.", "event.", "hold.", "appraisal.", "batch.", "certificate.", "code.",
    "scan_batch.", "job.",
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
    scope = scope_of(session, actor)
    return (
        select(Document.id).where(~readable(scope)),
        select(Folder.id).where(~readable_folder(scope)),
        select(Appraisal.id).where(~seen_appraisals(actor)),
        select(DestructionBatch.id).where(~seen_batches(actor)),
        select(CertificateRow.no).where(~seen_certificates(actor)),
    )


def _begins(prefixes: tuple[str, ...]) -> ColumnElement[bool]:
    return or_(*(AuditEntry.action.startswith(prefix, autoescape=True) for prefix in prefixes))


@router.get("")
def get_audit(
    actor: Annotated[Actor, Needs(Right.LOG)],
    house: TheHouse,
    session: Reading,
    subject: Annotated[str, Query(max_length=64)] = "",
    by: Annotated[str, Query(max_length=64, alias="actor")] = "",
    action: Annotated[str, Query(max_length=48)] = "",
    cursor: Cursor = "",
    size: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
) -> dict[str, Any]:
    """Entries that the actor may see, newest first. `sequence` is null until the sequencer placed the entry."""
    cursors = Cursors(house, actor, f"audit/{subject}/{by}/{action}")
    asked = select(AuditEntry).where(visible(session, actor))
    for column, value in ((AuditEntry.subject, subject), (AuditEntry.actor, by), (AuditEntry.action, action)):
        asked = asked.where(column == value) if value else asked
    if place := cursors.read(cursor):
        last = session.get_one(AuditEntry, str(place[0]))
        asked = asked.where(tuple_(AuditEntry.at, AuditEntry.id) < (last.at, last.id))
    rows = session.scalars(asked.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(size + 1)).all()
    answer = {
        "entries": [entry_view(row) for row in rows[:size]],
        "cursor": cursors.write(rows[size - 1].id) if len(rows) > size else "",
    }
    done_reading(session)
    if Role.AUDITOR in actor.roles:
        with house.database.transaction() as writing:
            record(writing, actor, Act.LOG_READ, subject or actor.id, detail={"action": action, "actor": by})
    return answer


def entry_view(entry: AuditEntry) -> dict[str, Any]:
    """One act."""
    return {
        "id": entry.id,
        "sequence": entry.leaf_index,
        "at": moment(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
    }
