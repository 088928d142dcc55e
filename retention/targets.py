"""What has to go when a document goes: every place where something of it stands, how it is erased, how that is checked.

Source: records-rules R24 and §8 (purge recipe). A target is erased by one pair of hands and verified by another: the
store by the credential that only reads, rows by a session of their own, the key by a read-only connection. Each step
may be repeated.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from archive.arrangements import Arrangement
from archive.audit import AuditDetail, AuditEntry, erase_details
from archive.base import now
from archive.clues import DocumentClue
from archive.documents import Copy, Document, Field, File, FileRole, Page
from archive.errors import Away, Conflict
from archive.grants import Grant
from archive.house import House
from archive.intake import Idempotency, Intent
from archive.jobs import OPEN, Claim, Job, JobState, LostLease, heartbeat
from archive.jobs import Kind as JobKind
from archive.owed import Owed
from archive.reconcile import Orphan
from archive.rescans import Accepted
from archive.review_leases import ReviewLease
from archive.sites import PRIMARY, site_names
from archive.stores.port import Bucket, StoreRefused
from archive.type_models import TypeLesson, forget_taught_by
from retention.disposal import DestructionTarget
from retention.hold_queries import HoldLook
from retention.objects import (
    SiteAway,
    check_versions,
    erase_leftovers,
    erase_object,
    leftovers_absent,
    prefix_of,
    split,
)

ERASING: Final = (JobKind.WITHDRAW_DOCUMENT.value, JobKind.REPLAY_DESTRUCTION.value)
"""Jobs about a document that do the erasing themselves, and end after it."""


class Purger(Protocol):
    """The search index, as far as destruction needs it."""

    def purge(self, *document_ids: str) -> None:
        """Take documents out for good. Says nothing about success: ask `absent`."""

    def absent(self, document_id: str) -> bool:
        """Nothing of the document is left in the index."""


class Kind(StrEnum):
    """The kinds of target, in the order in which they are erased: the key last."""

    INDEX = "index"
    RENDITION = "rendition"
    ORIGINAL = "original"
    LEFTOVER = "leftover"
    ROWS = "rows"
    LOG = "log"
    JOBS = "jobs"
    GRANTS = "grants"
    REQUESTS = "requests"
    SCRATCH = "scratch"
    KEY = "key"


OBJECTS: Final = (Kind.RENDITION, Kind.ORIGINAL, Kind.LEFTOVER)
RECORDED: Final = (Kind.ROWS, Kind.LOG, Kind.JOBS, Kind.GRANTS, Kind.REQUESTS)
LAST: Final = (Kind.SCRATCH, Kind.KEY)

METHODS: Final[Mapping[Kind, str]] = {
    Kind.INDEX: "purge-and-merge", Kind.RENDITION: "purge-versions", Kind.ORIGINAL: "purge-versions",
    Kind.LEFTOVER: "purge-versions", Kind.ROWS: "delete-rows", Kind.LOG: "erase-details", Kind.JOBS: "clear-arguments",
    Kind.GRANTS: "delete-rows", Kind.REQUESTS: "delete-rows", Kind.SCRATCH: "unlink", Kind.KEY: "crypto-erase",
}  # fmt: skip

OF_ONE_DOCUMENT: Final = (
    Page,
    Field,
    Grant,
    Idempotency,
    Intent,
    Accepted,
    Arrangement,
    ReviewLease,
    TypeLesson,
    HoldLook,
    DocumentClue,
)
"""Rows about a document that go with it. `file` keeps the original's measures, `origin` where it was cut."""


@dataclass(frozen=True)
class Hands:
    """What the destroying worker works with: parts of the installation, the index, and the job's lease.

    `away`: sites beside the primary that did not answer in this run, and are not asked for every object again.
    """

    house: House
    purger: Purger
    claim: Claim
    away: set[str] = field(default_factory=set)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A transaction that nobody else's run can interfere with: LostLease when the job was taken over."""
        with self.house.database.transaction() as session:
            if not heartbeat(session, self.claim):
                raise LostLease(f"job {self.claim.job_id} was taken over")
            yield session


def plan(session: Session, document: Document) -> list[tuple[Kind, str, str, str]]:
    """Every target of a document at every site, as (kind, site, target, version), in order, the primary first.

    A copy that another site is still owed is a target, too: it may have been put and not been named yet.
    """
    found = [(Kind.INDEX, "search", f"entries of {document.id}", "")]
    for site in site_names(session):
        rows = session.execute(
            select(File, Copy.version)
            .join(Copy, (Copy.file_id == File.id) & (Copy.site == site), isouter=True)
            .where(File.document_id == document.id)
            .order_by(File.role, File.page, File.id)
        ).all()
        found += [(_kind(file), site, f"{file.bucket}/{file.key}", version or "") for file, version in rows]
        found.append((Kind.LEFTOVER, site, f"{Bucket.RENDITIONS}/{prefix_of(document.id)}", ""))
    places = {
        Kind.ROWS: "text, words, fields, title, file name", Kind.LOG: "details beside the log",
        Kind.JOBS: "arguments and errors of jobs", Kind.GRANTS: "grants",
        Kind.REQUESTS: "requests, intents, orphans", Kind.SCRATCH: "temporary files",
    }  # fmt: skip
    found += [(kind, "installation", place, "") for kind, place in places.items()]
    found.append((Kind.KEY, "vault", f"key of {document.id}", ""))
    return sorted(found, key=lambda target: list(Kind).index(target[0]))


