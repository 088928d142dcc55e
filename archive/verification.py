"""Verification: do rows and objects agree, and are the bytes what was stored (F24, F25; four-property A1, A4, B1).

`structure` compares names and sizes; `full` opens every object under its key and recomputes its digest. Findings are
collected; progress and printing are the caller's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from archive.documents import Copy, Document, File
from archive.errors import Damaged
from archive.house import House
from archive.reconcile import Orphan, ids_of, left_by_us, unnamed
from archive.sealing import open_stream
from archive.sites import PRIMARY
from archive.stores.port import Bucket, NoSuchObject, Version
from archive.vault import KeyDestroyed, KeyMissing


class Fault(StrEnum):
    """What can be wrong with one object."""

    MISSING = "missing"
    WRONG_SIZE = "wrong_size"
    DAMAGED = "damaged"
    EXTRA = "extra"
    KEY_MISSING = "key_missing"
    WRONG_VERSION = "wrong_version"
    HOLD_LOST = "hold_lost"


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement: which object of which document at which site, and what is wrong. Evidence has no document."""

    fault: Fault
    bucket: str
    key: str
    document_id: str
    detail: str = ""
    site: str = PRIMARY


@dataclass(frozen=True, slots=True)
class Checked:
    """One object that was looked at; `finding` says what is wrong, if anything."""

    key: str
    finding: Finding | None


def verify(house: House, *, full: bool) -> Iterator[Checked]:
    """Every named object at the primary, then every object that nothing names. `full` reads and opens all bytes."""
    files = living_files(house)
    for file in files:
        yield Checked(file.key, examine(house, file, full=full))
    yield from unwanted(house, PRIMARY, files)


def unwanted(house: House, site: str, files: Sequence[File]) -> Iterator[Checked]:
    """What stands at a site and should not: objects that no row names, versions above the one that a row names."""
    store = house.verifier_at(site)
    for bucket in (Bucket.RECORDS, Bucket.RENDITIONS):
        for key in unnamed(house, store, bucket):
            yield Checked(key, None if _awaits_clearing(house, bucket, key) else _extra(bucket, key, site))
    named = {file.key: copy.version for file in files if (copy := copy_at(file, site))}
    for bucket in (Bucket.RECORDS, Bucket.RENDITIONS):
        for found in store.keys(bucket, "documents/"):
            version = named.get(found.key, found.version)
            if version != found.version and store.stat(bucket, found.key, version=version):
                yield Checked(found.key, _above(bucket, found, site))


def _above(bucket: Bucket, found: Version, site: str) -> Finding:
    detail = f"version {found.version} stands above the one that a row names"
    return Finding(Fault.WRONG_VERSION, bucket.value, found.key, found.key.split("/")[1], detail, site)


def examine(house: House, file: File, *, full: bool) -> Finding | None:
    """What is wrong with one object, if anything; `full` opens it and recomputes its digest."""
    return _structure(house, file) or (_content(house, file) if full else None)


def living_files(house: House) -> list[File]:
    """Every file of a document that nobody condemned, with its copies at all sites."""
    with house.database.reading() as session:
        asked = select(File).join(Document).where(Document.destroyed_at.is_(None), Document.destroying.is_(False))
        return list(session.scalars(asked.options(joinedload(File.copies)).order_by(File.document_id)).unique())


def _extra(bucket: Bucket, key: str, site: str) -> Finding:
    return Finding(Fault.EXTRA, bucket.value, key, ids_of(key)[0], "no row names it", site)


def _awaits_clearing(house: House, bucket: Bucket, key: str) -> bool:
    """Whether reconciliation knows the object, or will at its next turn, and clears it: then nothing is wrong."""
    with house.database.reading() as session:
        return session.get(Orphan, (bucket.value, key)) is not None or left_by_us(session, bucket, key)


def copy_at(file: File, site: str) -> Copy | None:
    """The copy of a file at a site, as its row has it."""
    return next((copy for copy in file.copies if copy.site == site), None)


def _structure(house: House, file: File) -> Finding | None:
    copy, bucket = copy_at(file, PRIMARY), Bucket(file.bucket)
    stored = house.verifier.stat(bucket, file.key, version=copy.version) if copy else None
    if copy is None or stored is None:
        return Finding(Fault.MISSING, file.bucket, file.key, file.document_id)
    if stored.size != copy.sealed_size:
        seen = f"{stored.size} bytes instead of {copy.sealed_size}"
        return Finding(Fault.WRONG_SIZE, file.bucket, file.key, file.document_id, seen)
    return None


def _content(house: House, file: File) -> Finding | None:
    copy = copy_at(file, PRIMARY)
    digest = hashlib.sha256()
    try:
        key = house.vault.key(file.document_id)
        chunks = house.verifier.get(Bucket(file.bucket), file.key, version=copy.version if copy else None)
        for chunk in open_stream(key, file.id, chunks):
            digest.update(chunk)
    except (KeyMissing, KeyDestroyed) as error:
        return Finding(Fault.KEY_MISSING, file.bucket, file.key, file.document_id, str(error))
    except (Damaged, NoSuchObject) as error:
        return Finding(Fault.DAMAGED, file.bucket, file.key, file.document_id, str(error))
    if digest.hexdigest() != file.sha256:
        return Finding(Fault.DAMAGED, file.bucket, file.key, file.document_id, "the digest is not the one registered")
    return None
