"""Search: every page that says it, as far as the reader may see."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlalchemy.orm import Session

from archive.access import Actor
from archive.house import House
from archive.masking import find_sensitive
from archive.rights import Right
from indexes.orders import Asked
from indexes.port import SearchEngine
from indexes.search import Finder
from service.body import StrictRoute
from service.edge import Needs, Reading, TheEngine, TheHouse, done_reading, scope_of
from service.searching import MOST_LINES, answer_view, listed, note_export, note_search
from service.shapes import In
from service.sheets import MEDIA_TYPES, Format, written

router = APIRouter(prefix="/search", tags=["search"], route_class=StrictRoute)

MOST: int = 100
ByName = Literal["page", "document"]
SortName = Literal["relevance", "newest", "oldest", "code"]


class SearchIn(In):
    """The same question in a body, so that a number sought stands in no address."""

    q: Annotated[str, Field(max_length=1000)] = ""
    customer: Annotated[str, Field(max_length=64)] = ""
    type: Annotated[str, Field(max_length=32)] = ""
    year: Annotated[str, Field(max_length=20)] = ""
    class_: Annotated[str, Field(max_length=80, alias="class")] = ""
    department: Annotated[str, Field(max_length=64)] = ""
    confidentiality: Annotated[str, Field(max_length=16)] = ""
    by: ByName = "page"
    sort: SortName = "relevance"
    cursor: Annotated[str, Field(max_length=4000)] = ""
    size: Annotated[int, Field(ge=1, le=MOST)] = 20
    fuzzy: bool = False
    facets: bool = True

    def parsed(self) -> Asked:
        """As the finder takes it."""
        asked = self.model_dump()
        return Asked(retention_class=asked.pop("class_"), counted=asked.pop("facets"), **asked)


class ExportIn(SearchIn):
    """A question whose results are wanted as a file."""

    format: Format


def question(given: SearchIn) -> dict[str, Any]:
    """What is asked, without which part of the answer: what a kept search remembers."""
    return given.model_dump(by_alias=True, include=set(SearchIn.model_fields) - {"cursor", "size", "facets"})


@router.get("")
def get_search(
    actor: Annotated[Actor, Needs(Right.READ)],
    house: TheHouse,
    engine: TheEngine,
    q: Annotated[str, Query(max_length=1000)] = "",
    customer: Annotated[str, Query(max_length=64)] = "",
    type_: Annotated[str, Query(max_length=32, alias="type")] = "",
    year: Annotated[str, Query(max_length=20)] = "",
    class_: Annotated[str, Query(max_length=80, alias="class")] = "",
    department: Annotated[str, Query(max_length=64)] = "",
    confidentiality: Annotated[str, Query(max_length=16)] = "",
    by: ByName = "page",
    sort: SortName = "relevance",
    cursor: Annotated[str, Query(max_length=4000)] = "",
    size: Annotated[int, Query(ge=1, le=MOST)] = 20,
    fuzzy: bool = False,
    facets: bool = True,
) -> dict[str, Any]:
    """Pages that the query finds, with snippets, boxes and facets; `total` counts pages.

    Without `facets` it takes about half as long: `documents`, which is null, too, over 60,000 pages, is left out then.
    """
    asked = Asked(
        q=q, customer=customer, type=type_, year=year, retention_class=class_, department=department,
        confidentiality=confidentiality, by=by, sort=sort, size=size, cursor=cursor, fuzzy=fuzzy,
        counted=facets,
    )  # fmt: skip
    with house.database.reading() as session:  # in the endpoint's own thread: many ask at once
        return answer_to(house, engine, session, actor, asked)


@router.post("")
def post_search(
    given: SearchIn,
    actor: Annotated[Actor, Needs(Right.READ, scope="read")],
    house: TheHouse,
    engine: TheEngine,
) -> dict[str, Any]:
    """The same, asked in a body."""
    with house.database.reading() as session:
        return answer_to(house, engine, session, actor, given.parsed())


@router.post("/export")
def post_export(
    given: ExportIn,
    actor: Annotated[Actor, Needs(Right.RECORDS, scope="read")],
    house: TheHouse,
    engine: TheEngine,
    session: Reading,
) -> Response:
    """The whole answer as CSV or XLSX, for who keeps the records; at most 5,000 lines."""
    asked = SearchIn(**given.model_dump(by_alias=True, exclude={"format"})).parsed()
    return export_of(house, engine, session, actor, asked, given.format)


def export_of(
    house: House, engine: SearchEngine, session: Session, actor: Actor, asked: Asked, kind: Format
) -> Response:
    """A list of what a search finds now, logged before it leaves."""
    found = Finder(session, engine, house.vault, find_sensitive).walk(scope_of(session, actor), asked, MOST_LINES)
    done_reading(session)
    note_export(house, actor, asked, len(found), kind)
    headers = {"Content-Disposition": f'attachment; filename="search.{kind}"'}
    return Response(written(kind, listed(found)), media_type=MEDIA_TYPES[kind], headers=headers)


def answer_to(house: House, engine: SearchEngine, session: Session, actor: Actor, asked: Asked) -> dict[str, Any]:
    """Search within what the actor may read now, and log it."""
    answer = Finder(session, engine, house.vault, find_sensitive).search(scope_of(session, actor), asked)
    done_reading(session)
    if not asked.cursor:
        note_search(house, actor, asked, answer.total)
    return answer_view(answer, house.vault, actor.id)
