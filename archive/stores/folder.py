"""A folder on disk as a site, keeping the same promises as an S3 server with versions and object lock.

What lies on disk for the key `a/b` (no key can hold an `@`):
    a/b@VERSION           the bytes, mode 0444; VERSION begins with a counter, so that no clock decides the order
    a/b@VERSION@marker    a marker, empty
    a/b@VERSION@lock      hold and retention of a version, as JSON
    a/b@UPLOAD@part       an unfinished put

Order of writing: temporary file, its bytes, fsync, read back, rename, fsync of the folder. A crash before the rename
leaves a part, which `uploads` names; after it, a whole version. Order of erasing: lock file, bytes, fsync of the
folder; a version is only ever erased when its lock was not in force, so that a crash between loses nothing.
A failed fsync is never tried again on the same file: the put fails and its file is dropped.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from archive.stores.disk import CHUNK, alone, make_folders, publish, publish_new, sync_folder, translated, write_part
from archive.stores.keys import checked_key, is_key, whole_second
from archive.stores.port import (
    Bucket,
    Credential,
    NoSuchObject,
    NotAllowed,
    StillLocked,
    StoreRefused,
    Upload,
    Version,
)

_WRITE: Final = frozenset({Credential.WRITE})
_DESTROY: Final = frozenset({Credential.DESTROY})
_CHANGE: Final = _WRITE | _DESTROY


@dataclass(frozen=True, slots=True)
class _Lock:
    """What a lock file says."""

    hold: bool = False
    until: datetime | None = None

    @property
    def in_force(self) -> bool:
        return self.hold or self.retained is not None

    @property
    def retained(self) -> datetime | None:
        """The end of the retention, None when it has passed."""
        return self.until if self.until is not None and self.until > datetime.now(UTC) else None


class FolderStore:
    """A site in a folder, seen with one credential; the adapter itself keeps the credential's rights."""

    def __init__(self, root: Path, credential: Credential, site: str = "primary") -> None:
        self.site = site
        self.credential = credential
        self._root = root

    def _need(self, allowed: frozenset[Credential], act: str) -> None:
        if self.credential not in allowed:
            raise NotAllowed(f"The credential «{self.credential}» may not {act}.")

    def _place(self, bucket: Bucket, key: str) -> Path:
        """Where the names of a key begin. StoreRefused when the bucket is missing: that is no absence of objects."""
        folder = self._root / bucket
        if not folder.is_dir():
            raise StoreRefused(f"The store has no folder {folder}; is its disk mounted?")
        return folder / checked_key(key)

    def prepare(self) -> None:
        """Make the folders of the buckets, for their owner alone."""
        for bucket in Bucket:
            if not (self._root / bucket).is_dir():
                self._need(_WRITE, "make buckets")
                with translated():
                    make_folders(self._root / bucket)

    def put(self, bucket: Bucket, key: str, body: BinaryIO, *, length: int, sha256: str) -> Version:
        """Write a part beside the target, prove it by reading it back, give it its name."""
        self._need(_WRITE, "put")
        place = self._place(bucket, key)
        with translated():
            part = _new_part(place)
            write_part(part, body, length, sha256)
            version = _next_version(place)
            publish_new(part, _named(place, version))
        return Version(key, version, length)

    def get(self, bucket: Bucket, key: str, *, version: str | None = None, start: int = 0) -> Iterator[bytes]:
        """Looked for before this returns, so that an absent object is told at once."""
        found = self.stat(bucket, key, version=version)
        if found is None:
            raise NoSuchObject(f"{self.site} has no {key}" + (f" of version {version}" if version else ""))
        return _chunks(_named(self._place(bucket, key), found.version), start)

    def stat(self, bucket: Bucket, key: str, *, version: str | None = None) -> Version | None:
        """From the names in the folder."""
        found = self.versions(bucket, key)
        if version is not None:
            found = [one for one in found if one.version == version]
        return found[0] if found and not found[0].marker else None

    def versions(self, bucket: Bucket, key: str) -> list[Version]:
        """By counter, newest first."""
        with translated():
            return _versions(self._place(bucket, key), key)

    def keys(self, bucket: Bucket, prefix: str = "") -> Iterator[Version]:
        """Folder by folder, in the byte order of the keys; straight to a prefix's own, however many lie beside."""
        self._place(bucket, "any")
        above = prefix.rpartition("/")[0]
        if above and not is_key(above):
            return  # no key begins so
        with translated():
            yield from _walk(self._root / bucket / above, f"{above}/" if above else "", prefix)

    def hide(self, bucket: Bucket, key: str) -> None:
        """An empty file is the marker."""
        self._need(_DESTROY, "hide")
        place = self._place(bucket, key)
        with translated():
            make_folders(place.parent)
            _named(place, f"{_next_version(place)}@marker").touch(mode=0o444, exist_ok=False)
            sync_folder(place.parent)

    def purge(self, bucket: Bucket, key: str, version: str) -> None:
        """Under the folder's lock, so that a hold set meanwhile comes before or after, never between."""
        self._need(_DESTROY, "erase")
        place = self._place(bucket, key)
        checked_key(version)
        with translated():
            if not place.parent.is_dir():
                return
            self._erase(place, key, version)
        self._remove_empty(bucket, place.parent)

    def _erase(self, place: Path, key: str, version: str) -> None:
        with alone(place.parent):
            if _lock_of(place, version).in_force:
                raise StillLocked(f"{key} is under a hold or retention.")
            for name in (f"{version}@lock", version, f"{version}@marker"):
                _named(place, name).unlink(missing_ok=True)
            sync_folder(place.parent)

    def _remove_empty(self, bucket: Bucket, folder: Path) -> None:
        """The folders' names are the documents' ids: when the last object goes they go too."""
        top = self._root / bucket
        with suppress(OSError):  # another object still lies there, or another process was faster
            while folder != top:
                folder.rmdir()
                folder = folder.parent
                sync_folder(folder)

    def uploads(self, bucket: Bucket, key: str) -> list[Upload]:
        """The parts beside the key."""
        with translated():
            names = _names(self._place(bucket, key))
        return [Upload(key, name.removesuffix("@part")) for name in names if name.endswith("@part")]

    def unfinished(self, bucket: Bucket, prefix: str = "") -> Iterator[Upload]:
        """The parts in all folders."""
        top = self._place(bucket, "any").parent
        with translated():
            for path in sorted(top.rglob("*@part")):
                key, _, upload = str(path.relative_to(top)).removesuffix("@part").partition("@")
                if key.startswith(prefix):
                    yield Upload(key, upload)

    def abort(self, bucket: Bucket, upload: Upload) -> None:
        """A put that still runs then fails at its rename."""
        self._need(_CHANGE, "abort uploads")
        place = self._place(bucket, upload.key)
        with translated():
            _named(place, f"{checked_key(upload.upload)}@part").unlink(missing_ok=True)
        self._remove_empty(bucket, place.parent)

    def absent(self, bucket: Bucket, key: str) -> bool:
        """Not one name of the key is left."""
        with translated():
            return not _names(self._place(bucket, key))

    def set_hold(self, bucket: Bucket, key: str, version: str, *, on: bool) -> None:
        """Written beside the version, synced before this returns."""
        self._need(_CHANGE, "set holds")
        with self._changing(bucket, key, version) as (place, lock):
            _write_lock(place, version, _Lock(on, lock.until))

    def held(self, bucket: Bucket, key: str, version: str) -> bool:
        """By version."""
        return self._lock(bucket, key, version).hold

    def retain(self, bucket: Bucket, key: str, version: str, until: datetime) -> None:
        """StillLocked when the version is locked for longer already."""
        self._need(_CHANGE, "retain")
        wanted = whole_second(until)
        with self._changing(bucket, key, version) as (place, lock):
            if lock.retained is not None and wanted < lock.retained:
                raise StillLocked(f"{key} is locked for longer; a lock is never shortened.")
            _write_lock(place, version, _Lock(lock.hold, wanted))

    def retained_until(self, bucket: Bucket, key: str, version: str) -> datetime | None:
        """None too when the date has passed."""
        return self._lock(bucket, key, version).retained

    def _lock(self, bucket: Bucket, key: str, version: str) -> _Lock:
        place = self._place(bucket, key)
        with translated():
            if not _named(place, checked_key(version)).exists():
                raise NoSuchObject(f"{self.site} has no version {version} of {key}")
            return _lock_of(place, version)

    @contextmanager
    def _changing(self, bucket: Bucket, key: str, version: str) -> Iterator[tuple[Path, _Lock]]:
        place = self._place(bucket, key)
        with translated():
            if not place.parent.is_dir():
                raise NoSuchObject(f"{self.site} has no {key}")
            with alone(place.parent):
                yield place, self._lock(bucket, key, version)


