"""Reads that the log must know: an opening is one entry, whatever pages and tiles follow it; each download is one."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import select

from archive.access import Actor
from archive.audit import Act, AuditEntry, record
from archive.base import now
from archive.house import House

OPENING: Final = timedelta(minutes=10)
"""Looking again within this time belongs to the same opening."""


def note_view(house: House, actor: Actor, document_id: str) -> None:
    """Log that the actor opened the document; raises where the log cannot be written, so that nothing is shown."""
    if _lately(house, actor, document_id, Act.DOCUMENT_VIEWED):
        return
    with house.database.transaction() as session:
        record(session, actor, Act.DOCUMENT_VIEWED, document_id)


def _lately(house: House, actor: Actor, document_id: str, act: Act) -> bool:
    known = (
        select(AuditEntry.id)
        .where(AuditEntry.subject == document_id, AuditEntry.at > now() - OPENING)
        .where(AuditEntry.actor == actor.id, AuditEntry.action == act.value)
        .limit(1)
    )
    with house.database.reading() as session:
        return session.scalar(known) is not None


def note_download(house: House, actor: Actor, document_id: str, role: str, *, part: bool) -> None:
    """Log that the actor took a copy; further parts of it belong to the same taking, wherever they begin."""
    if part and _lately(house, actor, document_id, Act.DOCUMENT_DOWNLOADED):
        return
    with house.database.transaction() as session:
        record(session, actor, Act.DOCUMENT_DOWNLOADED, document_id, detail={"file": role})
