"""The manifest of a batch: one line for each document, made from its rows, always the same bytes for the same rows.

What is signed is the digest of these bytes; a line that can no longer be made alike says that something changed.
Titles name the kind of paper only: nothing that was taken from it outlives it here (records-rules R30).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.canonical import canonical
from archive.documents import Document, File
from archive.own_types import type_label
from archive.rights import Confidentiality
from retention.bundle.shape import MANIFEST_FORMAT, Manifest, ManifestFile, ManifestItem, Paper, Trigger
from retention.classes import RetentionClass
from retention.disposal import AppraisalItem, BatchItem, DestructionBatch
from retention.schedule import assess

FATES: Final = {
    None: "not part of this batch / 不在本批次内", "kept": "kept / 留存", "moved": "moved / 移交",
    "destroyed": "destroyed / 销毁",
}  # fmt: skip
"""What becomes of the paper, by `retention.paper.Fate`."""

TYPE_TITLES: Final = {
    "contract": "合同", "id_card": "身份证", "household_register": "户口簿", "business_licence": "营业执照",
    "tax_registration": "税务登记证", "property_certificate": "不动产权属证书", "marriage_certificate": "婚姻证件",
    "income_proof": "收入证明", "invoice": "发票", "receipt": "收据", "power_of_attorney": "授权委托书",
    "customer_form": "客户登记表", "credit_report": "信用报告", "appraisal_report": "评估报告", "complaint": "投诉",
    "letter": "函件", "other": "其他材料",
}  # fmt: skip


def type_title(session: Session, document_type: str | None) -> str:
    """How a register names a type; one that the organisation added by its Chinese name."""
    code = document_type or "other"
    return TYPE_TITLES.get(code) or type_label(session, code)[0]


def lines(
    session: Session, documents: Sequence[Document], reasons: dict[str, str], *, numbers: dict[str, int], as_of: date
) -> dict[str, bytes]:
    """The canonical line of each document; `as_of` is the day on which the list was frozen first."""
    views = assess(session, documents, as_of)
    files, periods = _files(session, [document.id for document in documents]), _periods(session, documents)
    titles = {code: type_title(session, code) for code in {document.document_type for document in documents}}
    found = {}
    for document in documents:
        view = views[document.id]
        trigger: Trigger | None = None
        if view.event is not None and view.event_date is not None:
            trigger = {"event": view.event.value, "occurred_on": view.event_date.isoformat()}
        period = periods.get((document.retention_class, document.class_version))
        item = _item(document, files.get(document.id, []), period, as_of)
        item["number"], item["reason"] = numbers[document.id], reasons[document.id]
        item["title"] = titles[document.document_type]
        item["trigger"], item["due_date"] = trigger, view.due_date.isoformat() if view.due_date else ""
        if asked := view.requested:
            item["early"] = {"request": asked.number, "ground": asked.ground, "granted_on": asked.on.isoformat()}
            item["remark"] = f"提前删除 {asked.number}"
        found[document.id] = canonical(item)
    return found


def _periods(session: Session, documents: Sequence[Document]) -> dict[tuple[str | None, int | None], int | None]:
    """Years by class and version: asked once for a list, of which whole thousands have the same class."""
    codes = {document.retention_class for document in documents}
    columns = select(RetentionClass.code, RetentionClass.version, RetentionClass.period_years)
    rows = session.execute(columns.where(RetentionClass.code.in_(codes)))
    return {(code, version): years for code, version, years in rows}


def _item(document: Document, files: list[ManifestFile], period: int | None, as_of: date) -> ManifestItem:
    formed = document.dated or document.received_at.date()
    return {
        "number": 0,
        "document_id": document.id,
        "archival_code": document.archival_code or "",
        "reference_no": "",
        "responsible": document.department.name,
        "title": "",
        "formed_on": document.dated.isoformat() if document.dated else "",
        "year": formed.year,
        "confidentiality": Confidentiality(document.confidentiality).label,
        "volume_no": document.folder.code if document.folder else "",
        "class_code": document.retention_class or "",
        "class_version": document.class_version or 0,
        "required_period": f"{period}年" if period else "",
        "kept_period": f"{max(0, whole_years(formed, as_of))}年",
        "trigger": None,
        "due_date": "",
        "pages": document.page_count or 0,
        "copies": 1,
        "files": files,
        "reason": "",
        "remark": "",
    }


def whole_years(start: date, end: date) -> int:
    """Full years between two days."""
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


def _files(session: Session, document_ids: Sequence[str]) -> dict[str, list[ManifestFile]]:
    rows = session.execute(
        select(File.document_id, File.id, File.role, File.media_type, File.size, File.sha256)
        .where(File.document_id.in_(document_ids))
        .order_by(File.document_id, File.role, File.page, File.id)
    )
    found: dict[str, list[ManifestFile]] = {}
    for document_id, file_id, role, media_type, size, digest in rows:
        entry: ManifestFile = {
            "file_id": file_id, "role": role, "media_type": media_type, "size": size, "sha256": digest,
        }  # fmt: skip
        found.setdefault(document_id, []).append(entry)
    return found


def manifest_of(batch: DestructionBatch, fonds: str, item_lines: Iterable[bytes]) -> tuple[bytes, str]:
    """The manifest's canonical bytes and their SHA-256 (hex); what is planned for the paper stands in it."""
    items = [cast("ManifestItem", json.loads(line)) for line in item_lines]
    manifest: Manifest = {
        "format": MANIFEST_FORMAT, "batch": batch.id, "title": batch.title, "fonds": fonds, "items": items,
    }  # fmt: skip
    if batch.paper_fate:
        manifest["paper"] = paper_of(batch)
    data = canonical(manifest)
    return data, hashlib.sha256(data).hexdigest()


def paper_of(batch: DestructionBatch) -> Paper:
    """What becomes of the batch's paper originals, as list and certificate say it."""
    return {
        "fate": FATES[batch.paper_fate], "place": batch.paper_place or "", "method": batch.paper_method or "",
    }  # fmt: skip


def changed_items(session: Session, batch: DestructionBatch, items: Sequence[BatchItem], as_of: date) -> list[str]:
    """The documents of these items whose line would be another one today, or that are no longer what was decided."""
    documents = session.scalars(select(Document).where(Document.id.in_([item.document_id for item in items]))).all()
    reasons = decided_reasons(session, batch.appraisal_id, [document.id for document in documents])
    numbers = {item.document_id: item.ordinal for item in items}
    known = [document for document in documents if document.id in reasons]
    fresh = lines(session, known, reasons, numbers=numbers, as_of=as_of)
    return [item.document_id for item in items if fresh.get(item.document_id) != item.line]


def decided_reasons(session: Session, appraisal_id: str, document_ids: Sequence[str]) -> dict[str, str]:
    """Why each of these documents is to be destroyed, by the appraisal; those decided otherwise are left out."""
    rows = session.execute(
        select(AppraisalItem.document_id, AppraisalItem.reason).where(
            AppraisalItem.appraisal_id == appraisal_id,
            AppraisalItem.document_id.in_(document_ids),
            AppraisalItem.decision == "destroy",
        )
    )
    return {row.document_id: row.reason or "" for row in rows}
