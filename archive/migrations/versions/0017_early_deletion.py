"""What data subjects ask to be deleted, what is restricted to storage; appraisals of documents without an event."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.base import Instant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

GROUNDS = "'purpose_gone','service_ended','consent_withdrawn','unlawful_handling','law_requires'"
CHECKS = {
    "decision": "decision IS NULL OR decision IN ('destroy','extend','permanent')",
    "years": "(decision = 'extend') = (years IS NOT NULL)",
}


def upgrade() -> None:
    _requests()
    _items()
    _restrictions()
    _event(nullable=True)
    with op.batch_alter_table("document") as table:
        table.add_column(sa.Column("restricted", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("document") as table:
        table.drop_column("restricted")
    _event(nullable=False)
    for name in ("restriction", "erasure_item", "erasure_request"):
        op.drop_table(name)


def _id(name: str, refers: str = "", *, nullable: bool = False, primary_key: bool = False) -> sa.Column[str]:
    keys = [sa.ForeignKey(refers)] if refers else []
    return sa.Column(name, sa.String(length=36), *keys, nullable=nullable, primary_key=primary_key)


def _requests() -> None:
    op.create_table(
        "erasure_request",
        _id("id", primary_key=True),
        sa.Column("number", sa.String(length=20), nullable=False),
        _id("customer_id", "customer.id", nullable=True),
        sa.Column("ground", sa.String(length=24), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("told", sa.LargeBinary(), nullable=False),
        _id("recorded_by", "person.id"),
        sa.Column("recorded_at", Instant(), nullable=False),
        _id("identity_by", "person.id", nullable=True),
        sa.Column("identity_at", Instant(), nullable=True),
        _id("refused_by", "person.id", nullable=True),
        sa.Column("refused_at", Instant(), nullable=True),
        sa.UniqueConstraint("number", name=op.f("uq_erasure_request_number")),
        sa.CheckConstraint(f"ground IN ({GROUNDS})", name=op.f("ck_erasure_request_ground")),
        sa.CheckConstraint("(identity_by IS NULL) = (identity_at IS NULL)", name=op.f("ck_erasure_request_identity")),
        sa.CheckConstraint("(refused_by IS NULL) = (refused_at IS NULL)", name=op.f("ck_erasure_request_refused")),
    )
    op.create_index("ix_erasure_request_customer_id", "erasure_request", ["customer_id"])


def _items() -> None:
    op.create_table(
        "erasure_item",
        _id("request_id", "erasure_request.id", primary_key=True),
        _id("document_id", "document.id", primary_key=True),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("because", sa.JSON(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        _id("decided_by", "person.id", nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.CheckConstraint("outcome IS NULL OR outcome IN ('delete','restrict')", name=op.f("ck_erasure_item_outcome")),
        sa.CheckConstraint("(outcome IS NULL) = (decided_on IS NULL)", name=op.f("ck_erasure_item_decided")),
    )
    op.create_index("ix_erasure_item_document", "erasure_item", ["document_id", "outcome"])


def _restrictions() -> None:
    op.create_table(
        "restriction",
        _id("id", primary_key=True),
        _id("document_id", "document.id"),
        _id("request_id", "erasure_request.id"),
        _id("placed_by", "person.id"),
        sa.Column("placed_at", Instant(), nullable=False),
        _id("lift_asked_by", "person.id", nullable=True),
        sa.Column("lift_asked_at", Instant(), nullable=True),
        sa.Column("lift_reason", sa.String(length=1000), nullable=True),
        _id("lifted_by", "person.id", nullable=True),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.Column("lifted_reason", sa.String(length=1000), nullable=True),
        sa.CheckConstraint("(lifted_by IS NULL) = (lifted_at IS NULL)", name=op.f("ck_restriction_lifted")),
        sa.CheckConstraint("lifted_by IS NULL OR lift_asked_by IS NOT NULL", name=op.f("ck_restriction_asked_first")),
        sa.CheckConstraint("lifted_by IS NULL OR lifted_by <> lift_asked_by", name=op.f("ck_restriction_two_people")),
    )
    op.create_index("ix_restriction_request_id", "restriction", ["request_id"])
    standing = sa.text("lifted_at IS NULL")
    op.create_index(
        "uq_restriction_standing", "restriction", ["document_id"], unique=True, sqlite_where=standing,
        postgresql_where=standing,
    )  # fmt: skip


def _event(*, nullable: bool) -> None:
    """SQLite copies the table, and its checks are not copied with it."""
    with op.batch_alter_table("appraisal_item") as table:
        table.alter_column("event", existing_type=sa.String(length=32), nullable=nullable)
        table.alter_column("event_date", existing_type=sa.Date(), nullable=nullable)
        if op.get_bind().dialect.name == "sqlite":
            for name, check in CHECKS.items():
                table.create_check_constraint(op.f(f"ck_appraisal_item_{name}"), check)