def _named(place: Path, suffix: str) -> Path:
    return place.with_name(f"{place.name}@{suffix}")


def _new_part(place: Path) -> Path:
    return _named(place, f"{secrets.token_hex(8)}@part")


def _names(place: Path) -> list[str]:
    """What stands behind the `@` in the names of one key."""
    begin = f"{place.name}@"
    try:
        with os.scandir(place.parent) as entries:
            return [entry.name.removeprefix(begin) for entry in entries if entry.name.startswith(begin)]
    except FileNotFoundError:
        return []


def _versions(place: Path, key: str) -> list[Version]:
    found = [_version(place, key, name) for name in sorted(_names(place), reverse=True) if _is_version(name)]
    return [one for one in found if one is not None]


def _is_version(name: str) -> bool:
    return "@" not in name or name.endswith("@marker")


def _version(place: Path, key: str, name: str) -> Version | None:
    """None when it was erased since the folder was read, and for what is no file: the store makes no links."""
    version, _, marker = name.partition("@")
    try:
        found = _named(place, name).lstat()
    except FileNotFoundError:
        return None
    return Version(key, version, found.st_size, bool(marker)) if stat.S_ISREG(found.st_mode) else None


def _next_version(place: Path) -> str:
    """One more than the highest counter; two puts at once may share it, the rest of the name parts them."""
    counters = [int(name[:10]) for name in _names(place) if _is_version(name)]
    return f"{max(counters, default=0) + 1:010d}-{secrets.token_hex(8)}"


