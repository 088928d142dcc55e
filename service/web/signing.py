"""Signing in again for a signature: the dialog that signs asks for the password, and no page remembers it."""

from __future__ import annotations

from dataclasses import replace

from fastapi import Request

from archive.access import Actor
from archive.base import now
from archive.house import House
from archive.signin import FRESH, sign_in_anew
from service.edge import address_of, asker


def signed_anew(request: Request, house: House, actor: Actor, password: str) -> Actor:
    """The actor, allowed to sign for five minutes. A wrong password is counted, and refused."""
    secret, address = asker(request).secret, address_of(request)
    sign_in_anew(house.database, actor, secret, password=password, address=address)
    return replace(actor, fresh_until=now() + FRESH)
