"""The plain bytes of an original, for a child that opens them: in memory, or in a file that has no name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import BinaryIO, Final

from archive.documents import File
from archive.errors import Damaged
from archive.house import House
from archive.sealing import open_stream
from archive.stores.port import Bucket

IN_MEMORY: Final = 64 * 1024 * 1024


@contextmanager
def opened(house: House, file: File) -> Iterator[BinaryIO]:
    """The original, opened under its key and compared with its digest; Damaged when it is not what was received."""
    with _nameless(house, file.size) as plain:
        digest = sha256()
        copy = next(copy for copy in file.copies if copy.site == house.site.site)
        sealed = house.site.get(Bucket(file.bucket), file.key, version=copy.version)
        for chunk in open_stream(house.vault.key(file.document_id), file.id, sealed):
            digest.update(chunk)
            plain.write(chunk)
        if digest.hexdigest() != file.sha256:
            raise Damaged(f"The original of document {file.document_id} is not what was received.")
        plain.seek(0)
        yield plain


@contextmanager
def _nameless(house: House, size: int) -> Iterator[BinaryIO]:
    if size <= IN_MEMORY:
        with os.fdopen(os.memfd_create("original", os.MFD_CLOEXEC), "w+b") as plain:
            yield plain
    else:
        with tempfile.TemporaryFile(dir=house.settings.scratch) as plain:
            yield plain
