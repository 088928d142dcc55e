"""Bearer tokens: one's own, shown once."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import Field
from sqlalchemy import select

from archive.access import Actor
from archive.base import now
from archive.errors import Forbidden
from archive.rights import Right
from archive.signin import Token, create_token, revoke_token
from service.body import StrictRoute
from service.edge import Needs, OneTransaction, Reading
from service.shapes import UUID, In, Items
from service.views import moment

router = APIRouter(prefix="/tokens", tags=["tokens"], route_class=StrictRoute)

Scope = Literal["read", "write", "sign"]


class TokenIn(In):
    """What the token may be used for."""

    scopes: Annotated[list[Scope], Field(min_length=1, max_length=3, default_factory=lambda: ["read", "write"])]


def token_view(token: Token) -> dict[str, Any]:
    """A token without its secret."""
    return {
        "id": token.id,
        "hint": token.hint,
        "scopes": list(token.scopes),
        "created_at": moment(token.created_at),
        "expires_at": moment(token.expires_at),
        "used_at": moment(token.used_at),
        "revoked_at": moment(token.revoked_at),
    }


@router.post("", status_code=201)
def post_token(given: TokenIn, actor: Annotated[Actor, Needs(Right.SELF)], session: OneTransaction) -> dict[str, Any]:
    """A token of one's own; one that may sign needs a fresh sign-in, and none gives more than the asker has."""
    if beyond := set(given.scopes) - actor.scopes:
        told = ", ".join(sorted(beyond))
        raise Forbidden(f"You do not have the scope {told} yourself, so you cannot give it.", code="scope_missing")
    if "sign" in given.scopes:
        actor.need_fresh(now())
    token, secret = create_token(session, actor, actor.id, given.scopes)
    return token_view(token) | {"token": secret}


@router.get("")
def get_tokens(actor: Annotated[Actor, Needs(Right.SELF)], session: Reading) -> Items:
    """One's own tokens, newest first."""
    asked = select(Token).where(Token.person_id == actor.id).order_by(Token.created_at.desc()).limit(200)
    return Items(items=[token_view(row) for row in session.scalars(asked)])


@router.delete("/{token_id}")
def delete_token(
    token_id: Annotated[str, Path(pattern=UUID)], actor: Annotated[Actor, Needs(Right.SELF)], session: OneTransaction
) -> dict[str, Any]:
    """End a token: one's own, or anybody's for the security officer."""
    revoke_token(session, actor, token_id)
    return {"id": token_id, "revoked": True}
