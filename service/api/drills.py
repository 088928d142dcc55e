"""Restore drills: what each found, as signed data and as it was printed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from archive.access import Actor
from archive.drills import drills, printed, the_drill
from archive.rights import Right
from service.edge import Needs, Reading, TheHouse
from service.shapes import Items
from service.streams import disposition
from service.views import moment

router = APIRouter(prefix="/drills", tags=["drills"])
Number = Annotated[str, Path(pattern=r"^[A-Z0-9-]{1,20}$")]
Onlooker = Annotated[Actor, Needs(Right.REPLICAS_VIEW)]


@router.get("")
def get_drills(actor: Onlooker, session: Reading) -> Items:
    """Drills that were held, newest first; `rpo_seconds` and `rto_seconds` are null where none was reached."""
    return Items(
        items=[
            {
                "no": row.no, "ok": row.ok, "began_at": moment(row.began_at), "set": row.source,
                "documents": row.documents, "findings": row.findings, "rpo_seconds": row.rpo_seconds,
                "rto_seconds": row.rto_seconds,
            }
            for row in drills(session, actor)
        ]
    )  # fmt: skip


@router.get("/{number}.pdf")
def get_print(number: Number, actor: Onlooker, house: TheHouse, session: Reading) -> Response:
    """The report as it was printed and sealed."""
    row = the_drill(session, actor, number)
    headers = {"Content-Disposition": disposition("attachment", f"{row.no}.pdf")}
    return Response(b"".join(printed(house, row.no)), media_type="application/pdf", headers=headers)


@router.get("/{number}")
def get_drill(number: Number, actor: Onlooker, session: Reading) -> Response:
    """The report, byte for byte as it was signed: without `signature`, its canonical bytes (RFC 8785) verify."""
    return Response(the_drill(session, actor, number).body, media_type="application/json")
