"""What comes in over the API: strict values, nothing unknown, texts without control characters."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal

from fastapi import Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

UUID: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
LARGEST_PAGE: Final = 500


class In(BaseModel):
    """A request body: unknown fields and values of another type are refused (Q03, Q05)."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _printable(text: str) -> str:
    if any(ord(char) < ord(" ") and char not in "\t\n\r" for char in text):
        raise PydanticCustomError("control_character", "Control characters have no place here.")
    return text


def _iso_day(value: object) -> object:
    """A day as ISO 8601 writes it, and in no other form (U31)."""
    if not isinstance(value, str):
        return value
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise PydanticCustomError("date", "A date such as 2026-11-22.") from error
    if len(value) != len("2026-11-22") or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise PydanticCustomError("date", "A date such as 2026-11-22.")
    return day


FIRST_YEAR: Final = 1800
LAST_YEAR: Final = 2999

Id = Annotated[str, StringConstraints(pattern=UUID)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{0,79}$")]
Short = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(_printable)
]
Reason = Annotated[
    str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True), AfterValidator(_printable)
]
Day = Annotated[date, BeforeValidator(_iso_day)]
Level = Literal["public", "internal", "confidential", "secret"]
Size = Annotated[int, Query(ge=1, le=LARGEST_PAGE)]
Cursor = Annotated[str, Query(max_length=1000)]


class Subject(In):
    """What an act is about."""

    kind: Literal["document", "folder", "customer"]
    id: Id


class Nothing(In):
    """An empty body."""


class Items(BaseModel):
    """A part of a list, and where the next part begins; empty at the end."""

    items: list[dict[str, object]] = Field(default_factory=list)
    cursor: str = ""
