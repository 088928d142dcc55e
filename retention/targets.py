"""What has to go when a document goes: every place where something of it stands, how it is erased, how that is checked.

Source: records-rules R24 and §8 (purge recipe). A target is erased by one pair of hands and verified by another: the
store by the credential that only reads, rows by a session of their own, the key by a read-only connection. Each step
may be repeated. What stands in rows and keys is erased and looked for for many documents by one question.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.documents import Copy, Document, File, object_key
from archive.errors import Away, Conflict
from archive.house import House
from archive.jobs import Claim, LostLease, heartbeat
from archive.sites import PRIMARY, site_names
from archive.stores.port import Bucket, StoreRefused
from retention.content import content_of, details_of, grants_of, jobs_of, requests_of
from retention.disposal import DestructionTarget
from retention.objects import (
    SiteAway,
    check_versions,
    erase_leftovers,
    erase_object,
    leftovers_absent,
    prefix_of,
    split,
)


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

HERE: Final[Mapping[Kind, str]] = {
    Kind.ROWS: "text, words, fields, title, file name", Kind.LOG: "details beside the log",
    Kind.JOBS: "arguments and errors of jobs", Kind.GRANTS: "grants",
    Kind.REQUESTS: "requests, intents, orphans", Kind.SCRATCH: "temporary files",
}  # fmt: skip
ORDER: Final = {kind: number for number, kind in enumerate(Kind)}

Place: TypeAlias = tuple[Kind, str, str, str]
"""A target as it is planned: kind, site, target, version."""


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


def plan(session: Session, *document_ids: str) -> dict[str, list[Place]]:
    """Every target of each document at every site, in the order of erasing, the primary first.

    A copy that another site is still owed is a target, too: it may have been put and not been named yet.
    """
    found = {name: [(Kind.INDEX, "search", f"entries of {name}", "")] for name in document_ids}
    for site in site_names(session):
        rows = session.execute(
            select(File.document_id, File.bucket, File.id, Copy.version)
            .join(Copy, (Copy.file_id == File.id) & (Copy.site == site), isouter=True)
            .where(File.document_id.in_(document_ids))
            .order_by(File.role, File.page, File.id)
        )
        for name, bucket, file_id, version in rows:
            found[name].append((_kind(bucket), site, f"{bucket}/{object_key(name, file_id)}", version or ""))
        for name, places in found.items():
            places.append((Kind.LEFTOVER, site, f"{Bucket.RENDITIONS}/{prefix_of(name)}", ""))
    for name, places in found.items():
        places += [*((kind, "installation", place, "") for kind, place in HERE.items())]
        places.append((Kind.KEY, "vault", f"key of {name}", ""))
        places.sort(key=lambda place: ORDER[place[0]])
    return found


def need_no_target_at(session: Session, site: str) -> None:
    """Conflict while the ledger has a target at the site that is not verified absent."""
    left = select(DestructionTarget.batch_id).where(
        DestructionTarget.site == site, DestructionTarget.verified_at.is_(None)
    )
    if (batch_id := session.scalar(left.limit(1))) is not None:
        raise Conflict(f"Destruction batch {batch_id} has not ended at {site}.", code="site_condemned")


def _kind(bucket: str) -> Kind:
    return Kind.ORIGINAL if bucket == Bucket.RECORDS else Kind.RENDITION


def erase(hands: Hands, target: DestructionTarget) -> None:
    """Erase one target that is not a row. StillLocked, UnknownVersion, SiteAway, and what the part below raises."""
    with _working(hands, target):
        if target.kind == Kind.KEY:
            erase_keys(hands, [target.document_id])
        else:
            ERASERS[Kind(target.kind)](hands, target)


def verify(hands: Hands, target: DestructionTarget) -> bool:
    """Whether nothing of the target is left, as the other pair of hands sees it. SiteAway."""
    with _working(hands, target):
        if target.kind in LOOKS:
            return not standing(hands, Kind(target.kind), [target.document_id])
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


def check_stores(hands: Hands, targets: Collection[Place]) -> None:
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


# Rows and keys: of many documents at once


def standing(hands: Hands, kind: Kind, document_ids: Collection[str]) -> set[str]:
    """Those of these documents of which the rows still hold something, as a session sees it that only reads."""
    with hands.house.database.reading() as session:
        return LOOKS[kind](session, document_ids)


def erase_keys(hands: Hands, document_ids: Sequence[str]) -> None:
    """Witnessed first, then destroyed, all of them in one commit. ValueError for one that was not condemned."""
    columns = select(Document.id, Document.withdrawn, Document.certificate_no)
    with hands.house.database.reading() as session:
        rows = session.execute(columns.where(Document.id.in_(document_ids))).all()
    numbers = {name: f"withdrawn {name}" if withdrawn else number or "" for name, withdrawn, number in rows}
    if bare := [name for name in document_ids if not numbers.get(name)]:
        raise ValueError(f"document {bare[0]} is not condemned")
    hands.house.witness.destroyed(numbers)
    hands.house.vault.destroy(numbers)


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


def _key_absent(hands: Hands, target: DestructionTarget) -> bool:
    return hands.house.vault.absent(target.document_id)


ERASERS: Final[Mapping[Kind, Callable[[Hands, DestructionTarget], None]]] = {
    Kind.INDEX: _erase_entries,
    Kind.RENDITION: _erase_object,
    Kind.ORIGINAL: _erase_object,
    Kind.LEFTOVER: _erase_leftovers,
    Kind.SCRATCH: _erase_scratch,
}

VERIFIERS: Final[Mapping[Kind, Callable[[Hands, DestructionTarget], bool]]] = {
    Kind.INDEX: _entries_absent,
    Kind.RENDITION: _object_absent,
    Kind.ORIGINAL: _object_absent,
    Kind.LEFTOVER: _leftovers_absent,
    Kind.SCRATCH: _scratch_absent,
    Kind.KEY: _key_absent,
}

LOOKS: Final[Mapping[Kind, Callable[[Session, Collection[str]], set[str]]]] = {
    Kind.ROWS: content_of,
    Kind.LOG: details_of,
    Kind.JOBS: jobs_of,
    Kind.GRANTS: grants_of,
    Kind.REQUESTS: requests_of,
}
