"""Repair of one finding from a side that is good: put again, proved, named in a logged commit; the bad version goes.

Good is a copy at another site whose sealed bytes have the registered digest. Where no side is good nothing is changed,
and the finding stays on the list. What no row names is never erased here: reconciliation clears what is ours.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from typing import BinaryIO, Final, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.access import Actor
from archive.audit import SCHEDULER, Act, Machine, record
from archive.base import new_id, now
from archive.copying import Pace, Source, digest_of
from archive.documents import Copy, Document, File
from archive.errors import Away, Damaged
from archive.house import House
from archive.jobs import OPEN, Claim, Job, JobState, Kind, enqueue
from archive.owed import ask_to_replicate, owe_evidence, owe_missing
from archive.reconcile import note_ripe_orphan
from archive.sites import PRIMARY
from archive.stores.port import Bucket, NoSuchObject, StoreRefused, Version
from archive.verification import Fault, Finding

MENDED: Final = frozenset({Fault.MISSING, Fault.WRONG_SIZE, Fault.DAMAGED, Fault.WRONG_VERSION})

LISTED: Final = (*OPEN, JobState.QUARANTINED.value)
"""Repairs that wait, and those that no side was good enough for: both are on the list of what is left to do."""


def repair(house: House, actor: Actor | Machine, finding: Finding) -> str:
    """The site from which it was mended; empty when no side is good, or it is none of what can be mended so.

    Away when none of those that could be asked is good, and one could not be.
    """
    if finding.fault not in MENDED:
        return ""
    if finding.bucket == Bucket.EVIDENCE:
        return _evidence(house, actor, finding)
    copies = _copies(house, finding.key)
    mine = next((copy for copy in copies if copy.site == finding.site), None)
    if mine is None:
        return _owe_again(house, actor, finding) if copies else ""
    source = _good_side(house, finding, [mine, *copies], mine.sealed_sha256)
    if source is None:
        return ""
    version = mine.version if source is mine else _put(house, finding, source)
    if _name(house, actor, finding, version, source.site):
        _erase_others(house, finding, version)
        return source.site
    return ""


def _copies(house: House, key: str) -> Sequence[Copy]:
    """The file's copies, while nobody condemned its document."""
    _, document_id, file_id = key.split("/")
    with house.database.reading() as session:
        living = select(Copy).join(File, File.id == Copy.file_id).join(Document, Document.id == File.document_id)
        mine = (File.id == file_id) & (Document.id == document_id)
        wanted = living.where(mine, Document.destroyed_at.is_(None), ~Document.destroying)
        return session.scalars(wanted.order_by(Copy.site)).all()


def ask_to_repair(session: Session, actor: Actor | Machine, finding: Finding, version: str) -> None:
    """Log what a reader found wrong with a version, and queue its repair; once, however often it is read."""
    file_id = finding.key.rpartition("/")[2]
    known = select(Job).where(Job.kind == Kind.REPAIR_COPY.value, Job.subject == file_id, Job.state.in_(LISTED))
    if any((job.args["site"], job.args["version"]) == (finding.site, version) for job in session.scalars(known)):
        return
    told = asdict(finding)
    enqueue(session, Kind.REPAIR_COPY, file_id, key=f"repair:{new_id()}", args=told | {"version": version})
    record(session, actor, Act.COPY_FOUND_FAULTY, finding.document_id, detail=told)


def listed(session: Session, file_ids: Collection[str], site: str) -> set[str]:
    """Those of these files that a reader found faulty at a site, and that are not mended."""
    asked = select(Job).where(Job.kind == Kind.REPAIR_COPY.value, Job.subject.in_(file_ids), Job.state.in_(LISTED))
    return {job.subject for job in session.scalars(asked) if job.args["site"] == site}


def carry_out(house: House, held: Claim) -> None:
    """The queued repair of one finding. Away while a side that may be good is; Damaged when none is good."""
    finding = Finding(**{name: held.args[name] for name in held.args if name != "version"})
    finding = replace(finding, fault=Fault(finding.fault))
    if not repair(house, SCHEDULER, finding) and _copies(house, finding.key):
        raise Damaged(f"{finding.key} is whole at no site: {finding.detail}")


