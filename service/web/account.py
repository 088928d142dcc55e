"""One's own account: password, tokens, what one's roles allow."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from archive.access import Actor
from archive.people import the_person
from archive.rights import Right
from archive.signin import change_own_password, create_token, revoke_token
from service.api.tokens import get_tokens
from service.edge import Needs, OneTransaction, Reading, TheHouse, address_of
from service.views import person_view
from service.web.answers import go, show
from service.web.forms import Secret, Several
from service.web.signing import signed_anew

router = APIRouter(prefix="/account")
Person = Annotated[Actor, Needs(Right.SELF)]
Newcomer = Annotated[Actor, Needs(Right.SELF, given=True)]


@router.get("")
def account_page(request: Request, actor: Newcomer, session: Reading) -> Response:
    """The account with its tokens."""
    return _page(request, actor, session, secret="")


def _page(request: Request, actor: Actor, session: Reading, secret: str) -> Response:
    person = person_view(the_person(session, actor.id))
    return show(request, "account.html", person=person, tokens=get_tokens(actor, session).items, secret=secret)


@router.post("/password")
def post_password(request: Request, actor: Newcomer, house: TheHouse, old: Secret = "", new: Secret = "") -> Response:
    """Change the password; all sign-ins end, this one too."""
    change_own_password(house.database, actor, old=old, new=new, address=address_of(request))
    return go("/sign-in", "password_changed")


@router.post("/tokens")
def post_token(
    request: Request,
    actor: Person,
    house: TheHouse,
    password: Secret = "",
    scopes: Several = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Make a token; its secret is on this page and nowhere else."""
    fresh = signed_anew(request, house, actor, password)
    with house.database.transaction() as session:
        _, secret = create_token(session, fresh, fresh.id, scopes)
    with house.database.reading() as session:
        return _page(request, actor, session, secret)


@router.post("/tokens/{token_id}/revoke")
def post_revoke(token_id: str, actor: Person, session: OneTransaction) -> Response:
    """End a token."""
    revoke_token(session, actor, token_id)
    return go("/account", "revoked")
