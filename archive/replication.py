"""Copying sealed bytes to another site as they are: streamed, read back there by other hands, and only then named.

    take     a few debts, newest first, under their documents' locks: nothing that is being destroyed   (commit)
    copy     unless the site has the very bytes already; lock and verify                                 (no rows)
    name     a `copy` row in the place of the debt, if the document still lives                          (commit)

A crash leaves a debt and perhaps a version at the site, which the next run finds and takes for the copy. What a worker
put that woke up after its document was destroyed is no copy: it becomes an orphan that is cleared at once.
A site that is away is tried again after 5 s, 10 s, 20 s … 10 min; the debts stay.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import BinaryIO, Final, cast

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from archive.base import now
from archive.documents import Copy, Document, File
from archive.errors import Away, Damaged, Fault, Refusal
from archive.house import House
from archive.jobs import Claim, LostLease, clock, finish, still_mine
from archive.owed import Owed, ask_to_replicate, is_free, waits
from archive.reconcile import note_ripe_orphan
from archive.sites import PRIMARY, REASON_MAX, Site, SiteState
from archive.stores.port import Bucket, NoSuchObject, ObjectStore

TURN: Final = 2.0
"""Seconds after which a job makes room for more urgent ones; the next goes on."""
TOGETHER: Final = 16
CHUNK: Final = 1 << 20
SHORTEST: Final = timedelta(seconds=5)
LONGEST: Final = timedelta(minutes=10)
PATIENCE: Final = timedelta(hours=6)
"""The longest wait of one object that could not be copied though its site works."""


@dataclass(frozen=True, slots=True)
class Task:
    """One debt as it was taken: what to read at the primary, and what it has to be. Evidence names no digest."""

    bucket: Bucket
    key: str
    document_id: str | None
    file_id: str | None
    version: str | None
    size: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Put:
    """One object that stands at the site, verified."""

    task: Task
    version: str
    size: int
    sha256: str


class SiteAway(Away):
    """The other site did not work; nothing can be said about the objects."""


@dataclass
class Pace:
    """Keeps the bytes of a worker below a rate; 0 is no limit."""

    bytes_per_second: float
    _began: float = field(default_factory=time.monotonic)
    _spent: int = 0

    def spend(self, count: int) -> None:
        """Wait until so many bytes more are due."""
        if self.bytes_per_second <= 0:
            return
        self._spent += count
        ahead = self._spent / self.bytes_per_second - (time.monotonic() - self._began)
        if ahead > 0:
            time.sleep(ahead)


class Source:
    """The bytes of an object at the primary as a file to read, paced and hashed; remembers what went wrong there."""

    def __init__(self, chunks: Iterator[bytes], pace: Pace) -> None:
        self._chunks, self._pace, self._left = chunks, pace, b""
        self.digest = hashlib.sha256()
        self.fault: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, fewer at the end of a chunk; all for a negative size."""
        if size < 0:
            return b"".join(iter(lambda: self.read(CHUNK), b""))
        if size and not self._left:
            self._left = self._next()
        data, self._left = self._left[:size], self._left[size:]
        return data

    def _next(self) -> bytes:
        try:
            data = next(self._chunks, b"")
        except Exception as error:
            self.fault = error
            raise
        self.digest.update(data)
        self._pace.spend(len(data))
        return data

    def whole(self) -> str:
        """The digest of all of it, read to its end. Raises again what went wrong at the primary."""
        if self.fault:
            raise self.fault
        while self.read(CHUNK):
            pass
        return self.digest.hexdigest()


def lacking_evidence(house: House, site: str) -> list[tuple[str, int]]:
    """Evidence that a site has not, or not as large as the primary: keys and bytes. It has no rows to compare.

    Away, StoreRefused when one of the two does not work.
    """
    there = {found.key: found.size for found in house.verifier_at(site).keys(Bucket.EVIDENCE)}
    return [(here.key, here.size) for here in house.verifier.keys(Bucket.EVIDENCE) if there.get(here.key) != here.size]


