"""Sets read at a site by who has nothing yet but its address and the master key: listed, proved, unsealed into folders.

Nothing is believed before it is proved: the description's signature, the digest of each part, the tag of each chunk;
then `archive.restoring` proves the folders as it does those of any set.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from archive.canonical import canonical
from archive.errors import Conflict, Damaged, Invalid
from archive.masterkey import MasterKey, MasterKeyRefused
from archive.sealing import DocumentKey, open_stream
from archive.signing import verified
from archive.site_sets import PLACES, SETS, Epoch, epoch_of
from archive.stores import open_site
from archive.stores.port import Bucket, Credential, NoSuchObject, ObjectStore

ANOTHER: Final = "Take an earlier set (--at TIME), or another site."
SET: Final = "set"
WITNESS: Final = "witness"
ROWS_KEY: Final = "rows.key"
ROWS_OF: Final = "site-set/rows"
KEYS_OF: Final = "site-set/keys"
"""Whose the sealing keys are, as chunks are bound to it; and what a part is packed of."""


@dataclass(frozen=True, slots=True)
class Told:
    """The description of a set as it lies at a site, and what it says; its signature holds."""

    epoch: Epoch
    body: bytes
    says: dict[str, Any]

    @property
    def sha256(self) -> str:
        """Digest of the description."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Found:
    """A set whose description was proved. `keyed`: its own keys still lie there."""

    epoch: Epoch
    made_at: datetime
    told: dict[str, Any]
    keyed: bool


@dataclass(frozen=True, slots=True)
class Harmed:
    """A set whose description is not as it was signed: it can be neither believed nor restored."""

    epoch: Epoch
    why: str


def address_of(place: str) -> str:
    """The address of the site in a folder, or the S3 address that a file holds. Invalid for neither."""
    path = Path(place).expanduser().absolute()
    try:
        return path.as_uri() if path.is_dir() else path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{place} is neither the folder of a site nor a file with its address.") from error


def store_of(place: str) -> ObjectStore:
    """The site at such a place, as its verifying credential sees it. Invalid."""
    try:
        return open_site(address_of(place), Credential.VERIFY, Path(place).name)
    except ValueError as error:
        raise Invalid(
            f"{place} is neither the folder of a site nor a file with its address (s3+https://KEY:SECRET@HOST/PREFIX)."
        ) from error


def epochs_at(store: ObjectStore) -> list[Epoch]:
    """Epochs of the sets that are whole, newest first."""
    found = (epoch_of(version.key) for version in store.keys(Bucket.RECORDS, f"{SETS}/"))
    return sorted((epoch for epoch in found if epoch), reverse=True)


def told_at(store: ObjectStore) -> Told | None:
    """The newest description at a site that is as it was signed; None where there is none."""
    for epoch in epochs_at(store):
        with suppress(Damaged):
            return told_of(store, epoch)
    return None


def told_of(store: ObjectStore, epoch: Epoch) -> Told:
    """The description of one set. Damaged when it went, or is not the one that was signed for this set."""
    try:
        body = b"".join(store.get(Bucket.RECORDS, epoch.told))
    except NoSuchObject as error:
        raise Damaged(f"{epoch.told} is missing at the site. {ANOTHER}") from error
    says = described(body)
    if says["epoch"] != str(epoch):
        raise Damaged(f"The description at {epoch.told} is that of another set. {ANOTHER}")
    return Told(epoch, body, says)


def described(body: bytes) -> dict[str, Any]:
    """What a description says, once its signature holds. Damaged when it is not the one that was signed."""
    try:
        told: dict[str, Any] = json.loads(body)
        unsigned = {name: value for name, value in told.items() if name != "signature"}
        signature = bytes.fromhex(told["signature"])
        good = verified(bytes.fromhex(told["key"]), canonical(unsigned), signature)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged(f"The description of a set cannot be read. {ANOTHER}") from error
    if not good:
        raise Damaged(f"The description of a set is not the one that was signed. {ANOTHER}")
    return told


def look_through(store: ObjectStore) -> Iterator[Found | Harmed]:
    """Every set of a site, newest first; what is harmed is named, and the others are found all the same."""
    keyed = {version.key for version in store.keys(PLACES["keys"], "key-sets/")}
    for epoch in epochs_at(store):
        try:
            told = told_of(store, epoch).says
            yield Found(epoch, datetime.fromisoformat(told["made_at"]), told, epoch.keys in keyed)
        except Damaged as error:
            yield Harmed(epoch, str(error))


def sets_in(store: ObjectStore) -> Iterator[Found]:
    """The sets of a site that can be believed, newest first."""
    return (one for one in look_through(store) if isinstance(one, Found))


