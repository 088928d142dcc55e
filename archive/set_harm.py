"""What is wrong with the sets at a site: whether what was sent there and recorded stands as it was sent.

A description is small and read each time. Rows and keys are compared by size, and by their digest where every byte is
asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import select

from archive.base import now
from archive.copying import digest_of
from archive.errors import Damaged
from archive.errors import Fault as Broken
from archive.house import House
from archive.set_fetching import told_of
from archive.site_figures import GRACE
from archive.site_sets import PLACES, Epoch, SiteSet, newest_set, sets_at
from archive.sites import Site, SiteState
from archive.stores.port import Bucket, NoSuchObject
from archive.verification import Checked, Fault, Finding

PREFIXES: Final = ("sets/", "key-sets/")


def verify_sets(house: House, site: str, *, full: bool) -> Iterator[Checked]:
    """Every part of every set that was verified there; what was thinned meanwhile is no finding."""
    with house.database.reading() as session:
        rows = [row for row in sets_at(session, site) if row.verified_at]
    for row in rows:
        for checked in _parts(house, row, full=full):
            yield Checked(checked.key, checked.finding if checked.finding and _stands(house, checked, row) else None)


def newest_harm(house: House, site: str) -> str:
    """What is wrong with the newest set there, in a sentence; empty when nothing is. Away, StoreRefused."""
    with house.database.reading() as session:
        row = newest_set(session, site)
    found = [checked.finding for checked in _parts(house, row, full=False) if checked.finding] if row else []
    return f"the newest set cannot be restored: {found[0].key} is {found[0].fault}." if found else ""


def harmed(house: House) -> set[str]:
    """Active sites whose newest set is harmed and not of these minutes; one that is away tells nothing."""
    with house.database.reading() as session:
        names = session.scalars(select(Site.name).where(Site.state == SiteState.ACTIVE.value)).all()
        newest = {name: newest_set(session, name) for name in names}
    found = set()
    for name, row in newest.items():
        with suppress(Broken):
            if row and now() - row.made_at > GRACE and newest_harm(house, name):
                found.add(name)
    return found


def of_set(finding: Finding) -> Epoch | None:
    """The set that a finding is about, if it is about one."""
    return Epoch.of(finding.key.split("/")[1]) if finding.key.startswith(PREFIXES) else None


def _stands(house: House, checked: Checked, seen: SiteSet) -> bool:
    """Whether the part is still to be there: thinning may have come between."""
    with house.database.reading() as session:
        row = session.get_one(SiteSet, (seen.site, seen.epoch))
        return row.gone_at is None and (row.keys_gone_at is None or checked.key != Epoch.of(row.epoch).keys)


def _parts(house: House, row: SiteSet, *, full: bool) -> Iterator[Checked]:
    epoch = Epoch.of(row.epoch)
    says, fault = _description(house, row)
    yield _checked(row, PLACES["told"], epoch.told, fault)
    for part, key in (("rows", epoch.rows), ("keys", epoch.keys)):
        if part == "rows" or row.keys_gone_at is None:
            wanted = says[part] if says else {}
            yield _checked(row, PLACES[part], key, _part(house, row.site, PLACES[part], key, wanted, full=full))


def _description(house: House, row: SiteSet) -> tuple[dict[str, Any], Fault | None]:
    """What the description says, where it is the one that was sent."""
    store, epoch = house.verifier_at(row.site), Epoch.of(row.epoch)
    if store.stat(PLACES["told"], epoch.told) is None:
        return {}, Fault.MISSING
    try:
        told = told_of(store, epoch)
    except Damaged:
        return {}, Fault.DAMAGED
    same = hashlib.sha256(told.body).hexdigest() == row.told_sha256
    return (told.says, None) if same else ({}, Fault.DAMAGED)


def _part(house: House, site: str, bucket: Bucket, key: str, wanted: dict[str, Any], *, full: bool) -> Fault | None:
    """Without a description only whether the part is there can be said."""
    store = house.verifier_at(site)
    found = store.stat(bucket, key)
    if found is None:
        return Fault.MISSING
    if wanted and found.size != wanted["size"]:
        return Fault.WRONG_SIZE
    try:
        good = not (full and wanted) or digest_of(store, bucket, key, found.version) == wanted["sha256"]
    except NoSuchObject:
        return Fault.MISSING
    return None if good else Fault.DAMAGED


def _checked(row: SiteSet, bucket: Bucket, key: str, fault: Fault | None) -> Checked:
    detail = f"set of {row.made_at:%Y-%m-%d %H:%M}Z"
    return Checked(key, Finding(fault, bucket.value, key, "", detail, row.site) if fault else None)
