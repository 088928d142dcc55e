"""Documents: put in, looked at, corrected, read again."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Header, Path, Response, UploadFile
from pydantic import Field, SecretStr
from sqlalchemy import select, tuple_

from archive.access import Actor
from archive.base import today
from archive.documents import Document, State
from archive.house import House
from archive.intake import Order, duplicates, take_in
from archive.readable import level_named, readable, the_document
from archive.rights import Right
from archive.settings import EngineName
from retention.corrections import PASSWORD_MAX, Correction, Opening, Reread, correct, reread
from retention.withdrawal import REASON_MAX, withdraw
from service.body import StrictRoute
from service.cursors import Cursors
from service.edge import Needs, OneTransaction, Reading, TheHouse, done_reading, scope_of
from service.etags import IfMatch, check_match, etag
from service.shapes import UUID, Code, Cursor, Id, In, Items, Level, Size
from service.sightings import note_view
from service.views import document_view, moment, shown_review, shown_title

router = APIRouter(prefix="/documents", tags=["documents"], route_class=StrictRoute)

DocumentId = Annotated[str, Path(pattern=UUID)]


@router.post("", status_code=202)
def post_document(
    file: Annotated[UploadFile, File()],
    actor: Annotated[Actor, Needs(Right.CAPTURE)],
    house: TheHouse,
    customer_id: Annotated[Id | None, Form()] = None,
    folder_id: Annotated[Id | None, Form()] = None,
    document_type: Annotated[str | None, Form(max_length=32)] = None,
    batch_id: Annotated[Id | None, Form()] = None,
    idempotency_key: Annotated[str, Header(max_length=100)] = "",
) -> dict[str, Any]:
    """Take one scan in. Answered once its bytes are proved to be in the store; reading follows."""
    order = Order(file.filename or "", customer_id, folder_id, document_type, batch_id, idempotency_key)
    document, new = take_in(house, actor, order, file.file)
    with house.database.reading() as session:
        same = duplicates(session, scope_of(session, actor), document)
    state = document.state if new else State.RECEIVED.value  # a repeated request has the answer that it had before
    return {
        "id": document.id, "state": state, "sha256": document.sha256, "duplicates": same, "repeated": not new,
    }  # fmt: skip


@router.get("")
def get_documents(
    actor: Annotated[Actor, Needs(Right.READ)],
    house: TheHouse,
    session: Reading,
    state: State | None = None,
    folder: Id | None = None,
    batch: Id | None = None,
    cursor: Cursor = "",
    size: Size = 50,
) -> Items:
    """Documents in the reader's scope, newest first, e.g. what waits in review."""
    cursors = Cursors(house, actor, f"documents/{state}/{folder}/{batch}")
    scope = scope_of(session, actor)
    asked = select(Document).where(readable(scope), Document.destroyed_at.is_(None), Document.destroying.is_(False))
    asked = asked.where(Document.state == state.value) if state else asked
    asked = asked.where(Document.folder_id == folder) if folder else asked
    asked = asked.where(Document.batch_id == batch) if batch else asked
    if place := cursors.read(cursor):
        last = session.get_one(Document, str(place[0]))
        asked = asked.where(tuple_(Document.received_at, Document.id) < (last.received_at, last.id))
    rows = (
        session.scalars(asked.order_by(Document.received_at.desc(), Document.id.desc()).limit(size + 1)).unique().all()
    )
    keys = house.vault.keys([row.id for row in rows])
    items: list[dict[str, object]] = [
        {
            "id": row.id, "state": row.state, "title": shown_title(keys[row.id], row, scope) if row.id in keys else "",
            "archival_code": row.archival_code, "document_type": row.document_type,
            "review": shown_review(session, scope, row), "received_at": moment(row.received_at), "error": row.error,
        }
        for row in rows[:size]
    ]  # fmt: skip
    return Items(items=items, cursor=cursors.write(rows[size - 1].id) if len(rows) > size else "")


