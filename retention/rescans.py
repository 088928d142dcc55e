"""Working off the rescan list: a better scan takes the place of a bad one, or the bad one is taken as it is.

A rescan never overwrites. The new file becomes the document's original; the earlier one stays beside it under the same
key, with who put it in and when, until the document is destroyed. Like an upload it spans two transactions: an intent
names the object, then the object is put, then the row names it.
"""

from __future__ import annotations

from typing import BinaryIO

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from archive.access import Actor, ReadableScope
from archive.arrangements import Arrangement
from archive.audit import Act, record
from archive.base import new_id, now
from archive.documents import Document, File, FileRole, Page, State, changed
from archive.errors import Conflict, Invalid, reason_given
from archive.house import House
from archive.intake import Intent, Stowed, add_original, announce, close_intent, examine, stow
from archive.readable import readable_scope
from archive.rescans import ASKED, REASON_MAX, Accepted, ToRescan, rescan_list
from archive.rights import Right
from retention.corrections import SETTLED, changeable, read_again


def accept(
    session: Session, actor: Actor, scope: ReadableScope, document_id: str, *, page: int, reason: str
) -> list[ToRescan]:
    """Take a page as it is, with all that stands on the list about it. What is left of the document's."""
    document, reason = changeable(session, actor, scope, document_id), reason_given(reason, REASON_MAX)
    listed = rescan_list(session, scope, document_id=document.id)
    codes = [each["code"] for item in listed if item.page == page for each in item.findings]
    if not codes:
        raise Conflict("Nothing about this page is on the rescan list.", code="not_listed")
    session.add_all(
        Accepted(
            document_id=document.id, page=page, code=code, reason=reason, accepted_by=actor.id,
            accepted_at=now(),
        )
        for code in codes
    )  # fmt: skip
    session.flush()
    told = {"page": page, "findings": codes, "reason": reason}
    record(session, actor, Act.DOCUMENT_SCAN_ACCEPTED, document.id, detail=told)
    return [item for item in listed if item.page != page]


def ask_again(session: Session, actor: Actor, scope: ReadableScope, document_id: str, *, page: int) -> Document:
    """Put a page on the rescan list that a person cannot work with. Invalid for no page; Conflict as corrections."""
    document = changeable(session, actor, scope, document_id)
    mine = (Page.document_id == document.id) & (Page.reading == document.shown_reading) & (Page.number == page)
    row = session.scalar(select(Page).where(mine))
    if row is None:
        raise Invalid("There is no such page.", errors=[{"field": "page", "code": "unknown"}])
    if all(each["code"] != ASKED for each in row.findings):
        row.findings = [*row.findings, {"code": ASKED, "value": "", "clause": ""}]
    again = (Accepted.document_id == document.id) & (Accepted.page == page) & (Accepted.code == ASKED)
    session.execute(delete(Accepted).where(again))
    record(session, actor, Act.DOCUMENT_RESCAN_ASKED, document.id, detail={"page": page})
    return document


def rescan(house: House, actor: Actor, document_id: str, source: BinaryIO) -> Document:
    """Put a better scan in the place of the one that is there; it is read anew.

    Raises before anything is stored as an upload does, and as a correction does; Conflict while it is being read.
    """
    actor.need(Right.CAPTURE)
    media_type = examine(source, house.settings.max_upload_mib * 1024 * 1024)
    intent = Intent(id=new_id(), document_id=document_id, file_id=new_id(), owner_id=actor.id, state="open")
    with house.database.transaction() as session:
        _settled(session, actor, document_id)
        announce(session, intent)
    stowed = stow(house, intent, source, media_type)
    with house.database.transaction() as session:
        return _replace(session, actor, document_id, stowed)


def _settled(session: Session, actor: Actor, document_id: str) -> Document:
    document = changeable(session, actor, readable_scope(session, actor), document_id)
    if State(document.state) not in SETTLED:
        raise Conflict("This document is being read. Rescan it when that is done.", code="being_read")
    return document


def _replace(session: Session, actor: Actor, document_id: str, stowed: Stowed) -> Document:
    document = _settled(session, actor, document_id)
    close_intent(session, stowed)
    before, at = document.sha256, now()
    mine = (File.document_id == document.id) & (File.role == FileRole.ORIGINAL.value)
    session.execute(update(File).where(mine).values(role=FileRole.EARLIER.value))
    add_original(session, document, stowed)
    document.sha256, document.size = stowed.sealed.plain_sha256, stowed.sealed.plain_length
    document.media_type = stowed.media_type
    session.execute(
        update(Arrangement)
        .where(Arrangement.document_id == document.id, Arrangement.undone_at.is_(None))
        .values(undone_at=at)
    )
    session.execute(delete(Accepted).where(Accepted.document_id == document.id))
    read_again(session, document)
    changed(session, document)
    told = {"before": before, "after": document.sha256, "media_type": document.media_type}
    record(session, actor, Act.DOCUMENT_RESCANNED, document.id, detail=told)
    session.expire(document, ["files"])
    return document
