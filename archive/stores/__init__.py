"""Adapters of the object-store port; `open_site` chooses one by the address."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from archive.stores.port import Credential, ObjectStore


def open_site(url: str, credential: Credential, site: str = "primary") -> ObjectStore:
    """The site at `file:///path` or `s3+http(s)://ACCESS:SECRET@HOST:PORT/PREFIX`, seen with one credential.

    An S3 address carries the keys of that credential; a folder has no users, so its adapter keeps the rights itself.
    ValueError for any other address.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path and not parts.netloc:
        from archive.stores.folder import FolderStore  # noqa: PLC0415 - a process loads only the adapter it uses

        return FolderStore(Path(unquote(parts.path)), credential, site)
    if parts.scheme in {"s3+http", "s3+https"}:
        from archive.stores.s3 import S3Store  # noqa: PLC0415 - as above

        return S3Store(url, credential, site)
    raise ValueError("ANJUAN_STORE_URL must be file:///PATH or s3+http(s)://ACCESS:SECRET@HOST:PORT/PREFIX.")


__all__ = ["open_site"]
