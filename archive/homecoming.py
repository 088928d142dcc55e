"""Objects brought to a primary that lacks them, after a restore: newest first, from whichever site has them whole.

A copy whose version is empty is not here yet: it is read from another site meanwhile (`archive.contents`). One job for
the installation, which works for two seconds and queues the next, as `archive.replication` does in the other direction.
"""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from archive.audit import SCHEDULER, Act, record
from archive.base import new_id, now
from archive.copying import Pace, Source, digest_of
from archive.documents import NOT_HERE, Copy, Document, File
from archive.errors import Damaged
from archive.house import House
from archive.jobs import OPEN, Claim, Job, Kind, enqueue, finish, still_mine
from archive.owed import ONLY_HERE
from archive.reconcile import note_ripe_orphan
from archive.replication import TURN
from archive.sites import PRIMARY, standing
from archive.stores.port import Bucket, NoSuchObject, ObjectStore, StoreRefused, Version

SUBJECT: Final = "primary"
TOGETHER: Final = 16


@dataclass(frozen=True, slots=True)
class Lacking:
    """One object that is not here, and the sites that say they have it: site and version."""

    file: File
    size: int
    sha256: str
    elsewhere: Sequence[tuple[str, str]]


def ask_to_fetch(session: Session) -> None:
    """Queue the fetching, unless it is queued."""
    waiting = select(Job.id).where(Job.kind == Kind.FETCH_OBJECTS.value, Job.state.in_(OPEN))
    if session.scalar(waiting.limit(1)) is None:
        enqueue(session, Kind.FETCH_OBJECTS, SUBJECT, key=f"fetch:{new_id()}")


def fetch_turn(house: House, held: Claim) -> int:
    """One turn of fetching; how many objects came. The job is ended, and a next one queued while any can come.

    Away when the store here or the site that has the objects is: the job waits, nothing is lost.
    """
    pace, came, ends = Pace(house.settings.replication_mib * 1024 * 1024), 0, time.monotonic() + TURN
    while time.monotonic() < ends and (lacking := _take(house, held)):
        came += _settle(house, held, [(one, _fetched(house, one, pace)) for one in lacking])
    evidence = 0 if came else _fetch_evidence(house)
    with house.database.transaction() as session:
        finish(session, held)
        if came or evidence:
            ask_to_fetch(session)
        else:
            record(session, SCHEDULER, Act.OBJECTS_FETCHED, SUBJECT, detail={"lacking": lacking_here(session)})
    return came + evidence


def lacking_here(session: Session) -> int:
    """How many objects of living documents are not here."""
    return session.scalar(select(func.count()).select_from(_lacking().subquery())) or 0


def nowhere(session: Session) -> list[str]:
    """Documents of which an original is at no site that stands: their papers are scanned again."""
    lost = _lacking().where(File.bucket == Bucket.RECORDS.value, ~_elsewhere(session)).subquery()
    return sorted(set(session.scalars(select(lost.c.document_id))))


def _lacking() -> Select[str, str]:
    """Files of living documents that are not here, and whose they are."""
    here = (Copy.site == PRIMARY) & (Copy.version == NOT_HERE)
    return (
        select(File.id, File.document_id)
        .join(Copy, Copy.file_id == File.id)
        .join(Document, Document.id == File.document_id)
        .where(here, File.role.not_in(ONLY_HERE), Document.destroyed_at.is_(None), ~Document.destroying)
    )


def _elsewhere(session: Session) -> ColumnElement[bool]:
    other = aliased(Copy)
    names = [site.name for site in standing(session)]
    return exists().where(other.file_id == File.id, other.site.in_(names), other.version != NOT_HERE)


def _take(house: House, held: Claim) -> list[Lacking]:
    """The newest that another site has; what was tried in vain bears the time of that and is left to `verify`."""
    with house.database.transaction() as session:
        still_mine(session, held)
        wanted = _lacking().where(Copy.verified_at.is_(None), _elsewhere(session))
        names = session.execute(wanted.order_by(File.created_at.desc()).limit(TOGETHER)).all()
        files = session.scalars(select(File).where(File.id.in_([name for name, _ in names]))).all()
        sites = {site.name for site in standing(session)}
        return [_described(file, sites) for file in files]


def _described(file: File, sites: set[str]) -> Lacking:
    here = next(copy for copy in file.copies if copy.site == PRIMARY)
    there = [(copy.site, copy.version) for copy in file.copies if copy.site in sites and copy.version != NOT_HERE]
    return Lacking(file, here.sealed_size, here.sealed_sha256, there)


def _fetched(house: House, lacking: Lacking, pace: Pace) -> str:
    """The version here, put and read back, or found here already; empty when no site has the registered bytes."""
    bucket, key = Bucket(lacking.file.bucket), lacking.file.key
    found = house.verifier.stat(bucket, key)
    if found and found.size == lacking.size and digest_of(house.verifier, bucket, key, found.version) == lacking.sha256:
        return found.version
    for site, version in lacking.elsewhere:
        try:
            return _brought(house, house.verifier_at(site), lacking, version, pace)
        except (Damaged, NoSuchObject, StoreRefused):
            continue
    return NOT_HERE


def _brought(house: House, there: ObjectStore, lacking: Lacking, version: str, pace: Pace) -> str:
    bucket, key = Bucket(lacking.file.bucket), lacking.file.key
    until = there.retained_until(bucket, key, version)
    body = cast("BinaryIO", Source(there.get(bucket, key, version=version), pace))
    stored = house.site.put(bucket, key, body, length=lacking.size, sha256=lacking.sha256)
    if until:
        house.site.retain(bucket, key, stored.version, until)
    if digest_of(house.verifier, bucket, key, stored.version) != lacking.sha256:
        raise Damaged(f"{key} reads differently here from what was put")
    return stored.version


def _settle(house: House, held: Claim, brought: Sequence[tuple[Lacking, str]]) -> int:
    """Name what came, if its document still lives; else it is an orphan."""
    came = 0
    with house.database.transaction() as session:
        still_mine(session, held)
        for lacking, version in brought:
            file = lacking.file
            document = session.get(Document, file.document_id, with_for_update={"read": True, "of": Document})
            copy = session.get(Copy, (file.id, PRIMARY))
            if document is None or document.destroying or document.destroyed_at or copy is None:
                note_ripe_orphan(session, Bucket(file.bucket), file.key)
                continue
            copy.version, copy.verified_at, copy.held = version, now(), False
            came += version != NOT_HERE
    return came


def _fetch_evidence(house: House) -> int:
    """Certificates, checkpoints and reports that a site has and this store has not, under their lock; how many."""
    here = {found.key for found in house.verifier.keys(Bucket.EVIDENCE)}
    with house.database.reading() as session:
        sites = [site.name for site in standing(session)]
    came = 0
    for site in sites:
        there = house.verifier_at(site)
        for found in there.keys(Bucket.EVIDENCE):
            if found.key not in here:
                _bring_evidence(house, there, found)
                here.add(found.key)
                came += 1
    return came


def _bring_evidence(house: House, there: ObjectStore, found: Version) -> None:
    body = b"".join(there.get(Bucket.EVIDENCE, found.key, version=found.version))
    digest = hashlib.sha256(body).hexdigest()
    stored = house.site.put(Bucket.EVIDENCE, found.key, io.BytesIO(body), length=len(body), sha256=digest)
    if until := there.retained_until(Bucket.EVIDENCE, found.key, found.version):
        house.site.retain(Bucket.EVIDENCE, found.key, stored.version, until)
