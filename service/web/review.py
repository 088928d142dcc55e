"""审核: what the machine doubted, side by side with the scan; correct, choose a folder, file, and the next is there."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from archive.access import Actor, ReadableScope
from archive.customers import Customer, folded
from archive.documents import DOCUMENT_TYPES, FIELDS, Document, State
from archive.errors import Invalid
from archive.folders import Folder, FolderState
from archive.readable import level_named, readable, readable_folder, sees_unmasked, the_document
from archive.rights import Right
from retention.corrections import Correction, correct, reread
from service.api.documents import RereadIn, get_documents
from service.edge import Needs, OneTransaction, Reading, TheHouse, done_reading, scope_of
from service.etags import check_match, etag
from service.sightings import note_view
from service.views import document_view
from service.web.answers import go, language_of, show
from service.web.documents import fields_with_places, reasons_in_words, sentences
from service.web.forms import Secret, Word, checked, one_of, the_form

router = APIRouter()
Reviewer = Annotated[Actor, Needs(Right.CORRECT)]
OFFERED: Final = 20
STATES: Final = (State.REVIEW, State.NEEDS_PASSWORD, State.QUARANTINED)


@router.get("/review")
def review_page(
    request: Request, actor: Reviewer, house: TheHouse, session: Reading, state: str = "review", cursor: str = ""
) -> Response:
    """What waits for a decision, oldest work last in; the first row's link begins."""
    chosen = one_of(State, state, "state")
    found = get_documents(actor, house, session, state=chosen, cursor=cursor, size=100)
    language = language_of(request)
    items = [item | {"reasons": sentences(list(item["review"]), language)} for item in found.items]  # type: ignore[call-overload]
    return show(request, "review.html", items=items, cursor=found.cursor, state=chosen.value, states=STATES)


@router.get("/review/folders")
def folders_part(request: Request, actor: Reviewer, session: Reading, folder: str = "") -> Response:
    """Open folders that fit what was typed, for the field's list."""
    return show(request, "parts/folders.html", folders=_offered(session, scope_of(session, actor), folder))


def _offered(session: Session, scope: ReadableScope, typed: str, customer_id: str | None = None) -> list[Folder]:
    asked = select(Folder).join(Customer).where(readable_folder(scope), Folder.state == FolderState.PROVISIONAL.value)
    if customer_id:
        asked = asked.where(Folder.customer_id == customer_id)
    if words := folded(typed[:100]):
        asked = asked.where(
            or_(
                Customer.folded.contains(words, autoescape=True),
                Folder.code.contains(typed.strip().upper()[:60], autoescape=True),
                Folder.title.contains(typed.strip()[:100], autoescape=True),
            )
        )
    return list(session.scalars(asked.order_by(Folder.opened_at.desc()).limit(OFFERED)).unique())


@router.get("/review/{document_id}")
def correction_page(request: Request, document_id: str, actor: Reviewer, house: TheHouse, session: Reading) -> Response:
    """One document to decide on."""
    scope = scope_of(session, actor)
    document = the_document(session, scope, document_id)
    view, key = document_view(house, session, scope, document), house.vault.key(document.id)
    _, review = reasons_in_words(key, document, language_of(request), bare=sees_unmasked(scope, document))
    offered = _offered(session, scope, "", document.customer_id) if document.customer_id else []
    done_reading(session)
    note_view(house, actor, document.id)
    return show(
        request, "correction.html", document=view, version=etag(document.version), types=DOCUMENT_TYPES,
        review=review, fields=fields_with_places(view), offered=offered,
        missing=[name for name in FIELDS if name not in view["fields"]], marks={"hits": [], "asked": []},
    )  # fmt: skip


@router.post("/review/{document_id}")
def post_correction(
    document_id: str, actor: Reviewer, house: TheHouse, session: OneTransaction, form: Annotated[FormData, the_form]
) -> Response:
    """Keep what was changed; with `file` put it into its folder and go on to the next."""
    scope = scope_of(session, actor)
    document = the_document(session, scope, document_id, lock=True)
    check_match(str(form.get("version", "")), document.version)
    wanted = _wanted(session, scope, document, document_view(house, session, scope, document), form)
    correct(session, actor, scope, house.vault, document_id=document_id, wanted=wanted)
    if not wanted.file:
        return go(f"/review/{document_id}", "saved")
    onward = _next(session, scope, document)
    return go(f"/review/{onward}" if onward else "/review", "filed")


def _wanted(
    session: Session, scope: ReadableScope, document: Document, seen: dict[str, Any], form: FormData
) -> Correction:
    """What differs from what was shown. A covered number that was left alone stays what it is."""
    given: set[str] = set()
    kind, level, title = (str(form.get(name, "")).strip() for name in ("document_type", "confidentiality", "title"))
    if kind and kind != document.document_type:
        given.add("document_type")
    if level and level != document.level.label:
        given.add("confidentiality")
    if title and title != seen["title"]:
        given.add("title")
    folder = _folder(session, scope, str(form.get("folder", "")))
    if folder is not None and folder.id != document.folder_id:
        given.add("folder_id")
    return Correction(
        given=frozenset(given), document_type=kind, title=title, folder_id=folder.id if folder else None,
        confidentiality=level_named(level) if level else document.level, reason=str(form.get("reason", "")).strip(),
        fields=_changed_fields(seen["fields"], form), file=form.get("act") == "file",
    )  # fmt: skip


def _folder(session: Session, scope: ReadableScope, typed: str) -> Folder | None:
    code = typed.split(" ", 1)[0].strip()
    if not code:
        return None
    folder = session.scalar(select(Folder).where(Folder.code == code, readable_folder(scope)))
    if folder is None:
        raise Invalid("There is no such folder.", errors=[{"field": "folder", "code": "unknown"}])
    return folder


def _changed_fields(shown: dict[str, Any], form: FormData) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name in FIELDS:
        value = form.get(f"field-{name}")
        if not isinstance(value, str) or value.strip() == str(shown.get(name, {}).get("value") or ""):
            continue
        found[name] = value.strip() or None
    added, value = str(form.get("added", "")), str(form.get("added_value", "")).strip()
    if added and value:
        found[added] = value
    return found


def _next(session: Session, scope: ReadableScope, document: Document) -> str | None:
    """The document in review that came in next before this one."""
    waiting = select(Document.id).where(
        Document.state == State.REVIEW.value, Document.id != document.id, readable(scope)
    )
    older = waiting.where(Document.received_at <= document.received_at).order_by(Document.received_at.desc())
    return session.scalar(older.limit(1)) or session.scalar(waiting.order_by(Document.received_at.desc()).limit(1))


@router.post("/documents/{document_id}/reread")
def post_reread(
    document_id: str,
    actor: Reviewer,
    house: TheHouse,
    session: OneTransaction,
    engine: Word = "",
    password: Secret = "",
) -> Response:
    """Have the original read again, by another engine, or with the password of an encrypted one."""
    how = checked(RereadIn, engine=engine or None, password=password).parsed()
    reread(session, actor, scope_of(session, actor), house.vault, document_id=document_id, how=how)
    return go(f"/documents/{document_id}", "reread")
