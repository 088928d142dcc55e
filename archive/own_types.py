"""Document types that an organisation adds without code, and types that it no longer uses (mission B3).

A row is one version of one type; the newest counts. A type that comes with Anjuan has a row only when it was retired.
Nothing is removed: a paper keeps the type that it has, and the type its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, String, func, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.base import Ref, Row
from archive.doctypes import LABELS
from archive.errors import Invalid

CODE_MAX: Final = 32

READABLE: Final = (
    "name", "id_no", "uscc", "customer_no", "contract_no", "cert_no", "invoice_no", "legal_rep", "agent", "employer",
    "signed", "issued", "founded", "expires", "amount",
)  # fmt: skip
"""Fields that are read on a paper whatever its type: those that stand after labels of their own."""


class OwnType(Row):
    """One version of one type: `titles` and `words` are what its papers show, `retention_class` how they are kept."""

    __tablename__ = "document_type"
    __table_args__ = (CheckConstraint("version >= 1", name="version"),)

    code: Mapped[str] = mapped_column(String(CODE_MAX), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    zh: Mapped[str] = mapped_column(String(60))
    en: Mapped[str] = mapped_column(String(60))
    titles: Mapped[list[Any]]
    words: Mapped[list[Any]]
    fields: Mapped[list[Any]]
    retention_class: Mapped[str | None] = mapped_column(String(20))
    retired: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime]
    changed_by: Mapped[Ref] = mapped_column(ForeignKey("person.id"))

    @property
    def shipped(self) -> bool:
        """Whether the type comes with Anjuan: only that it is retired is said here."""
        return self.code in LABELS


def newest_types(session: Session) -> dict[str, OwnType]:
    """The newest version of every type that somebody added or retired, by code."""
    latest = select(OwnType.code, func.max(OwnType.version)).group_by(OwnType.code)
    rows = select(OwnType).where(tuple_(OwnType.code, OwnType.version).in_(latest))
    return {row.code: row for row in session.scalars(rows.order_by(OwnType.code))}


def types_in_use(session: Session) -> tuple[str, ...]:
    """The codes that a paper may be given now: those that come with Anjuan, then one's own; retired ones left out."""
    rows = newest_types(session)
    retired = {code for code, row in rows.items() if row.retired}
    return tuple(code for code in dict.fromkeys((*LABELS, *rows)) if code not in retired)


def need_type(session: Session, code: str) -> None:
    """Invalid for a type that there is not, or that is no longer given."""
    if code not in types_in_use(session):
        raise Invalid("There is no such document type.", errors=[{"field": "document_type", "code": "unknown"}])


def type_labels(session: Session) -> Mapping[str, tuple[str, str]]:
    """What people call every type, retired ones too: Chinese and English, by code."""
    return {**LABELS, **{code: (row.zh, row.en) for code, row in newest_types(session).items() if not row.shipped}}


def type_label(session: Session, code: str) -> tuple[str, str]:
    """What people call a type: Chinese and English; the code itself where it is none."""
    return LABELS.get(code) or type_labels(session).get(code) or (code, code)
