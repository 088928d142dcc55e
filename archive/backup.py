"""Backup sets: rows, objects (embedded) and settings in one folder, keys in another, each with its digests, signed.

    rows first      a snapshot, while work goes on; what comes later is in the next set
    objects next    never fewer than the rows name, since bytes stand before rows (invariant 1)
    keys last       so that what was destroyed meanwhile cannot be opened by this set

A set has its name only once it is whole. The master key is in none: it lies in the safe.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import make_url
from sqlalchemy.engine import URL

from archive.audit import OPERATOR, Act, record
from archive.base import now
from archive.canonical import canonical
from archive.errors import Away, Conflict, Damaged, Invalid
from archive.house import House
from archive.log import checkpoint, sequence_all
from archive.settings import Settings
from archive.signing import Purpose, verified
from archive.stores.disk import make_folders, sync_folder

FORMAT: Final = "anjuan-backup/1"
MANIFEST: Final = "manifest.json"
ROWS: Final = "rows"
KEYS: Final = "keys"
OBJECTS: Final = "objects"
CHUNK: Final = 1 << 20
STALE: Final = 12 * 3600.0
"""Seconds after which a part may be nobody's: another machine's locks are not seen on a shared disk."""
_PART: Final = re.compile(r"anjuan-\d{8}T\d{12}Z(\.keys)?\.part")
ANOTHER: Final = "Take another copy of this set, or the set before it."
POSTGRES: Final = Path("/usr/lib/postgresql")
SECRET_SETTINGS: Final = frozenset({"database_url", "keys_url", "store_url", "store_destroy_url", "store_verify_url",
                                    "search_url", "broker_url"})  # fmt: skip
"""Addresses that may hold a password: a set names them and does not hold them."""


@dataclass(frozen=True, slots=True)
class Made:
    """A set: its two folders, how many files and bytes, and how long the log was."""

    folder: Path
    keys: Path
    files: int
    bytes: int
    log_size: int


def make(house: House, target: Path, keys: Path, *, objects: bool = True) -> Made:
    """Make a set below `target` and its keys below `keys`, and log it. Conflict when one lies inside the other or data.

    Without `objects` it holds rows and keys alone, for who goes on with the objects that stand.
    """
    _need_apart(target.resolve(), keys.resolve())
    made = write_set(house, target, keys, objects=objects)
    with house.database.transaction() as session:
        detail = {"files": made.files, "log_size": made.log_size}
        record(session, OPERATOR, Act.BACKUP_MADE, made.folder.name, detail=detail)
    return made


def write_set(house: House, target: Path, keys: Path, *, objects: bool = True) -> Made:
    """A set that nobody is told of: for a drill, which it does not outlive. Conflict as above."""
    for place in (target, keys):
        if place.resolve().is_relative_to(house.settings.data.resolve()):
            raise Conflict(f"{place} lies inside the data folder. Choose another disk.", code="backup_inside")
    return lay_set(house, target, keys, objects=objects)


def lay_set(house: House, target: Path, keys: Path, *, objects: bool = True) -> Made:
    """As `write_set`, wherever it is to lie: for who sends it away."""
    settings = house.settings
    with_objects = objects and not settings.store_url
    house.signing.installation(Purpose.BACKUP)  # made before the keys are copied, so that the set holds what signed it
    name = f"anjuan-{now():%Y%m%dT%H%M%S%fZ}"
    with house.database.transaction() as session:
        sequence_all(session)
        point = checkpoint(session, house.signing.installation(Purpose.CHECKPOINT))
        note, size = point.note, point.size
    part, key_part = target / f"{name}.part", keys / f"{name}.keys.part"
    with _coming(part, key_part):
        copy_database(settings.rows_url, part / ROWS)
        if with_objects:
            _copy_objects(settings.data / OBJECTS, part / OBJECTS)
        _write(part / "settings.json", canonical(_plain(settings)))
        copy_database(settings.vault_url, key_part / KEYS)
        told = {"format": FORMAT, "made_at": now().isoformat(), "log": note, "objects": with_objects}
        made = [_sealed(house, folder, told) for folder in (part, key_part)]
        whole = [folder.rename(folder.with_suffix("")) for folder in (part, key_part)]
    for folder in {target, keys}:
        sync_folder(folder)
    return Made(whole[0], whole[1], made[0][0], made[0][1] + made[1][1], size)


def _need_apart(target: Path, keys: Path) -> None:
    """A copy of the one must not carry the other along: what was destroyed could be opened by it."""
    if target.is_relative_to(keys) or keys.is_relative_to(target):
        raise Conflict(
            f"The set in {target} and its keys in {keys} have to lie apart, best on two disks: name another --keys.",
            code="backup_together",
        )


@contextmanager
def _coming(*parts: Path) -> Iterator[None]:
    """The folders in which a set comes to be, held meanwhile. Gone at once when it fails: keys lie nowhere for long."""
    with ExitStack() as held:
        try:
            for part in parts:
                _clear(part.parent)
                part.mkdir(mode=0o700, parents=True)
                held.callback(os.close, _lock(part))
            yield
        except BaseException:
            for part in parts:
                shutil.rmtree(part, ignore_errors=True)
            raise


def _clear(folder: Path) -> None:
    """Take away what sets left that died half-way, by a kill or a power cut: nobody holds it, and it is old."""
    for part in folder.glob("anjuan-*.part") if folder.is_dir() else ():
        if _PART.fullmatch(part.name) and part.is_dir() and time.time() - part.stat().st_mtime > STALE:
            with suppress(BlockingIOError):
                os.close(_lock(part))
                shutil.rmtree(part)


def _lock(folder: Path) -> int:
    """A descriptor that holds the folder until it is closed, or its process dies. BlockingIOError when another does."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _plain(settings: Settings) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(settings.model_dump_json(exclude=set(SECRET_SETTINGS)))
    return told | {name: bool(getattr(settings, name)) for name in sorted(SECRET_SETTINGS)}


