"""Certificates of destruction: made of rows once both supervisors have confirmed, signed and logged.

Source: records-rules §3, R31. The shapes are `retention.bundle.shape`; what a stranger checks is `retention.bundle`;
what is printed and laid down for good is `retention.evidence`.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.access import Actor
from archive.audit import CERTIFIER, Act, record
from archive.base import now
from archive.canonical import canonical
from archive.errors import Damaged, NotFound
from archive.house import House
from archive.jobs import Kind, enqueue
from archive.people import Person
from archive.rights import Right
from archive.signing import Purpose, SigningKeys, fingerprint
from retention.appraisals import report_no
from retention.batches import targets_of
from retention.bundle import shape
from retention.bundle.make import issue_detail, key_list, public_key, signed_certificate
from retention.disposal import (
    Appraisal,
    AppraisalItem,
    Approval,
    BatchItem,
    BatchState,
    CertificateRow,
    DestructionBatch,
    DestructionTarget,
    ItemState,
    PaperSupervisor,
    Supervisor,
)
from retention.manifest import paper_of
from retention.objects import split
from retention.sight import seen_certificates
from retention.targets import OBJECTS
from retention.targets import Kind as TargetKind

METHOD: Final = "Purge (cryptographic erase)"
"""NIST SP 800-88: all versions purged and the document's only key destroyed."""


def issue(session: Session, house: House, batch: DestructionBatch) -> CertificateRow:
    """Make, sign and log the certificate of an executed batch that both supervisors have confirmed."""
    if batch.certificate_no is None or batch.executed_at is None or batch.begun_at is None:
        raise ValueError(f"batch {batch.id} was not executed")
    keys = _keys(session, house.signing, batch)
    body = _body(session, house, batch, keys)
    certificate = signed_certificate(house.signing.installation(Purpose.CERTIFICATE), body)
    data = canonical(certificate)
    detail = issue_detail(certificate)
    entry = record(session, CERTIFIER, Act.CERTIFICATE_ISSUED, batch.certificate_no, detail=dict(detail))
    row = CertificateRow(
        no=batch.certificate_no, batch_id=batch.id, body=data, sha256=hashlib.sha256(data).hexdigest(),
        keys=canonical(keys), entry_id=entry.id, issued_at=now(),
    )  # fmt: skip
    session.add(row)
    batch.state, batch.closed_at = BatchState.DONE.value, row.issued_at
    enqueue(session, Kind.ISSUE_CERTIFICATE, row.no, key=f"certificate:{row.no}")
    session.flush()
    return row


def _body(session: Session, house: House, batch: DestructionBatch, keys: shape.Keys) -> shape.CertificateBody:
    settings = house.settings
    items: list[shape.ManifestItem] = json.loads(batch.manifest)["items"]
    years, kept = [item["year"] for item in items], _kept(session, batch)
    return {
        "format": shape.CERTIFICATE_FORMAT,
        "number": batch.certificate_no or "",
        "state": "partial" if kept else "complete",
        "organisation": {"name": "; ".join(settings.own_names[:1]), "fonds": settings.fonds},
        "batch": _batch(session, batch, items),
        "manifest_sha256": batch.manifest_sha256,
        "keys_sha256": hashlib.sha256(canonical(keys)).hexdigest(),
        "counts": counts(items),
        "years": {"earliest": min(years), "latest": max(years)},
        "appraisal": _appraisal(session, batch),
        "approvals": [_signed(session, approval) for approval in batch.standing],
        "execution": _execution(session, batch),
        "supervisors": [_signed(session, supervisor) for supervisor in batch.supervisors],
        "targets": [_target(target) for target in targets_of(session, batch.id)],
        "kept": kept,
        "backups": [],
        "paper": _paper(session, batch),
        "issued_at": _instant(now()),
        "timestamp": None,
    }


def _paper(session: Session, batch: DestructionBatch) -> shape.Paper:
    paper = paper_of(batch)
    if batch.paper_supervisors:
        paper["supervisors"] = [_signed(session, supervisor) for supervisor in batch.paper_supervisors]
    return paper


def counts(items: Sequence[shape.ManifestItem]) -> shape.Counts:
    """卷, 件, 页, files and bytes of a list."""
    files = [file for item in items for file in item["files"]]
    return {
        "volumes": len({item["volume_no"] for item in items if item["volume_no"]}),
        "documents": len(items),
        "pages": sum(item["pages"] for item in items),
        "files": len(files),
        "bytes": sum(file["size"] for file in files),
    }


def _batch(session: Session, batch: DestructionBatch, items: Sequence[shape.ManifestItem]) -> shape.Batch:
    return {
        "id": batch.id,
        "title": batch.title,
        "category": " ".join(sorted({item["class_code"] for item in items})),
        "proposed_by": person_named(session, batch.proposed_by),
        "proposed_at": _instant(batch.proposed_at),
    }


