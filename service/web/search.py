"""检索: results while one types, facets on the left, each hit with its snippet and its place."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from markupsafe import Markup, escape
from starlette.responses import Response

from archive.access import Actor
from archive.errors import Unavailable
from archive.rights import Right
from service.api.search import SearchIn, get_search
from service.edge import Needs, Reading, TheEngine, TheHouse
from service.web.answers import frame_of, show
from service.web.forms import checked
from service.web.render import Told

router = APIRouter()
Reader = Annotated[Actor, Needs(Right.READ)]
NARROWED: Final = ("customer", "type", "year", "class")
SORTS: Final = ("relevance", "newest", "oldest", "code")


@router.get("/search")
def search_page(request: Request, actor: Reader, house: TheHouse, engine: TheEngine, session: Reading) -> Response:
    """The results of a question; without one, the newest papers in the reader's scope."""
    asked = {name: request.query_params.get(name, "") for name in ("q", *NARROWED, "sort", "cursor")}
    asked["sort"] = asked["sort"] or "relevance"
    fuzzy = request.query_params.get("fuzzy") == "yes"
    given = checked(SearchIn, **asked, fuzzy=fuzzy)
    try:
        found = get_search(
            actor, house, engine, session, q=given.q, customer=given.customer, type_=given.type, year=given.year,
            class_=given.class_, sort=given.sort, cursor=given.cursor, fuzzy=fuzzy,
        )  # fmt: skip
    except Unavailable:
        frame = frame_of(request)
        return show(
            request, "search_away.html", 503, told=Told("warn", frame.say("search.away"), frame.say("search.away_says"))
        )
    hits = [hit | {"html": marked(hit["snippet"], hit["marks"])} for hit in found["hits"]]
    kept = {name: value for name, value in asked.items() if value and name != "cursor"} | (
        {"fuzzy": "yes"} if fuzzy else {}
    )
    return show(
        request, "search.html", found=found, hits=hits, asked=asked, fuzzy=fuzzy, sorts=SORTS, found_by=asked["q"],
        facets=_facets(found["facets"], kept), here=urlencode(kept), narrowed=[n for n in NARROWED if asked[n]],
    )  # fmt: skip


def marked(snippet: str, marks: list[list[int]]) -> Markup:
    """The snippet with its spans marked; everything in it is text."""
    parts, at = [], 0
    for start, end in marks:
        parts += [escape(snippet[at:start]), Markup("<mark>"), escape(snippet[start:end]), Markup("</mark>")]
        at = end
    return Markup("").join([*parts, escape(snippet[at:])])


def _facets(facets: dict[str, list[dict[str, Any]]], kept: dict[str, str]) -> list[dict[str, Any]]:
    """Each value with the address that narrows to it, or widens again."""
    found = []
    for name in NARROWED:
        values, rows = facets.get(name, []), []
        for value in values:
            on = kept.get(name) == value["value"]
            rest = {key: each for key, each in kept.items() if key != name}
            address = urlencode(rest if on else rest | {name: value["value"]})
            rows.append({**value, "on": on, "address": f"/search?{address}"})
        found.append({"name": name, "values": rows})
    return found
