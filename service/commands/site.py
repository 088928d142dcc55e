"""Sites beside the primary: added, looked at, paused, resumed, taken out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from archive import sites
from archive.audit import OPERATOR
from archive.credentials import credentials_of, need_apart, shared
from archive.ending import WRONG
from archive.errors import Conflict, Invalid
from archive.house import House
from archive.owed import ask_to_replicate, owe_evidence, owe_missing, owe_nothing
from archive.replication import lacking_evidence
from archive.set_sending import need_own, send_set
from archive.site_figures import SiteFigures
from archive.sites import Site, SiteOrder
from archive.stores import open_site
from archive.stores.port import Bucket, Credential
from retention.targets import need_no_target_at
from service.commands.opening import AsJson, show, tell, the_house
from service.commands.site_reign import promote, rejoin
from service.disks import objects_folder
from service.sites import PATIENCE, Sites

group = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The site's name.")]
Reason = Annotated[str, typer.Option(help="Why; it stands in the log for good.")]


@group.callback()
def site() -> None:
    """Sites beside the primary."""


@group.command("add")
def add(
    name: Name,
    folder: Annotated[Path | None, typer.Option(help="A folder: another disk, a NAS.")] = None,
    write: Annotated[Path | None, typer.Option(help="File with the S3 address of the credential that puts.")] = None,
    destroy: Annotated[Path | None, typer.Option(help="File with that of the one that may erase.")] = None,
    verify: Annotated[Path | None, typer.Option(help="File with that of the one that only reads.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add a site, after each of its credentials was tried; everything that is there is copied to it from now on."""
    added = SiteOrder(name, folder, write, destroy, verify).row()
    _need_parent(added)
    with the_house() as house:
        with house.database.reading() as session:
            known = list(sites.standing(session))
        need_apart(house, added, known)
        _need_reach(house, added)
        with house.database.transaction() as session:
            sites.add(session, OPERATOR, added)
            waiting = owe_missing(session, name)
            ask_to_replicate(session, name)
        evidence = _owe_evidence(house, name)
        for line in [*_excesses(house, name), *_same_disk(house, added)]:
            tell(line)
    told = f"{name}: {waiting} copies of papers to make, {evidence} objects of evidence to lay beside them"
    show({"name": name, "waiting": waiting + evidence}, told, as_json=as_json)


def _need_parent(added: Site) -> None:
    """Only a site's own folder is made: where the one above it is missing too, a disk is not mounted, or mistyped."""
    if added.folder and not (above := Path(added.folder).parent).is_dir():
        raise Invalid(f"There is no folder {above} for the site to lie in. Mount its disk, or make that folder first.")


def _same_disk(house: House, added: Site) -> Iterator[str]:
    """A warning for a copy that goes when the disk of rows or objects goes."""
    if added.folder:
        ours = {house.settings.data, objects_folder(house.settings) or house.settings.data}
        if Path(added.folder).stat().st_dev in {place.stat().st_dev for place in ours}:
            yield f"Beware: {added.folder} lies on the disk of the data folder and goes with it. Is its own mounted?"


def _owe_evidence(house: House, name: str) -> int:
    """Certificates, checkpoints and reports that a site lacks: owed once it stands; how many."""
    lacking = lacking_evidence(house, name)
    with house.database.transaction() as session:
        for key, size in lacking:
            owe_evidence(session, key, size, name)
    return len(lacking)


def _need_reach(house: House, added: Site) -> None:
    """Each credential opens the site: a folder gets its buckets, a server has them. Whatever the store raises."""
    stores = {credential: _opened(added, credential) for credential in Credential}
    stores[Credential.WRITE].prepare()
    for store in stores.values():
        for bucket in Bucket:
            store.versions(bucket, "check")
    need_own(house, stores[Credential.VERIFY])


