"""What must be true after any fault, once the machine has tidied up: nothing acknowledged lost, nothing left over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select

from archive.audit import AuditEntry
from archive.base import now
from archive.documents import Document, File, FileRole
from archive.house import House
from archive.intake import Intent
from archive.jobs import Job
from archive.log import sequence_all, verify_log
from archive.reconcile import reconcile
from archive.signing import Purpose
from archive.stores.port import Bucket
from archive.verification import verify
from workers.originals import opened

LATER = timedelta(hours=2)
"""Past the end of every intent."""


def assert_whole(house: House, kept: Mapping[str, bytes]) -> None:
    """`kept` are the documents that were acknowledged, by id, with what their originals hold; there are no others."""
    assert_nothing_left(house)
    with house.database.reading() as session:
        standing = set(session.scalars(select(Document.id)))
        jobs = Counter(session.scalars(select(Job.subject).where(Job.kind == "read_document")))
        originals = {
            row.document_id: row for row in session.scalars(select(File).where(File.role == FileRole.ORIGINAL.value))
        }
    assert kept.keys() == standing == originals.keys()
    assert acts(house, "document.received") == jobs == dict.fromkeys(standing, 1)
    for document_id, body in kept.items():
        with opened(house, originals[document_id]) as source:
            assert source.read() == body


def assert_nothing_left(house: House) -> None:
    """Two rounds of reconciliation, later and without a grace time; then rows, objects, keys and log agree."""
    for _ in range(2):
        reconcile(house, grace=timedelta(0), at=now() + LATER)
    with house.database.reading() as session:
        assert "open" not in set(session.scalars(select(Intent.state)))
        with_key = set(session.scalars(select(Document.id).where(Document.destroyed_at.is_(None))))
    assert [checked.finding for checked in verify(house, full=True) if checked.finding] == []
    assert [found for bucket in Bucket for found in house.verifier.unfinished(bucket)] == []
    assert [path for path in house.settings.scratch.rglob("*") if path.is_file()] == []
    assert house.vault.orphans(with_key, now() + LATER) == []
    with house.database.transaction() as session:
        sequence_all(session)
        assert verify_log(session, house.signing.installation(Purpose.CHECKPOINT), house.vault).problem == ""


def acts(house: House, action: str) -> Counter[str]:
    """How often the log has an act about each subject."""
    with house.database.reading() as session:
        return Counter(session.scalars(select(AuditEntry.subject).where(AuditEntry.action == action)))
