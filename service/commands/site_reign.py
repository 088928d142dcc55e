"""Which copy counts: promoted when the other is lost; and how the other leaves when it comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archive import reigns
from archive.audit import OPERATOR
from archive.errors import Away, Conflict
from archive.house import House
from archive.leaving import leave
from archive.owed import ask_to_replicate, owe_missing
from archive.set_sending import highest_reign, know_sets
from archive.site_sets import ask_to_send
from archive.sites import standing
from archive.stores.port import StoreRefused
from service.commands.opening import AsJson, show, tell, the_house
from service.disks import objects_folder

Reason = Annotated[str, typer.Option(help="Why; it stands in the log for good.")]


def promote(
    reason: Reason,
    without: Annotated[list[str] | None, typer.Option(help="A site that is away and is not asked.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make this copy the one that counts; the other one closes as soon as it sees a site that was told."""
    with the_house() as house:
        above = _highest(house, set(without or ()))
        for name in house.sites()[1:]:
            if name not in (without or ()):
                know_sets(house, name)
        with house.database.transaction() as session:
            held = reigns.promote(session, OPERATOR, reigns.reason_of(reason), above=above)
            number, names = held.number, [site.name for site in standing(session)]
            for name in names:
                owe_missing(session, name)
                ask_to_replicate(session, name)
                ask_to_send(session, name)
    show({"reign": number, "sites": names}, f"This copy counts: reign {number}", as_json=as_json)
    if not names:
        tell("No site stands: nothing is copied anywhere. «anjuan site add» adds one.")


def _highest(house: House, without: set[str]) -> int:
    """The highest reign that the sites know; each has to answer, or be named as one that is not asked."""
    names = [name for name in house.sites()[1:] if name not in without]
    try:
        return highest_reign(house, names)
    except (Away, StoreRefused) as error:
        raise Conflict(
            f"A site does not answer, and may have been told of a copy that counts: {error} Bring it back, or leave it"
            " out by --without NAME.",
            code="site_away",
        ) from error


def rejoin(
    folder: Annotated[Path, typer.Argument(help="Where what came in only here is put.")],
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """On the copy that was superseded: put out what came in only here, for the one that counts."""
    with the_house() as house:
        left = leave(house, OPERATOR, folder, reigns.reason_of(reason))
        place = objects_folder(house.settings)
        objects = f"«anjuan site add NAME --folder {place}»" if place else house.settings.objects_url.rpartition("@")[2]
    told = {
        "since": left.since.isoformat(),
        "papers": left.papers,
        "destructions": left.destructions,
        "acts": left.acts,
    }
    show(
        told,
        f"At most {left.papers} papers, {left.destructions} destructions, {left.acts} acts came in only here, since"
        f" {left.since:%Y-%m-%d %H:%M}Z: what the copy that counts has already, «anjuan ingest» there names as such.",
        as_json=as_json,
    )
    tell(
        f"On the copy that counts: anjuan ingest {folder}/papers --as NAME; append {folder}/destroyed.jsonl to its"
        f" witness and start it anew; add this store as a site under a new name: {objects}. Then clear this machine's"
        " rows and keys."
    )
