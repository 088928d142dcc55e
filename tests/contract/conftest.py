"""The sites over which the store's contract runs: a folder, MinIO, versitygw."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from archive.stores import open_site
from archive.stores.port import Bucket, Credential, ObjectStore
from archive.stores.s3 import S3Store
from tests.servers import s3_site


@dataclass(frozen=True)
class Site:
    """One site with its three credentials, and what a test needs to know of its make."""

    name: str
    write: ObjectStore
    destroy: ObjectStore
    verify: ObjectStore
    elsewhere: ObjectStore
    begin_upload: Callable[[Bucket, str], None]
    key: str = field(default_factory=lambda: f"documents/{secrets.token_hex(8)}/{secrets.token_hex(8)}")

    @property
    def folder(self) -> str:
        """The part of the test's key that no other test has, with its slash."""
        return self.key.rpartition("/")[0] + "/"


@pytest.fixture(params=["folder", "minio", "versitygw"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    return folder_site(tmp_path) if request.param == "folder" else server_site(request.param)


@pytest.fixture(params=["minio", "versitygw"])
def s3(request: pytest.FixtureRequest) -> Site:
    return server_site(request.param)


def folder_site(path: Path) -> Site:
    address = (path / "objects").as_uri()
    stores = [open_site(address, credential) for credential in Credential]
    stores[0].prepare()

    def begin_upload(bucket: Bucket, key: str) -> None:
        part = path / "objects" / bucket / f"{key}@0123456789abcdef@part"
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(b"half")

    nowhere = open_site((path / "nothing").as_uri(), Credential.VERIFY)
    return Site("folder", *stores, nowhere, begin_upload)


def server_site(name: str) -> Site:
    urls = s3_site(name)
    write = S3Store(urls.write, Credential.WRITE)

    def begin_upload(bucket: Bucket, key: str) -> None:
        write._client._create_multipart_upload(write._name(bucket), key, {})

    return Site(
        name,
        write,
        open_site(urls.destroy, Credential.DESTROY),
        open_site(urls.verify, Credential.VERIFY),
        open_site(f"{urls.verify}-nothing", Credential.VERIFY),
        begin_upload,
    )
