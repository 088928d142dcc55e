"""Destruction certificates: as data, as a print, and as a bundle that a stranger checks offline."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from archive.access import Actor
from archive.rights import Right
from retention.certificate import certificate_json, certificates, the_certificate
from retention.evidence import Part, contents, stored_part
from retention.published import published_keys
from retention.recheck import rechecks
from retention.register import HEAD, cover, lines, register
from service.edge import Needs, OneTransaction, Reading, TheHouse
from service.shapes import Items
from service.sheets import MEDIA_TYPES, workbook
from service.streams import disposition
from service.views import moment

router = APIRouter(prefix="/certificates", tags=["certificates"])

Number = Annotated[str, Path(pattern=r"^[A-Z0-9-]{1,40}$")]


@router.get("")
def get_certificates(actor: Annotated[Actor, Needs(Right.PROOFS)], session: Reading) -> Items:
    """Certificates of the lists that the person may see, newest first."""
    listed = certificates(session, actor)
    return Items(items=[{"no": row.no, "batch_id": row.batch_id, "issued_at": moment(row.issued_at)} for row in listed])


@router.get("/keys")
def get_keys(actor: Annotated[Actor, Needs(Right.PROOFS)], house: TheHouse, session: Reading) -> Items:
    """Fingerprints of the keys that prove something: the installation's, its seal on prints, people's who signed."""
    del actor
    return Items(
        items=[
            {
                "use": key.use, "name": key.name, "fingerprint": key.fingerprint, "active": key.active,
                "first_signed_at": moment(key.first), "last_signed_at": moment(key.last),
            }
            for key in published_keys(session, house)
        ]
    )  # fmt: skip


@router.get("/{number}.pdf")
def get_print(
    number: Number, actor: Annotated[Actor, Needs(Right.PROOFS)], house: TheHouse, session: OneTransaction
) -> Response:
    """The certificate as it is printed and signed."""
    printed = b"".join(stored_part(house, the_certificate(session, actor, number), Part.PRINT))
    headers = {"Content-Disposition": disposition("attachment", f"{number}.pdf")}
    return Response(printed, media_type="application/pdf", headers=headers)


@router.get("/{number}/register.pdf")
def get_register(
    number: Number, actor: Annotated[Actor, Needs(Right.PROOFS)], house: TheHouse, session: OneTransaction
) -> Response:
    """The register (销毁清册) of the batch as it is printed and signed."""
    printed = b"".join(stored_part(house, the_certificate(session, actor, number), Part.REGISTER))
    headers = {"Content-Disposition": disposition("attachment", f"{number}-register.pdf")}
    return Response(printed, media_type="application/pdf", headers=headers)


@router.get("/{number}/register.xlsx")
def get_register_sheets(
    number: Number, actor: Annotated[Actor, Needs(Right.PROOFS)], session: OneTransaction
) -> Response:
    """The same register as a workbook of two sheets, its cover and its lines."""
    made = register(session, the_certificate(session, actor, number))
    book = workbook({"封面": cover(made), "目录": [HEAD, *lines(made)]})
    headers = {"Content-Disposition": disposition("attachment", f"{number}-register.xlsx")}
    return Response(book, media_type=MEDIA_TYPES["xlsx"], headers=headers)


@router.get("/{number}/bundle")
def get_bundle(number: Number, actor: Annotated[Actor, Needs(Right.PROOFS)], house: TheHouse) -> Response:
    """A zip with everything that a stranger needs to check the certificate: run `python3 -I verify.py` in it."""
    with house.database.transaction() as session:
        inside = contents(session, house, the_certificate(session, actor, number))
    headers = {"Content-Disposition": disposition("attachment", f"{number}.zip")}
    return Response(inside.zipped(), media_type="application/zip", headers=headers)


@router.get("/{number}")
def get_certificate(
    number: Number, actor: Annotated[Actor, Needs(Right.PROOFS)], session: OneTransaction
) -> dict[str, Any]:
    """The certificate as data, signed by the installation; later looks at what was destroyed are beside it."""
    return certificate_json(the_certificate(session, actor, number))


@router.get("/{number}/rechecks")
def get_rechecks(number: Number, actor: Annotated[Actor, Needs(Right.PROOFS)], session: OneTransaction) -> Items:
    """What was found a day and a week later, each signed like the certificate."""
    return Items(items=rechecks(session, the_certificate(session, actor, number).batch_id))
