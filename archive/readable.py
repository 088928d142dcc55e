"""The one predicate of reading, as SQL and as Python, and the one way to a document.

`archive.access` holds the type; this module mints it from rows and asks the rows with it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session

from archive.access import Actor, ReadableScope, mint
from archive.base import now
from archive.customers import Customer
from archive.documents import Document
from archive.errors import Forbidden, Gone, Invalid, NotFound, Refusal
from archive.folders import Folder
from archive.grants import running_grants
from archive.rights import Confidentiality, Right, Role


def readable_scope(
    session: Session,
    actor: Actor,
    *,
    waiting: frozenset[str] = frozenset(),
    at: datetime | None = None,
    storage: bool = False,
) -> ReadableScope:
    """What the actor may read now. `waiting` are the documents in what waits for the actor's decision.

    With `storage` what is restricted to storage is counted in, for who has the right to know of it.
    """
    reads = Right.READ in actor.rights
    grants = running_grants(session, actor.id, at or now()) if reads else []
    officer = Role.OFFICER in actor.roles
    return mint(
        person_id=actor.id,
        everywhere=officer,
        departments=frozenset({actor.department_id}) if reads else frozenset(),
        clearance=actor.clearance,
        folders=frozenset(grant.folder_id for grant in grants if grant.folder_id),
        documents=_cleared(session, actor, [grant.document_id for grant in grants if grant.document_id]) | waiting,
        own_unfiled=Right.CAPTURE in actor.rights,
        unmasked_everywhere=officer,
        unmasked_folders=frozenset(grant.folder_id for grant in grants if grant.folder_id and grant.unmasked),
        unmasked_documents=waiting
        | frozenset(grant.document_id for grant in grants if grant.document_id and grant.unmasked),
        storage=storage and Right.STORAGE in actor.rights,
    )


def _cleared(session: Session, actor: Actor, document_ids: list[str]) -> frozenset[str]:
    """Those of the granted documents that the actor's clearance reaches: a grant never lifts a clearance."""
    if not document_ids:
        return frozenset()
    reached = Document.confidentiality <= int(actor.clearance)
    return frozenset(session.scalars(select(Document.id).where(Document.id.in_(document_ids), reached)))


def readable(scope: ReadableScope) -> ColumnElement[bool]:
    """The scope as a condition on Document; a scope that allows nothing is `false`, never absent (P01)."""
    cleared = Document.confidentiality <= int(scope.clearance)
    home = true() if scope.everywhere else Document.department_id.in_(scope.departments)
    parts: list[ColumnElement[bool]] = []
    if scope.everywhere or scope.departments:
        parts.append(home & cleared)
    if scope.folders:
        parts.append(Document.folder_id.in_(scope.folders) & cleared)
    if scope.documents:
        parts.append(Document.id.in_(scope.documents))
    if scope.own_unfiled:
        parts.append((Document.uploader_id == scope.person_id) & Document.filed_at.is_(None))
    return or_(false(), *parts) if scope.storage else and_(Document.restricted.is_(False), or_(false(), *parts))


def may_read(scope: ReadableScope, document: Document) -> bool:
    """The same predicate over one row."""
    return _in_sight(scope, document) and (scope.storage or not document.restricted)


def _in_sight(scope: ReadableScope, document: Document) -> bool:
    """The predicate for what is not restricted to storage."""
    cleared = document.confidentiality <= int(scope.clearance)
    return (
        (cleared and (scope.everywhere or document.department_id in scope.departments))
        or (cleared and document.folder_id in scope.folders)
        or document.id in scope.documents
        or (scope.own_unfiled and document.uploader_id == scope.person_id and document.filed_at is None)
    )


def sees_unmasked(scope: ReadableScope, document: Document) -> bool:
    """Whether identity numbers on this document are shown to the reader."""
    own = scope.own_unfiled and document.uploader_id == scope.person_id and document.filed_at is None
    return (
        scope.unmasked_everywhere
        or own
        or document.id in scope.unmasked_documents
        or document.folder_id in scope.unmasked_folders
    )


def the_document(session: Session, scope: ReadableScope, document_id: str, *, lock: bool = False) -> Document:
    """The document, if it is there and the reader may see it; NotFound alike otherwise; Gone when destroyed."""
    document = any_document(session, scope, document_id, lock=lock)
    if document.withdrawn is not None:
        raise Gone("It was withdrawn before it was filed; the log says by whom.", code="withdrawn")
    if document.destroyed_at is not None or document.destroying:
        raise Gone(
            f"Destroyed; certificate {document.certificate_no} proves it.", certificate_no=document.certificate_no
        )
    return document


def any_document(session: Session, scope: ReadableScope, document_id: str, *, lock: bool = False) -> Document:
    """As `the_document`, but the stub of a destroyed one is returned too.

    Forbidden `restricted` for whoever keeps the records and would see it, were it not restricted to storage.
    """
    asked = select(Document).where(Document.id == document_id, readable(scope))
    if lock:
        asked = asked.with_for_update(of=Document)
    document = session.scalar(asked.execution_options(populate_existing=lock))
    if document is None:
        raise _unseen(session, scope, document_id)
    return document


def _unseen(session: Session, scope: ReadableScope, document_id: str) -> Refusal:
    """The refusal. Of what is there no more is read than of what is not, or the time would tell them apart (L12)."""
    restricted = session.scalar(select(Document.restricted).where(Document.id == document_id))
    if restricted and scope.everywhere and _in_sight(scope, session.get_one(Document, document_id)):
        return Forbidden(
            "It is restricted to storage on a data subject's request: nobody opens it, finds it, lends or exports it.",
            code="restricted",
        )
    return NotFound(reason="absent" if restricted is None else "denied")


def readable_folder(scope: ReadableScope) -> ColumnElement[bool]:
    """The scope as a condition on Folder."""
    cleared = Folder.confidentiality <= int(scope.clearance)
    parts: list[ColumnElement[bool]] = []
    if scope.everywhere:
        parts.append(cleared)
    elif scope.departments:
        parts.append(Folder.department_id.in_(scope.departments) & cleared)
    if scope.folders:
        parts.append(Folder.id.in_(scope.folders) & cleared)
    return or_(false(), *parts)


def readable_customer(scope: ReadableScope) -> ColumnElement[bool]:
    """The scope as a condition on Customer: whoever reads everywhere keeps all; else of whom something is in sight."""
    if scope.everywhere:
        return true()
    papers = select(Document.customer_id).where(Document.customer_id.is_not(None), readable(scope))
    return or_(Customer.id.in_(papers), Customer.id.in_(select(Folder.customer_id).where(readable_folder(scope))))


def the_readable_customer(session: Session, scope: ReadableScope, customer_id: str) -> Customer:
    """The customer, if something of theirs is in sight; NotFound alike otherwise."""
    customer = session.scalar(select(Customer).where(Customer.id == customer_id, readable_customer(scope)))
    if customer is None:
        raise NotFound
    return customer


def the_folder(session: Session, scope: ReadableScope, folder_id: str) -> Folder:
    """The folder, if it is there and the reader may see it; NotFound alike otherwise."""
    folder = session.scalar(select(Folder).where(Folder.id == folder_id, readable_folder(scope)))
    if folder is None:
        raise NotFound
    return folder


def level_named(name: str) -> Confidentiality:
    """The level of a name; NotFound never, KeyError never: Invalid names the four."""
    try:
        return Confidentiality.named(name)
    except KeyError as error:
        raise Invalid(
            "Confidentiality is public, internal, confidential or secret.",
            errors=[{"field": "confidentiality", "code": "unknown"}],
        ) from error
