"""文件: the page of one document."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from archive import reasons
from archive.access import Actor
from archive.documents import page_text, reasons_of
from archive.masking import mask
from archive.readable import the_document
from archive.rights import Right
from retention.due import Reason
from retention.sentences import sentence
from service.edge import Needs, Reading, TheHouse, scope_of
from service.sightings import note_view
from service.views import document_view
from service.web.answers import language_of, show
from service.web.language import Language

router = APIRouter(prefix="/documents")
Reader = Annotated[Actor, Needs(Right.READ)]
TEXT_PAGES: Final = 50
"""Pages whose text stands on the page at once; the viewer's layer has every page's."""


@router.get("/{document_id}")
def document_page(
    request: Request, document_id: str, actor: Reader, house: TheHouse, session: Reading, page: int = 1
) -> Response:
    """The document large, and beside it all that is known of it. The opening is logged before anything is shown."""
    scope = scope_of(session, actor)
    document = the_document(session, scope, document_id)
    view = document_view(house, session, scope, document)
    key, language = house.vault.key(document.id), language_of(request)
    shown = mask if view["masked"] else str
    texts = [(each.number, shown(page_text(key, each))) for each in document.pages[:TEXT_PAGES]]
    view["retention"]["why"] = due_sentences(view["retention"], language)
    because = sentences(reasons_of(key, document), language)
    note_view(house, actor, document.id)
    return show(
        request, "document.html", document=view, texts=texts, because=because, version=document.version,
        review=sentences(view["review"], language), fields=fields_with_places(view), page=max(1, page),
        marks={"hits": [], "asked": []},
    )  # fmt: skip


def sentences(written: list[Any], language: Language) -> list[str]:
    """Reasons in words; one that is newer than the table stands as its code."""
    found = []
    for each in written:
        try:
            found.append(reasons.sentence(str(each), language))
        except KeyError:
            found.append(str(each))
    return found


def due_sentences(retention: dict[str, Any], language: Language) -> list[str]:
    """Why a document is due, or not, in the page's language."""
    found = []
    for each in retention["because"]:
        values = {name: value for name, value in each.items() if name != "code"}
        found.append(sentence(Reason(each["code"], values), language))
    return found


def fields_with_places(view: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields in the order of their names, each with the place on the scan that its button shows."""
    return [{"name": name, **told, "place": place(told)} for name, told in view["fields"].items()]


def place(told: dict[str, Any]) -> dict[str, Any] | None:
    """A field's box as the viewer takes it; None for a value without a place."""
    box = told["box"]
    if not box:
        return None
    x, y, w, h = box.values() if isinstance(box, dict) else box
    return {"page": told["page"], "x": x, "y": y, "w": w, "h": h}