def copy_database(url: str, target: Path) -> None:
    """A consistent copy of a database while it is in use: SQLite by itself, PostgreSQL by `pg_dump`."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with sqlite3.connect(f"file:{parsed.database}?mode=ro", uri=True, timeout=30) as source:
            source.execute("VACUUM INTO ?", (str(target),))
        source.close()
        target.chmod(0o600)
        return
    _postgres("pg_dump", parsed, ["--format=custom", "--no-owner", f"--file={target}"])


def bring_back(source: Path, url: str) -> None:
    """Put a copy in the place of a database that is empty."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        place = Path(parsed.database or "")
        make_folders(place.parent)
        shutil.copyfile(source, place)
        place.chmod(0o600)
        return
    _postgres("pg_restore", parsed, ["--no-owner", "--exit-on-error", "--single-transaction", str(source)])


def _postgres(program: str, url: URL, words: list[str]) -> None:
    found = shutil.which(program) or next((str(p) for p in sorted(POSTGRES.glob(f"*/bin/{program}"), reverse=True)), "")
    if not found:
        raise Away(f"{program} is not here. Install the PostgreSQL client programs.")
    where = {"PGHOST": url.host, "PGPORT": str(url.port or ""), "PGUSER": url.username, "PGPASSWORD": url.password}
    env = os.environ | {name: value for name, value in where.items() if value}
    command = [found, f"--dbname={url.database}", "--no-password", *words]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise Away(f"{program}: {done.stderr.strip()[-300:]}")


def _copy_objects(source: Path, target: Path) -> None:
    """Whole versions with their locks; parts of unfinished uploads are no objects. What goes meanwhile is gone."""
    for path in sorted(source.rglob("*")):
        if path.is_file() and not path.name.endswith("@part"):
            place = target / path.relative_to(source)
            make_folders(place.parent)
            try:
                shutil.copyfile(path, place)
                shutil.copymode(path, place)
            except FileNotFoundError:
                place.unlink(missing_ok=True)


def _sealed(house: House, folder: Path, told: dict[str, Any]) -> tuple[int, int]:
    """Write the manifest of a folder, signed; how many files and bytes it names."""
    files = [{"path": path, "size": size, "sha256": digest} for path, size, digest in _digests(folder)]
    key = house.signing.installation(Purpose.BACKUP)
    body = {**told, "files": files, "key": key.public.hex()}
    _write(folder / MANIFEST, canonical({**body, "signature": key.sign_value(body).hex()}))
    for path in {folder, *(place.parent for place in folder.rglob("*"))}:
        sync_folder(path)
    return len(files), sum(int(str(file["size"])) for file in files)


def _digests(folder: Path, seen: Callable[[int], None] = lambda _: None) -> Iterator[tuple[str, int, str]]:
    """Path, size and SHA-256 of every file but the manifest; `seen` is told of bytes as they are read."""
    for path in sorted(place for place in folder.rglob("*") if place.is_file() and place.name != MANIFEST):
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                seen(len(chunk))
            os.fsync(file.fileno())
        yield path.relative_to(folder).as_posix(), size, digest.hexdigest()


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def manifest_of(folder: Path) -> dict[str, Any]:
    """The signed manifest of a folder of a set; its files are not looked at. Damaged when it cannot be trusted.

    Invalid for what is no set at all.
    """
    if not (folder / MANIFEST).exists() and not any((folder / name).exists() for name in (ROWS, KEYS)):
        within = sorted(path.name for path in folder.glob("anjuan-*")) if folder.is_dir() else []
        there = f"in it lies {within[-1]}" if within else "nothing of a set lies there"
        raise Invalid(
            f"{folder} is no backup set: {there}. A set is a folder anjuan-… as «anjuan backup» named it, its keys one "
            "anjuan-….keys: anjuan restore /mnt/backup/anjuan-… --keys /mnt/other-disk/anjuan-….keys"
        )
    try:
        told: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        signature, body = bytes.fromhex(told["signature"]), {k: v for k, v in told.items() if k != "signature"}
        signed = told["format"] == FORMAT and verified(bytes.fromhex(told["key"]), canonical(body), signature)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Damaged(f"{folder} is no backup set: its manifest cannot be read. {ANOTHER}") from error
    if not signed:
        raise Damaged(f"The manifest of {folder} is not the one that was signed. {ANOTHER}")
    return told


def size_of(told: dict[str, Any]) -> int:
    """How many bytes the files of a manifest have."""
    return sum(int(file["size"]) for file in told["files"])


def check(folder: Path, seen: Callable[[int], None] = lambda _: None) -> dict[str, Any]:
    """The manifest of a folder of a set, once every file is as it says. Damaged names the first that is not."""
    told = manifest_of(folder)
    wanted = {file["path"]: (file["size"], file["sha256"]) for file in told["files"]}
    found = {path: (size, digest) for path, size, digest in _digests(folder, seen)}
    for path in sorted(wanted.keys() | found.keys()):
        if wanted.get(path) != found.get(path):
            raise Damaged(f"{folder / path} is not as it was when the set was made. {ANOTHER}")
    return told
