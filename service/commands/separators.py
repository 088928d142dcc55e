"""Print separator sheets: one before each document of a stack, and the stack is split there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archive.base import now
from archive.readable import readable_scope
from archive.separators import keep_sheets, order_by_names, plan_sheets, print_sheets
from service.commands.acting import AsPerson, acting
from service.commands.counting import need_counting
from service.commands.opening import AsJson, show, the_house
from service.views import moment


def command(
    out: Annotated[Path, typer.Argument(help="The PDF to write.")],
    person: AsPerson,
    customer: Annotated[str, typer.Option(help="The customer's number, such as C000123.")] = "",
    folder: Annotated[str, typer.Option(help="The folder's code.")] = "",
    document_type: Annotated[str, typer.Option("--type", help="The type of the documents, such as contract.")] = "",
    copies: Annotated[int, typer.Option(help="How many sheets.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Write the sheets as PDF, to be printed on A4."""
    with the_house() as house:
        need_counting(house)
        actor = acting(house, person)
        with house.database.reading() as session:
            scope = readable_scope(session, actor)
            order = order_by_names(
                session, scope, customer=customer, folder=folder, document_type=document_type, copies=copies
            )
            sheet = plan_sheets(session, actor, scope, order)
        body = print_sheets(house.vault, [sheet], f"{actor.name}  {moment(now())}")
        with house.database.transaction() as session:
            keep_sheets(session, actor, sheet)
        out.write_bytes(body)
    show({"file": str(out), "sheets": copies, "id": sheet.id}, f"{copies} sheets in {out}", as_json=as_json)
