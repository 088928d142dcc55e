"""Second sites for tests: folders, added as the command adds them, and one turn of their copying."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update

from archive import sites
from archive.audit import OPERATOR
from archive.base import now
from archive.house import House
from archive.jobs import OPEN, Claim, Job, Kind, claim
from archive.owed import Owed, ask_to_replicate, count_owed, owe_missing
from archive.replication import replicate
from archive.sites import Site, SiteOrder
from archive.stores.port import Bucket


def add_folder(house: House, name: str, folder: Path) -> None:
    """A site in a folder, owed everything that is there."""
    add_site(house, SiteOrder(name, folder=folder))


def add_site(house: House, order: SiteOrder) -> None:
    """A site of any kind, its buckets made by whom may."""
    with house.database.transaction() as session:
        sites.add(session, OPERATOR, order.row())
        owe_missing(session, order.name)
        ask_to_replicate(session, order.name)
    house.writer_at(order.name).prepare()


def job_of(house: House, site: str) -> Claim:
    """The site's open job, taken as a worker takes it; a site that was away is tried at once."""
    early = now() - timedelta(seconds=1)
    with house.database.transaction() as session:
        session.execute(update(Site).where(Site.name == site).values(next_at=None))
        session.execute(update(Owed).where(Owed.site == site).values(not_before=early))
        ask_to_replicate(session, site)
        waiting = select(Job).where(Job.kind == Kind.REPLICATE.value, Job.subject == site, Job.state.in_(OPEN))
        job = session.scalars(waiting).one()
        job.not_before = early
        job.state = "ready"
    with house.database.transaction() as session:
        held = claim(session, job.id, "test")
    assert held is not None
    return held


def copy_all(house: House, site: str) -> int:
    """Turns until nothing is owed or nothing more gets there; how many objects came."""
    copied = 0
    while turn := replicate(house, job_of(house, site)):
        copied += turn
    return copied


def owed(house: House, site: str) -> int:
    with house.database.reading() as session:
        return count_owed(session, site)


def objects(house: House, site: str, document_id: str) -> dict[str, bytes]:
    """The sealed bytes of a document's objects at a site, by bucket and key."""
    store = house.verifier_at(site)
    return {
        f"{bucket}/{found.key}": b"".join(store.get(bucket, found.key))
        for bucket in (Bucket.RECORDS, Bucket.RENDITIONS)
        for found in store.keys(bucket, f"documents/{document_id}/")
    }
