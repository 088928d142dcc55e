"""What forms of the pages send: texts of bounded length, blanks trimmed, an empty optional field left out."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from fastapi import Form
from pydantic import StringConstraints

from archive.errors import Invalid

Text = Annotated[str, Form(), StringConstraints(max_length=2000, strip_whitespace=True)]
Word = Annotated[str, Form(), StringConstraints(max_length=200, strip_whitespace=True)]
Secret = Annotated[str, Form(max_length=2000)]
Several = Annotated[list[str], Form(max_length=2000)]
LARGEST: Final = 1_000_000


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
