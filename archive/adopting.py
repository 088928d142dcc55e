"""A set of a site that was put in place is made to fit: who counts, where the objects are, what is nowhere.

The restored rows speak of a primary that is lost. Either its place is taken by the site itself, whose copies become the
primary's, or the primary is a new, empty store, to which the objects come from the site while people read them there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from archive.audit import OPERATOR, Act, record
from archive.base import now
from archive.copying import digest_of
from archive.credentials import place_of
from archive.documents import NOT_HERE, Copy, Document, File
from archive.homecoming import ask_to_fetch, nowhere
from archive.house import House
from archive.owed import ONLY_HERE, Owed, owe_nothing
from archive.reigns import Reign, stand_by
from archive.set_fetching import Found
from archive.sites import PRIMARY, Site, SiteState
from archive.stores.port import Bucket, ObjectStore


@dataclass(frozen=True, slots=True)
class Adopted:
    """What a restore from a site came to: its reign, objects that are still to come, documents lost for good."""

    reign: int
    in_place: bool
    to_fetch: int
    lost: list[str]


def adopt(house: House, store: ObjectStore, address: str, found: Found, highest: int) -> Adopted:
    """Make restored rows fit a machine whose primary is a new store, or the site itself. Nothing is copied here.

    `address` is the site's, `highest` the highest reign that it was told of.
    """
    name = str(found.told["site"])
    in_place = place_of(address) == place_of(house.settings.objects_url)
    with house.database.transaction() as session:
        held = stand_by(session, OPERATOR, base=str(found.epoch), base_at=found.made_at, above=highest)
        _find(session, name, address)
    came_late = list(_came_late(house, store, name))
    with house.database.transaction() as session:
        for copy in came_late:
            session.merge(copy)
        _move_in(session, name) if in_place else _leave_all(session)
        session.flush()
        adopted = _told(session, session.get_one(Reign, held.number), in_place=in_place)
        if not in_place:
            ask_to_fetch(session)
        told = {"in_place": in_place, "to_fetch": adopted.to_fetch, "lost": len(adopted.lost)}
        record(session, OPERATOR, Act.SITE_ADOPTED, name, detail=told)
    return adopted


def _find(session: Session, name: str, address: str) -> None:
    """A folder may be mounted elsewhere on this machine; an S3 site's credentials are found by its row's files."""
    site, parts = session.get_one(Site, name), urlsplit(address)
    if site.folder is not None and parts.scheme == "file":
        site.folder = str(Path(unquote(parts.path)))
    site.state, site.failures, site.failing_since, site.next_at, site.error = (
        SiteState.ACTIVE.value,
        0,
        None,
        None,
        None,
    )


def _came_late(house: House, store: ObjectStore, name: str) -> Iterator[Copy]:
    """Copies that the site has and the rows, being older, do not tell of: by their registered digest."""
    with house.database.reading() as session:
        lacking = session.scalars(
            select(File)
            .join(Document, Document.id == File.document_id)
            .where(Document.destroyed_at.is_(None), ~Document.destroying, File.role.not_in(ONLY_HERE))
            .where(~exists().where(Copy.file_id == File.id, Copy.site == name))
        ).all()
    for file in lacking:
        here = next((copy for copy in file.copies if copy.site == PRIMARY), None)
        there = store.stat(Bucket(file.bucket), file.key)
        if here and there and digest_of(store, Bucket(file.bucket), file.key, there.version) == here.sealed_sha256:
            yield Copy(file_id=file.id, site=name, version=there.version, sealed_size=there.size,
                       sealed_sha256=here.sealed_sha256, verified_at=now(), held=False)  # fmt: skip


def _leave_all(session: Session) -> None:
    """Nothing is here yet."""
    values = {"version": NOT_HERE, "verified_at": None, "held": False}
    session.execute(update(Copy).where(Copy.site == PRIMARY).values(**values))
    _owe_nothing_that_is_there(session)


def _move_in(session: Session, name: str) -> None:
    """The site's copies are the primary's; the site as such is no more."""
    moved = select(Copy.file_id).where(Copy.site == name)
    session.execute(delete(Copy).where(Copy.site == PRIMARY, Copy.file_id.in_(moved)))
    _leave_all(session)
    session.execute(update(Copy).where(Copy.site == name).values(site=PRIMARY))
    owe_nothing(session, name)
    site = session.get_one(Site, name)
    site.state, site.reason, site.removed_at = SiteState.REMOVED.value, "it became the primary", now()


def _owe_nothing_that_is_there(session: Session) -> None:
    there = exists().where(Copy.file_id == Owed.file_id, Copy.site == Owed.site)
    session.execute(delete(Owed).where(there).execution_options(synchronize_session=False))


def _told(session: Session, reign: Reign, *, in_place: bool) -> Adopted:
    away = select(func.count()).select_from(Copy).where(Copy.site == PRIMARY, Copy.version == NOT_HERE)
    return Adopted(reign.number, in_place, session.scalar(away) or 0, nowhere(session))
