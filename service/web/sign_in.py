"""Set-up, sign-in, sign-out and the language of the pages."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from archive.access import Actor
from archive.doors import counted
from archive.errors import Refusal
from archive.rights import Right
from archive.signin import ABSOLUTE, Opened, nobody_yet, set_up, sign_in, sign_out
from service.edge import (
    OPEN,
    Needs,
    OneTransaction,
    Reading,
    TheHouse,
    address_of,
    asker,
    check_origin,
    cookie_name,
)
from service.web.answers import SEE_OTHER, frame_of, go, inward, show
from service.web.language import COOKIE, LANGUAGES, known

router = APIRouter()
YEAR: Final = 365 * 24 * 3600


@router.get("/", dependencies=[OPEN])
def home() -> Response:
    """The first page of everybody is what waits for them."""
    return go("/inbox")


@router.get("/sign-in", dependencies=[OPEN])
def sign_in_page(request: Request, session: Reading) -> Response:
    """The sign-in form; the set-up form while there is nobody to sign in."""
    if nobody_yet(session):
        return go("/set-up")
    return show(request, "sign_in.html", fault="", name="", onward=inward(request.query_params.get("next", "/inbox")))


@router.post("/sign-in", dependencies=[OPEN])
def post_sign_in(
    request: Request,
    house: TheHouse,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=2000)] = "",
    onward: Annotated[str, Form(max_length=2000)] = "/inbox",
) -> Response:
    """Open a sign-in. A refusal is committed, so that it counts against the door."""
    check_origin(request)
    try:
        opened = sign_in(house.database, name=name, password=password, address=address_of(request))
    except Refusal as refusal:
        fault = _sentence(request, refusal)
        return show(request, "sign_in.html", refusal.status, fault=fault, name=name, onward=inward(onward))
    return _enter(request, opened, "/account" if opened.person.must_change else inward(onward))


def _sentence(request: Request, refusal: Refusal) -> str:
    frame, key = frame_of(request), f"refusal.{refusal.code}"
    return frame.say(key) if known(frame.language, key) else refusal.detail


def _enter(request: Request, opened: Opened, path: str) -> RedirectResponse:
    answer = go(path)
    secure = request.url.scheme == "https"
    answer.set_cookie(
        cookie_name(request), opened.secret, max_age=int(ABSOLUTE.total_seconds()), path="/", secure=secure,
        httponly=True, samesite="strict",
    )  # fmt: skip
    return answer


@router.get("/set-up", dependencies=[OPEN])
def set_up_page(request: Request, session: Reading) -> Response:
    """The form of the first start."""
    if not nobody_yet(session):
        return go("/sign-in")
    return show(request, "set_up.html", fault="", name="", code="")


@router.post("/set-up", dependencies=[OPEN])
def post_set_up(
    request: Request,
    house: TheHouse,
    code: Annotated[str, Form(max_length=100)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Make the administrator's account with the code printed at the start."""
    check_origin(request)
    address = address_of(request)
    try:
        opened = counted(
            house.database, lambda session: set_up(session, code=code, name=name, password=password, address=address)
        )
    except Refusal as refusal:
        return show(request, "set_up.html", refusal.status, fault=_sentence(request, refusal), name=name, code=code)
    return _enter(request, opened, "/people")


@router.post("/sign-out")
def post_sign_out(
    request: Request, actor: Annotated[Actor, Needs(Right.SELF, given=True)], session: OneTransaction
) -> Response:
    """End this sign-in."""
    sign_out(session, actor, asker(request).secret)
    answer = go("/sign-in", "signed_out")
    answer.delete_cookie(cookie_name(request), path="/")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@router.get("/language/{language}", dependencies=[OPEN])
def set_language(language: str, back: str = "/inbox") -> Response:
    """Remember a language and go back. A reading preference changes nothing, so it may come by a link."""
    answer = RedirectResponse(inward(back), SEE_OTHER)
    if language in LANGUAGES:
        answer.set_cookie(COOKIE, language, max_age=YEAR, path="/", httponly=True, samesite="lax")
    return answer
