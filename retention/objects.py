"""Objects of a condemned document at one site: erased by its destroying credential, looked for by its verifying one.

At the primary a version that no row names stops everything: somebody has to look. At another site, which may have been
away when it was asked, all that stands under a condemned document's keys goes.
"""

from __future__ import annotations

from typing import Final

from archive.errors import Away, Fault
from archive.house import House
from archive.sites import PRIMARY
from archive.stores.port import Bucket, ObjectStore, StillLocked, StoreRefused

CONTENT: Final = frozenset({Bucket.RECORDS, Bucket.RENDITIONS})


class SiteAway(Away):
    """A site beside the primary did not work: what stands there waits for it, and for nothing else."""

    patient = True


class UnknownVersion(Fault):
    """The store holds a version of an original that no row names. Somebody has to look before anything is erased."""


def prefix_of(document_id: str) -> str:
    """What the keys of all objects of a document begin with."""
    return f"documents/{document_id}/"


def split(target: str) -> tuple[Bucket, str]:
    """Bucket and key of an object's target."""
    bucket, _, key = target.partition("/")
    return Bucket(bucket), key


def need_site(house: House, site: str) -> None:
    """SiteAway unless the site answers now."""
    try:
        house.verifier_at(site).versions(Bucket.RECORDS, "check")
    except (Away, StoreRefused, OSError) as error:
        raise SiteAway(f"the site {site} is away: {error}") from error


def check_versions(store: ObjectStore, bucket: Bucket, key: str, expected: str) -> None:
    """At another site a version that no row names is what a copy left that came late, or read back wrongly: it goes."""
    strict = store.site == PRIMARY and bucket is Bucket.RECORDS
    for found in store.versions(bucket, key):
        if found.marker:
            continue
        if strict and found.version != expected:
            raise UnknownVersion(f"{store.site} holds version {found.version} of {key}, which no row names.")
        if store.held(bucket, key, found.version) or store.retained_until(bucket, key, found.version):
            raise StillLocked(f"{store.site} keeps version {found.version} of {key} under a lock.")


def erase_object(house: House, site: str, bucket: Bucket, key: str, version: str) -> None:
    """Erase the versions of one key. StillLocked, UnknownVersion."""
    if site == PRIMARY:
        check_versions(house.verifier, bucket, key, version)
        purge(house.destroyer, bucket, key)
    else:
        erase_whatever(house, site, bucket, key)


def erase_whatever(house: House, site: str, bucket: Bucket, key: str) -> None:
    """Erase all that stands under the key of a condemned document, after its hold, which no row wants any more."""
    store, seen = house.destroyer_at(site), house.verifier_at(site)
    if bucket is Bucket.RECORDS:
        for found in seen.versions(bucket, key):
            if not found.marker and seen.held(bucket, key, found.version):
                store.set_hold(bucket, key, found.version, on=False)
    purge(store, bucket, key)


def purge(store: ObjectStore, bucket: Bucket, key: str) -> None:
    """Versions first, then markers, then unfinished uploads (records-rules §8, recipe 3 and 4)."""
    for found in sorted(store.versions(bucket, key), key=lambda version: version.marker):
        store.purge(bucket, key, found.version)
    for upload in store.uploads(bucket, key):
        store.abort(bucket, upload)


def erase_leftovers(house: House, site: str, document_id: str) -> None:
    """Renditions that a reader put and died before naming; an unnamed original at the primary is no leftover."""
    store, prefix = house.destroyer_at(site), prefix_of(document_id)
    for found in list(store.keys(Bucket.RENDITIONS, prefix)):
        purge(store, Bucket.RENDITIONS, found.key)
    for found in list(store.keys(Bucket.RECORDS, prefix)):
        if site == PRIMARY:
            raise UnknownVersion(f"{site} holds {found.key}, which no row names.")
        erase_whatever(house, site, Bucket.RECORDS, found.key)


def leftovers_absent(house: House, site: str, document_id: str) -> bool:
    """Nothing is left below the document's prefix, whatever it is."""
    store, prefix = house.verifier_at(site), prefix_of(document_id)
    return not any(next(store.keys(bucket, prefix), None) for bucket in sorted(CONTENT))
