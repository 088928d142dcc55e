"""Verification of a site beside the primary, by its verifying credential: sealed bytes are compared, no key is needed.

What a site is still owed is no finding: it waits, and is counted. F25 asks for exactly what should be there and is not.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from archive.copying import digest_of
from archive.documents import Copy, File
from archive.house import House
from archive.owed import ONLY_HERE, Owed
from archive.set_harm import verify_sets
from archive.sites import PRIMARY
from archive.stores.port import Bucket, NoSuchObject
from archive.verification import Checked, Fault, Finding, copy_at, living_files, unwanted, verify


def verify_at(house: House, site: str, *, full: bool) -> Iterator[Checked]:
    """Every object of one site, what stands there and should not, its sets. Away, StoreRefused when it is not there."""
    if site == PRIMARY:
        yield from verify(house, full=full)
        return
    house.verifier_at(site).versions(Bucket.RECORDS, "check")
    files, owed = living_files(house), _owed(house, site)
    for file in files:
        if (file.bucket, file.key) not in owed and file.role not in ONLY_HERE:
            yield Checked(file.key, _file(house, site, file, full=full))
    yield from unwanted(house, site, files)
    yield from _evidence(house, site, owed, full=full)
    yield from verify_sets(house, site, full=full)


def _owed(house: House, site: str) -> set[tuple[str, str]]:
    with house.database.reading() as session:
        return {
            (bucket, key) for bucket, key in session.execute(select(Owed.bucket, Owed.key).where(Owed.site == site))
        }


def _file(house: House, site: str, file: File, *, full: bool) -> Finding | None:
    copy = copy_at(file, site)
    found: tuple[Fault, str] | None = (Fault.MISSING, "no copy, and none is owed")
    if copy is not None:
        content = _content if full else _nothing
        found = _structure(house, file, copy) or _locks(house, file, copy) or content(house, file, copy)
    return Finding(found[0], file.bucket, file.key, file.document_id, found[1], site) if found else None


def _structure(house: House, file: File, copy: Copy) -> tuple[Fault, str] | None:
    store, bucket = house.verifier_at(copy.site), Bucket(file.bucket)
    stored = store.stat(bucket, file.key, version=copy.version)
    if stored is None:
        other = store.stat(bucket, file.key)
        return (Fault.WRONG_VERSION, f"{other.version} instead of {copy.version}") if other else (Fault.MISSING, "")
    if stored.size != copy.sealed_size:
        return Fault.WRONG_SIZE, f"{stored.size} bytes instead of {copy.sealed_size}"
    return None


def _locks(house: House, file: File, copy: Copy) -> tuple[Fault, str] | None:
    """A hold that the site was told of and does not have."""
    if not copy.held or house.verifier_at(copy.site).held(Bucket(file.bucket), file.key, copy.version):
        return None
    return Fault.HOLD_LOST, "the site was told to hold it and does not"


def _nothing(*_: object) -> None:
    """The content is not asked for."""


def _content(house: House, file: File, copy: Copy) -> tuple[Fault, str] | None:
    try:
        digest = digest_of(house.verifier_at(copy.site), Bucket(file.bucket), file.key, copy.version)
    except NoSuchObject:
        return Fault.MISSING, "it went while it was looked for"
    return None if digest == copy.sealed_sha256 else (Fault.DAMAGED, "the digest is not the one registered")


def _evidence(house: House, site: str, owed: set[tuple[str, str]], *, full: bool) -> Iterator[Checked]:
    """Evidence has no rows: what the primary has, the site has too, with the same bytes."""
    store = house.verifier_at(site)
    there = {found.key: found for found in store.keys(Bucket.EVIDENCE)}
    for here in house.verifier.keys(Bucket.EVIDENCE):
        if (Bucket.EVIDENCE.value, here.key) in owed:
            continue
        found, fault = there.get(here.key), None
        if found is None:
            fault = Fault.MISSING
        elif found.size != here.size:
            fault = Fault.WRONG_SIZE
        elif full and _differ(house, site, here.key, here.version, found.version):
            fault = Fault.DAMAGED
        yield Checked(here.key, Finding(fault, Bucket.EVIDENCE.value, here.key, "", "", site) if fault else None)


def _differ(house: House, site: str, key: str, here: str, there: str) -> bool:
    mine = digest_of(house.verifier, Bucket.EVIDENCE, key, here)
    return mine != digest_of(house.verifier_at(site), Bucket.EVIDENCE, key, there)
