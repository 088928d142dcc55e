"""Document types: what there is, what an organisation adds, changes and retires."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import Field
from sqlalchemy.orm import Session

from archive.access import Actor
from archive.doctypes import LABELS
from archive.errors import NotFound
from archive.own_types import CODE_MAX, OwnType, newest_types
from archive.rights import Right
from retention.own_types import NAME_MAX, RULES_MAX, TypeOrder, retire_type, save_type
from service.body import StrictRoute
from service.edge import Needs, OneTransaction, Reading
from service.etags import IfMatch, check_match, etag
from service.shapes import Code, In, Items

router = APIRouter(prefix="/document-types", tags=["types"], route_class=StrictRoute)

TypeCode = Annotated[str, Path(pattern=rf"^[a-z_]{{1,{CODE_MAX}}}$")]
Name = Annotated[str, Field(min_length=1, max_length=NAME_MAX)]
Rules = Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=RULES_MAX)]


class TypeIn(In):
    """A type: its names, what its papers are titled, words that stand on them alone, fields to read, its class."""

    zh: Name
    en: Name
    titles: Rules = Field(default_factory=list)
    words: Rules = Field(default_factory=list)
    fields: Annotated[list[Annotated[str, Field(max_length=24)]], Field(max_length=40)] = Field(default_factory=list)
    retention_class: Code | None = None

    def parsed(self, code: str, version: int) -> TypeOrder:
        """As the use case takes it."""
        return TypeOrder(
            code, self.zh, self.en, tuple(self.titles), tuple(self.words), tuple(self.fields), self.retention_class,
            version,
        )  # fmt: skip


class NewTypeIn(TypeIn):
    """A type with the code that it has for good: small letters and single underscores."""

    code: Annotated[str, Field(min_length=1, max_length=CODE_MAX)]


class RetiredIn(In):
    """Whether the type is given no more."""

    retired: bool


@router.get("")
def get_types(actor: Annotated[Actor, Needs(Right.RECORDS, Right.CAPTURE, Right.READ)], session: Reading) -> Items:
    """Every type, those that come with Anjuan first; what is retired stands there too."""
    del actor
    return Items(items=every_type(session))


def every_type(session: Session) -> list[dict[str, Any]]:
    """Every type as a plain value."""
    rows = newest_types(session)
    shipped = [type_view(rows[code]) if code in rows else _shipped(code) for code in LABELS]
    return shipped + [type_view(row) for row in rows.values() if not row.shipped]


def type_view(row: OwnType) -> dict[str, Any]:
    """A type of which there is a row."""
    return {
        "code": row.code, "version": row.version, "zh": row.zh, "en": row.en, "shipped": row.shipped,
        "retired": row.retired, "titles": list(row.titles), "words": list(row.words), "fields": list(row.fields),
        "retention_class": row.retention_class,
    }  # fmt: skip


def _shipped(code: str) -> dict[str, Any]:
    zh, en = LABELS[code]
    return {
        "code": code, "version": 0, "zh": zh, "en": en, "shipped": True, "retired": False, "titles": [], "words": [],
        "fields": [], "retention_class": None,
    }  # fmt: skip


@router.post("", status_code=201)
def post_type(
    given: NewTypeIn, actor: Annotated[Actor, Needs(Right.RECORDS)], session: OneTransaction
) -> dict[str, Any]:
    """Add a type. Reading tells it apart from the next paper on."""
    return type_view(save_type(session, actor, given.parsed(given.code, 0)))


@router.put("/{code}")
def put_type(
    code: TypeCode, given: TypeIn, actor: Annotated[Actor, Needs(Right.RECORDS)], session: OneTransaction,
    response: Response, if_match: IfMatch = "",
) -> dict[str, Any]:  # fmt: skip
    """Write a new version of a type that was added here; the earlier ones are kept. `If-Match` names the version."""
    known = newest_types(session).get(code)
    if known is None and code not in LABELS:
        raise NotFound
    version = known.version if known else 0
    check_match(if_match, version)
    row = save_type(session, actor, given.parsed(code, version))
    response.headers["ETag"] = etag(row.version)
    return type_view(row)


@router.post("/{code}/retired")
def post_retired(
    code: TypeCode, given: RetiredIn, actor: Annotated[Actor, Needs(Right.RECORDS)], session: OneTransaction
) -> dict[str, Any]:
    """Give a type no more, or give it again; papers that have it keep it."""
    return type_view(retire_type(session, actor, code, retired=given.retired))
