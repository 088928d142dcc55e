"""Puts renditions: sealed under the document's key, stored, proved, and only then to be named by a row."""

from __future__ import annotations

import io

from archive.base import new_id, now
from archive.documents import Copy, File, FileRole, object_key
from archive.house import House
from archive.sealing import DocumentKey, seal_stream
from archive.stores.port import Bucket


def put_rendition(
    house: House, key: DocumentKey, role: FileRole, *, media_type: str, body: bytes, page: int | None
) -> File:
    """Seal and store one rendition; the row that names it is not in any session yet."""
    file_id, sealed_bytes = new_id(), io.BytesIO()
    sealed = seal_stream(key, file_id, io.BytesIO(body), sealed_bytes)
    sealed_bytes.seek(0)
    version = house.site.put(
        Bucket.RENDITIONS,
        object_key(key.document_id, file_id),
        sealed_bytes,
        length=sealed.length,
        sha256=sealed.sha256,
    )
    return File(
        id=file_id, document_id=key.document_id, role=role.value, page=page, bucket=Bucket.RENDITIONS.value,
        media_type=media_type, size=sealed.plain_length, sha256=sealed.plain_sha256, created_at=now(),
        copies=[
            Copy(
                site=house.site.site, version=version.version, sealed_size=sealed.length,
                sealed_sha256=sealed.sha256, verified_at=now(),
            )
        ],
    )  # fmt: skip
