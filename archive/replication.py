"""Copying sealed bytes to another site as they are: streamed, read back there by other hands, and only then named.

    take     debts, newest first, under their documents' locks: nothing that is being destroyed          (commit)
    copy     unless the site has the very bytes already; lock and verify; several at once                (no rows)
    name     `copy` rows in the place of the debts, of those documents that still live                   (commit)

A crash leaves a debt and perhaps a version at the site, which the next run finds and takes for the copy. What a worker
put that woke up after its document was destroyed is no copy: it becomes an orphan that is cleared at once.
A site that is away is tried again after 5 s, 10 s, 20 s … 10 min; the debts stay.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.orm import Session

from archive.base import now
from archive.copying import Pace, Put, Sides, SiteAway, Task, copy_all
from archive.documents import Copy, Document, File
from archive.house import House
from archive.jobs import Claim, LostLease, clock, finish, still_mine
from archive.owed import Owed, ask_to_replicate, is_free, waits
from archive.reconcile import note_ripe_orphan
from archive.sites import PRIMARY, REASON_MAX, Site, SiteState
from archive.stores.port import Bucket

TURN: Final = 2.0
"""Seconds after which a job makes room for more urgent ones; the next goes on."""
TOGETHER: Final = 256
AT_ONCE: Final = 8
"""Objects taken, and named, in one commit; objects on their way at the same time."""
BYTES_TOGETHER: Final = 128 << 20
SHORTEST: Final = timedelta(seconds=5)
LONGEST: Final = timedelta(minutes=10)
PATIENCE: Final = timedelta(hours=6)
"""The longest wait of one object that could not be copied though its site works."""


def lacking_evidence(house: House, site: str) -> list[tuple[str, int]]:
    """Evidence that a site has not, or not as large as the primary: keys and bytes. It has no rows to compare.

    Away, StoreRefused when one of the two does not work.
    """
    there = {found.key: found.size for found in house.verifier_at(site).keys(Bucket.EVIDENCE)}
    return [(here.key, here.size) for here in house.verifier.keys(Bucket.EVIDENCE) if there.get(here.key) != here.size]


def replicate(house: House, held: Claim) -> int:
    """One turn of copying to the site that the job names; how many objects. The job is ended, and a next one queued."""
    copied, ends, away = 0, time.monotonic() + TURN, None
    with ThreadPoolExecutor(AT_ONCE, "copying") as hands:
        while away is None and time.monotonic() < ends and (tasks := _take(house, held)):
            put, away = _copy(house, held, tasks, hands)
            copied += put
    if copied and away is None:
        with house.database.transaction() as session:
            _works(session.get_one(Site, held.subject, with_for_update=True))
    _end(house, held, away)
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
        rows = list(_not_too_large(rows))
        alive = _living(session, [row.document_id for row in rows if row.document_id])
        here = _copies(session, PRIMARY, [row.file_id for row in rows if row.document_id in alive and row.file_id])
        return [task for row in rows if (task := _taken(session, row, held.job_id, here))]


def _not_too_large(rows: Sequence[Owed]) -> Iterator[Owed]:
    """As many as may be on their way in one commit; one at least."""
    total = 0
    for row in rows:
        if total and total + row.size > BYTES_TOGETHER:
            return
        total += row.size
        yield row


def _copies(session: Session, site: str, file_ids: Sequence[str]) -> dict[str, Copy]:
    """The files' copies at a site, by file."""
    asked = select(Copy).where(Copy.site == site, Copy.file_id.in_(file_ids))
    return {copy.file_id: copy for copy in session.scalars(asked)}


def _living(session: Session, document_ids: Sequence[str]) -> set[str]:
    """Documents that nobody condemned, and cannot until this commit: their rows are locked against that."""
    asked = select(Document.id).where(
        Document.id.in_(set(document_ids)), Document.destroyed_at.is_(None), ~Document.destroying
    )
    return set(session.scalars(asked.with_for_update(read=True, of=Document)))


def _taken(session: Session, row: Owed, job_id: str, copies: Mapping[str, Copy]) -> Task | None:
    bucket = Bucket(row.bucket)
    if row.document_id is None:
        row.job_id = job_id
        return Task(bucket, row.key, None, None, None, row.size, None)
    here = copies.get(row.file_id or "")
    if here is None:  # the file was superseded, or its document is going: nothing is owed any more
        session.delete(row)
        return None
    row.job_id = job_id
    return Task(bucket, row.key, row.document_id, row.file_id, here.version, here.sealed_size, here.sealed_sha256)


def _copy(house: House, held: Claim, tasks: Sequence[Task], hands: Executor) -> tuple[int, SiteAway | None]:
    """Copy these, name what was copied, give the rest back; how many, and what is to say that the site is away."""
    ended: list[Put | Exception | None]
    try:
        pace = Pace(house.settings.replication_mib * 1024 * 1024)
        ended = copy_all(Sides.of(house, held.subject, pace), tasks, hands)
    except SiteAway as error:
        ended = [error, *[None] * (len(tasks) - 1)]
    put = [one for one in ended if isinstance(one, Put)]
    failed = [(task, _said(one)) for task, one in zip(tasks, ended, strict=True) if isinstance(one, Exception)]
    _settle(house, held, put, failed)
    return len(put), next((one for one in ended if isinstance(one, SiteAway)), None)


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, SiteAway) else f"{type(error).__name__}: {error}"


# Rows


def _settle(house: House, held: Claim, put: Sequence[Put], failed: Sequence[tuple[Task, str]]) -> None:
    try:
        with house.database.transaction() as session:
            still_mine(session, held)
            _name(session, held.subject, put)
            mine = (Owed.site == held.subject) & (Owed.job_id == held.job_id)
            session.execute(update(Owed).where(mine).values(job_id=None))
            for task, why in failed:
                _wait(session, held.subject, task, why)
    except LostLease:
        _astray(house, put)
        raise


def _name(session: Session, site: str, put: Sequence[Put]) -> None:
    """Copies' rows in the place of the debts; what its document no longer wants is an orphan, cleared at once."""
    places = [(one.task.bucket.value, one.task.key) for one in put]
    session.execute(delete(Owed).where(Owed.site == site, tuple_(Owed.bucket, Owed.key).in_(places)))
    files = [one for one in put if one.task.file_id]
    alive = _living(session, [one.task.document_id for one in files if one.task.document_id])
    ids = [one.task.file_id for one in files if one.task.file_id]
    known, copies = set(session.scalars(select(File.id).where(File.id.in_(ids)))), _copies(session, site, ids)
    for one in files:
        if one.task.document_id in alive and one.task.file_id in known:
            _at_site(session, site, one, copies.get(one.task.file_id or ""))
        else:
            note_ripe_orphan(session, one.task.bucket, one.task.key)


def _at_site(session: Session, site: str, put: Put, copy: Copy | None) -> None:
    if copy is None:
        copy = Copy(file_id=put.task.file_id, site=site, held=False)
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
