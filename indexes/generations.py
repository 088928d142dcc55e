"""The embedded index's folder: which index serves, which one is built aside, who may write, what is not erased yet.

`pointer.json` names both; it is replaced whole, so a crash leaves the old or the new one. An index that is neither is
rubbish and swept away by the next writer.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from archive.errors import Away
from archive.stores.disk import make_folders

_PAUSE: Final = 0.02


@dataclass(frozen=True, slots=True)
class Pointer:
    """Names of the serving index and of the one being built; empty for none."""

    serving: str = ""
    building: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Those that there are."""
        return tuple(name for name in (self.serving, self.building) if name)


class Generations:
    """The folder of an embedded index."""

    def __init__(self, folder: Path, patience: float = 60.0) -> None:
        self.folder = folder
        self.patience = patience

    @property
    def pointer_file(self) -> Path:
        """The file that names the serving index."""
        return self.folder / "pointer.json"

    @property
    def shut(self) -> bool:
        """Whether the folder is there and this process cannot write in it, as on a disk that is read-only."""
        return self.folder.is_dir() and not os.access(self.folder, os.W_OK)

    def pointer(self) -> Pointer:
        """What is served and built now; empty when there is no index yet. ValueError when the file is damaged."""
        try:
            return Pointer(**json.loads(self.pointer_file.read_text()))
        except FileNotFoundError:
            return Pointer()
        except TypeError as error:
            raise ValueError(f"{self.pointer_file.name} is not a pointer") from error

    def point(self, pointer: Pointer) -> None:
        """Make this the truth, and erase every index that it does not name."""
        write_whole(self.pointer_file, json.dumps(asdict(pointer)))
        for path in self.folder.iterdir():
            if path.is_dir() and path.name not in pointer.names:
                shutil.rmtree(path)

    def path(self, name: str) -> Path:
        """Where an index lies."""
        return self.folder / name

    def fresh(self, edition: str) -> str:
        """The name of a new, empty index folder; it begins with the edition of what will be in it."""
        name = f"{edition}-{uuid.uuid4().hex}"
        self.path(name).mkdir(mode=0o700)
        return name

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One writer at a time, over all processes; Away when another one does not end. A dead one's lock is gone."""
        make_folders(self.folder)
        with (self.folder / "writer.lock").open("a") as lock:
            deadline = time.monotonic() + self.patience
            while not _locked(lock.fileno()):
                if time.monotonic() > deadline:
                    raise Away("Another process has been writing to the search index for too long.")
                time.sleep(_PAUSE)
            yield

    # What purged documents may have left behind: for each the segment files that once held one.

    def remains(self) -> dict[str, list[str]]:
        """Purged documents with the segments (`index/segment`) that may still hold bytes of theirs."""
        try:
            noted: dict[str, list[str]] = json.loads((self.folder / "remains.json").read_text())
        except FileNotFoundError:
            return {}
        standing = {part for part in {part for parts in noted.values() for part in parts} if self._exists(part)}
        kept = {document: [part for part in parts if part in standing] for document, parts in noted.items()}
        return {document: parts for document, parts in kept.items() if parts}

    def note_remains(self, remains: dict[str, list[str]]) -> None:
        """Remember them; written before anything is erased."""
        write_whole(self.folder / "remains.json", json.dumps(remains))

    def _exists(self, part: str) -> bool:
        """Whether a file of the segment is still there."""
        index, _, segment = part.partition("/")
        return any(self.path(index).glob(f"{segment}.*"))


def write_whole(path: Path, text: str) -> None:
    """Replace a file by a temporary one and a rename, both synced: a crash leaves the old one or the new one."""
    beside = path.with_suffix(".new")
    with beside.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _locked(descriptor: int) -> bool:
    """Take the lock if nobody has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