def choose(found: Sequence[Found], at: datetime | None) -> tuple[Found, Found]:
    """The newest set (made by `at`), and the newest keys that open it. Conflict when there is none of the two."""
    chosen = next((one for one in found if at is None or one.made_at <= at), None)
    if chosen is None:
        raise Conflict("The site has no set of that time. «--list» shows those that it has.", code="no_set")
    return chosen, _first(opening(found, chosen))


def opening(found: Sequence[Found], chosen: Found) -> list[Found]:
    """Sets whose keys open the chosen one, newest first: none is older than it."""
    return [one for one in found if one.keyed and one.told["key"] == chosen.told["key"] and one.epoch >= chosen.epoch]


def whole_keys(store: ObjectStore, found: Sequence[Found], chosen: Found) -> Found:
    """The newest of those keys of which every byte is as it was sent. Conflict when there are none."""
    return _first(one for one in opening(found, chosen) if _keys_whole(store, one))


def _keys_whole(store: ObjectStore, found: Found) -> bool:
    try:
        for _ in _proved(store, PLACES["keys"], found.epoch.keys, found.told["keys"]):
            pass
    except Damaged:
        return False
    return True


def _first(keyed: Iterable[Found]) -> Found:
    keys = next(iter(keyed), None)
    if keys is None:
        raise Conflict(
            "The site has no sound keys that open this set: they go after seven days. Another site may have some.",
            code="no_keys",
        )
    return keys


@dataclass(frozen=True, slots=True)
class Fetched:
    """Folders of rows and of keys as a backup makes them, and what the witness knew then."""

    rows: Path
    keys: Path
    witness: Path


def fetch(store: ObjectStore, chosen: Found, keys: Found, master: Path, place: Path) -> Fetched:
    """Unseal rows and keys into folders below `place`. Conflict without the master key; Damaged names what is wrong."""
    key_folder = _unpacked(store, keys, "keys", DocumentKey(KEYS_OF, _unwrapped(master, keys)), place)
    rows_key = DocumentKey(ROWS_OF, (key_folder / ROWS_KEY).read_bytes())
    rows_folder = _unpacked(store, chosen, "rows", rows_key, place)
    return Fetched(rows_folder / SET, key_folder / SET, rows_folder / WITNESS)


def _unwrapped(master: Path, keys: Found) -> bytes:
    if not master.is_file():
        raise Conflict(
            f"The master key is at no site. Put it to {master} first: «anjuan keys restore» asks for its two parts"
            " from the safe.",
            code="master_key_missing",
        )
    wrapped, by = bytes.fromhex(keys.told["wrapped"]), keys.told["master_key"]
    try:
        return MasterKey.load(master).unwrap(by, f"site-set/{keys.epoch}", wrapped)
    except MasterKeyRefused as error:
        problem = f"The master key {master} is not {by}, which this set needs. Put the right one there."
        raise Conflict(problem, code="master_key_other") from error


def _unpacked(store: ObjectStore, found: Found, part: str, key: DocumentKey, place: Path) -> Path:
    wanted, name = found.told[part], getattr(found.epoch, part)
    target = place / str(found.epoch) / part
    target.mkdir(mode=0o700, parents=True)
    with tempfile.TemporaryFile(dir=place) as plain:
        for chunk in open_stream(key, str(found.epoch), _proved(store, PLACES[part], name, wanted)):
            plain.write(chunk)
        plain.seek(0)
        with tarfile.open(fileobj=plain, mode="r:gz") as pack:
            _unpack(pack, target)
    return target


def _unpack(pack: tarfile.TarFile, target: Path) -> None:
    """Plain files and folders under the target alone; Python before 3.11.4 has no filter that sees to it. Damaged."""
    pack.extraction_filter = getattr(tarfile, "data_filter", None)
    for member in pack:
        inside = (target / member.name).resolve().is_relative_to(target.resolve())
        if not inside or not (member.isfile() or member.isdir()):
            raise Damaged(f"The set holds {member.name}, which no set of ours does.")
        pack.extract(member, target)


def _proved(store: ObjectStore, bucket: Bucket, key: str, wanted: dict[str, Any]) -> Iterator[bytes]:
    """The bytes of a part. Damaged at the end when their digest is not the signed one."""
    digest = hashlib.sha256()
    try:
        for chunk in store.get(bucket, key):
            digest.update(chunk)
            yield chunk
    except NoSuchObject as error:
        raise Damaged(f"{key} is missing at the site. {ANOTHER}") from error
    if digest.hexdigest() != wanted["sha256"]:
        raise Damaged(f"{key} is not as it was when the set was made. {ANOTHER}")
