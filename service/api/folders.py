"""Folders: opened, looked at, closed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import StringConstraints
from sqlalchemy import select
from starlette.responses import Response, StreamingResponse

from archive.access import Actor
from archive.base import today
from archive.folders import Folder, close_folder, create_folder
from archive.readable import level_named, readable_folder, the_folder
from archive.rights import Right
from retention.classes import class_in_force
from service.body import StrictRoute
from service.cursors import Cursors
from service.edge import Needs, OneTransaction, Reading, TheHouse, done_reading, scope_of
from service.folder_files import MEDIA_TYPES, Kind, bound, note_taking, papers, zipped
from service.shapes import UUID, Code, Cursor, Day, Id, In, Items, Level, Short, Size
from service.streams import disposition
from service.views import folder_view

router = APIRouter(prefix="/folders", tags=["folders"], route_class=StrictRoute)

FolderId = Annotated[str, Path(pattern=UUID)]


class FolderIn(In):
    """A new folder."""

    customer_id: Id
    title: Short
    department: Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
    retention_class: Code
    confidentiality: Level


class ClosingIn(In):
    """When the matter ended."""

    closed_on: Day


@router.post("", status_code=201)
def post_folder(
    given: FolderIn, actor: Annotated[Actor, Needs(Right.CUSTOMERS)], house: TheHouse, session: OneTransaction
) -> dict[str, Any]:
    """Open a folder for a customer's matter."""
    class_in_force(session, given.retention_class)
    folder = create_folder(
        session, actor, customer_id=given.customer_id, title=given.title, department=given.department,
        retention_class=given.retention_class, confidentiality=level_named(given.confidentiality),
        fonds=house.settings.fonds, year=today(house.settings.zone).year,
    )  # fmt: skip
    return folder_view(folder)


@router.get("")
def get_folders(
    actor: Annotated[Actor, Needs(Right.READ)],
    house: TheHouse,
    session: Reading,
    customer: Id | None = None,
    cursor: Cursor = "",
    size: Size = 50,
) -> Items:
    """Folders in the reader's scope, by code."""
    cursors = Cursors(house, actor, f"folders/{customer}")
    asked = select(Folder).where(readable_folder(scope_of(session, actor))).order_by(Folder.code).limit(size + 1)
    asked = asked.where(Folder.customer_id == customer) if customer else asked
    if place := cursors.read(cursor):
        asked = asked.where(Folder.code > str(place[0]))
    rows = session.scalars(asked).unique().all()
    last = cursors.write(rows[size - 1].code) if len(rows) > size else ""
    return Items(items=[folder_view(row) for row in rows[:size]], cursor=last)


@router.get("/{folder_id}")
def get_folder(folder_id: FolderId, actor: Annotated[Actor, Needs(Right.READ)], session: Reading) -> dict[str, Any]:
    """One folder."""
    return folder_view(the_folder(session, scope_of(session, actor), folder_id))


@router.get("/{folder_id}/papers.{kind}")
def get_papers(
    folder_id: FolderId, kind: Kind, actor: Annotated[Actor, Needs(Right.RECORDS)], house: TheHouse, session: Reading
) -> Response:
    """All papers of a folder as a ZIP of searchable PDFs or as one PDF, with a contents list."""
    scope = scope_of(session, actor)
    folder = the_folder(session, scope, folder_id)
    found = papers(house, session, scope, folder, kind)
    done_reading(session)
    note_taking(house, actor, folder, found, kind)
    title = f"{folder.code} {folder.title}"
    pieces = zipped(house, actor, found) if kind == "zip" else bound(house, actor, title, found)
    headers = {"Content-Disposition": disposition("attachment", f"{title}.{kind}")}
    return StreamingResponse(pieces, headers=headers, media_type=MEDIA_TYPES[kind])


@router.post("/{folder_id}/close")
def post_close(
    folder_id: FolderId, given: ClosingIn, actor: Annotated[Actor, Needs(Right.CUSTOMERS)], session: OneTransaction
) -> dict[str, Any]:
    """Close the matter: the folder becomes formal and takes no more papers."""
    the_folder(session, scope_of(session, actor), folder_id)
    return folder_view(close_folder(session, actor, folder_id, given.closed_on))
