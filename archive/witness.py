"""What stands outside the installation's data: its destructions and the checkpoints of its log, a line each.

A database that was set back to an older copy replays the one and is compared with the other. The folder belongs on
another disk, and in no backup of the data. Lines are appended, synced before the act that they witness goes on, and
never changed; a line that a crash tore is the last one, and its act did not happen.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from archive.canonical import canonical
from archive.errors import Away, Damaged

DESTROYED: Final = "destroyed.jsonl"
CHECKPOINTS: Final = "checkpoints.jsonl"


class Witness:
    """The folder of one installation."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def destroyed(self, numbers: Mapping[str, str]) -> None:
        """Keys are about to be destroyed under these certificates' numbers. Away when it cannot be written."""
        self._append(DESTROYED, *({"document": name, "number": number} for name, number in numbers.items()))

    def destructions(self) -> dict[str, str]:
        """The certificate's number of every destroyed document. Damaged when a line is none."""
        return {line["document"]: line["number"] for line in self._lines(DESTROYED)}

    def told_since(self, at: datetime) -> bool:
        """Whether a destruction was witnessed after that moment, by the clock of the folder's disk."""
        path = self.folder / DESTROYED
        return path.exists() and path.stat().st_mtime > at.timestamp()

    def checkpoint(self, note: str) -> None:
        """A signed checkpoint of the log. Away when it cannot be written."""
        self._append(CHECKPOINTS, {"note": note})

    def set_back(self, size: int, signature: str) -> None:
        """A restore set the log back to so many entries, signed by who could: later checkpoints are void."""
        self._append(CHECKPOINTS, {"set_back_to": size, "signature": signature})

    def again(self, line: dict[str, Any]) -> None:
        """A line of a witness whose folder was lost, as it stood there."""
        self._append(CHECKPOINTS, line)

    def checkpoints(self) -> list[dict[str, Any]]:
        """Checkpoints and restores, in the order in which they were witnessed."""
        return list(self._lines(CHECKPOINTS))

    def _append(self, name: str, *values: object) -> None:
        path, lines = self.folder / name, b"".join(canonical(value) + b"\n" for value in values)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                size = os.fstat(handle).st_size
                torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
                _write(handle, (b"\n" if torn else b"") + lines)
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise Away(f"The witness {path} cannot be written: {error.strerror}.") from error

    def _lines(self, name: str) -> Iterator[dict[str, Any]]:
        """Torn lines are left out: they are followed by their act's repetition, or by nothing."""
        path = self.folder / name
        if not path.exists():
            return
        for line in path.read_bytes().split(b"\n")[:-1]:
            value = _read(line)
            if value is not None:
                yield value
            elif not line.startswith(b"{") or line.endswith(b"}"):
                raise Damaged(f"The witness {path} has a line that nobody wrote.")


def _write(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def _read(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
