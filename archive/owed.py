"""What each site is still owed: a row for every object that it lacks, made in the transaction that names the object.

A row goes when the copy is verified and named by a `copy` row, in one commit. What is older than a site, and what a
crash or a mended row left out, comes in by set difference (`owe_missing`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from archive.base import Row, new_id, now
from archive.documents import Copy, Document, File, FileRole
from archive.jobs import OPEN, Job, JobState, Kind, clock, enqueue
from archive.sites import PRIMARY, Site, SiteState
from archive.stores.port import Bucket

ONLY_HERE: Final = (FileRole.PICTURE.value, FileRole.PICTURE_MASKED.value)
"""Pictures stand for moments, until the searchable PDF is put together; no site gets them."""


class Owed(Row):
    """One object that a site lacks. `job_id` copies it now, or did when it died. Evidence has no document."""

    __tablename__ = "owed_copy"
    __table_args__ = (Index("ix_owed_copy_site_named_at", "site", "named_at"),)

    site: Mapped[str] = mapped_column(String(32), ForeignKey("site.name"), primary_key=True)
    bucket: Mapped[str] = mapped_column(String(12), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    document_id: Mapped[str | None] = mapped_column(String(36), index=True)
    file_id: Mapped[str | None] = mapped_column(String(36))
    size: Mapped[int] = mapped_column(BigInteger)
    named_at: Mapped[datetime]
    not_before: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    job_id: Mapped[str | None] = mapped_column(String(36))
    error: Mapped[str | None] = mapped_column(String(500))


def name_files(session: Session, files: Iterable[File]) -> None:
    """Give stored objects their rows, and every site its debt, in one transaction."""
    named = list(files)
    session.add_all(named)
    for site in _copied_to(session):
        session.add_all(_owed(site, file) for file in named if file.role not in ONLY_HERE)
        ask_to_replicate(session, site)


def _owed(site: str, file: File) -> Owed:
    size = next((copy.sealed_size for copy in file.copies if copy.site == PRIMARY), file.size)
    return Owed(
        site=site, bucket=file.bucket, key=file.key, document_id=file.document_id, file_id=file.id, size=size,
        named_at=file.created_at, not_before=file.created_at, attempts=0,
    )  # fmt: skip


def owe_evidence(session: Session, key: str, size: int, only: str = "") -> None:
    """Every site, or `only` one, gets the newest version of this key of the evidence bucket."""
    at = now()
    for site in [only] if only else _copied_to(session):
        known = session.get(Owed, (site, Bucket.EVIDENCE.value, key))
        if known is None:
            owed = Owed(site=site, bucket=Bucket.EVIDENCE.value, key=key, size=size, named_at=at, not_before=at)
            session.add(owed)
        ask_to_replicate(session, site)


def _copied_to(session: Session) -> list[str]:
    """Sites that are owed what is named now: a paused one catches up when it is resumed."""
    return list(session.scalars(select(Site.name).where(Site.state != SiteState.REMOVED.value).order_by(Site.name)))


def owe_missing(session: Session, site: str) -> int:
    """Owe a site every file of a living document of which it has no copy and is owed none; how many."""
    at, here = now(), aliased(Copy)
    key = literal("documents/") + File.document_id + literal("/") + File.id
    asked = (
        select(
            literal(site), File.bucket, key, File.document_id, File.id, here.sealed_size, File.created_at,
            literal(at, Owed.not_before.type), literal(0),
        )
        .join(Document, Document.id == File.document_id)
        .join(here, (here.file_id == File.id) & (here.site == PRIMARY))
        .where(File.role.not_in(ONLY_HERE), Document.destroyed_at.is_(None), ~Document.destroying)
        .where(~exists().where(Copy.file_id == File.id, Copy.site == site))
        .where(~exists().where(Owed.site == site, Owed.bucket == File.bucket, Owed.key == key))
    )  # fmt: skip
    names = ["site", "bucket", "key", "document_id", "file_id", "size", "named_at", "not_before", "attempts"]
    made = session.execute(insert(Owed).from_select(names, asked, include_defaults=False))
    return int(getattr(made, "rowcount", 0))


def owe_nothing(session: Session, site: str) -> None:
    """A site that was taken out gets nothing any more."""
    session.execute(delete(Owed).where(Owed.site == site))


def ask_to_replicate(session: Session, site: str, *, at: datetime | None = None) -> None:
    """Queue the copying to a site, unless it is queued: one job at a time for a site."""
    waiting = select(Job.id).where(Job.kind == Kind.REPLICATE.value, Job.subject == site, Job.state.in_(OPEN))
    if session.scalar(waiting.limit(1)) is None:
        enqueue(session, Kind.REPLICATE, site, key=f"replicate:{site}:{new_id()}", not_before=at)


def waits(session: Session, site: str) -> bool:
    """Whether anything could be copied to the site now."""
    return session.scalar(select(exists().where(Owed.site == site, is_free(session)))) is True


def is_free(session: Session, mine: str = "") -> ColumnElement[bool]:
    """Due, and at no job that still lives but `mine`: what an earlier run of that took, it died with."""
    at = clock(session)
    return (Owed.not_before <= at) & or_(Owed.job_id.is_(None), Owed.job_id == mine, ~_lives(at))


def _lives(at: datetime) -> ColumnElement[bool]:
    return exists().where(Job.id == Owed.job_id, Job.state == JobState.RUNNING.value, Job.lease_until > at)


def being_copied(session: Session, *document_ids: str) -> set[str]:
    """Those of which a worker is about to put something at another site: nothing is absent until it ends."""
    asked = select(Owed.document_id).where(Owed.document_id.in_(document_ids), Owed.job_id.is_not(None))
    return {name for name in session.scalars(asked.where(_lives(clock(session)))) if name}


def count_owed(session: Session, site: str) -> int:
    """How many objects a site lacks."""
    return session.scalar(select(func.count()).select_from(Owed).where(Owed.site == site)) or 0