def _opened(added: Site, credential: Credential) -> Any:  # noqa: ANN401 - the port, which the caller asks as such
    try:
        return open_site(added.address(credential), credential, added.name)
    except ValueError as error:
        raise Invalid(
            f"The file of «{credential}» holds no S3 address: s3+https://KEY:SECRET@HOST:PORT/PREFIX"
        ) from error


def _excesses(house: House, name: str) -> list[str]:
    with house.database.reading() as session:
        same = shared(house, list(sites.standing(session)))
    told = [
        f"{one.credential} of {name} can {', '.join(one.excess)}" for one in credentials_of(house, name) if one.excess
    ]
    return [f"Beware: {line}." for line in [*told, *same]]


@group.command("list")
def listed(as_json: AsJson = False) -> None:
    """The sites with their places; no secret is shown."""
    with the_house() as house, house.database.reading() as session:
        found = [_place(row) for row in sites.standing(session)]
    lines = [f"{one['name']:<16} {one['state']:<7} {one['place']}" for one in found]
    show(found, "\n".join(["primary", *lines]), as_json=as_json)


def _place(row: Site) -> dict[str, str]:
    return {"name": row.name, "state": row.state, "place": row.folder or str(row.verify_file), "reason": row.reason}


@group.command("status")
def status(as_json: AsJson = False) -> None:
    """What each site has, what waits for it and since when, and whether it answers; status 1 unless all are well."""
    with the_house() as house:
        found = Sites(house, PATIENCE).seen()
    lines = [f"{one.figures.name:<16} {one.in_words}" for one in found]
    result = [
        told(one.figures) | {"answers": not one.trouble, "trouble": one.trouble, "set_harm": one.harm} for one in found
    ]
    show(result, "\n".join(lines) or "no site beside the primary", as_json=as_json)
    sys.exit(WRONG if any(not one.well for one in found) else 0)


def told(figures: SiteFigures) -> dict[str, Any]:
    """The figures with instants as ISO 8601."""
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in asdict(figures).items()
    }


@group.command("send")
def send(name: Name, as_json: AsJson = False) -> None:
    """Send a set of rows and keys at once: before work on the machine, say."""
    with the_house() as house:
        row = send_set(house, name)
    if row is None:
        raise Conflict(f"{name} is paused.", code="site_state")
    shown = {"site": name, "epoch": row.epoch, "made_at": row.made_at.isoformat(), "bytes": row.size}
    show(shown, f"{name}: set {row.epoch}, {row.size} bytes", as_json=as_json)


@group.command("pause")
def pause(name: Name, reason: Reason, as_json: AsJson = False) -> None:
    """Copy nothing more there for now; holds and destruction still reach it."""
    with the_house() as house, house.database.transaction() as session:
        row = sites.pause(session, OPERATOR, name, reason)
    show({"name": name, "state": row.state}, f"{name} is paused", as_json=as_json)


@group.command("resume")
def resume(name: Name, as_json: AsJson = False) -> None:
    """Go on where it was paused, or try a site that was away at once."""
    with the_house() as house, house.database.transaction() as session:
        row = sites.resume(session, OPERATOR, name)
        owe_missing(session, name)
        ask_to_replicate(session, name)
    show({"name": name, "state": row.state}, f"{name} goes on", as_json=as_json)


@group.command("remove")
def remove(name: Name, reason: Reason, as_json: AsJson = False) -> None:
    """Be done with a site; refused while a destruction has not ended there. What lies there is yours to erase."""
    with the_house() as house, house.database.transaction() as session:
        need_no_target_at(session, name)
        left = sites.remove(session, OPERATOR, name, reason)
        owe_nothing(session, name)
    show(
        {"name": name, "copies_left": left},
        f"{name} is taken out; {left} sealed copies are left there",
        as_json=as_json,
    )
    if left:
        tell("No destruction reaches them any more: erase that place yourself, and note it.")


group.command("promote")(promote)
group.command("rejoin")(rejoin)
