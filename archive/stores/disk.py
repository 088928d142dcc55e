"""Files that survive a power cut: written aside, synced, proven, and known to their folder on disk."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from archive.stores.port import Away, OutOfSpace, StoreRefused

CHUNK: Final = 1 << 20
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def open_part(part: Path) -> int:
    """A new temporary file, opened to write; its folder may vanish under a purge in between, so twice."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    make_folders(part.parent)
    try:
        return os.open(part, flags, 0o600)
    except FileNotFoundError:
        make_folders(part.parent)
        return os.open(part, flags, 0o600)


def copy_exactly(body: BinaryIO, file: BinaryIO, length: int) -> None:
    """Copy exactly `length` bytes; StoreRefused when the body is shorter or longer."""
    left = length
    while data := body.read(min(CHUNK, left + 1)):
        left -= len(data)
        if left < 0:
            raise StoreRefused("The body is longer than announced.")
        view = memoryview(data)
        while view:
            view = view[file.write(view) :]
    if left:
        raise StoreRefused(f"The body ended {left} bytes early.")


def prove(part: Path, length: int, sha256: str) -> None:
    """Read the file back by its name and compare; StoreRefused when it differs."""
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != sha256 or part.stat().st_size != length:
        raise StoreRefused("The body does not have the digest that was announced.")


def write_part(part: Path, body: BinaryIO, length: int, sha256: str) -> None:
    """Write a temporary file, sync it and read it back. On any failure it is removed: never synced a second time."""
    descriptor = open_part(part)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            copy_exactly(body, file, length)
            os.fchmod(file.fileno(), 0o444)
            os.fsync(file.fileno())
        prove(part, length, sha256)
    except BaseException:
        drop(part)
        raise


def publish(part: Path, target: Path) -> None:
    """Give a written part its name, replacing what bore it, on disk."""
    try:
        part.rename(target)
    except BaseException:
        drop(part)
        raise
    sync_folder(target.parent)


def publish_new(part: Path, target: Path) -> None:
    """As `publish`, for a name that nobody bore: when the folder cannot be synced the name is taken back."""
    try:
        publish(part, target)
    except BaseException:
        drop(target)
        raise


def drop(path: Path) -> None:
    """Remove a file that came to nothing."""
    with suppress(OSError):  # the disk is failing already; what stays is a part, and `uploads` names it
        path.unlink(missing_ok=True)


def make_folders(folder: Path) -> None:
    """Make a folder and those above it, each known to its parent on disk."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
        sync_folder(one.parent)


def sync_folder(folder: Path) -> None:
    """Bring the folder's names to disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; a folder that is gone has nothing to guard."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        yield
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def translated() -> Iterator[None]:
    """The system's errors, by what they mean."""
    try:
        yield
    except OSError as fault:
        error = OutOfSpace if fault.errno in _FULL else Away
        raise error(f"The folder store did not work: {fault}") from fault
