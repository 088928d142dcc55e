"""What an S3 site owes beyond the port: rights kept by the server itself, and a server that is away or lies."""

from __future__ import annotations

import hashlib
import io
import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, Final

import pytest
from minio import Minio
from minio.commonconfig import GOVERNANCE
from minio.deleteobjects import DeleteObject
from minio.error import S3Error
from minio.objectlockconfig import DAYS, ObjectLockConfig
from minio.retention import Retention

from archive.stores import open_site
from archive.stores import s3 as s3_module
from archive.stores.port import Away, Bucket, Credential, NotAllowed, StillLocked, StoreRefused, Version
from archive.stores.s3 import S3Store
from tests.contract.conftest import Site
from tests.servers import s3_site

SLOW: Final = (
    b"HTTP/1.1 503 Slow\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n"
    b"<Error><Code>SlowDown</Code></Error>"
)


def put(site: Site, bucket: Bucket = Bucket.RECORDS) -> Version:
    data = b"a page"
    return site.write.put(bucket, site.key, io.BytesIO(data), length=len(data), sha256=hashlib.sha256(data).hexdigest())


def raw(site: Site, credential: str) -> tuple[Minio, str]:
    """The vendor's client with a credential's keys, past our adapter, and the name of the records' bucket."""
    store = S3Store(getattr(s3_site(site.name), credential), Credential.WRITE)
    return store._client, store._name(Bucket.RECORDS)


def test_the_services_own_keys_cannot_delete_a_version(s3: Site) -> None:
    version = put(s3)
    client, bucket = raw(s3, "write")
    with pytest.raises(S3Error, match="AccessDenied"):
        client.remove_object(bucket_name=bucket, object_name=s3.key, version_id=version.version)
    assert s3.verify.versions(Bucket.RECORDS, s3.key) == [version]


@pytest.mark.parametrize("bypass", [False, True])
def test_nor_by_a_list_with_or_without_the_bypass_header(s3: Site, bypass: bool) -> None:  # noqa: FBT001 - a parameter
    version = put(s3)
    client, bucket = raw(s3, "write")
    s3.write.retain(Bucket.RECORDS, s3.key, version.version, datetime.now(UTC) + timedelta(minutes=1))
    orders = [DeleteObject(s3.key, version.version), DeleteObject(s3.key)]
    refused = list(client.remove_objects(bucket, orders, bypass_governance_mode=bypass))
    assert [error.code for error in refused] == ["AccessDenied"] * 2
    assert s3.verify.versions(Bucket.RECORDS, s3.key) == [version]


def test_the_services_own_keys_cannot_shorten_a_retention(s3: Site) -> None:
    version = put(s3)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=2)
    s3.write.retain(Bucket.RECORDS, s3.key, version.version, until)
    client, bucket = raw(s3, "write")
    earlier = Retention(GOVERNANCE, until - timedelta(minutes=1))
    with pytest.raises(S3Error):
        client.set_object_retention(bucket, s3.key, earlier, version_id=version.version)
    assert s3.verify.retained_until(Bucket.RECORDS, s3.key, version.version) == until


@pytest.mark.parametrize("change", ["versioning", "lock", "policy", "bucket"])
def test_the_services_own_keys_cannot_change_the_buckets(s3: Site, change: str) -> None:
    client, bucket = raw(s3, "write")
    calls = {
        "versioning": lambda: client._execute("PUT", bucket, body=b"<x/>", query_params={"versioning": ""}),
        "lock": lambda: client.set_object_lock_config(bucket, ObjectLockConfig(GOVERNANCE, 1, DAYS)),
        "policy": lambda: client.delete_bucket_policy(bucket),
        "bucket": lambda: client.remove_bucket(bucket),
    }
    with pytest.raises(S3Error, match="AccessDenied"):
        calls[change]()


def test_evidence_under_retention_outlasts_the_root_user(s3: Site) -> None:
    version = put(s3, Bucket.EVIDENCE)
    s3.write.retain(Bucket.EVIDENCE, s3.key, version.version, datetime.now(UTC) + timedelta(minutes=1))
    client, bucket = raw(s3, "root")
    order = [DeleteObject(s3.key, version.version)]
    refused = list(client.remove_objects(bucket.replace("records", "evidence"), order, bypass_governance_mode=True))
    assert len(refused) == 1
    assert s3.verify.versions(Bucket.EVIDENCE, s3.key) == [version]
    with pytest.raises(StillLocked):
        s3.destroy.purge(Bucket.EVIDENCE, s3.key, version.version)


