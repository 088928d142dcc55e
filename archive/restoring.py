"""A backup set put into an empty installation: proved whole first, then keys, rows and objects; nothing is opened.

Refused, with nothing touched: a set that is not as it was made, keys of another set, one older than the witness knows
unless that is accepted, a place that is not empty, a machine without the master key. A master key of another
installation is found by the keys themselves, which are brought back before anything else and taken away again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from sqlalchemy import create_engine, make_url

from archive import checkpoints
from archive.backup import CHUNK, KEYS, OBJECTS, ROWS, bring_back, check, manifest_of, size_of
from archive.errors import Conflict, Damaged
from archive.masterkey import MasterKey, MasterKeyRefused
from archive.settings import LOCK, Settings
from archive.signing import Purpose, SigningKeys
from archive.stores.disk import make_folders
from archive.vault import Vault
from archive.vault_rows import VaultRow
from archive.witness import Witness

SHOWN: Final = 5
KNOWN: Final = ("rows", "keys", OBJECTS, "index", "scratch", "witness", "bell", LOCK)
"""What Anjuan itself keeps in a data folder."""


class Step(StrEnum):
    """What a restore is at, in this order; bytes are counted but where nothing but the end can be known."""

    CHECK = "check"
    KEYS = "keys"
    ROWS = "rows"
    OBJECTS = "objects"


Told = Callable[[Step, int, int], None]
"""Told of a step, how much of it is done, and of how much."""


def nobody(step: Step, done: int, total: int) -> None:
    """Tell nobody."""
    del step, done, total


@dataclass(frozen=True, slots=True)
class Restored:
    """Of when the set is, how many entries of the log the witness knows beyond it, and how many destructions."""

    of: datetime
    log_size: int
    entries_lost: int


class _Counting:
    """Adds up what was done of one step, and tells."""

    def __init__(self, told: Told, step: Step, total: int) -> None:
        self._told, self._step, self._total, self._done = told, step, total, 0
        told(step, 0, total)

    def __call__(self, more: int) -> None:
        self._done += more
        self._told(self._step, self._done, self._total)


def restore(
    settings: Settings,
    folder: Path,
    keys: Path,
    *,
    accept_older: bool = False,
    newer_keys: bool = False,
    told: Told = nobody,
) -> Restored:
    """Put a set into an empty installation. Nothing is opened: the caller replays destructions first.

    Damaged when a file is not as it was; Conflict when something stands there already, when the witness knows more
    than the set and `accept_older` is not given, or without the right master key. `newer_keys` may open older rows.
    """
    _need_pair(folder, keys, newer_keys=newer_keys)
    manifest, lost = _proved(settings, folder, keys, accept_older=accept_older, told=told)
    _bring(told, Step.KEYS, keys / KEYS, settings.vault_url)
    _need_own(settings, manifest)
    _bring(told, Step.ROWS, folder / ROWS, settings.rows_url)
    if manifest["objects"]:
        _bring_objects(folder / OBJECTS, settings.data / OBJECTS, told)
    size = checkpoints.parse(manifest["log"]).checkpoint.size
    return Restored(datetime.fromisoformat(manifest["made_at"]), size, lost)


def _need_pair(folder: Path, keys: Path, *, newer_keys: bool) -> None:
    """Conflict when keys are not those of the rows, nor newer ones of the same installation where these may be."""
    rows_told, keys_told = manifest_of(folder), manifest_of(keys)
    _need_each(folder, rows_told, keys, keys_told)
    same = rows_told["made_at"] == keys_told["made_at"]
    newer = newer_keys and rows_told["made_at"] < keys_told["made_at"]
    if rows_told["key"] != keys_told["key"] or not (same or newer):
        problem = "These keys are of another set. Name the folder of the same time, which ends in .keys."
        raise Conflict(problem, code="backup_mixed")


def _need_each(folder: Path, rows_told: dict[str, Any], keys: Path, keys_told: dict[str, Any]) -> None:
    """Conflict when one of the two is named in the place of the other, or for both."""
    rows_here, rows_there = (any(file["path"] == ROWS for file in told["files"]) for told in (rows_told, keys_told))
    if rows_here and not rows_there:
        return
    if rows_there and not rows_here:
        problem = f"They are swapped: {keys} is the set and {folder} its keys. anjuan restore {keys} --keys {folder}"
    else:
        which = "a set, with rows and no keys" if rows_there else "wrapped keys, without a set"
        problem = f"{folder} and {keys} are both {which}: name the set anjuan-… and as --keys its anjuan-….keys."
    raise Conflict(problem, code="backup_mixed")


def _proved(
    settings: Settings, folder: Path, keys: Path, *, accept_older: bool, told: Told
) -> tuple[dict[str, Any], int]:
    """The manifest of a set that may be restored here, and how many entries of the log are lost by it."""
    manifest, key_manifest = manifest_of(folder), manifest_of(keys)
    _need_empty(settings, objects=bool(manifest["objects"]))
    if not settings.master_key.is_file():
        raise Conflict(
            f"The master key is in no backup. Put it to {settings.master_key} first: «anjuan keys restore» asks for"
            " its two parts from the safe.",
            code="master_key_missing",
        )
    MasterKey.load(settings.master_key)
    lost = _lost(settings, manifest)
    if lost and not accept_older:
        raise Conflict(
            f"The witness knows {lost} entries of the log that came after this set. Look for a newer one; if there is"
            " none, restore with --accept-older: what was taken in since is lost, what was destroyed stays destroyed.",
            code="backup_older",
        )
    counted = _Counting(told, Step.CHECK, size_of(manifest) + size_of(key_manifest))
    check(folder, counted)
    check(keys, counted)
    return manifest, lost


def _lost(settings: Settings, manifest: dict[str, Any]) -> int:
    """How many entries the longest log that the witness saw, and no restore made void, has beyond the set's."""
    longest = 0
    for line in Witness(settings.witness_folder).checkpoints():
        if "note" in line:
            longest = max(longest, checkpoints.parse(line["note"]).checkpoint.size)
        else:
            longest = min(longest, int(line["set_back_to"]))
    return max(0, longest - checkpoints.parse(manifest["log"]).checkpoint.size)


