"""A process that puts, purges or locks in a folder store and says after each what came of it: to be killed at any step.

Lines on standard output: `kept KEY VERSION`, `purged KEY`, `locked KEY`, `failed KEY ERROR`.
"""

from __future__ import annotations

import hashlib
import io
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from archive.errors import Fault
from archive.stores.folder import FolderStore
from archive.stores.port import Bucket, Credential

SIZE = 2_500_000
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def body_of(key: str) -> bytes:
    """The bytes that belong to a key."""
    return hashlib.shake_256(key.encode()).digest(SIZE)


def say(*words: str) -> None:
    os.write(1, (" ".join(words) + "\n").encode())


def put(root: Path, key: str) -> None:
    data = body_of(key)
    store = FolderStore(root, Credential.WRITE)
    digest = hashlib.sha256(data).hexdigest()
    version = store.put(Bucket.RECORDS, key, io.BytesIO(data), length=SIZE, sha256=digest)
    say("kept", key, version.version)


def purge(root: Path, key: str) -> None:
    store = FolderStore(root, Credential.DESTROY)
    for version in store.versions(Bucket.RECORDS, key):
        store.purge(Bucket.RECORDS, key, version.version)
    say("purged", key)


def lengthen(root: Path, key: str) -> None:
    store = FolderStore(root, Credential.WRITE)
    for version in store.versions(Bucket.RECORDS, key):
        store.retain(Bucket.RECORDS, key, version.version, LATER)
    say("locked", key)


def main() -> None:
    act = {"put": put, "purge": purge, "lengthen": lengthen}[sys.argv[1]]
    for key in sys.argv[3:]:
        try:
            act(Path(sys.argv[2]), key)
        except Fault as fault:
            say("failed", key, type(fault).__name__)


if __name__ == "__main__":
    main()
