"""The object-store port: what Anjuan asks of a place that keeps bytes.

A *site* is one store with three buckets (records, renditions, evidence). An adapter object is a site seen with one
credential: `write` (puts and reads, cannot hide or erase), `destroy` (hides and erases, cannot put), `verify` (reads
only); the first two set holds and retention and abort uploads. NotAllowed is raised for what a credential lacks.
Keys are opaque: `documents/{document_id}/{file_id}`. Every promise below is one test of `tests/contract/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO, Protocol

from archive.errors import Away, Conflict, Damaged, Fault


class Bucket(StrEnum):
    """Records: originals. Renditions: what can be made again. Evidence: certificates and checkpoints, COMPLIANCE."""

    RECORDS = "records"
    RENDITIONS = "renditions"
    EVIDENCE = "evidence"


class Credential(StrEnum):
    """With whose hands a site is touched."""

    WRITE = "write"
    DESTROY = "destroy"
    VERIFY = "verify"


@dataclass(frozen=True, slots=True)
class Version:
    """One stored version of a key. `version` is the store's own id; a `marker` hides older versions, holds no bytes."""

    key: str
    version: str
    size: int
    marker: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    """An unfinished multipart upload (or temporary file) of a key."""

    key: str
    upload: str


class StoreRefused(Fault):
    """The store refused: wrong checksum, or the credential may not do this."""


class NotAllowed(StoreRefused):
    """The credential lacks the right for this call."""


class StillLocked(Conflict):
    """A hold or an unexpired retention keeps the version."""

    default_code = "still_locked"


class NoSuchObject(Fault):
    """No such key or version in this store."""


class OutOfSpace(Away):
    """The store is full; nothing of this object was kept."""


class ObjectStore(Protocol):
    """A site seen with one credential."""

    site: str
    credential: Credential

    def prepare(self) -> None:
        """Make the buckets if missing (versioning on, object lock on records and evidence). Idempotent."""

    def put(self, bucket: Bucket, key: str, body: BinaryIO, *, length: int, sha256: str) -> Version:
        """Store `length` bytes and prove it: readable at once, digest (hex) checked by the store or by reading back.

        StoreRefused when the digest or length differs; OutOfSpace when full. On any failure no version is left, save
        that an S3 server whose answer is lost (Away) may have kept it: the intent row names it to reconciliation.
        A second put of a key makes a new version.
        """

    def get(self, bucket: Bucket, key: str, *, version: str | None = None, start: int = 0) -> Iterator[bytes]:
        """Stream the bytes from offset `start` in chunks of at most 1 MiB; nothing at or past the end.

        NoSuchObject at once; Away, also when the body ends early.
        """

    def stat(self, bucket: Bucket, key: str, *, version: str | None = None) -> Version | None:
        """Name and size of the version (the newest unless named), None when absent or hidden by a marker."""

    def versions(self, bucket: Bucket, key: str) -> list[Version]:
        """All versions and markers of exactly this key, newest first; never those of a key that begins with it."""

    def keys(self, bucket: Bucket, prefix: str = "") -> Iterator[Version]:
        """The newest version of every key below a prefix, in the order of keys."""

    def hide(self, bucket: Bucket, key: str) -> None:
        """Delete without naming a version: adds a marker, erases nothing. Used only by tests and checks; `destroy`."""

    def purge(self, bucket: Bucket, key: str, version: str) -> None:
        """Erase one version or marker; one that is gone already is no error. Says nothing about success: ask `absent`.

        StillLocked, NotAllowed.
        """

    def uploads(self, bucket: Bucket, key: str) -> list[Upload]:
        """Unfinished uploads of exactly this key."""

    def unfinished(self, bucket: Bucket, prefix: str = "") -> Iterator[Upload]:
        """Unfinished uploads of all keys below a prefix. MinIO tells of none and clears stale ones by itself."""

    def abort(self, bucket: Bucket, upload: Upload) -> None:
        """Drop one unfinished upload."""

    def absent(self, bucket: Bucket, key: str) -> bool:
        """No version, marker or unfinished upload of exactly this key is left (records-rules §8, purge recipe 5)."""

    def set_hold(self, bucket: Bucket, key: str, version: str, *, on: bool) -> None:
        """Set or lift the legal hold of one version."""

    def held(self, bucket: Bucket, key: str, version: str) -> bool:
        """Whether the version is under legal hold."""

    def retain(self, bucket: Bucket, key: str, version: str, until: datetime) -> None:
        """Keep the version until then: GOVERNANCE in records, COMPLIANCE in evidence. Only ever lengthens there."""

    def retained_until(self, bucket: Bucket, key: str, version: str) -> datetime | None:
        """Until when the version is locked, None if it is not."""


__all__ = [
    "Away",
    "Bucket",
    "Credential",
    "Damaged",
    "NoSuchObject",
    "NotAllowed",
    "ObjectStore",
    "OutOfSpace",
    "StillLocked",
    "StoreRefused",
    "Upload",
    "Version",
]