def need_no_target_at(session: Session, site: str) -> None:
    """Conflict while the ledger has a target at the site that is not verified absent."""
    left = select(DestructionTarget.batch_id).where(
        DestructionTarget.site == site, DestructionTarget.verified_at.is_(None)
    )
    if (batch_id := session.scalar(left.limit(1))) is not None:
        raise Conflict(f"Destruction batch {batch_id} has not ended at {site}.", code="site_condemned")


def _kind(file: File) -> Kind:
    return Kind.ORIGINAL if file.bucket == Bucket.RECORDS else Kind.RENDITION


def erase(hands: Hands, target: DestructionTarget) -> None:
    """Erase one target that is not a row. StillLocked, UnknownVersion, SiteAway, and what the part below raises."""
    with _working(hands, target):
        ERASERS[Kind(target.kind)](hands, target)


def verify(hands: Hands, target: DestructionTarget) -> bool:
    """Whether nothing of the target is left, as the other pair of hands sees it. SiteAway."""
    with _working(hands, target):
        return VERIFIERS[Kind(target.kind)](hands, target)


def is_elsewhere(target: DestructionTarget) -> bool:
    """Whether the target stands at a site beside the primary: nothing else has to wait for it."""
    return target.kind in OBJECTS and target.site != PRIMARY


@contextmanager
def _working(hands: Hands, target: DestructionTarget) -> Iterator[None]:
    """A site that once did not work is away for the rest of the run: thousands of targets may stand there."""
    if not is_elsewhere(target):
        yield
        return
    if target.site in hands.away:
        raise SiteAway(f"the site {target.site} is away")
    try:
        yield
    except (Away, StoreRefused, OSError) as error:
        hands.away.add(target.site)
        raise SiteAway(f"the site {target.site} is away: {error}") from error


def verifier_of(hands: Hands, kind: Kind) -> str:
    """Who looked: for the certificate."""
    return f"store:{hands.house.verifier.credential}" if kind in OBJECTS else f"read-only:{kind}"


# Objects


def check_stores(hands: Hands, targets: Collection[tuple[Kind, str, str, str]]) -> None:
    """Before the point of no return: StillLocked when a store keeps a version, UnknownVersion for an unnamed one.

    A site that is away is not asked: it keeps its own copy only, until it is back.
    """
    for kind, site, target, version in targets:
        if kind in {Kind.RENDITION, Kind.ORIGINAL} and site not in hands.away:
            bucket, key = split(target)
            try:
                check_versions(hands.house.verifier_at(site), bucket, key, version)
            except (Away, StoreRefused):
                if site == PRIMARY:
                    raise
                hands.away.add(site)


def _erase_object(hands: Hands, target: DestructionTarget) -> None:
    bucket, key = split(target.target)
    erase_object(hands.house, target.site, bucket, key, target.version)


def _object_absent(hands: Hands, target: DestructionTarget) -> bool:
    bucket, key = split(target.target)
    return hands.house.verifier_at(target.site).absent(bucket, key)


def _erase_leftovers(hands: Hands, target: DestructionTarget) -> None:
    erase_leftovers(hands.house, target.site, target.document_id)


def _leftovers_absent(hands: Hands, target: DestructionTarget) -> bool:
    return leftovers_absent(hands.house, target.site, target.document_id)


# Rows: erased together in the caller's transaction, verified by a session that only reads


def erase_rows(session: Session, document: Document) -> None:
    """Everything of the document in the rows but its stub: code, class, dates, counts, sizes, digests (R30)."""
    mine = select(File.id).where(File.document_id == document.id)
    session.execute(delete(Copy).where(Copy.file_id.in_(mine)))
    session.execute(delete(File).where(File.document_id == document.id, File.role != FileRole.ORIGINAL.value))
    forget_taught_by(session, document.id)
    for row in OF_ONE_DOCUMENT:
        session.execute(delete(row).where(row.document_id == document.id))
    session.execute(delete(Owed).where(Owed.document_id == document.id))
    session.execute(delete(Orphan).where(Orphan.key.startswith(prefix_of(document.id), autoescape=True)))
    document.title = document.file_name = document.because = document.password = None
    document.customer_id = document.error = None
    document.review, document.restricted = [], False
    erase_details(session, document.id)
    _clear_jobs(session, document.id)
    session.flush()


def leave_stub(document: Document) -> datetime:
    """Every target of it is verified absent: what is left is the stub. The moment."""
    at = now()
    document.destroying, document.destroyed_at, document.version = False, at, document.version + 1
    return at


