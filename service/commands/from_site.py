"""An empty machine to a service that can be opened, from what a site has: `anjuan restore --from SITE`.

    1  what sets there are, which is taken                    4  rows; what was destroyed since is hidden
    2  rows and keys fetched, proved, unsealed                5  whose copies stand where; what is nowhere
    3  keys: opened by the master key, or all is refused      afterwards, by the workers: objects, search index

The copy that was restored stands by: it is read and not written, until it is promoted.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from archive import anchors
from archive.adopting import Adopted, adopt
from archive.audit import OPERATOR, Act, record
from archive.backup import SECRET_SETTINGS
from archive.errors import Conflict, Invalid
from archive.house import House
from archive.restoring import Restored, Told, restore
from archive.set_fetching import Fetched, Found, Harmed, address_of, choose, fetch, look_through, store_of, whole_keys
from archive.settings import Settings
from archive.witness import Witness
from service.commands.opening import show, tell, the_house

OF_THIS_MACHINE: Final = {"data", "host", "port", "witness", "watch", "master_key_file", "workers", "clamd"}
"""Settings that another machine has its own of."""
MOST: Final = 20


def list_sets(place: str, *, as_json: bool) -> None:
    """The sets of a site, newest first; one that is harmed is named as such."""
    found = list(look_through(store_of(place)))
    lines = [f"{one.epoch}  {_in_words(one)}" for one in found]
    show([_listed(one) for one in found], "\n".join(lines) or "The site has no set.", as_json=as_json)


def _listed(one: Found | Harmed) -> dict[str, object]:
    if isinstance(one, Harmed):
        return {"epoch": str(one.epoch), "harmed": one.why}
    return {"epoch": str(one.epoch), "made_at": one.made_at.isoformat(), "keys": one.keyed}


def _in_words(one: Found | Harmed) -> str:
    if isinstance(one, Harmed):
        return f"cannot be restored: {one.why}"
    return f"{one.made_at.isoformat()}  {'with its keys' if one.keyed else 'newer keys'}"


def moment(at: str) -> datetime | None:
    """An instant as it is typed: ISO 8601, UTC unless it says otherwise. Invalid for anything else."""
    if not at:
        return None
    try:
        given = datetime.fromisoformat(at)
    except ValueError as error:
        raise Invalid(f"{at} is no time such as 2026-11-25T16:00.") from error
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def restore_from(
    settings: Settings, place: str, at: datetime | None, *, accept: bool, told: Told, as_json: bool
) -> None:
    """Restore from a site into what the settings name. Refuses as `archive.restoring`, and a set that is not newest."""
    store = store_of(place)
    there = list(look_through(store))
    sets = [one for one in there if isinstance(one, Found)]
    chosen, newest_keys = choose(sets, at)
    newer = [one for one in there if one.epoch > chosen.epoch]
    for one in newer:
        if isinstance(one, Harmed):
            tell(f"Set {one.epoch} is newer and passed over: {one.why}")
    if newer and not accept:
        raise _older(newer)
    keys = whole_keys(store, sets, chosen)
    if keys.epoch < newest_keys.epoch and not accept:
        raise _older_keys(newest_keys, keys)
    tell(f"Set {chosen.epoch} of {chosen.made_at:%Y-%m-%d %H:%M}Z, keys {keys.epoch}")
    settings.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="from-site-", dir=settings.scratch) as scratch:
        fetched = fetch(store, chosen, keys, settings.master_key, Path(scratch))
        differing = _settings_of(settings, fetched)
        restored = restore(settings, fetched.rows, fetched.keys, accept_older=accept, newer_keys=True, told=told)
        _know_again(settings, fetched)
    with the_house(migrate=True, given=settings) as house:
        adopted = _adopted(house, place, chosen, there[0].epoch.reign, restored)
    _report(chosen, adopted, differing, as_json=as_json)


def _older(newer: Sequence[Found | Harmed]) -> Conflict:
    """Why a set that is not the newest is not simply taken: the newest that can be restored, or none that can."""
    better = next((one for one in newer if isinstance(one, Found)), None)
    first = (
        f"The site has a newer set: {better.epoch} of {better.made_at:%Y-%m-%d %H:%M}Z. Leave out --at, or take"
        if better
        else f"The site had a newer set, {newer[0].epoch}, which is damaged. See whether another site has one, or take"
    )
    told = f"{first} the older one with --accept: what came in since is lost, what was destroyed stays destroyed."
    return Conflict(told, code="backup_older")


def _older_keys(newest: Found, keys: Found) -> Conflict:
    return Conflict(
        f"The keys of set {newest.epoch} are damaged. See whether another site has them, or take those of {keys.epoch}"
        f" with --accept: what was destroyed after {keys.made_at:%Y-%m-%d %H:%M}Z stands again, and has to be destroyed"
        " anew by its certificates, which the site has.",
        code="backup_older",
    )


def _adopted(house: House, place: str, chosen: Found, reign: int, restored: Restored) -> Adopted:
    lost = anchors.set_back(house)
    with house.database.transaction() as session:
        detail = {"set": str(chosen.epoch), "of": restored.of.isoformat(), "log_entries_lost": lost}
        record(session, OPERATOR, Act.BACKUP_RESTORED, str(chosen.epoch), detail=detail)
    return adopt(house, store_of(place), address_of(place), chosen, reign)


def _know_again(settings: Settings, fetched: Fetched) -> None:
    """What the witness knew, told to the witness here where it does not know it: before anything is opened."""
    there, here = Witness(fetched.witness), Witness(settings.witness_folder)
    known = here.destructions()
    if unknown := {name: number for name, number in there.destructions().items() if name not in known}:
        here.destroyed(unknown)
    if not here.checkpoints():
        for line in there.checkpoints():
            here.again(line)


def _settings_of(settings: Settings, fetched: Fetched) -> dict[str, Any]:
    """Settings of the set that are others here: they come first, for dates and codes depend on them."""
    theirs = json.loads((fetched.rows / "settings.json").read_bytes())
    ours = json.loads(settings.model_dump_json())
    passed = OF_THIS_MACHINE | SECRET_SETTINGS
    return {name: value for name, value in theirs.items() if name not in passed and ours.get(name) != value}


def _report(chosen: Found, adopted: Adopted, differing: dict[str, Any], *, as_json: bool) -> None:
    for name, value in sorted(differing.items()):
        written = ";".join(map(str, value)) if isinstance(value, list) else value
        tell(f"Setting of the set that is another here: ANJUAN_{name.upper()}={written}")
    told = {
        "epoch": str(chosen.epoch), "of": chosen.made_at.isoformat(), "reign": adopted.reign,
        "in_place": adopted.in_place, "to_fetch": adopted.to_fetch, "lost": adopted.lost,
    }  # fmt: skip
    where = (
        "the site is the primary now" if adopted.in_place else f"{adopted.to_fetch} objects are fetched by the workers"
    )
    show(told, f"as of {chosen.made_at.isoformat()}: standby, reign {adopted.reign}; {where}", as_json=as_json)
    if adopted.lost:
        shown = " ".join(adopted.lost[:MOST]) + (" …" if len(adopted.lost) > MOST else "")
        tell(f"{len(adopted.lost)} documents have no original at any site; scan them again: {shown}")
    tell("Now «anjuan serve»: people can read. «anjuan site promote --reason …» makes this copy the one that counts.")
