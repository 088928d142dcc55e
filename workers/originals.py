"""The plain bytes of an original, for a child that opens them: in memory, or in a file that has no name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from archive.audit import READER
from archive.contents import plain
from archive.documents import File
from archive.house import House

IN_MEMORY: Final = 64 * 1024 * 1024


@contextmanager
def opened(house: House, file: File) -> Iterator[BinaryIO]:
    """The original, opened under its key and compared with its digest; Damaged when it is not what was received."""
    with _nameless(house, file.size) as source:
        for chunk in plain(house, READER, house.vault.key(file.document_id), file):
            source.write(chunk)
        source.seek(0)
        yield source


@contextmanager
def _nameless(house: House, size: int) -> Iterator[BinaryIO]:
    if size <= IN_MEMORY:
        with os.fdopen(os.memfd_create("original", os.MFD_CLOEXEC), "w+b") as plain:
            yield plain
    else:
        with tempfile.TemporaryFile(dir=house.settings.scratch) as plain:
            yield plain