@router.get("/{document_id}")
def get_document(
    document_id: DocumentId,
    actor: Annotated[Actor, Needs(Right.READ)],
    house: TheHouse,
    session: Reading,
    response: Response,
) -> dict[str, Any]:
    """What is known of a document. Destroyed: 410 with the certificate's number."""
    scope = scope_of(session, actor)
    document = the_document(session, scope, document_id)
    seen = document_view(house, session, scope, document)
    response.headers["ETag"] = etag(document.version)
    done_reading(session)
    note_view(house, actor, document_id)
    return seen


class PatchIn(In):
    """What is changed; what is not named stays. `state: filed` says that it is right as it is.

    `open_folder`: in the customer's one open folder, opened if there is none.
    """

    document_type: Annotated[str, Field(max_length=32)] = ""
    customer_id: Id | None = None
    folder_id: Id | None = None
    title: Annotated[str, Field(max_length=200)] = ""
    confidentiality: Level = "internal"
    retention_class: Code | None = None
    fields: Annotated[
        dict[str, Annotated[str, Field(max_length=200)] | None], Field(max_length=40, default_factory=dict)
    ]
    reason: Annotated[str, Field(max_length=2000)] = ""
    state: Literal["", "filed"] = ""
    open_folder: bool = False

    def parsed(self, opening: Opening) -> Correction:
        """As the use case takes it."""
        return Correction(
            given=frozenset(self.model_fields_set), document_type=self.document_type, customer_id=self.customer_id,
            folder_id=self.folder_id, title=self.title, confidentiality=level_named(self.confidentiality),
            retention_class=self.retention_class, fields=self.fields, reason=self.reason, file=self.state == "filed",
            opening=opening if self.open_folder else None,
        )  # fmt: skip


def opening_of(house: House) -> Opening:
    """What the code of a folder that is opened today is made of."""
    return Opening(house.settings.fonds, today(house.settings.zone).year)


@router.patch("/{document_id}")
def patch_document(
    document_id: DocumentId,
    given: PatchIn,
    actor: Annotated[Actor, Needs(Right.CORRECT)],
    house: TheHouse,
    session: OneTransaction,
    response: Response,
    if_match: IfMatch = "",
) -> dict[str, Any]:
    """Correct, classify, file. 409 while a hold or a batch keeps it; `number_of_another` unless a `reason` is given."""
    scope = scope_of(session, actor)
    check_match(if_match, the_document(session, scope, document_id, lock=True).version)
    document = correct(
        session, actor, scope, house.vault, document_id=document_id, wanted=given.parsed(opening_of(house))
    )
    response.headers["ETag"] = etag(document.version)
    return document_view(house, session, scope, document)


class WithdrawIn(In):
    """Why it is taken back, if there is more to say than that it was a mistake."""

    reason: Annotated[str, Field(max_length=REASON_MAX)] = ""


@router.post("/{document_id}/withdraw", status_code=202)
def post_withdraw(
    document_id: DocumentId,
    given: WithdrawIn,
    actor: Annotated[Actor, Needs(Right.CAPTURE)],
    session: OneTransaction,
) -> dict[str, Any]:
    """Take back what one put in by mistake, until it is filed. Unreadable at once (410), then erased with its key."""
    document = withdraw(session, actor, scope_of(session, actor), document_id, given.reason)
    return {"id": document.id, "withdrawn": True, "erased": document.destroyed_at is not None}


class RereadIn(In):
    """By which engine, the worker's own when none is named; a password for an encrypted original."""

    engine: EngineName | None = None
    password: Annotated[SecretStr, Field(max_length=PASSWORD_MAX)] = SecretStr("")

    def parsed(self) -> Reread:
        """As the use case takes it."""
        return Reread(self.engine, self.password.get_secret_value())


@router.post("/{document_id}/reread", status_code=202)
def post_reread(
    document_id: DocumentId,
    actor: Annotated[Actor, Needs(Right.CORRECT)],
    house: TheHouse,
    session: OneTransaction,
    given: RereadIn | None = None,
) -> dict[str, Any]:
    """Have the original read again, by another engine, or with the password of an encrypted one."""
    how = given.parsed() if given else Reread()
    document = reread(session, actor, scope_of(session, actor), house.vault, document_id=document_id, how=how)
    return {"id": document.id, "state": document.state}
