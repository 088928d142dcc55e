"""Everything that ever happened to a document: acts on it, and on what it stood in or under."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select

from archive.audit import AuditEntry
from archive.documents import Document
from retention.disposal import AppraisalItem, BatchItem, CertificateRow


def concerned(document_id: str) -> ColumnElement[bool]:
    """Entries about a document, its folder, customer, appraisals, batches and certificates.

    Holds, events and grants are logged under what they are placed on. Who may read which entry is another question.
    """
    batches = select(BatchItem.batch_id).where(BatchItem.document_id == document_id)
    return or_(
        AuditEntry.subject == document_id,
        AuditEntry.subject.in_(select(Document.folder_id).where(Document.id == document_id)),
        AuditEntry.subject.in_(select(Document.customer_id).where(Document.id == document_id)),
        AuditEntry.subject.in_(select(AppraisalItem.appraisal_id).where(AppraisalItem.document_id == document_id)),
        AuditEntry.subject.in_(batches),
        AuditEntry.subject.in_(select(CertificateRow.no).where(CertificateRow.batch_id.in_(batches))),
    )
