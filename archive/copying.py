"""Bytes on their way to another site: streamed from the primary, put there, read back there by other hands.

Several objects at once, over connections that stay open. No rows are touched here. What goes wrong at the other site is
`SiteAway`; what is wrong at the primary says so.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO, Final, cast

from archive.errors import Away, Damaged, Fault, Refusal
from archive.house import House
from archive.stores.port import Bucket, NoSuchObject, ObjectStore, Version

CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Task:
    """One debt as it was taken: what to read at the primary, and what it has to be. Evidence names no digest."""

    bucket: Bucket
    key: str
    document_id: str | None
    file_id: str | None
    version: str | None
    size: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Put:
    """One object that stands at the site, verified."""

    task: Task
    version: str
    size: int
    sha256: str


class SiteAway(Away):
    """The other site did not work; nothing can be said about the objects."""


@dataclass
class Pace:
    """Keeps the bytes of a worker below a rate, however many are copied at once; 0 is no limit."""

    bytes_per_second: float
    _began: float = field(default_factory=time.monotonic)
    _spent: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def spend(self, count: int) -> None:
        """Wait until so many bytes more are due."""
        if self.bytes_per_second <= 0:
            return
        with self._lock:
            self._spent += count
            ahead = self._spent / self.bytes_per_second - (time.monotonic() - self._began)
        if ahead > 0:
            time.sleep(ahead)


@dataclass(frozen=True, slots=True)
class Sides:
    """The two stores of a copy: the primary, and the site as who puts and as who reads back. Opened once for a turn."""

    site: str
    source: ObjectStore
    writer: ObjectStore
    verifier: ObjectStore
    pace: Pace

    @classmethod
    def of(cls, house: House, site: str, pace: Pace) -> Sides:
        """SiteAway when a credential of the site cannot be had."""
        with _of_site(site):
            return cls(site, house.site, house.writer_at(site), house.verifier_at(site), pace)


class Source:
    """The bytes of an object at the primary as a file to read, paced and hashed; remembers what went wrong there."""

    def __init__(self, chunks: Iterator[bytes], pace: Pace) -> None:
        self._chunks, self._pace, self._left = chunks, pace, b""
        self.digest = hashlib.sha256()
        self.fault: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, fewer at the end of a chunk; all for a negative size."""
        if size < 0:
            return b"".join(iter(lambda: self.read(CHUNK), b""))
        if size and not self._left:
            self._left = self._next()
        data, self._left = self._left[:size], self._left[size:]
        return data

    def _next(self) -> bytes:
        try:
            data = next(self._chunks, b"")
        except Exception as error:
            self.fault = error
            raise
        self.digest.update(data)
        self._pace.spend(len(data))
        return data

    def whole(self) -> str:
        """The digest of all of it, read to its end. Raises again what went wrong at the primary."""
        if self.fault:
            raise self.fault
        while self.read(CHUNK):
            pass
        return self.digest.hexdigest()


def copy_all(sides: Sides, tasks: Sequence[Task], hands: Executor) -> list[Put | Exception | None]:
    """What became of each, in order: put, or a Damaged, NoSuchObject, SiteAway; None for those not begun after one."""
    away = threading.Event()

    def tried(task: Task) -> Put | Exception | None:
        if away.is_set():
            return None
        try:
            return copy(sides, task, there)
        except SiteAway as error:
            away.set()
            return error
        except (Damaged, NoSuchObject) as error:
            return error

    try:
        there = _there(sides, tasks, hands)
    except SiteAway as error:
        return [error, *[None] * (len(tasks) - 1)]
    return list(hands.map(tried, tasks))


def _there(sides: Sides, tasks: Sequence[Task], hands: Executor) -> dict[tuple[Bucket, str], Version]:
    """What the site has already of the documents of these tasks: one question for a document, not one for an object."""
    folders = sorted({(task.bucket, task.key.rpartition("/")[0] + "/") for task in tasks if task.sha256})

    def listed(folder: tuple[Bucket, str]) -> list[tuple[tuple[Bucket, str], Version]]:
        with _of_site(sides.site):
            return [((folder[0], found.key), found) for found in sides.verifier.keys(*folder)]

    return {place: found for each in hands.map(listed, folders) for place, found in each}


def copy(sides: Sides, task: Task, there: Mapping[tuple[Bucket, str], Version]) -> Put:
    """Bring one object to a site and verify it there, or find it there already.

    Away when the primary is; SiteAway when the site is; Damaged, NoSuchObject when the primary's bytes are not the
    registered ones, or those that arrived.
    """
    if task.sha256 is None:
        return _copy_evidence(sides, task)
    found = there.get((task.bucket, task.key))
    if found and found.size == task.size:
        with _of_site(sides.site):
            same = digest_of(sides.verifier, task.bucket, task.key, found.version) == task.sha256
        if same:
            return Put(task, found.version, task.size, task.sha256)
    source = Source(sides.source.get(task.bucket, task.key, version=task.version), sides.pace)
    return _put(sides, task, source, task.sha256)


def _copy_evidence(sides: Sides, task: Task) -> Put:
    """The newest version of a piece of evidence; its digest is taken while it is brought over. It stays locked."""
    here = sides.source.stat(task.bucket, task.key)
    if here is None:
        raise NoSuchObject(f"{task.key} is not at the primary")
    body = Source(sides.source.get(task.bucket, task.key, version=here.version), sides.pace).read()
    sha256 = hashlib.sha256(body).hexdigest()
    known = Task(task.bucket, task.key, None, None, here.version, len(body), sha256)
    with _of_site(sides.site):
        found = sides.verifier.stat(task.bucket, task.key)
    put = copy(sides, known, {(task.bucket, task.key): found} if found else {})
    until = sides.source.retained_until(task.bucket, task.key, here.version)
    if until:
        with _of_site(sides.site):
            sides.writer.retain(task.bucket, task.key, put.version, until)
    return Put(task, put.version, put.size, put.sha256)


def _put(sides: Sides, task: Task, source: Source, sha256: str) -> Put:
    try:
        with _of_site(sides.site):
            body = cast("BinaryIO", source)
            stored = sides.writer.put(task.bucket, task.key, body, length=task.size, sha256=sha256)
            arrived = digest_of(sides.verifier, task.bucket, task.key, stored.version)
    except SiteAway as error:
        if source.whole() != sha256:
            raise Damaged(f"{task.key} at the primary is not what was stored") from error
        raise
    if arrived != sha256:
        raise Damaged(f"{task.key} reads differently at {sides.site} from what was put")
    return Put(task, stored.version, task.size, sha256)


def digest_of(store: ObjectStore, bucket: Bucket, key: str, version: str) -> str:
    """SHA-256 of a stored version, read to its end."""
    digest = hashlib.sha256()
    for chunk in store.get(bucket, key, version=version):
        digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def _of_site(site: str) -> Iterator[None]:
    """Whatever goes wrong in here is the other site's: its server, its disk, its credential."""
    try:
        yield
    except (Fault, Refusal, OSError) as error:
        raise SiteAway(f"{site}: {type(error).__name__}: {error}") from error
