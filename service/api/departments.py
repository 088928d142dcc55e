"""Departments: their names, for those who file and for those who keep accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from sqlalchemy import select

from archive.access import Actor
from archive.people import Department
from archive.rights import Right
from service.body import StrictRoute
from service.edge import Needs, Reading
from service.shapes import Items

router = APIRouter(prefix="/departments", tags=["departments"], route_class=StrictRoute)


@router.get("")
def get_departments(
    actor: Annotated[Actor, Needs(Right.CUSTOMERS, Right.ACCOUNTS, Right.AUTHORITY)], session: Reading
) -> Items:
    """All departments, by name."""
    del actor
    rows = session.scalars(select(Department).order_by(Department.name).limit(1000))
    return Items(items=[{"id": row.id, "name": row.name} for row in rows])
