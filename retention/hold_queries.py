"""What a hold by query looks for, in columns and in the words of the paper (records-rules R21).

Columns are asked anew each time, so no list is kept. Words rest sealed and have to be opened: whether they stand on a
document is remembered for each reading of it (`HoldLook`). Until somebody has looked, the document is held.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, ForeignKey, String, and_, exists, or_, true
from sqlalchemy.orm import Mapped, mapped_column

from archive.base import Ref, Row
from archive.customers import folded
from archive.documents import Document

WORDS_MAX: Final = 200


class HoldQuery(Row):
    """What a hold by query looks for; each column that is given has to fit, and each of its words to stand there."""

    __tablename__ = "hold_query"

    hold_id: Mapped[Ref] = mapped_column(ForeignKey("hold.id"), primary_key=True)
    document_type: Mapped[str | None] = mapped_column(String(32))
    retention_class: Mapped[str | None] = mapped_column(String(20))
    department_id: Mapped[str | None] = mapped_column(ForeignKey("department.id"))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"))
    words: Mapped[str | None] = mapped_column(String(WORDS_MAX))
    dated_from: Mapped[date | None]
    dated_until: Mapped[date | None]

    @classmethod
    def keeps(cls) -> ColumnElement[bool]:
        """Whether a document is held by it, as a condition on HoldQuery and Document."""
        cleared = exists().where(
            HoldLook.hold_id == cls.hold_id, HoldLook.document_id == Document.id, HoldLook.reading == Document.reading,
            HoldLook.found.is_(False),
        )  # fmt: skip
        return and_(cls.fits(), or_(cls.words.is_(None), ~cleared.correlate(cls, Document)))

    @classmethod
    def fits(cls) -> ColumnElement[bool]:
        """Whether its columns fit a document, as a condition on HoldQuery and Document."""
        same = [
            or_(cls.document_type.is_(None), cls.document_type == Document.document_type),
            or_(cls.retention_class.is_(None), cls.retention_class == Document.retention_class),
            or_(cls.department_id.is_(None), cls.department_id == Document.department_id),
            or_(cls.customer_id.is_(None), cls.customer_id == Document.customer_id),
            or_(cls.dated_from.is_(None), Document.dated >= cls.dated_from),
            or_(cls.dated_until.is_(None), Document.dated <= cls.dated_until),
        ]
        return and_(*same)


@dataclass(frozen=True, slots=True)
class Query:
    """What a hold looks for; at least one of these is given."""

    document_type: str | None = None
    retention_class: str | None = None
    department_id: str | None = None
    dated_from: date | None = None
    dated_until: date | None = None
    customer_id: str | None = None
    words: str | None = None

    def fits(self) -> ColumnElement[bool]:
        """Whether its columns fit a document, as a condition on Document."""
        same = {
            Document.document_type: self.document_type, Document.retention_class: self.retention_class,
            Document.department_id: self.department_id, Document.customer_id: self.customer_id,
        }  # fmt: skip
        found = [column == value for column, value in same.items() if value is not None]
        found += [Document.dated >= self.dated_from] if self.dated_from else []
        found += [Document.dated <= self.dated_until] if self.dated_until else []
        return and_(true(), *found)

    def told(self) -> dict[str, str]:
        """What is given, for the log."""
        return {name: str(value) for name, value in asdict(self).items() if value is not None}


class HoldLook(Row):
    """Whether the words of a hold stand on a document, as it was read in one reading."""

    __tablename__ = "hold_look"

    hold_id: Mapped[Ref] = mapped_column(ForeignKey("hold.id"), primary_key=True)
    document_id: Mapped[Ref] = mapped_column(ForeignKey("document.id"), primary_key=True)
    reading: Mapped[int]
    found: Mapped[bool]


def stand_on(words: str, text: str) -> bool:
    """Whether each of these words stands in a text; width, case, script, blanks and punctuation do not count."""
    whole = folded(text)
    return all(folded(word) in whole for word in words.split())