def _bring(told: Told, step: Step, source: Path, url: str) -> None:
    told(step, 0, source.stat().st_size)
    bring_back(source, url)
    told(step, source.stat().st_size, source.stat().st_size)


def _need_own(settings: Settings, manifest: dict[str, Any]) -> None:
    """Refuse a set that another installation signed, or whose keys another master key wrapped; take the keys away."""
    vault = Vault(settings.vault_url, MasterKey.load(settings.master_key))
    try:
        vault.prepare()
        signer = SigningKeys(vault).made(Purpose.BACKUP)
    except MasterKeyRefused as error:
        _take_away(settings.vault_url)
        raise Conflict(
            f"The master key {settings.master_key} is not the one of this set. Move it away, and put the set's own "
            "there: «anjuan keys restore» asks for its two parts.",
            code="master_key_other",
        ) from error
    finally:
        vault.close()
    if signer and signer.public.hex() != manifest["key"]:  # sets of an older version may lack the key that signed them
        _take_away(settings.vault_url)
        raise Damaged("The set was signed by a key that is not in it: somebody else wrote its manifest.")


def _take_away(url: str) -> None:
    """The keys that were brought back just now, so that the next try finds an empty place."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        for path in Path(parsed.database or "").parent.glob(f"{Path(parsed.database or '').name}*"):
            path.unlink()
        return
    engine = create_engine(url)
    VaultRow.metadata.drop_all(engine)
    engine.dispose()


def _bring_objects(source: Path, target: Path, told: Told) -> None:
    """Copy whole versions with their locks into the place, which is empty."""
    files = [path for path in sorted(source.rglob("*")) if path.is_file()]
    counted = _Counting(told, Step.OBJECTS, sum(path.stat().st_size for path in files))
    for path in files:
        place = target / path.relative_to(source)
        make_folders(place.parent)
        with path.open("rb") as coming, place.open("wb") as going:
            while chunk := coming.read(CHUNK):
                going.write(chunk)
                counted(len(chunk))
        shutil.copymode(path, place)


def _need_empty(settings: Settings, *, objects: bool) -> None:
    """Conflict when rows, keys, objects or an index stand in the place already."""
    places = [Path(make_url(url).database or "") for url in (settings.rows_url, settings.vault_url)
              if make_url(url).get_backend_name() == "sqlite"]  # fmt: skip
    places += [settings.data / OBJECTS] if objects else []
    places += [settings.index_folder]
    standing = [place for place in places if _holds(place)] + list(_strays(settings))
    if standing:
        raise Conflict(
            f"{', '.join(map(str, standing[:SHOWN]))} stands there already. Restore into an empty folder, which "
            "ANJUAN_DATA names, or move away what is there.",
            code="not_empty",
        )


def _holds(place: Path) -> bool:
    return place.is_file() or any(path.is_file() for path in place.rglob("*"))


def _strays(settings: Settings) -> Iterator[Path]:
    """What stands in the data folder of embedded rows and is none of ours: it may be somebody's only copy."""
    if settings.embedded_rows and settings.data.is_dir():
        known = {settings.data / name for name in KNOWN}
        yield from (path for path in sorted(settings.data.iterdir()) if path not in known and _holds(path))