def _walk(folder: Path, before: str, prefix: str) -> Iterator[Version]:
    for name, is_folder in _entries(folder):
        key = before + name
        if is_folder:
            if key.startswith(prefix) or prefix.startswith(key):
                yield from _walk(folder / name.rstrip("/"), key, prefix)
        elif key.startswith(prefix):
            yield from (one for one in _versions(folder / name, key)[:1] if not one.marker)


def _entries(folder: Path) -> list[tuple[str, bool]]:
    """Keys and folders (these with their slash) of one folder, sorted as whole keys would be."""
    try:
        with os.scandir(folder) as entries:
            found = {
                (f"{entry.name}/", True) if entry.is_dir() else (entry.name.partition("@")[0], False)
                for entry in entries
            }
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(found)


def _lock_of(place: Path, version: str) -> _Lock:
    try:
        said = json.loads(_named(place, f"{checked_key(version)}@lock").read_text("ascii"))
    except FileNotFoundError:
        return _Lock()
    until = datetime.fromisoformat(said["until"]) if said["until"] else None
    return _Lock(said["hold"], until)


def _write_lock(place: Path, version: str, lock: _Lock) -> None:
    said = {"hold": lock.hold, "until": lock.until.isoformat() if lock.until else None}
    written = json.dumps(said).encode("ascii")
    part = _new_part(place)
    write_part(part, io.BytesIO(written), len(written), hashlib.sha256(written).hexdigest())
    publish(part, _named(place, f"{version}@lock"))


def _chunks(path: Path, start: int) -> Iterator[bytes]:
    with translated():
        try:
            file = path.open("rb", buffering=0)
        except FileNotFoundError as fault:
            raise NoSuchObject(f"{path.name} was erased before it was read.") from fault
        with file:
            file.seek(start)
            while data := file.read(CHUNK):
                yield data
