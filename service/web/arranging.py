"""整理页面: the pages of a document as a row of pictures, to be turned, moved, or cut into documents of their own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from archive.access import Actor
from archive.arrangements import standing
from archive.readable import the_document
from archive.rights import Right
from retention.arranging import Turned, arrange, split, undo
from service.edge import Needs, OneTransaction, Reading, TheHouse, scope_of
from service.etags import check_match, etag
from service.views import document_view
from service.web.answers import go, show
from service.web.forms import the_form, whole

router = APIRouter()
Corrector = Annotated[Actor, Needs(Right.CORRECT)]


@router.get("/documents/{document_id}/arrange")
def arranging_page(request: Request, document_id: str, actor: Corrector, house: TheHouse, session: Reading) -> Response:
    """All pages at once."""
    scope = scope_of(session, actor)
    document = the_document(session, scope, document_id)
    view, version = document_view(house, session, scope, document), etag(document.version)
    can_undo = standing(session, document.id) is not None
    return show(
        request, "arranging.html", document=view, version=version, can_undo=can_undo,
        can_split=document.filed_at is None and len(view["pages"]) > 1,
    )  # fmt: skip


@router.post("/documents/{document_id}/arrange")
def post_arrangement(
    document_id: str, actor: Corrector, session: OneTransaction, form: Annotated[FormData, the_form]
) -> Response:
    """Keep order and turns, undo the last ones, or split at the ticked pages."""
    scope = scope_of(session, actor)
    document = the_document(session, scope, document_id, lock=True)
    check_match(str(form.get("version", "")), document.version)
    pages = range(1, (document.page_count or 0) + 1)
    act = str(form.get("act", ""))
    if act == "undo":
        undo(session, actor, scope, document_id)
    elif act == "split":
        split(session, actor, scope, document_id, [page for page in pages if form.get(f"cut-{page}")])
        return go("/capture", "split")
    else:
        seat = {page: whole(str(form.get(f"seat-{page}", "")), "pages") or page for page in pages}
        turn = {page: whole(str(form.get(f"turn-{page}", "")), "pages") or 0 for page in pages}
        order = sorted(pages, key=lambda page: (seat[page], page))
        arrange(session, actor, scope, document_id, [Turned(page, turn[page]) for page in order])
    return go(f"/documents/{document_id}", "arranged")