def _good_side(house: House, finding: Finding, copies: Sequence[Copy], sha256: str) -> Copy | None:
    """The first whose bytes are the registered ones. Away when there is none, but one could not be asked."""
    away: Away | None = None
    for copy in copies:
        try:
            if copy.sealed_sha256 == sha256 and _is_good(house, finding, copy):
                return copy
        except Away as error:
            away = error
    if away:
        raise away
    return None


def _is_good(house: House, finding: Finding, copy: Copy) -> bool:
    store = house.verifier_at(copy.site)
    try:
        return digest_of(store, Bucket(finding.bucket), finding.key, copy.version) == copy.sealed_sha256
    except (NoSuchObject, StoreRefused):
        return False


def _put(house: House, finding: Finding, source: Copy) -> str:
    """The good bytes at the site of the finding, read back there; its new version."""
    bucket, key = Bucket(finding.bucket), finding.key
    body = Source(house.verifier_at(source.site).get(bucket, key, version=source.version), Pace(0))
    stored = house.writer_at(finding.site).put(
        bucket, key, cast("BinaryIO", body), length=source.sealed_size, sha256=source.sealed_sha256
    )
    if digest_of(house.verifier_at(finding.site), bucket, key, stored.version) != source.sealed_sha256:
        raise StoreRefused(f"{key} reads differently at {finding.site} from what was put.")
    return stored.version


def _name(house: House, actor: Actor | Machine, finding: Finding, version: str, source: str) -> bool:
    """The new version in the row, if the document was not condemned meanwhile: then what was put is an orphan."""
    with house.database.transaction() as session:
        document = session.get(Document, finding.document_id, with_for_update={"read": True, "of": Document})
        copy = session.get(Copy, (finding.key.rpartition("/")[2], finding.site))
        if document is None or document.destroying or document.destroyed_at or copy is None:
            note_ripe_orphan(session, Bucket(finding.bucket), finding.key)
            return False
        copy.held = copy.held and copy.version == version  # a new version is held by the next turn of the mirror
        copy.version, copy.verified_at = version, now()
        _log(session, actor, finding, source)
    return True


def _log(session: Session, actor: Actor | Machine, finding: Finding, source: str) -> None:
    told = {"site": finding.site, "from": source, "fault": finding.fault.value, "bucket": finding.bucket}
    record(session, actor, Act.COPY_REPAIRED, finding.document_id or finding.key, detail=told)


def _erase_others(house: House, finding: Finding, version: str) -> None:
    """Versions beside the good, named one, by the site's own destroying credential, after a hold that they bear."""
    bucket, store = Bucket(finding.bucket), house.destroyer_at(finding.site)
    for found in _others(house, finding, version):
        if not found.marker and store.held(bucket, finding.key, found.version):
            store.set_hold(bucket, finding.key, found.version, on=False)
        store.purge(bucket, finding.key, found.version)


def _others(house: House, finding: Finding, version: str) -> list[Version]:
    found = house.verifier_at(finding.site).versions(Bucket(finding.bucket), finding.key)
    return [one for one in found if one.version != version]


def _owe_again(house: House, actor: Actor | Machine, finding: Finding) -> str:
    """No row says that the site ever had it: it is owed, like everything that is older than the site."""
    with house.database.transaction() as session:
        owe_missing(session, finding.site)
        ask_to_replicate(session, finding.site)
        _log(session, actor, finding, PRIMARY)
    return PRIMARY


def _evidence(house: House, actor: Actor | Machine, finding: Finding) -> str:
    """The primary's newest version is owed again; what lies at the site under its lock stays below it."""
    here = house.verifier.stat(Bucket.EVIDENCE, finding.key)
    if here is None:
        return ""
    with house.database.transaction() as session:
        owe_evidence(session, finding.key, here.size)
        _log(session, actor, finding, PRIMARY)
    return PRIMARY
