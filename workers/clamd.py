"""ClamAV's daemon over its socket: one file at a time by INSTREAM, and what it is. Nobody else speaks to it.

Source: clamd(8), command `zINSTREAM`. A chunk is its length (4 bytes, network order) and its bytes; a
chunk of no bytes ends the file.
"""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from archive.errors import Away

CHUNK: Final = 1 << 16
PATIENCE: Final = 120.0
ASKING: Final = 10.0
_FOUND: Final = re.compile(r"stream: (?P<name>.+) FOUND")


class Scanner:
    """A daemon at `unix:/path` or `tcp://host:port`. Away while it does not answer, or cannot scan a file."""

    def __init__(self, address: str) -> None:
        self._address = address

    def version(self) -> str:
        """Engine, number and date of its signatures, such as `ClamAV 1.4.3/27800/Tue Nov 24 …`."""
        with self._link() as link:
            link.sendall(b"zVERSION\0")
            return _answer(link)[:120]

    def scan(self, body: BinaryIO) -> str:
        """What it found in the file; empty for nothing. The file's position is its beginning again afterwards."""
        with self._link() as link:
            link.sendall(b"zINSTREAM\0")
            try:
                while chunk := body.read(CHUNK):
                    link.sendall(struct.pack("!I", len(chunk)) + chunk)
                link.sendall(struct.pack("!I", 0))
            except OSError as error:  # it hangs up on what is longer than its StreamMaxLength
                raise Away(f"clamd broke off ({error}). Raise its StreamMaxLength to ANJUAN_MAX_UPLOAD_MIB.") from error
            finally:
                body.seek(0)
            said = _answer(link)
        if said == "stream: OK":
            return ""
        found = _FOUND.fullmatch(said)
        if found is None:
            raise Away(f"clamd did not scan: {said or 'it hung up'}")
        return found["name"][:80]

    def ping(self) -> None:
        """Whether it answers at all. Away."""
        with self._link(ASKING) as link:
            link.sendall(b"zPING\0")
            said = _answer(link)
        if said != "PONG":
            raise Away(f"what listens at {self._address} is no clamd: it said {said[:40]!r}")

    @contextmanager
    def _link(self, patience: float = PATIENCE) -> Iterator[socket.socket]:
        try:
            with self._connected(patience) as link:
                yield link
        except OSError as error:
            raise Away(f"clamd at {self._address} does not answer: {error}") from error

    def _connected(self, patience: float) -> socket.socket:
        kind, _, place = self._address.partition(":")
        if kind == "unix":
            link = socket.socket(socket.AF_UNIX)
            link.settimeout(patience)
            try:
                link.connect(place)
            except OSError:
                link.close()
                raise
            return link
        host, _, port = place.removeprefix("//").rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), timeout=patience)


def _answer(link: socket.socket) -> str:
    """One answer, which ends with a zero byte."""
    said = b""
    while not said.endswith(b"\0") and (part := link.recv(4096)):
        said += part
    return said.rstrip(b"\0").decode("utf-8", "replace").strip()
