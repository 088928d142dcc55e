"""The desk's acts on pages: turn the one that is seen, split the paper, ask for a better scan; then on to the next."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from archive.access import Actor, ReadableScope
from archive.documents import Document
from archive.errors import Invalid
from archive.readable import the_document
from archive.review_leases import leave
from archive.rights import Right
from retention.arranging import Turned, arrange, split
from retention.rescans import ask_again
from service.edge import Needs, OneTransaction, scope_of
from service.etags import check_match
from service.web.answers import go
from service.web.forms import the_form, whole

router = APIRouter(prefix="/review")
Reviewer = Annotated[Actor, Needs(Right.CORRECT)]
TheForm = Annotated[FormData, the_form]


@router.post("/{document_id}/turn")
def post_turn(document_id: str, actor: Reviewer, session: OneTransaction, form: TheForm) -> Response:
    """Turn one page by quarters; the paper is read anew."""
    scope, document = _current(session, actor, document_id, form)
    page, turn = _page(document, form), whole(str(form.get("turn", "")), "turn") or 0
    places = [Turned(each, turn if each == page else 0) for each in range(1, (document.page_count or 0) + 1)]
    arrange(session, actor, scope, document_id, places)
    return _onward(session, actor, document_id, form, "arranged")


@router.post("/{document_id}/split")
def post_split(document_id: str, actor: Reviewer, session: OneTransaction, form: TheForm) -> Response:
    """New papers begin at the ticked pages."""
    scope, _ = _current(session, actor, document_id, form)
    starts = [whole(str(each), "cut") or 0 for each in form.getlist("cut")]
    split(session, actor, scope, document_id, starts)
    return _onward(session, actor, document_id, form, "split")


@router.post("/{document_id}/rescan")
def post_rescan(document_id: str, actor: Reviewer, session: OneTransaction, form: TheForm) -> Response:
    """Put the page on the rescan list; the paper stays in review until it was scanned again."""
    scope, document = _current(session, actor, document_id, form)
    ask_again(session, actor, scope, document_id, page=_page(document, form))
    return _onward(session, actor, document_id, form, "rescan_asked")


def _current(session: Session, actor: Actor, document_id: str, form: FormData) -> tuple[ReadableScope, Document]:
    scope = scope_of(session, actor)
    document = the_document(session, scope, document_id, lock=True)
    check_match(str(form.get("version", "")), document.version)
    return scope, document


def _page(document: Document, form: FormData) -> int:
    page = whole(str(form.get("page", "")), "page") or 0
    if not 1 <= page <= (document.page_count or 0):
        raise Invalid("There is no such page.", errors=[{"field": "page", "code": "unknown"}])
    return page


def _onward(session: Session, actor: Actor, document_id: str, form: FormData, told: str) -> Response:
    leave(session, actor, document_id)
    reason = str(form.get("queue_reason", ""))[:40]
    return go("/review/next", told, after=document_id, **({"reason": reason} if reason else {}))
