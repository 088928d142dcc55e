"""What forms of the pages send: texts of bounded length, blanks trimmed, an empty optional field left out."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Final, TypeVar

from fastapi import Depends, Form, Request
from pydantic import BaseModel, StringConstraints, ValidationError
from starlette.datastructures import FormData

from archive.errors import Invalid

Text = Annotated[str, Form(), StringConstraints(max_length=2000, strip_whitespace=True)]
Word = Annotated[str, Form(), StringConstraints(max_length=200, strip_whitespace=True)]
LongText = Annotated[str, Form(max_length=1_000_000)]
Secret = Annotated[str, Form(max_length=2000)]
Several = Annotated[list[str], Form(max_length=2000)]
LARGEST: Final = 1_000_000
MOST_FIELDS: Final = 50_000
LARGEST_FIELD: Final = 64 * 1024
Model = TypeVar("Model", bound=BaseModel)
Choice = TypeVar("Choice", bound=StrEnum)


def whole(value: str, field: str) -> int | None:
    """A whole number that may be left out. Invalid for anything else."""
    if not value:
        return None
    if not value.isascii() or not value.isdigit() or int(value) > LARGEST:
        raise Invalid("A whole number is wanted.", errors=[{"field": field, "code": "number"}])
    return int(value)


def day(value: str, field: str) -> date:
    """A date as the browser's date field writes it. Invalid for anything else."""
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise Invalid("A date such as 2026-11-22 is wanted.", errors=[{"field": field, "code": "date"}]) from error


def one_of(kind: type[Choice], value: str, field: str) -> Choice:
    """A choice out of a list. Invalid for what is not in it."""
    try:
        return kind(value)
    except ValueError as error:
        raise Invalid("This is not among the choices.", errors=[{"field": field, "code": "unknown"}]) from error


def checked(model: type[Model], **values: object) -> Model:
    """What a form sent, held to the same shape as the API's body. Invalid lists what is wrong, by field."""
    try:
        return model(**values)
    except ValidationError as error:
        faults = [{"field": str(fault["loc"][0]), "code": fault["type"]} for fault in error.errors()]
        raise Invalid("The form is not filled in as it should be.", errors=faults) from error


async def _read_form(request: Request) -> FormData:
    return await request.form(max_fields=MOST_FIELDS, max_part_size=LARGEST_FIELD)


the_form = Depends(_read_form)
"""The whole form of a request, where its fields are named after rows."""
