"""From an endpoint's values to its answer: the frame around a page, a redirect after a form, a refusal as a page."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from archive.access import Actor
from archive.base import now
from archive.errors import Refusal
from archive.own_types import type_labels
from service.edge import Asker, house_of
from service.web.language import COOKIE, Language, chosen, known
from service.web.render import Frame, Pages, Told

SEE_OTHER: Final = 303
UNAUTHORISED: Final = 401
GIVEN: Final = "password_given"
INLINE: Final = "X-Anjuan-Inline"
"""A form sent by script says so: its refusal comes back as a part of the page that it stands in."""
Handler = Callable[[Request, Any], Response | Awaitable[Response]]


def pages_of(request: Request) -> Pages:
    """The templates of this application."""
    pages: Pages = request.app.state.pages
    return pages


def language_of(request: Request) -> Language:
    """The language that this person reads."""
    return chosen(request.cookies.get(COOKIE), request.headers.get("accept-language", ""))


def frame_of(request: Request) -> Frame:
    """The frame around the page that answers this request; for nobody before a sign-in."""
    found = getattr(request.state, "asker", None)
    asker = found if isinstance(found, Asker) else Asker(actor=None)  # type: ignore[arg-type]
    query = f"?{request.url.query}" if request.url.query else ""
    return Frame(
        language=language_of(request),
        path=request.url.path,
        address=request.url.path + query,
        at=now(),
        csrf=asker.csrf,
        actor=asker.actor,
        waiting=_waiting(request, asker.actor) if asker.actor and not asker.actor.given else {},
        own_kind=_own_kinds(request),
    )


def _own_kinds(request: Request) -> Callable[[str], tuple[str, str]]:
    """Looks types of the organisation's own up, once for a page and only where one stands on it."""

    @cache
    def labels() -> Mapping[str, tuple[str, str]]:
        with house_of(request).database.reading() as session:
            return type_labels(session)

    return lambda code: labels().get(code, (code, code))


def _waiting(request: Request, actor: Actor) -> Mapping[str, int]:
    anew = request.method != "GET" or "told" in request.query_params
    counts: Mapping[str, int] = request.app.state.badges.of(house_of(request), actor, anew=anew)
    return counts


def show(request: Request, template: str, /, status: int = 200, **context: object) -> HTMLResponse:
    """A page. `?told=key` of a redirect becomes the line at its top."""
    frame = frame_of(request)
    key = f"told.{request.query_params.get('told', '')}"
    told = Told("good", frame.say(key)) if known(frame.language, key) else None
    return pages_of(request).show(frame, template, status, **{"told": told, **context})


def told(request: Request, key: str, kind: str = "good", **values: object) -> Told:
    """A line at the top of a page that is shown at once."""
    return Told(kind, frame_of(request).say(key, **values))


def go(path: str, told: str = "", **query: str) -> RedirectResponse:
    """Where a form leads: 303, so that a reload sends nothing twice."""
    asked = {**({"told": told} if told else {}), **query}
    return RedirectResponse(f"{path}?{urlencode(asked)}" if asked else path, SEE_OTHER)


def inward(path: str) -> str:
    """A path of our own to go on to; anything that could lead to another host becomes the inbox."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path else "/inbox"


def wants_page(request: Request) -> bool:
    """Whether a person looks at the answer, and not a program."""
    machine = request.url.path.startswith(("/api/", "/iiif/", "/static/"))
    return not machine and "text/html" in request.headers.get("accept", "")


def refusals_as_pages(app: FastAPI) -> None:
    """Wrap the one translator of refusals: what it tells programs as a problem document, it tells people as a page."""
    for kind, handler in list(app.exception_handlers.items()):
        app.add_exception_handler(kind, _as_page(handler))


def _as_page(handler: Handler) -> Handler:
    async def answer(request: Request, error: Any) -> Response:  # noqa: ANN401 - the framework's signature
        given = handler(request, error)
        plain = await given if isinstance(given, Awaitable) else given
        if request.headers.get(INLINE) and plain.headers.get("content-type", "") == "application/problem+json":
            return _refusal_part(request, plain)
        if not wants_page(request) or plain.headers.get("content-type", "") != "application/problem+json":
            return plain
        if isinstance(error, Refusal) and error.code == GIVEN and request.method == "GET":
            return RedirectResponse("/account", SEE_OTHER)
        if plain.status_code == UNAUTHORISED:
            onward = frame_of(request).address if request.method == "GET" else "/inbox"
            return RedirectResponse(f"/sign-in?next={quote(onward, safe='/')}", SEE_OTHER)
        return _refusal_page(request, plain)

    return answer


def _refusal_part(request: Request, plain: Response) -> Response:
    """The refusal as a part of the form that was sent: nothing that was typed is lost."""
    problem = json.loads(bytes(plain.body))
    frame = frame_of(request)
    return pages_of(request).show(
        frame, "parts/refusal.html", plain.status_code, problem=problem, sentence=_sentence(frame, problem)
    )


def _sentence(frame: Frame, problem: Mapping[str, Any]) -> str:
    key = f"refusal.{problem['code']}"
    return frame.say(key) if known(frame.language, key) else str(problem["detail"])


def _refusal_page(request: Request, plain: Response) -> Response:
    problem = json.loads(bytes(plain.body))
    frame = frame_of(request)
    told = _sentence(frame, problem)
    number = str(problem.get("instance", "")).rpartition(":")[2]
    answer = pages_of(request).show(
        frame, "refused.html", plain.status_code, told=None, problem=problem, sentence=told, number=number,
        written=request.method != "GET",
    )  # fmt: skip
    if after := plain.headers.get("retry-after"):
        answer.headers["Retry-After"] = after
    return answer
