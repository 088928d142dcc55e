"""检索: results while one types, facets on the left, each hit with its snippet and its place.

What is asked is sent in a body and remembered as a search of the person's own, so that an address holds an id and no
words; back, reload and a bookmark ask the same question again, with the rights of then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from markupsafe import Markup, escape
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from archive.access import Actor
from archive.errors import Invalid, Unavailable
from archive.house import House
from archive.rights import Right
from archive.searches import drop, keep, note_question, question_of, searches_of, the_search, title_of
from indexes.port import SearchEngine
from service.api.search import SearchIn, answer_to, export_of, question
from service.edge import Needs, OneTransaction, Reading, TheEngine, TheHouse
from service.sheets import MEDIA_TYPES
from service.web.answers import frame_of, go, show
from service.web.forms import Word, checked, the_form
from service.web.render import Told

router = APIRouter()
Reader = Annotated[Actor, Needs(Right.READ)]
NARROWED: Final = ("customer", "type", "year", "class", "confidentiality", "department")
SORTS: Final = ("relevance", "newest", "oldest", "code")
FILTERS: Final = tuple(name if name != "class" else "class_" for name in NARROWED)
PLAIN: Final = ("q", "sort", "by", *NARROWED)
SHOWN_RECENT: Final = 8


@dataclass(frozen=True, slots=True)
class Desk:
    """What every answer of this page is made from."""

    request: Request
    actor: Actor
    house: House
    engine: SearchEngine
    session: Session

    def answer(self, given: SearchIn, search_id: str = "", *, typing: bool = False) -> Response:
        """The results of a question. `typing`: the next question takes the place of this one."""
        own = self._own()
        try:
            found = answer_to(self.house, self.engine, self.session, self.actor, given.parsed())
        except Unavailable:
            return self._away()
        hits = [self._hit(hit) for hit in found["hits"]]
        asked = given.model_dump(by_alias=True)
        return show(
            self.request, "search.html", found=found, hits=hits, asked=asked, sorts=SORTS, found_by=given.q,
            facets=_facets(found["facets"], asked), narrowed=[n for n in NARROWED if asked[n]], search_id=search_id,
            typed_id=search_id if typing else "", own=own,
            here=urlencode({name: asked[name] for name in NARROWED if asked[name]} if not search_id else {}),
            title=next((each["title"] for each in own if each["id"] == search_id), ""),
        )  # fmt: skip

    def _own(self) -> list[dict[str, Any]]:
        """The person's kept searches and the last of the others, as lines of a list."""
        vault = self.house.vault
        lines = [
            {"id": each.id, "title": title_of(vault, each), "says": _said(question_of(vault, each))}
            for each in searches_of(self.session, self.actor)
        ]
        recent = [line for line in lines if not line["title"]][:SHOWN_RECENT]
        return sorted((line for line in lines if line["title"]), key=lambda line: line["title"]) + recent

    def _hit(self, hit: dict[str, Any]) -> dict[str, Any]:
        pages = [page | {"html": marked(page["snippet"], page["marks"])} for page in hit.get("pages", [hit])]
        return hit | {"shown": pages, "more": hit.get("matching", 1) - len(pages)}

    def _away(self) -> Response:
        frame = frame_of(self.request)
        told = Told("warn", frame.say("search.away"), frame.say("search.away_says"))
        return show(self.request, "search_away.html", 503, told=told)


@router.get("/search")
def search_page(request: Request, actor: Reader, house: TheHouse, engine: TheEngine, session: Reading) -> Response:
    """The newest papers in the reader's scope, or of a customer, type, year …; words are never asked for here."""
    plain = {name: request.query_params.get(name, "") for name in (*NARROWED, "cursor")}
    return Desk(request, actor, house, engine, session).answer(checked(SearchIn, **plain))


