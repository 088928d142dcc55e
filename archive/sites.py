"""The sites beside the primary: where each is, with which three credentials, and whether it takes copies.

A row holds no secret: it names three files, each with the address of one credential, so that a machine that must not
erase at a site simply lacks that file. A folder needs none: its adapter keeps the rights. A site's name is never used
again, because ledgers and certificates name it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from sqlalchemy import CheckConstraint, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.access import Actor
from archive.audit import Act, Machine, record
from archive.base import Row, now
from archive.documents import Copy
from archive.errors import Away, Conflict, Invalid
from archive.stores.port import Credential

PRIMARY: Final = "primary"
REASON_MAX: Final = 500
PLACE_MAX: Final = 400
TAKEN: Final = frozenset({PRIMARY, "search", "installation", "vault"})
"""What the ledger of destruction names beside sites."""
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,30}")


class SiteState(StrEnum):
    """Paused: nothing new is copied there; holds and destruction still reach it. Removed: Anjuan is done with it."""

    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"


class Site(Row):
    """One site beside the primary. `failures` counts tries in a row that found it away; `next_at` is the next try."""

    __tablename__ = "site"
    __table_args__ = (
        CheckConstraint("state IN ('active','paused','removed')", name="state"),
        CheckConstraint(
            "(folder IS NULL) = (write_file IS NOT NULL AND destroy_file IS NOT NULL AND verify_file IS NOT NULL)",
            name="place",
        ),
    )

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(8), default=SiteState.ACTIVE.value)
    folder: Mapped[str | None] = mapped_column(String(PLACE_MAX))
    write_file: Mapped[str | None] = mapped_column(String(PLACE_MAX))
    destroy_file: Mapped[str | None] = mapped_column(String(PLACE_MAX))
    verify_file: Mapped[str | None] = mapped_column(String(PLACE_MAX))
    reason: Mapped[str] = mapped_column(String(REASON_MAX), default="")
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(REASON_MAX))

    def address(self, credential: Credential) -> str:
        """The address with one credential, read anew each time: a secret that was changed holds at once. Away."""
        if self.folder is not None:
            return Path(self.folder).as_uri()
        path = {
            Credential.WRITE: self.write_file,
            Credential.DESTROY: self.destroy_file,
            Credential.VERIFY: self.verify_file,
        }[credential]
        try:
            return Path(path or "").read_text("utf-8").strip()
        except OSError as error:
            raise Away(
                f"The {credential} credential of {self.name}, {path}, cannot be read: {error.strerror}"
            ) from error


@dataclass(frozen=True, slots=True)
class SiteOrder:
    """A site to be added: a folder, or for each credential the file that holds its address."""

    name: str
    folder: Path | None = None
    write: Path | None = None
    destroy: Path | None = None
    verify: Path | None = None

    def row(self) -> Site:
        """The row of it, not in any session. Invalid when the name is unfit or the place is given by halves."""
        if not _NAME.fullmatch(self.name) or self.name in TAKEN:
            raise Invalid(
                f"«{self.name}» is no site's name: small letters, digits, «-», not {', '.join(sorted(TAKEN))}."
            )
        files = (self.write, self.destroy, self.verify)
        if any(files) if self.folder else not all(files):
            raise Invalid("Give a site either --folder, or all of --write, --destroy and --verify.")
        places = [str(path.expanduser().absolute()) if path else None for path in (self.folder, *files)]
        if any(len(place) > PLACE_MAX for place in places if place):
            raise Invalid(f"A path has at most {PLACE_MAX} characters.")
        folder, write, destroy, verify = places
        return Site(
            name=self.name, state=SiteState.ACTIVE.value, folder=folder, write_file=write, destroy_file=destroy,
            verify_file=verify, reason="", added_at=now(), failures=0,
        )  # fmt: skip


def add(session: Session, actor: Actor | Machine, site: Site) -> None:
    """A new site. Conflict when the name was ever given."""
    if session.get(Site, site.name) is not None:
        raise Conflict(f"There is or was a site {site.name}. A name is given once: choose another.", code="site_known")
    session.add(site)
    session.flush()
    told = {"folder": site.folder} if site.folder else {"write": site.write_file, "verify": site.verify_file}
    record(session, actor, Act.SITE_ADDED, site.name, detail=told)


def pause(session: Session, actor: Actor | Machine, name: str, reason: str) -> Site:
    """Copy nothing more there until it is resumed. Conflict unless it is active."""
    site = the_site(session, name)
    _need(site, SiteState.ACTIVE)
    site.state, site.reason = SiteState.PAUSED.value, _reason(reason)
    record(session, actor, Act.SITE_PAUSED, name, detail={"reason": reason})
    return site


def resume(session: Session, actor: Actor | Machine, name: str) -> Site:
    """Go on copying, at once, also where a site that was away would be tried later. Conflict unless it is one or so."""
    site = the_site(session, name)
    if site.failing_since is None:
        _need(site, SiteState.PAUSED)
    site.state, site.reason, site.failures, site.next_at = SiteState.ACTIVE.value, "", 0, None
    record(session, actor, Act.SITE_RESUMED, name)
    return site


def remove(session: Session, actor: Actor | Machine, name: str, reason: str) -> int:
    """Be done with a site; how many copies are left there. The caller has asked whether a destruction waits for it."""
    site = the_site(session, name)
    site.state, site.reason, site.removed_at = SiteState.REMOVED.value, _reason(reason), now()
    left = session.scalar(select(func.count()).select_from(Copy).where(Copy.site == name)) or 0
    session.execute(delete(Copy).where(Copy.site == name))
    record(session, actor, Act.SITE_REMOVED, name, detail={"reason": reason, "copies_left": left})
    return left


def the_site(session: Session, name: str) -> Site:
    """The site of that name, locked. Invalid when there is none."""
    site = session.get(Site, name, with_for_update=True)
    if site is None or site.state == SiteState.REMOVED:
        raise Invalid(f"There is no site {name}. «anjuan site list» shows them.")
    return site


def _need(site: Site, state: SiteState) -> None:
    if site.state != state:
        raise Conflict(f"{site.name} is {site.state}.", code="site_state")


def _reason(reason: str) -> str:
    if not 1 <= len(reason.strip()) <= REASON_MAX:
        raise Invalid(f"Give a reason of at most {REASON_MAX} characters.")
    return reason.strip()


def standing(session: Session) -> Sequence[Site]:
    """Every site that was not removed, by name."""
    return session.scalars(select(Site).where(Site.state != SiteState.REMOVED.value).order_by(Site.name)).all()


def site_names(session: Session) -> list[str]:
    """The primary, and every site that was not removed: wherever something of a document may stand."""
    return [PRIMARY, *(site.name for site in standing(session))]