def replicate(house: House, held: Claim) -> int:
    """One turn of copying to the site that the job names; how many objects. The job is ended, and a next one queued."""
    site, pace = held.subject, Pace(house.settings.replication_mib * 1024 * 1024)
    copied, ends = 0, time.monotonic() + TURN
    while time.monotonic() < ends and (tasks := _take(house, held)):
        try:
            copied += _copy_all(house, held, tasks, pace)
        except SiteAway as away:
            _end(house, held, away)
            return copied
    if copied:
        with house.database.transaction() as session:
            _works(session.get_one(Site, site, with_for_update=True))
    _end(house, held, None)
    return copied


def _take(house: House, held: Claim) -> list[Task]:
    with house.database.transaction() as session:
        still_mine(session, held)
        site = session.get(Site, held.subject)
        if site is None or site.state != SiteState.ACTIVE or (site.next_at and site.next_at > clock(session)):
            return []
        free = select(Owed).where(Owed.site == site.name, is_free(session, held.job_id))
        rows = session.scalars(
            free.order_by(Owed.named_at.desc()).limit(TOGETHER).with_for_update(skip_locked=True, of=Owed)
        ).all()
        alive = _living(session, [row.document_id for row in rows if row.document_id])
        return [task for row in rows if (task := _taken(session, row, held.job_id, alive))]


def _living(session: Session, document_ids: Sequence[str]) -> set[str]:
    """Documents that nobody condemned, and cannot until this commit: their rows are locked against that."""
    asked = select(Document.id).where(
        Document.id.in_(set(document_ids)), Document.destroyed_at.is_(None), ~Document.destroying
    )
    return set(session.scalars(asked.with_for_update(read=True, of=Document)))


def _taken(session: Session, row: Owed, job_id: str, alive: set[str]) -> Task | None:
    bucket = Bucket(row.bucket)
    if row.document_id is None:
        row.job_id = job_id
        return Task(bucket, row.key, None, None, None, row.size, None)
    here = session.get(Copy, (row.file_id, PRIMARY)) if row.document_id in alive else None
    if here is None:  # the file was superseded, or its document is going: nothing is owed any more
        session.delete(row)
        return None
    row.job_id = job_id
    return Task(bucket, row.key, row.document_id, row.file_id, here.version, here.sealed_size, here.sealed_sha256)


def _copy_all(house: House, held: Claim, tasks: Sequence[Task], pace: Pace) -> int:
    """Copy these, name what was copied, give the rest back. SiteAway after that, when the site does not work."""
    put: list[Put] = []
    failed: list[tuple[Task, str]] = []
    away: SiteAway | None = None
    for task in tasks:
        try:
            put.append(copy(house, held.subject, task, pace))
        except SiteAway as error:
            failed.append((task, str(error)))
            away = error
            break
        except (Damaged, NoSuchObject) as error:
            failed.append((task, f"{type(error).__name__}: {error}"))
    _settle(house, held, tasks, put, failed)
    if away:
        raise away
    return len(put)


def copy(house: House, site: str, task: Task, pace: Pace) -> Put:
    """Bring one object to a site and verify it there, or find it there already.

    Away when the primary is; SiteAway when the site is; Damaged, NoSuchObject when the primary's bytes are not the
    registered ones, or those that arrived.
    """
    if task.sha256 is None:
        return _copy_evidence(house, site, task, pace)
    with _of_site(site):
        verifier = house.verifier_at(site)
        there = verifier.stat(task.bucket, task.key)
        if (
            there
            and there.size == task.size
            and digest_of(verifier, task.bucket, task.key, there.version) == task.sha256
        ):
            return Put(task, there.version, task.size, task.sha256)
    source = Source(house.site.get(task.bucket, task.key, version=task.version), pace)
    return _put(house, site, task, source, task.sha256)


def _copy_evidence(house: House, site: str, task: Task, pace: Pace) -> Put:
    """The newest version of a piece of evidence; its digest is taken while it is brought over."""
    here = house.site.stat(task.bucket, task.key)
    if here is None:
        raise NoSuchObject(f"{task.key} is not at the primary")
    source = Source(house.site.get(task.bucket, task.key, version=here.version), pace)
    body = source.read()
    sha256 = hashlib.sha256(body).hexdigest()
    known = Task(task.bucket, task.key, None, None, here.version, len(body), sha256)
    put = copy(house, site, known, pace)
    return Put(task, put.version, put.size, put.sha256)


