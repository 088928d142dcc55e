"""Separator sheets, to be printed and laid between the papers of a stack."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from archive.access import Actor
from archive.base import now
from archive.errors import Invalid
from archive.house import House
from archive.rights import Right
from archive.separators import MOST_SHEETS, SheetOrder, Sheets, keep_sheets, plan_sheets, print_sheets
from service.body import StrictRoute
from service.edge import Needs, TheHouse, scope_of
from service.shapes import Id, In
from service.streams import disposition
from service.views import moment

router = APIRouter(prefix="/separators", tags=["separators"], route_class=StrictRoute)


class SheetIn(In):
    """Sheets of one kind: whose papers follow, and what they are, each as far as it is known."""

    customer_id: Id | None = None
    folder_id: Id | None = None
    document_type: Annotated[str, Field(max_length=32)] | None = None
    copies: Annotated[int, Field(ge=1, le=MOST_SHEETS)] = 1

    def parsed(self) -> SheetOrder:
        """As the use case takes it."""
        return SheetOrder(self.customer_id, self.folder_id, self.document_type, self.copies)


class SheetsIn(In):
    """What is to be printed, in this order."""

    sheets: Annotated[list[SheetIn], Field(min_length=1, max_length=MOST_SHEETS)]


@router.post("")
def post_separators(given: SheetsIn, actor: Annotated[Actor, Needs(Right.CAPTURE)], house: TheHouse) -> Response:
    """A PDF of separator sheets, one to a page. Lay one before each document of a stack; they can be used again."""
    with house.database.reading() as session:
        scope = scope_of(session, actor)
        planned = [plan_sheets(session, actor, scope, sheet.parsed()) for sheet in given.sheets]
    return printed(house, actor, planned)


def printed(house: House, actor: Actor, planned: list[Sheets]) -> Response:
    """The sheets as a file to be saved. Invalid for more than are printed at once."""
    if sum(sheets.copies for sheets in planned) > MOST_SHEETS:
        raise Invalid(f"At most {MOST_SHEETS} sheets are printed at once.", code="too_many_sheets")
    body = print_sheets(house.vault, planned, f"{actor.name}  {moment(now())}")
    with house.database.transaction() as session:
        for sheets in planned:
            keep_sheets(session, actor, sheets)
    headers = {"Content-Disposition": disposition("attachment", "separators.pdf")}
    return Response(body, media_type="application/pdf", headers=headers)
