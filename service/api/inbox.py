"""What waits for a person (待办)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from sqlalchemy import func, select

from archive.access import Actor
from archive.base import today
from archive.documents import Document, State
from archive.readable import readable
from archive.rights import Right
from retention.inbox import inbox
from service.edge import Needs, Reading, TheHouse, scope_of, storage_scope_of
from service.shapes import Items
from service.views import moment

router = APIRouter(prefix="/inbox", tags=["inbox"])


@router.get("")
def get_inbox(actor: Annotated[Actor, Needs(Right.SELF)], house: TheHouse, session: Reading) -> Items:
    """Everything that waits for the person, most pressing first; documents to review last."""
    scope = scope_of(session, actor)
    items: list[dict[str, object]] = [
        {
            "matter": found.matter.value, "id": found.id, "title": found.title, "count": found.count,
            "since": moment(found.since),
        }
        for found in inbox(session, actor, storage_scope_of(session, actor), today(house.settings.zone))
    ]  # fmt: skip
    if Right.CORRECT in actor.rights:
        waits = select(func.count()).where(Document.state == State.REVIEW.value, readable(scope))
        if count := session.scalar(waits):
            items.append({"matter": "review", "id": "", "title": "", "count": count, "since": None})
    return Items(items=items)
