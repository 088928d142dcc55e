"""销毁证明: the certificates, each printable, with the bundle that a stranger can check."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from archive.access import Actor
from archive.rights import Right
from retention.certificate import METHOD, certificate_json, certificates, the_certificate
from retention.evidence import stamp_of
from retention.published import published_keys
from retention.recheck import rechecks
from service.edge import Needs, OneTransaction, Reading, TheHouse
from service.web.answers import show

router = APIRouter(prefix="/certificates")
Witness = Annotated[Actor, Needs(Right.PROOFS)]


@router.get("")
def certificates_page(request: Request, actor: Witness, session: Reading) -> Response:
    """Certificates, newest first."""
    return show(request, "certificates.html", certificates=certificates(session, actor))


@router.get("/keys")
def keys_page(request: Request, actor: Witness, house: TheHouse, session: Reading) -> Response:
    """Fingerprints of all keys that prove something, to be printed and compared."""
    del actor
    return show(request, "fingerprints.html", published=published_keys(session, house))


@router.get("/{number}")
def certificate_page(request: Request, number: str, actor: Witness, session: OneTransaction) -> Response:
    """One certificate; that it was read is logged."""
    row = the_certificate(session, actor, number)
    return show(
        request,
        "certificate.html",
        no=row.no,
        issued_at=row.issued_at,
        told_body=certificate_json(row),
        erased_by=METHOD,
        stamp=stamp_of(session, row.no),
        rechecks=rechecks(session, row.batch_id),
    )
