"""文种: the types that there are, what the organisation adds and retires, and how reading does with them."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from archive import type_models
from archive.access import Actor
from archive.own_types import READABLE
from archive.rights import Right
from retention.classes import classes
from retention.own_types import TypeOrder, retire_type, save_type
from service.api.document_types import every_type
from service.edge import Needs, OneTransaction, Reading
from service.web.answers import go, show
from service.web.forms import Several, Text, Word, whole

router = APIRouter()
Officer = Annotated[Actor, Needs(Right.RECORDS)]
SHOWN: Final = 12
"""Learnings that are listed, the latest first."""
NOTHING: Final = {
    "code": "",
    "version": 0,
    "zh": "",
    "en": "",
    "titles": [],
    "words": [],
    "fields": [],
    "retention_class": None,
}


@router.get("/types")
def types_page(request: Request, actor: Officer, session: Reading, code: str = "") -> Response:
    """All types; how sure reading is and how often it was right; what was learned from corrections."""
    del actor
    found = every_type(session)
    asked = next((each for each in found if each["code"] == code and not each["shipped"]), None)
    return show(
        request, "types.html", types=found, asked=asked or NOTHING, opened=asked is not None, fields=READABLE,
        classes=sorted({row.code for row in classes(session)}), corrected=type_models.corrected(session),
        current=type_models.current(session), learnings=type_models.learnings(session)[:SHOWN],
        bands=type_models.reliability(session),
    )  # fmt: skip


@router.post("/types")
def post_type(
    actor: Officer, session: OneTransaction, code: Word = "", zh: Word = "", en: Word = "", titles: Text = "",
    words: Text = "", fields: Several = [], retention_class: Word = "", version: Word = "",  # noqa: B006 - FastAPI copies
) -> Response:  # fmt: skip
    """Add a type, or change one that was added."""
    order = TypeOrder(
        code, zh, en, tuple(titles.splitlines()), tuple(words.splitlines()), tuple(fields), retention_class or None,
        whole(version, "version") or 0,
    )  # fmt: skip
    save_type(session, actor, order)
    return go("/types", "type_saved")


@router.post("/types/learn")
def post_learn(actor: Officer, session: OneTransaction) -> Response:
    """Learn from what was corrected, now instead of tonight."""
    del actor
    return go("/types", "learning_asked" if type_models.ask_to_learn(session) else "learning_waits")


@router.post("/types/back")
def post_back(actor: Officer, session: OneTransaction) -> Response:
    """Set the learned model aside for the one before it."""
    type_models.go_back(session, actor)
    return go("/types", "model_back")


@router.post("/types/{code}/retired")
def post_retired(code: str, actor: Officer, session: OneTransaction, retired: Word = "yes") -> Response:
    """Give a type no more, or give it again."""
    retire_type(session, actor, code, retired=retired == "yes")
    return go("/types", "type_retired" if retired == "yes" else "type_restored")