def _clear_jobs(session: Session, document_id: str) -> None:
    """What was queued is cancelled, its fence raised, so that no worker keeps a result; a withdrawal is its own job."""
    others = (Job.subject == document_id) & (Job.kind.not_in(ERASING))
    session.execute(
        update(Job)
        .where(others, Job.state.in_(OPEN))
        .values(state=JobState.CANCELLED.value, fence=Job.fence + 1, lease_until=None)
    )
    session.execute(update(Job).where(others).values(args={}, error=None))


def _none(hands: Hands, *rows: object) -> bool:
    with hands.house.database.reading() as session:
        return not any(session.scalar(select(row)) for row in rows)  # type: ignore[call-overload]


def _rows_absent(hands: Hands, target: DestructionTarget) -> bool:
    document_id = target.document_id
    sealed = (Document.title, Document.file_name, Document.because, Document.password)
    kept = (Document.id == document_id) & or_(*(column.is_not(None) for column in sealed))
    copies = exists().where(Copy.file_id == File.id, File.document_id == document_id)
    owed = exists().where(Owed.document_id == document_id)
    rows = [exists().where(row.document_id == document_id) for row in OF_ONE_DOCUMENT]
    return _none(hands, copies, owed, *rows, exists().where(kept))


def _details_absent(hands: Hands, target: DestructionTarget) -> bool:
    """Entries of the destruction itself come later; they hold the certificate's number and nothing of the paper."""
    about = (AuditDetail.document_id == target.document_id) | (AuditEntry.subject == target.document_id)
    left = exists().where(AuditDetail.entry_id == AuditEntry.id, about, AuditDetail.salt.is_not(None))
    return _none(hands, left)


def _jobs_absent(hands: Hands, target: DestructionTarget) -> bool:
    with hands.house.database.reading() as session:
        others = (Job.subject == target.document_id) & (Job.kind.not_in(ERASING))
        jobs = session.execute(select(Job.args, Job.error, Job.state).where(others)).all()
    return all(not args and error is None and state not in OPEN for args, error, state in jobs)


def _grants_absent(hands: Hands, target: DestructionTarget) -> bool:
    return _none(hands, exists().where(Grant.document_id == target.document_id))


def _requests_absent(hands: Hands, target: DestructionTarget) -> bool:
    document_id = target.document_id
    return _none(
        hands,
        exists().where(Idempotency.document_id == document_id),
        exists().where(Intent.document_id == document_id),
        exists().where(func.substr(Orphan.key, 1, len(prefix_of(document_id))) == prefix_of(document_id)),
    )


# The rest


def _erase_entries(hands: Hands, target: DestructionTarget) -> None:
    hands.purger.purge(target.document_id)


def _entries_absent(hands: Hands, target: DestructionTarget) -> bool:
    return hands.purger.absent(target.document_id)


def _scratch(hands: Hands, target: DestructionTarget) -> list[Path]:
    folder = hands.house.settings.scratch
    return list(folder.rglob(f"*{target.document_id}*")) if folder.is_dir() else []


def _erase_scratch(hands: Hands, target: DestructionTarget) -> None:
    for path in _scratch(hands, target):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _scratch_absent(hands: Hands, target: DestructionTarget) -> bool:
    return not _scratch(hands, target)


def _erase_key(hands: Hands, target: DestructionTarget) -> None:
    with hands.house.database.reading() as session:
        document = session.get_one(Document, target.document_id)
        number = f"withdrawn {document.id}" if document.withdrawn else document.certificate_no
    if number is None:
        raise ValueError(f"document {target.document_id} is not condemned")
    hands.house.witness.destroyed(target.document_id, number)
    hands.house.vault.destroy(target.document_id, number)


def _key_absent(hands: Hands, target: DestructionTarget) -> bool:
    return hands.house.vault.absent(target.document_id)


ERASERS: Final[Mapping[Kind, Callable[[Hands, DestructionTarget], None]]] = {
    Kind.INDEX: _erase_entries,
    Kind.RENDITION: _erase_object,
    Kind.ORIGINAL: _erase_object,
    Kind.LEFTOVER: _erase_leftovers,
    Kind.SCRATCH: _erase_scratch,
    Kind.KEY: _erase_key,
}

VERIFIERS: Final[Mapping[Kind, Callable[[Hands, DestructionTarget], bool]]] = {
    Kind.INDEX: _entries_absent,
    Kind.RENDITION: _object_absent,
    Kind.ORIGINAL: _object_absent,
    Kind.LEFTOVER: _leftovers_absent,
    Kind.ROWS: _rows_absent,
    Kind.LOG: _details_absent,
    Kind.JOBS: _jobs_absent,
    Kind.GRANTS: _grants_absent,
    Kind.REQUESTS: _requests_absent,
    Kind.SCRATCH: _scratch_absent,
    Kind.KEY: _key_absent,
}
