"""Puts renditions: sealed under the document's key, stored, proved, and only then to be named by a row."""

from __future__ import annotations

import tempfile
from typing import BinaryIO, Final, cast

from archive.audit import READER
from archive.base import new_id, now
from archive.contents import plain
from archive.documents import Copy, File, FileRole, object_key
from archive.house import House
from archive.sealing import DocumentKey, seal_stream
from archive.stores.port import Bucket

_IN_MEMORY: Final = 4 * 1024 * 1024
JPEG: Final = "image/jpeg"
PDF: Final = "application/pdf"
FAX: Final = "image/x-group4"
"""Group 4 without a wrapping, as it stands in a PDF."""


def put_rendition(
    house: House,
    key: DocumentKey,
    role: FileRole,
    *,
    reading: int,
    media_type: str,
    body: BinaryIO,
    page: int | None = None,
) -> File:
    """Seal and store one rendition, read from `body`; the row that names it is not in any session yet."""
    file_id = new_id()
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(house.settings.scratch)) as spool:
        target = cast("BinaryIO", spool)
        sealed = seal_stream(key, file_id, body, target)
        target.seek(0)
        version = house.site.put(
            Bucket.RENDITIONS,
            object_key(key.document_id, file_id),
            target,
            length=sealed.length,
            sha256=sealed.sha256,
        )
    stored_at = now()
    copy = Copy(
        site=house.site.site, version=version.version, sealed_size=sealed.length, sealed_sha256=sealed.sha256,
        verified_at=stored_at,
    )  # fmt: skip
    return File(
        id=file_id, document_id=key.document_id, role=role.value, page=page, reading=reading,
        bucket=Bucket.RENDITIONS.value, media_type=media_type, size=sealed.plain_length,
        sha256=sealed.plain_sha256, created_at=stored_at, copies=[copy],
    )  # fmt: skip


def content_of(house: House, key: DocumentKey, file: File) -> bytes:
    """The plain bytes of one small rendition. Damaged when they are not what was stored."""
    return b"".join(plain(house, READER, key, file))
