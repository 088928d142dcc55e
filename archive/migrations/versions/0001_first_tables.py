"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.base import Instant
from archive.migrations.guards import statements

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=48), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_index", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_audit_entry_leaf_index")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_action"), ["action"], unique=False)
        batch_op.create_index("ix_audit_entry_actor_at", ["actor", "at"], unique=False)
        batch_op.create_index("ix_audit_entry_subject_at", ["subject", "at"], unique=False)

    op.create_table(
        "counter",
        sa.Column("scope", sa.String(length=120), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_counter")),
    )
    op.create_table(
        "department",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
        sa.UniqueConstraint("name", name=op.f("uq_department_name")),
    )
    op.create_table(
        "fact",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_fact")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(length=128), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("not_before", Instant(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=160), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.CheckConstraint("attempt >= 0 AND fence >= 0", name=op.f("ck_job_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_job_idempotency_key")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_state_not_before", ["state", "not_before"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_subject"), ["subject"], unique=False)

    op.create_table(
        "log_checkpoint",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("anchored_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_log_checkpoint")),
    )
    op.create_table(
        "log_node",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "position", name=op.f("pk_log_node")),
    )
    op.create_table(
        "orphan",
        sa.Column("bucket", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "key", name=op.f("pk_orphan")),
    )
    op.create_table(
        "retention_class",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("period_years", sa.Integer(), nullable=True),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("counts", sa.String(length=8), nullable=False),
        sa.Column("start_rule", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=12), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("scope_note", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("floor_years", sa.Integer(), nullable=True),
        sa.Column("ceiling_years", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("approved_by", sa.String(length=64), nullable=True),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "(period_years IS NULL) = (action = 'permanent')", name=op.f("ck_retention_class_permanent")
        ),
        sa.CheckConstraint(
            "status <> 'approved' OR approved_by IS NOT NULL", name=op.f("ck_retention_class_approved_by_someone")
        ),
        sa.CheckConstraint("status IN ('proposed','approved','superseded')", name=op.f("ck_retention_class_status")),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> proposed_by", name=op.f("ck_retention_class_two_people")
        ),
        sa.CheckConstraint("period_years >= 1", name=op.f("ck_retention_class_period")),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_retention_class")),
    )
    with op.batch_alter_table("retention_class", schema=None) as batch_op:
        batch_op.create_index(
            "uq_retention_class_approved",
            ["code"],
            unique=True,
            sqlite_where=sa.text("status = 'approved'"),
            postgresql_where=sa.text("status = 'approved'"),
        )

    op.create_table(
        "throttle",
        sa.Column("door", sa.String(length=140), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("shut_until", Instant(), nullable=True),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("door", name=op.f("pk_throttle")),
    )
    op.create_table(
        "void",
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_void")),
    )
    op.create_table(
        "audit_detail",
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("plain", sa.JSON(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entry.id"], name=op.f("fk_audit_detail_entry_id_audit_entry")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_detail")),
    )
    with op.batch_alter_table("audit_detail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_detail_document_id"), ["document_id"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("department_id", sa.String(length=36), nullable=False),
        sa.Column("clearance", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.Column("totp", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("clearance BETWEEN 0 AND 3", name=op.f("ck_person_clearance")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_person_department_id_department")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("name", name=op.f("uq_person_name")),
    )
    op.create_table(
        "appraisal",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("opened_by", sa.String(length=36), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("finished_by", sa.String(length=36), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["finished_by"], ["person.id"], name=op.f("fk_appraisal_finished_by_person")),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_appraisal_opened_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appraisal")),
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("folded", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_customer_created_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("number", name=op.f("uq_customer_number")),
    )
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_folded"), ["folded"], unique=False)

    op.create_table(
        "hold",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("ground", sa.String(length=12), nullable=False),
        sa.Column("placed_by", sa.String(length=36), nullable=False),
        sa.Column("placed_at", Instant(), nullable=False),
        sa.Column("lift_asked_by", sa.String(length=36), nullable=True),
        sa.Column("lift_asked_at", Instant(), nullable=True),
        sa.Column("lift_reason", sa.String(length=1000), nullable=True),
        sa.Column("lifted_by", sa.String(length=36), nullable=True),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.Column("lifted_reason", sa.String(length=1000), nullable=True),
        sa.CheckConstraint("ground IN ('hold','unsettled')", name=op.f("ck_hold_ground")),
        sa.CheckConstraint("(lifted_by IS NULL) = (lifted_at IS NULL)", name=op.f("ck_hold_lifted")),
        sa.CheckConstraint("lifted_by IS NULL OR lift_asked_by IS NOT NULL", name=op.f("ck_hold_asked_first")),
        sa.CheckConstraint("lifted_by IS NULL OR lifted_by <> lift_asked_by", name=op.f("ck_hold_two_people")),
        sa.ForeignKeyConstraint(["lift_asked_by"], ["person.id"], name=op.f("fk_hold_lift_asked_by_person")),
        sa.ForeignKeyConstraint(["lifted_by"], ["person.id"], name=op.f("fk_hold_lifted_by_person")),
        sa.ForeignKeyConstraint(["placed_by"], ["person.id"], name=op.f("fk_hold_placed_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_table(
        "intent",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("file_id", sa.String(length=36), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_intent_owner_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intent")),
    )
    with op.batch_alter_table("intent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intent_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_intent_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "person_role",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_role_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "role", name=op.f("pk_person_role")),
    )
    op.create_table(
        "scan_batch",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=False),
        sa.Column("department_id", sa.String(length=36), nullable=False),
        sa.Column("expected_files", sa.Integer(), nullable=True),
        sa.Column("expected_pages", sa.Integer(), nullable=True),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.CheckConstraint("expected_files >= 0 AND expected_pages >= 0", name=op.f("ck_scan_batch_expected")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_scan_batch_department_id_department")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_scan_batch_owner_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_batch")),
    )
    with op.batch_alter_table("scan_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scan_batch_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "sign_in",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("fresh_until", Instant(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_person_id_person")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sign_in")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_person_id"), ["person_id"], unique=False)

    op.create_table(
        "token",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("hint", sa.String(length=12), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_token_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_token_digest")),
    )
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_token_person_id"), ["person_id"], unique=False)

    op.create_table(
        "trigger_event",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("subject_kind", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.String(length=500), nullable=False),
        sa.Column("entered_by", sa.String(length=36), nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.Column("superseded_by", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "subject_kind IN ('document','folder','customer')", name=op.f("ck_trigger_event_subject_kind")
        ),
        sa.CheckConstraint(
            "superseded_by IS NULL OR superseded_by <> id", name=op.f("ck_trigger_event_superseded_by_another")
        ),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_trigger_event_entered_by_person")),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["trigger_event.id"], name=op.f("fk_trigger_event_superseded_by_trigger_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trigger_event")),
    )
    with op.batch_alter_table("trigger_event", schema=None) as batch_op:
        batch_op.create_index("ix_trigger_event_subject", ["subject_kind", "subject_id"], unique=False)

    op.create_table(
        "customer_identifier",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_identifier_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_identifier")),
        sa.UniqueConstraint("type", "digest", name="uq_customer_identifier_type"),
    )
    with op.batch_alter_table("customer_identifier", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_identifier_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "destruction_batch",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("appraisal_id", sa.String(length=36), nullable=False),
        sa.Column("proposed_by", sa.String(length=36), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=False),
        sa.Column("cooling_until", Instant(), nullable=True),
        sa.Column("executor_id", sa.String(length=36), nullable=True),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("begun_at", Instant(), nullable=True),
        sa.Column("executed_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closed_reason", sa.String(length=1000), nullable=True),
        sa.Column("error", sa.String(length=1000), nullable=True),
        sa.Column("certificate_no", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed','approved','cooling','executing','partial','executed','done','cancelled')",
            name=op.f("ck_destruction_batch_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('executing','executed','done') OR certificate_no IS NOT NULL",
            name=op.f("ck_destruction_batch_numbered"),
        ),
        sa.CheckConstraint(
            "executor_id IS NULL OR executor_id <> proposed_by", name=op.f("ck_destruction_batch_executor_is_another")
        ),
        sa.ForeignKeyConstraint(
            ["appraisal_id"], ["appraisal.id"], name=op.f("fk_destruction_batch_appraisal_id_appraisal")
        ),
        sa.ForeignKeyConstraint(["executor_id"], ["person.id"], name=op.f("fk_destruction_batch_executor_id_person")),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"], name=op.f("fk_destruction_batch_proposed_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destruction_batch")),
        sa.UniqueConstraint("certificate_no", name=op.f("uq_destruction_batch_certificate_no")),
        sa.UniqueConstraint("id", "proposed_by", name="uq_destruction_batch_proposer"),
    )
    with op.batch_alter_table("destruction_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_destruction_batch_appraisal_id"), ["appraisal_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_destruction_batch_state"), ["state"], unique=False)

    op.create_table(
        "folder",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("department_id", sa.String(length=36), nullable=False),
        sa.Column("retention_class", sa.String(length=20), nullable=False),
        sa.Column("confidentiality", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("opened_by", sa.String(length=36), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("confidentiality BETWEEN 0 AND 3", name=op.f("ck_folder_confidentiality")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_folder_customer_id_customer")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_folder_department_id_department")),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_folder_opened_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folder")),
        sa.UniqueConstraint("code", name=op.f("uq_folder_code")),
    )
    with op.batch_alter_table("folder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_folder_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_folder_department_id"), ["department_id"], unique=False)

    op.create_table(
        "hold_subject",
        sa.Column("hold_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint("kind IN ('document','folder','customer')", name=op.f("ck_hold_subject_kind")),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name=op.f("fk_hold_subject_hold_id_hold")),
        sa.PrimaryKeyConstraint("hold_id", "kind", "subject_id", name=op.f("pk_hold_subject")),
    )
    with op.batch_alter_table("hold_subject", schema=None) as batch_op:
        batch_op.create_index("ix_hold_subject_subject", ["kind", "subject_id"], unique=False)

    op.create_table(
        "approval",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("batch_id", sa.String(length=36), nullable=False),
        sa.Column("proposed_by", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=False),
        sa.Column("opinion", sa.String(length=1000), nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.Column("void_reason", sa.String(length=1000), nullable=True),
        sa.CheckConstraint("person_id <> proposed_by", name=op.f("ck_approval_approver_is_another")),
        sa.ForeignKeyConstraint(
            ["batch_id", "proposed_by"],
            ["destruction_batch.id", "destruction_batch.proposed_by"],
            name="fk_approval_batch_proposer",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_approval_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approval_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(
            "uq_approval_standing",
            ["batch_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        )

    op.create_table(
        "certificate",
        sa.Column("no", sa.String(length=40), nullable=False),
        sa.Column("batch_id", sa.String(length=36), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("keys", sa.LargeBinary(), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("stored_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["destruction_batch.id"], name=op.f("fk_certificate_batch_id_destruction_batch")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entry.id"], name=op.f("fk_certificate_entry_id_audit_entry")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_certificate")),
        sa.UniqueConstraint("batch_id", name=op.f("uq_certificate_batch_id")),
    )
    op.create_table(
        "document",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("indexed_version", sa.Integer(), nullable=False),
        sa.Column("reading", sa.Integer(), nullable=False),
        sa.Column("title", sa.LargeBinary(), nullable=True),
        sa.Column("file_name", sa.LargeBinary(), nullable=True),
        sa.Column("document_type", sa.String(length=32), nullable=True),
        sa.Column("type_confidence", sa.Double(), nullable=True),
        sa.Column("customer_id", sa.String(length=36), nullable=True),
        sa.Column("customer_given", sa.Boolean(), nullable=False),
        sa.Column("folder_id", sa.String(length=36), nullable=True),
        sa.Column("batch_id", sa.String(length=36), nullable=True),
        sa.Column("department_id", sa.String(length=36), nullable=False),
        sa.Column("confidentiality", sa.Integer(), nullable=False),
        sa.Column("retention_class", sa.String(length=20), nullable=True),
        sa.Column("class_version", sa.Integer(), nullable=True),
        sa.Column("class_reason", sa.Text(), nullable=True),
        sa.Column("archival_code", sa.String(length=80), nullable=True),
        sa.Column("uploader_id", sa.String(length=36), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("filed_at", Instant(), nullable=True),
        sa.Column("dated", sa.Date(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("pages_read", sa.Integer(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("review", sa.JSON(), nullable=False),
        sa.Column("because", sa.LargeBinary(), nullable=True),
        sa.Column("error", sa.String(length=64), nullable=True),
        sa.Column("destroying", sa.Boolean(), nullable=False),
        sa.Column("destroyed_at", Instant(), nullable=True),
        sa.Column("certificate_no", sa.String(length=40), nullable=True),
        sa.CheckConstraint("state <> 'filed' OR folder_id IS NOT NULL", name=op.f("ck_document_filed_in_a_folder")),
        sa.CheckConstraint(
            "state IN ('received','reading','needs_password','review','filed','quarantined')",
            name=op.f("ck_document_state"),
        ),
        sa.CheckConstraint("confidentiality BETWEEN 0 AND 3", name=op.f("ck_document_confidentiality")),
        sa.ForeignKeyConstraint(["batch_id"], ["scan_batch.id"], name=op.f("fk_document_batch_id_scan_batch")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_document_customer_id_customer")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_document_department_id_department")
        ),
        sa.ForeignKeyConstraint(["folder_id"], ["folder.id"], name=op.f("fk_document_folder_id_folder")),
        sa.ForeignKeyConstraint(["uploader_id"], ["person.id"], name=op.f("fk_document_uploader_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("archival_code", name=op.f("uq_document_archival_code")),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_certificate_no"), ["certificate_no"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_document_type"), ["document_type"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_folder_id"), ["folder_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_retention_class"), ["retention_class"], unique=False)
        batch_op.create_index("ix_document_scope", ["department_id", "confidentiality"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_sha256"), ["sha256"], unique=False)
        batch_op.create_index("ix_document_state_received", ["state", "received_at"], unique=False)
        batch_op.create_index(
            "ix_document_unsettled",
            ["id"],
            unique=False,
            sqlite_where=sa.text("indexed_version < version"),
            postgresql_where=sa.text("indexed_version < version"),
        )
        batch_op.create_index("ix_document_uploader_received", ["uploader_id", "received_at"], unique=False)

    op.create_table(
        "supervisor",
        sa.Column("batch_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("observed", sa.String(length=1000), nullable=True),
        sa.Column("statement", sa.LargeBinary(), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["destruction_batch.id"], name=op.f("fk_supervisor_batch_id_destruction_batch")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_supervisor_person_id_person")),
        sa.PrimaryKeyConstraint("batch_id", "person_id", name=op.f("pk_supervisor")),
        sa.UniqueConstraint("batch_id", "ordinal", name="uq_supervisor_place"),
    )
    op.create_table(
        "appraisal_item",
        sa.Column("appraisal_id", sa.String(length=36), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("class_code", sa.String(length=20), nullable=False),
        sa.Column("class_version", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("event_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("decision", sa.String(length=12), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("years", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(decision = 'extend') = (years IS NOT NULL)", name=op.f("ck_appraisal_item_years")),
        sa.CheckConstraint(
            "decision IS NULL OR decision IN ('destroy','extend','permanent')", name=op.f("ck_appraisal_item_decision")
        ),
        sa.ForeignKeyConstraint(
            ["appraisal_id"], ["appraisal.id"], name=op.f("fk_appraisal_item_appraisal_id_appraisal")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_appraisal_item_decided_by_person")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_appraisal_item_document_id_document")),
        sa.PrimaryKeyConstraint("appraisal_id", "document_id", name=op.f("pk_appraisal_item")),
    )
    with op.batch_alter_table("appraisal_item", schema=None) as batch_op:
        batch_op.create_index(
            "uq_appraisal_item_open",
            ["document_id"],
            unique=True,
            sqlite_where=sa.text("NOT settled"),
            postgresql_where=sa.text("NOT settled"),
        )

    op.create_table(
        "batch_item",
        sa.Column("batch_id", sa.String(length=36), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("error", sa.String(length=1000), nullable=True),
        sa.Column("condemned_at", Instant(), nullable=True),
        sa.Column("destroyed_at", Instant(), nullable=True),
        sa.CheckConstraint("state IN ('pending','condemned','destroyed','released')", name=op.f("ck_batch_item_state")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["destruction_batch.id"], name=op.f("fk_batch_item_batch_id_destruction_batch")
        ),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_batch_item_document_id_document")),
        sa.PrimaryKeyConstraint("batch_id", "document_id", name=op.f("pk_batch_item")),
    )
    with op.batch_alter_table("batch_item", schema=None) as batch_op:
        batch_op.create_index(
            "uq_batch_item_open",
            ["document_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('pending','condemned')"),
            postgresql_where=sa.text("state IN ('pending','condemned')"),
        )

    op.create_table(
        "destruction_target",
        sa.Column("batch_id", sa.String(length=36), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("site", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=200), nullable=False),
        sa.Column("version", sa.String(length=128), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("result", sa.String(length=12), nullable=False),
        sa.Column("executed_at", Instant(), nullable=True),
        sa.Column("verified_at", Instant(), nullable=True),
        sa.Column("verifier", sa.String(length=64), nullable=True),
        sa.Column("error", sa.String(length=1000), nullable=True),
        sa.CheckConstraint(
            "(verified_at IS NOT NULL) = (result = 'absent')", name=op.f("ck_destruction_target_verified_is_absent")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["destruction_batch.id"], name=op.f("fk_destruction_target_batch_id_destruction_batch")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_destruction_target_document_id_document")
        ),
        sa.PrimaryKeyConstraint("batch_id", "document_id", "ordinal", name=op.f("pk_destruction_target")),
        sa.UniqueConstraint("batch_id", "document_id", "site", "target", name="uq_destruction_target_place"),
    )
    op.create_table(
        "extension",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("appraisal_id", sa.String(length=36), nullable=False),
        sa.Column("earlier_due", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["appraisal_id"], ["appraisal.id"], name=op.f("fk_extension_appraisal_id_appraisal")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_extension_document_id_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension")),
    )
    with op.batch_alter_table("extension", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_extension_document_id"), ["document_id"], unique=False)

    op.create_table(
        "field",
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=24), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_field_document_id_document")),
        sa.PrimaryKeyConstraint("document_id", "name", name=op.f("pk_field")),
    )
    op.create_table(
        "file",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("reading", sa.Integer(), nullable=False),
        sa.Column("bucket", sa.String(length=12), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_file_document_id_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
    )
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_file_document_id"), ["document_id"], unique=False)

    op.create_table(
        "grant",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("folder_id", sa.String(length=36), nullable=True),
        sa.Column("document_id", sa.String(length=36), nullable=True),
        sa.Column("unmasked", sa.Boolean(), nullable=False),
        sa.Column("purpose", sa.String(length=300), nullable=False),
        sa.Column("granted_by", sa.String(length=36), nullable=False),
        sa.Column("granted_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.CheckConstraint("(folder_id IS NULL) <> (document_id IS NULL)", name=op.f("ck_grant_one_thing")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_grant_document_id_document")),
        sa.ForeignKeyConstraint(["folder_id"], ["folder.id"], name=op.f("fk_grant_folder_id_folder")),
        sa.ForeignKeyConstraint(["granted_by"], ["person.id"], name=op.f("fk_grant_granted_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_grant_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant")),
    )
    with op.batch_alter_table("grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grant_person_id"), ["person_id"], unique=False)

    op.create_table(
        "idempotency",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_idempotency_document_id_document")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_idempotency_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "page",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("dpi", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("engine", sa.String(length=80), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("error", sa.String(length=64), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("state IN ('recognised','blank','failed')", name=op.f("ck_page_state")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_page_document_id_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page")),
        sa.UniqueConstraint("document_id", "number", name="uq_page_number"),
    )
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_page_document_id"), ["document_id"], unique=False)

    op.create_table(
        "copy",
        sa.Column("file_id", sa.String(length=36), nullable=False),
        sa.Column("site", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=128), nullable=False),
        sa.Column("sealed_size", sa.Integer(), nullable=False),
        sa.Column("sealed_sha256", sa.String(length=64), nullable=False),
        sa.Column("verified_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_copy_file_id_file")),
        sa.PrimaryKeyConstraint("file_id", "site", name=op.f("pk_copy")),
    )
    for statement in statements(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("copy")
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_page_document_id"))

    op.drop_table("page")
    op.drop_table("idempotency")
    with op.batch_alter_table("grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grant_person_id"))

    op.drop_table("grant")
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_file_document_id"))

    op.drop_table("file")
    op.drop_table("field")
    with op.batch_alter_table("extension", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_extension_document_id"))

    op.drop_table("extension")
    op.drop_table("destruction_target")
    with op.batch_alter_table("batch_item", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_batch_item_open",
            sqlite_where=sa.text("state IN ('pending','condemned')"),
            postgresql_where=sa.text("state IN ('pending','condemned')"),
        )

    op.drop_table("batch_item")
    with op.batch_alter_table("appraisal_item", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_appraisal_item_open", sqlite_where=sa.text("NOT settled"), postgresql_where=sa.text("NOT settled")
        )

    op.drop_table("appraisal_item")
    op.drop_table("supervisor")
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index("ix_document_uploader_received")
        batch_op.drop_index(
            "ix_document_unsettled",
            sqlite_where=sa.text("indexed_version < version"),
            postgresql_where=sa.text("indexed_version < version"),
        )
        batch_op.drop_index("ix_document_state_received")
        batch_op.drop_index(batch_op.f("ix_document_sha256"))
        batch_op.drop_index("ix_document_scope")
        batch_op.drop_index(batch_op.f("ix_document_retention_class"))
        batch_op.drop_index(batch_op.f("ix_document_folder_id"))
        batch_op.drop_index(batch_op.f("ix_document_document_type"))
        batch_op.drop_index(batch_op.f("ix_document_customer_id"))
        batch_op.drop_index(batch_op.f("ix_document_certificate_no"))
        batch_op.drop_index(batch_op.f("ix_document_batch_id"))

    op.drop_table("document")
    op.drop_table("certificate")
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_approval_standing",
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_approval_batch_id"))

    op.drop_table("approval")
    with op.batch_alter_table("hold_subject", schema=None) as batch_op:
        batch_op.drop_index("ix_hold_subject_subject")

    op.drop_table("hold_subject")
    with op.batch_alter_table("folder", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_folder_department_id"))
        batch_op.drop_index(batch_op.f("ix_folder_customer_id"))

    op.drop_table("folder")
    with op.batch_alter_table("destruction_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_destruction_batch_state"))
        batch_op.drop_index(batch_op.f("ix_destruction_batch_appraisal_id"))

    op.drop_table("destruction_batch")
    with op.batch_alter_table("customer_identifier", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_identifier_customer_id"))

    op.drop_table("customer_identifier")
    with op.batch_alter_table("trigger_event", schema=None) as batch_op:
        batch_op.drop_index("ix_trigger_event_subject")

    op.drop_table("trigger_event")
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_token_person_id"))

    op.drop_table("token")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_person_id"))

    op.drop_table("sign_in")
    with op.batch_alter_table("scan_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scan_batch_owner_id"))

    op.drop_table("scan_batch")
    op.drop_table("person_role")
    with op.batch_alter_table("intent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_intent_expires_at"))
        batch_op.drop_index(batch_op.f("ix_intent_document_id"))

    op.drop_table("intent")
    op.drop_table("hold")
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_folded"))

    op.drop_table("customer")
    op.drop_table("appraisal")
    op.drop_table("person")
    with op.batch_alter_table("audit_detail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_detail_document_id"))

    op.drop_table("audit_detail")
    op.drop_table("void")
    op.drop_table("throttle")
    with op.batch_alter_table("retention_class", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_retention_class_approved",
            sqlite_where=sa.text("status = 'approved'"),
            postgresql_where=sa.text("status = 'approved'"),
        )

    op.drop_table("retention_class")
    op.drop_table("orphan")
    op.drop_table("log_node")
    op.drop_table("log_checkpoint")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_subject"))
        batch_op.drop_index("ix_job_state_not_before")

    op.drop_table("job")
    op.drop_table("fact")
    op.drop_table("department")
    op.drop_table("counter")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_subject_at")
        batch_op.drop_index("ix_audit_entry_actor_at")
        batch_op.drop_index(batch_op.f("ix_audit_entry_action"))

    op.drop_table("audit_entry")
