"""The edge of every request: who asks, with which right, what they may read, and the one commit.

An endpoint names what it needs:

    @router.post("/holds", status_code=201)
    def post_hold(order: HoldIn, officer: Annotated[Actor, Needs(Right.RECORDS)], session: OneTransaction) -> ...

`service.routes.unnamed` walks the route table: a route without `Needs` or an explicit `OPEN` stops the start.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from archive.access import Actor, ReadableScope
from archive.base import now
from archive.errors import Forbidden
from archive.house import House
from archive.readable import readable_scope
from archive.reigns import need_open
from archive.rights import Right
from archive.signin import Unauthorised, bearer, note_use, password_given, signed_in, touch
from indexes.port import SearchEngine
from retention.inbox import waiting_documents
from service.sites import Sites

SECURE_COOKIE: Final = "__Host-anjuan"
PLAIN_COOKIE: Final = "anjuan_session"
CSRF_HEADER: Final = "X-CSRF-Token"
CSRF_FIELD: Final = "csrf"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LAST_USE: Final = timedelta(minutes=10)


def house_of(request: Request) -> House:
    """The installation that this application serves."""
    house: House = request.app.state.house
    return house


def engine_of(request: Request) -> SearchEngine:
    """The search engine, as the service reads it."""
    engine: SearchEngine = request.app.state.engine
    return engine


async def _the_house(request: Request) -> House:
    return house_of(request)  # waits for nothing, so it needs no thread


async def _the_engine(request: Request) -> SearchEngine:
    return engine_of(request)


async def _the_sites(request: Request) -> Sites:
    sites: Sites = request.app.state.sites
    return sites


TheHouse = Annotated[House, Depends(_the_house)]
TheEngine = Annotated[SearchEngine, Depends(_the_engine)]
TheSites = Annotated[Sites, Depends(_the_sites)]


def _one_transaction(house: TheHouse) -> Iterator[Session]:
    with house.database.transaction() as session:
        yield session


def _reading(house: TheHouse) -> Iterator[Session]:
    with house.database.reading() as session:
        yield session


OneTransaction = Annotated[Session, Depends(_one_transaction, scope="function")]
"""Commits once, after the endpoint returned and before its answer is sent; a refusal rolls everything back."""

Reading = Annotated[Session, Depends(_reading, scope="function")]
"""A session that changes nothing and takes no write lock."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and by which cookie, if by one. `csrf` goes into the forms of the pages."""

    actor: Actor
    csrf: str = ""
    secret: str = ""


def cookie_name(request: Request) -> str:
    """`__Host-` over https; plain http is for loopback, where browsers refuse that prefix."""
    return SECURE_COOKIE if request.url.scheme == "https" else PLAIN_COOKIE


def address_of(request: Request) -> str:
    """Where the request came from, as the socket says (A20: no header is believed here)."""
    return request.client.host if request.client else "local"


def asker(request: Request) -> Asker:
    """Who asks, by bearer token or by cookie; Unauthorised when neither holds."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer":
            raise Unauthorised("Send «Authorization: Bearer» and a token.")
        return _by_token(house_of(request), secret.strip(), address_of(request))
    return _by_cookie(request)


def _by_token(house: House, secret: str, address: str) -> Asker:
    with house.database.reading() as session:
        actor, token = bearer(session, secret, address)
        unnoted = token.used_at is None or now() - token.used_at > LAST_USE
        token_id = token.id
    if unnoted:
        with house.database.transaction() as session:
            note_use(session, token_id)
    return Asker(actor)


def _by_cookie(request: Request) -> Asker:
    house, secret = house_of(request), request.cookies.get(cookie_name(request), "")
    with house.database.reading() as session:
        actor, row = signed_in(session, secret, address_of(request))
        found, idle = Asker(actor, row.csrf, secret), now() - row.seen_at > timedelta(minutes=1)
    if idle:
        with house.database.transaction() as session:
            touch(session, signed_in(session, secret)[1])
    return found


async def form_token(request: Request) -> str:
    """The form token of a request: from its header, else from its form."""
    if request.method in SAFE:
        return ""
    if token := request.headers.get(CSRF_HEADER):
        return token
    kind = request.headers.get("content-type", "")
    if kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        given = (await request.form()).get(CSRF_FIELD)
        return given if isinstance(given, str) else ""
    return ""


def check_origin(request: Request) -> None:
    """Forbidden for a write that a page of another origin sent (A16)."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    foreign = origin is not None and urlsplit(origin).netloc != request.url.netloc
    if foreign or site in {"cross-site", "same-site"}:
        raise Forbidden("This request came from a page of another origin.", code="foreign_origin")


class Gate:
    """Lets through who has one of the rights, in the token's scope, and no forged form."""

    def __init__(self, *rights: Right, scope: str = "", given: bool = False) -> None:
        self.rights, self.scope, self.given = frozenset(rights), scope, given

    def __call__(self, request: Request, presented: Annotated[str, Depends(form_token)]) -> Actor:
        """The actor of the request."""
        found = asker(request)
        request.state.asker = found
        if found.secret and request.method not in SAFE:
            check_origin(request)
            if not hmac.compare_digest(found.csrf.encode(), presented.encode()):
                raise Forbidden("The form is too old or not ours. Load the page again.", code="csrf")
        self._check(found.actor, request.method)
        self._need_open(house_of(request), request.method)
        return found.actor

    def _need_open(self, house: House, method: str) -> None:
        """A copy that another one superseded is read and not written; its people may still look after their account."""
        if (self.scope or ("read" if method in SAFE else "write")) == "read" or self.given:
            return
        with house.database.reading() as session:
            need_open(session)

    def _check(self, actor: Actor, method: str) -> None:
        if actor.given and not self.given:
            raise password_given()
        needed = self.scope or ("read" if method in SAFE else "write")
        if needed not in actor.scopes:
            raise Forbidden(f"This token lacks the scope «{needed}».", code="scope_missing")
        if not self.rights & actor.rights:
            actor.need(min(self.rights))


def Needs(*rights: Right, scope: str = "", given: bool = False) -> Any:  # noqa: ANN401, N802 - reads as a word in a signature
    """The actor of the request, who has (one of) the rights; `scope` differs from the method's usual one.

    `given`: open to who came in by a password that was given to them, for what it takes to choose one of their own.
    """
    return Depends(Gate(*rights, scope=scope, given=given), scope="function")


class Open:
    """Marks a route that anybody may ask, such as the sign-in page."""

    async def __call__(self) -> None:
        """Let everybody through."""


OPEN: Final = Depends(Open())


def done_reading(session: Session) -> None:
    """Give the connection back before something else is written; what was read stays readable."""
    session.commit()


def scope_of(session: Session, actor: Actor) -> ReadableScope:
    """What the actor may read now, with what waits before them."""
    return readable_scope(session, actor, waiting=waiting_documents(session, actor))


def storage_scope_of(session: Session, actor: Actor) -> ReadableScope:
    """As `scope_of`, with what is restricted to storage for who may know of it: codes, classes, dates, no content."""
    return readable_scope(session, actor, waiting=waiting_documents(session, actor), storage=True)
