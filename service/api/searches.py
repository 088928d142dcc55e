"""One's own searches: kept ones and those asked last; run again with the rights of now."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field

from archive.access import Actor
from archive.rights import Right
from archive.searches import Search, drop, keep, note_question, question_of, searches_of, the_search, title_of
from archive.vault import Vault
from service.api.search import MOST, SearchIn, answer_to, question
from service.body import StrictRoute
from service.edge import Needs, OneTransaction, Reading, TheEngine, TheHouse
from service.shapes import UUID, In, Items, Short
from service.views import moment

router = APIRouter(prefix="/searches", tags=["search"], route_class=StrictRoute)
SearchId = Annotated[str, Path(pattern=UUID)]
Reader = Annotated[Actor, Needs(Right.READ)]


class KeptIn(SearchIn):
    """A question to be kept, and what it is called."""

    title: Short


class PartIn(In):
    """Which part of the answer."""

    cursor: Annotated[str, Field(max_length=4000)] = ""
    size: Annotated[int, Field(ge=1, le=MOST)] = 20


def search_view(vault: Vault, search: Search) -> dict[str, Any]:
    """A search of one's own; `title` is empty for one that is not kept."""
    told = {"id": search.id, "title": title_of(vault, search), "used_at": moment(search.used_at)}
    return told | {"question": question_of(vault, search)}


@router.get("")
def get_searches(actor: Reader, house: TheHouse, session: Reading) -> Items:
    """One's own, the last used first."""
    return Items(items=[search_view(house.vault, search) for search in searches_of(session, actor)])


@router.post("", status_code=201)
def post_search(given: KeptIn, actor: Reader, house: TheHouse, session: OneTransaction) -> dict[str, Any]:
    """Keep a search under a name."""
    search = note_question(session, actor, house.vault, question(given))
    return search_view(house.vault, keep(session, actor, house.vault, search.id, given.title))


@router.post("/{search_id}/run")
def run_search(
    search_id: SearchId,
    given: PartIn,
    actor: Annotated[Actor, Needs(Right.READ, scope="read")],
    house: TheHouse,
    engine: TheEngine,
    session: Reading,
) -> dict[str, Any]:
    """What it finds now, within what its owner may read now."""
    asked = question_of(house.vault, the_search(session, actor, search_id))
    parsed = SearchIn(**asked, cursor=given.cursor, size=given.size).parsed()
    return answer_to(house, engine, session, actor, parsed)


@router.delete("/{search_id}")
def delete_search(search_id: SearchId, actor: Reader, session: OneTransaction) -> dict[str, Any]:
    """Forget a search."""
    drop(session, actor, search_id)
    return {"id": search_id, "dropped": True}