def test_a_stranger_is_not_allowed(s3: Site) -> None:
    address = s3_site(s3.name).verify.partition("@")[2]
    stranger = open_site(f"s3+http://nobody:wrongwrong@{address}", Credential.VERIFY)
    with pytest.raises(NotAllowed):
        stranger.absent(Bucket.RECORDS, s3.key)


def test_a_large_body_is_streamed_with_flat_memory(s3: Site) -> None:
    class Zeros(io.RawIOBase):
        """Bytes that are made as they are read."""

        left = size = 160 << 20

        def read(self, size: int = -1) -> bytes:
            give = min(self.left, size)
            self.left -= give
            return bytes(give)

    digest = hashlib.sha256()
    for _ in range(160):
        digest.update(bytes(1 << 20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    body: BinaryIO = Zeros()  # type: ignore[assignment]
    version = s3.write.put(Bucket.RECORDS, s3.key, body, length=Zeros.size, sha256=digest.hexdigest())
    assert sum(map(len, s3.verify.get(Bucket.RECORDS, s3.key))) == Zeros.size
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    s3.destroy.purge(Bucket.RECORDS, s3.key, version.version)
    assert grown < 100 << 10, f"{grown} KiB more at the peak"


@contextmanager
def listener(answer: bytes | None) -> Iterator[str]:
    """A server that sends one fixed answer to whoever comes and hangs up; with None it never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held = []

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                held.append(line)
                line.recv(65536)
                if answer is not None:
                    line.sendall(answer)
                    line.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"s3+http://someone:something@127.0.0.1:{server.getsockname()[1]}/anjuan"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for line in held:
            line.close()


def calls_of(url: str) -> Iterator[tuple[str, float]]:
    """Every reading and writing call of a site that cannot answer: its name and how long it took to say Away."""
    store = open_site(url, Credential.WRITE)
    calls = {
        "stat": lambda: store.stat(Bucket.RECORDS, "a/b"),
        "get": lambda: store.get(Bucket.RECORDS, "a/b"),
        "absent": lambda: store.absent(Bucket.RECORDS, "a/b"),
        "keys": lambda: list(store.keys(Bucket.RECORDS)),
        "put": lambda: store.put(Bucket.RECORDS, "a/b", io.BytesIO(b""), length=0, sha256=hashlib.sha256().hexdigest()),
    }
    for name, call in calls.items():
        begin = time.monotonic()
        with pytest.raises(Away):
            call()
        yield name, time.monotonic() - begin


def test_a_server_that_is_down_is_away_within_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    took = dict(calls_of(f"s3+http://someone:something@127.0.0.1:{port}/anjuan"))
    assert max(took.values()) < 3, took


def test_a_silent_server_is_away_when_its_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_module, "ANSWER_WITHIN", 0.3)
    with listener(None) as url:
        took = dict(calls_of(url))
    assert max(took.values()) < 2, took


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 500 Oops\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\noops",
        SLOW % 36,
        SLOW % 30,
    ],
    ids=["nothing", "garbage", "503", "500 in HTML", "slow down", "cut XML"],
)
def test_a_server_that_answers_nonsense_is_away(answer: bytes) -> None:
    with listener(answer) as url:
        assert {name for name, _ in calls_of(url)} == {"stat", "get", "absent", "keys", "put"}


def test_a_body_that_ends_early_is_away_and_never_a_shorter_file() -> None:
    with listener(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this") as url:
        store = open_site(url, Credential.VERIFY)
        with pytest.raises(Away):
            list(store.get(Bucket.RECORDS, "a/b"))


def test_a_listing_that_does_not_advance_ends() -> None:
    page = (
        b"<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>a</NextKeyMarker>"
        b"<NextVersionIdMarker>1</NextVersionIdMarker></ListVersionsResult>"
    )
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n" % len(page)
    with listener(head + page) as url, pytest.raises(StoreRefused):
        open_site(url, Credential.VERIFY).versions(Bucket.RECORDS, "a")


@pytest.mark.parametrize(
    "url", ["", "ftp://x/y", "file://host/path", "s3+http://host/prefix", "s3+http://a@host/prefix"]
)
def test_an_address_that_is_none_stops_the_start(url: str) -> None:
    with pytest.raises(ValueError, match=r"s3\+http"):
        open_site(url, Credential.WRITE)