def _appraisal(session: Session, batch: DestructionBatch) -> shape.Appraisal:
    row = session.get_one(Appraisal, batch.appraisal_id)
    if row.finished_by is None or row.finished_at is None:
        raise Damaged(f"The appraisal {row.id} of a batch that was executed is not finished.")
    deciders = session.scalars(
        select(AppraisalItem.decided_by)
        .where(AppraisalItem.appraisal_id == row.id, AppraisalItem.decided_by.is_not(None))
        .distinct()
        .order_by(AppraisalItem.decided_by)
    )
    return {
        "id": row.id,
        "report_no": report_no(row),
        "leader": person_named(session, row.finished_by),
        "members": [person_named(session, decider) for decider in deciders if decider],
        "finished_at": _instant(row.finished_at),
    }


def _kept(session: Session, batch: DestructionBatch) -> list[shape.Kept]:
    rows = session.scalars(
        select(BatchItem)
        .where(BatchItem.batch_id == batch.id, BatchItem.state == ItemState.KEPT.value)
        .order_by(BatchItem.ordinal)
    )
    return [{"document_id": item.document_id, "why": (item.error or "kept").partition(":")[0]} for item in rows]


def _execution(session: Session, batch: DestructionBatch) -> shape.Execution:
    if batch.executor_id is None or batch.begun_at is None or batch.executed_at is None:
        raise Damaged(f"The batch {batch.id} lacks its executor or its times.")
    return {
        "executor": person_named(session, batch.executor_id),
        "method": METHOD,
        "place": " ".join(sorted({target.site for target in targets_of(session, batch.id) if target.kind in OBJECTS})),
        "started_at": _instant(batch.begun_at),
        "ended_at": _instant(batch.executed_at),
        "service": f"anjuan {importlib.metadata.version('anjuan')}",
    }


def person_named(session: Session, person_id: str) -> shape.Person:
    """A person as a certificate names them."""
    person = session.get_one(Person, person_id)
    return {"id": person.id, "name": person.name, "department": person.department.name}


def _signed(session: Session, row: Approval | Supervisor | PaperSupervisor) -> shape.SignedStatement:
    if row.statement is None or row.signature is None or row.public_key is None:
        raise Damaged(f"A signature of {row.person_id} is missing.")
    return {
        "statement": cast("shape.Statement", json.loads(row.statement)),
        "person": person_named(session, row.person_id),
        "key": fingerprint(row.public_key),
        "signature": base64.b64encode(row.signature).decode(),
    }


def _target(row: DestructionTarget) -> shape.Target:
    bucket, key = split(row.target) if row.kind in OBJECTS else ("", row.target)
    return {
        "document_id": row.document_id,
        "site": row.site,
        "target": row.kind,
        "bucket": str(bucket),
        "key": key,
        "version": row.version,
        "method": row.method,
        "executed_at": _instant(row.executed_at) if row.executed_at else "",
        "executed_by": "system:destroyer",
        "result": "verified" if row.verified_at else "open",
        "verified_at": _instant(row.verified_at) if row.verified_at else None,
        "verified_by": row.verifier or "",
        "verify_method": "versions, markers and uploads listed"
        if row.kind in OBJECTS
        else _LOOKED[TargetKind(row.kind)],
    }


_LOOKED: Final = {
    TargetKind.INDEX: "index asked by id",
    TargetKind.ROWS: "rows read by another session",
    TargetKind.LOG: "rows read by another session",
    TargetKind.JOBS: "rows read by another session",
    TargetKind.GRANTS: "rows read by another session",
    TargetKind.REQUESTS: "rows read by another session",
    TargetKind.SCRATCH: "folder listed",
    TargetKind.KEY: "vault asked by a read-only connection",
}


def _keys(session: Session, signing: SigningKeys, batch: DestructionBatch) -> shape.Keys:
    signers: list[Approval | Supervisor | PaperSupervisor] = [
        *batch.standing, *batch.supervisors, *batch.paper_supervisors,
    ]  # fmt: skip
    people = [
        public_key(row.public_key, "person", row.person_id, person_named(session, row.person_id)["name"])
        for row in signers
        if row.public_key is not None
    ]
    return key_list(
        [
            *people,
            public_key(signing.installation(Purpose.CERTIFICATE).public, "certificate", "anjuan", "certificate key"),
            public_key(signing.installation(Purpose.CHECKPOINT).public, "checkpoint", "anjuan/log", "checkpoint key"),
        ]
    )


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def the_certificate(session: Session, actor: Actor, no: str) -> CertificateRow:
    """The certificate of that number, for who sees its list, and an entry in the log that it was read. NotFound."""
    actor.need(Right.PROOFS)
    row = session.scalar(select(CertificateRow).where(CertificateRow.no == no, seen_certificates(actor)))
    if row is None:
        raise NotFound(reason="denied" if session.get(CertificateRow, no) else "absent")
    record(session, actor, Act.CERTIFICATE_READ, no)
    return row


def certificates(session: Session, actor: Actor) -> list[CertificateRow]:
    """The certificates in the actor's sight, newest first."""
    actor.need(Right.PROOFS)
    asked = select(CertificateRow).where(seen_certificates(actor))
    return list(session.scalars(asked.order_by(CertificateRow.issued_at.desc())))


def certificate_json(row: CertificateRow) -> dict[str, Any]:
    """The certificate as a value, shaped as `retention.bundle.shape.Certificate`."""
    value: dict[str, Any] = json.loads(row.body)
    return value
