"""Rows of what data subjects ask for (PIPL art. 47, 50; records-rules R38): requests, their documents, restrictions.

Who asks, in what words, and how it was checked that it is they rests sealed; the rest names nobody.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive.base import Id, Ref, Row
from retention.lifting import REASON_MAX, LiftedByTwo, checks


class Ground(StrEnum):
    """Why a person may ask for deletion: PIPL art. 47 (1), items 1 to 5."""

    PURPOSE_GONE = "purpose_gone"
    SERVICE_ENDED = "service_ended"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    UNLAWFUL_HANDLING = "unlawful_handling"
    LAW_REQUIRES = "law_requires"

    @property
    def item(self) -> int:
        """Its item in the article, from 1."""
        return list(Ground).index(self) + 1


class Outcome(StrEnum):
    """What becomes of one document: deleted the two-person way off schedule, or stored and nothing else."""

    DELETE = "delete"
    RESTRICT = "restrict"


class ErasureRequest(Row):
    """One request to delete (删除请求). `told` is sealed: who asks, in what words, how identity was checked."""

    __tablename__ = "erasure_request"
    __table_args__ = (
        CheckConstraint(
            "ground IN ('purpose_gone','service_ended','consent_withdrawn','unlawful_handling','law_requires')",
            name="ground",
        ),
        CheckConstraint("(identity_by IS NULL) = (identity_at IS NULL)", name="identity"),
        CheckConstraint("(refused_by IS NULL) = (refused_at IS NULL)", name="refused"),
    )

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"), index=True)
    ground: Mapped[str] = mapped_column(String(24))
    received_on: Mapped[date]
    told: Mapped[bytes]
    recorded_by: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
    identity_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    identity_at: Mapped[datetime | None]
    refused_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    refused_at: Mapped[datetime | None]

    items: Mapped[list[ErasureItem]] = relationship(order_by="ErasureItem.ordinal", lazy="selectin")


class ErasureItem(Row):
    """One document of a request. `because` are the codes of what barred its deletion when it was decided."""

    __tablename__ = "erasure_item"
    __table_args__ = (
        CheckConstraint("outcome IS NULL OR outcome IN ('delete','restrict')", name="outcome"),
        CheckConstraint("(outcome IS NULL) = (decided_on IS NULL)", name="decided"),
        Index("ix_erasure_item_document", "document_id", "outcome"),
    )

    request_id: Mapped[Ref] = mapped_column(ForeignKey("erasure_request.id"), primary_key=True)
    document_id: Mapped[Ref] = mapped_column(ForeignKey("document.id"), primary_key=True)
    ordinal: Mapped[int]
    outcome: Mapped[str | None] = mapped_column(String(8))
    reason: Mapped[str | None] = mapped_column(String(REASON_MAX))
    because: Mapped[list[Any]]
    decided_on: Mapped[date | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]


class Restriction(LiftedByTwo, Row):
    """One document restricted to storage (限制处理), until it is destroyed or two people lift it."""

    __tablename__ = "restriction"
    __table_args__ = (
        *checks(),
        Index(
            "uq_restriction_standing", "document_id", unique=True,
            sqlite_where=text("lifted_at IS NULL"), postgresql_where=text("lifted_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Id]
    document_id: Mapped[Ref] = mapped_column(ForeignKey("document.id"))
    request_id: Mapped[Ref] = mapped_column(ForeignKey("erasure_request.id"), index=True)
    placed_by: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    placed_at: Mapped[datetime]