@router.post("/search")
def post_search(
    request: Request, actor: Reader, house: TheHouse, engine: TheEngine, session: Reading,
    form: Annotated[FormData, the_form],
) -> Response:  # fmt: skip
    """Ask: remembered, then answered at an address of its own. While one types the answer comes at once."""
    given = asked_in(form)
    typing = request.headers.get("HX-Request") == "true"
    search_id = ""
    if given.q or any(getattr(given, name) for name in FILTERS):
        with house.database.transaction() as writing:
            search_id = note_question(writing, actor, house.vault, question(given), _word(form, "search")).id
    path = f"/searches/{search_id}" if search_id else "/search"
    if not typing:
        return go(path)
    answer = Desk(request, actor, house, engine, session).answer(given, search_id, typing=True)
    answer.headers["HX-Replace-Url"] = path
    return answer


@router.get("/searches/{search_id}")
def own_search_page(
    request: Request, search_id: str, actor: Reader, house: TheHouse, engine: TheEngine, session: Reading,
    cursor: str = "",
) -> Response:  # fmt: skip
    """What a search of one's own finds now."""
    asked = question_of(house.vault, the_search(session, actor, search_id))
    return Desk(request, actor, house, engine, session).answer(checked(SearchIn, **asked, cursor=cursor), search_id)


@router.post("/searches/{search_id}/keep")
def post_keep(search_id: str, actor: Reader, house: TheHouse, session: OneTransaction, title: Word = "") -> Response:
    """Keep a search under a name."""
    if not title:
        raise Invalid("A search that is kept has a name.", errors=[{"field": "title", "code": "empty"}])
    keep(session, actor, house.vault, search_id, title)
    return go(f"/searches/{search_id}", "kept")


@router.post("/searches/{search_id}/drop")
def post_drop(search_id: str, actor: Reader, session: OneTransaction) -> Response:
    """Forget a search."""
    drop(session, actor, search_id)
    return go("/search", "dropped")


@router.post("/searches/{search_id}/export")
def post_export(
    search_id: str, actor: Annotated[Actor, Needs(Right.RECORDS)], house: TheHouse, engine: TheEngine,
    session: Reading, kind: Word = "",
) -> Response:  # fmt: skip
    """The whole answer as a file."""
    if kind not in MEDIA_TYPES:
        raise Invalid("A list comes as csv or xlsx.", errors=[{"field": "kind", "code": "unknown"}])
    given = checked(SearchIn, **question_of(house.vault, the_search(session, actor, search_id)))
    return export_of(house, engine, session, actor, given.parsed(), kind)


def asked_in(form: FormData) -> SearchIn:
    """The question of a form; `narrow` sets a facet to a value, or lets it go when it has that value already."""
    plain = {name: word for name in PLAIN if (word := _word(form, name))}
    name, _, value = _word(form, "narrow").partition(":")
    if name in NARROWED:
        plain[name] = "" if plain.get(name) == value else value
    if name == "all":
        plain |= dict.fromkeys(NARROWED, "")
    return checked(SearchIn, **plain, fuzzy=_word(form, "fuzzy") == "yes")


def _word(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _said(asked: Mapping[str, Any]) -> str:
    """A question on one line: its words, else what it is narrowed to."""
    return str(asked["q"]) or " · ".join(str(asked[name]) for name in NARROWED if asked[name] and name != "customer")


def marked(snippet: str, marks: list[list[int]]) -> Markup:
    """The snippet with its spans marked; everything in it is text."""
    parts, at = [], 0
    for start, end in marks:
        parts += [escape(snippet[at:start]), Markup("<mark>"), escape(snippet[start:end]), Markup("</mark>")]
        at = end
    return Markup("").join([*parts, escape(snippet[at:])])


def _facets(facets: Mapping[str, list[dict[str, Any]]], asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each value of each facet, and whether the question is narrowed to it."""
    return [
        {"name": name, "values": [value | {"on": asked[name] == value["value"]} for value in facets.get(name, [])]}
        for name in NARROWED
    ]