def _put(house: House, site: str, task: Task, source: Source, sha256: str) -> Put:
    until = house.site.retained_until(task.bucket, task.key, task.version or "")
    try:
        with _of_site(site):
            writer = house.writer_at(site)
            stored = writer.put(task.bucket, task.key, cast("BinaryIO", source), length=task.size, sha256=sha256)
            if until:
                writer.retain(task.bucket, task.key, stored.version, until)
            arrived = digest_of(house.verifier_at(site), task.bucket, task.key, stored.version)
    except SiteAway as error:
        if source.whole() != sha256:
            raise Damaged(f"{task.key} at the primary is not what was stored") from error
        raise
    if arrived != sha256:
        raise Damaged(f"{task.key} reads differently at {site} from what was put")
    return Put(task, stored.version, task.size, sha256)


def digest_of(store: ObjectStore, bucket: Bucket, key: str, version: str) -> str:
    """SHA-256 of a stored version, read to its end."""
    digest = hashlib.sha256()
    for chunk in store.get(bucket, key, version=version):
        digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def _of_site(site: str) -> Iterator[None]:
    """Whatever goes wrong in here is the other site's: its server, its disk, its credential."""
    try:
        yield
    except (Fault, Refusal, OSError) as error:
        raise SiteAway(f"{site}: {type(error).__name__}: {error}") from error


# Rows


def _settle(
    house: House, held: Claim, tasks: Sequence[Task], put: Sequence[Put], failed: Sequence[tuple[Task, str]]
) -> None:
    try:
        with house.database.transaction() as session:
            still_mine(session, held)
            alive = _living(session, [one.task.document_id for one in put if one.task.document_id])
            for one in put:
                _name(session, held.subject, one, alive)
            for task in tasks:
                if owed := session.get(Owed, (held.subject, task.bucket.value, task.key)):
                    owed.job_id = None
            for task, why in failed:
                _wait(session, held.subject, task, why)
    except LostLease:
        _astray(house, put)
        raise


def _name(session: Session, site: str, put: Put, alive: set[str]) -> None:
    """The copy's row in the place of the debt; what its document no longer wants is an orphan, cleared at once."""
    task = put.task
    session.execute(delete(Owed).where(Owed.site == site, Owed.bucket == task.bucket.value, Owed.key == task.key))
    if task.file_id is None:
        return
    if task.document_id not in alive or session.get(File, task.file_id) is None:
        note_ripe_orphan(session, task.bucket, task.key)
        return
    copy = session.get(Copy, (task.file_id, site))
    if copy is None:
        copy = Copy(file_id=task.file_id, site=site, held=False)
        session.add(copy)
    copy.version, copy.sealed_size, copy.sealed_sha256, copy.verified_at = put.version, put.size, put.sha256, now()


def _astray(house: House, put: Sequence[Put]) -> None:
    """This worker was held to be dead: what it put of a document that is gone by now goes again."""
    with house.database.transaction() as session:
        alive = _living(session, [one.task.document_id for one in put if one.task.document_id])
        for one in put:
            if one.task.document_id and one.task.document_id not in alive:
                note_ripe_orphan(session, one.task.bucket, one.task.key)


def _wait(session: Session, site: str, task: Task, why: str) -> None:
    owed = session.get(Owed, (site, task.bucket.value, task.key))
    if owed is not None:
        owed.attempts, owed.error = owed.attempts + 1, why[:REASON_MAX]
        owed.not_before = now() + min(SHORTEST * 2 ** min(owed.attempts, 20), PATIENCE)


def _end(house: House, held: Claim, away: SiteAway | None) -> None:
    """End the job; a next one is queued while anything is owed that could be copied, for when the site may be back."""
    with house.database.transaction() as session:
        site = session.get(Site, held.subject, with_for_update=True)
        finish(session, held)
        if site is None or site.state != SiteState.ACTIVE:
            return
        if away:
            _is_away(site, str(away))
        if site.next_at or waits(session, site.name):
            ask_to_replicate(session, site.name, at=site.next_at)


def _is_away(site: Site, why: str) -> None:
    at = now()
    site.failures, site.error = site.failures + 1, why[:REASON_MAX]
    site.failing_since = site.failing_since or at
    site.next_at = at + min(SHORTEST * 2 ** min(site.failures - 1, 20), LONGEST)


def _works(site: Site) -> None:
    site.failures, site.failing_since, site.next_at, site.error = 0, None, None, None
