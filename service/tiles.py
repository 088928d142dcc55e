"""Parts of pages that were cut before, on this machine, each sealed under its document's key.

A tile lies in scratch below its document's id, where destruction looks for what is left of a document, and nothing
opens it once the key is gone. What is kept is cut from one stored file, plain or covered, and named by it: who may see
which file is decided before anybody looks here. A watermark is never in it.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from archive.base import new_id
from archive.errors import Damaged
from archive.sealing import DocumentKey, open_value, seal_value

MOST: Final = 512 * 1024 * 1024
"""Bytes that all tiles of a machine may take; beyond it the oldest quarter goes."""


@dataclass
class Tiles:
    """Tiles below a folder. Nothing is promised: what is not there is cut again."""

    folder: Path
    most: int = MOST
    _held: int = -1
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: DocumentKey, name: str) -> bytes | None:
        """The tile of that name, if it is here and whole."""
        path = self._path(key, name)
        try:
            return open_value(key, _place(name), path.read_bytes())
        except OSError:
            return None
        except Damaged:
            path.unlink(missing_ok=True)
            return None

    def put(self, key: DocumentKey, name: str, tile: bytes) -> None:
        """Keep a tile; a disk that is full keeps none."""
        path = self._path(key, name)
        unfinished = path.with_suffix(f".{new_id()}")
        sealed = seal_value(key, _place(name), tile)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished.write_bytes(sealed)
            unfinished.replace(path)
        except OSError:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            return
        self._count(len(sealed))

    def _path(self, key: DocumentKey, name: str) -> Path:
        return self.folder / key.document_id / sha256(name.encode()).hexdigest()[:32]

    def _count(self, more: int) -> None:
        """Know how much there is; another process may have added, so what is over is counted anew."""
        with self._lock:
            self._held = self._held + more if self._held >= 0 else self._sum()
            if self._held > self.most:
                self._shrink()

    def _sum(self) -> int:
        return sum(size for _, size, _ in self._all())

    def _shrink(self) -> None:
        found = sorted(self._all())
        self._held = sum(size for _, size, _ in found)
        for _, size, path in found:
            if self._held <= self.most * 3 // 4:
                break
            path.unlink(missing_ok=True)
            with suppress(OSError):
                path.parent.rmdir()
            self._held -= size

    def _all(self) -> list[tuple[float, int, Path]]:
        found = []
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = Path(folder, name)
                with suppress(OSError):
                    known = path.stat()
                    found.append((known.st_mtime, known.st_size, path))
        return found


def _place(name: str) -> str:
    return f"tile/{name}"
