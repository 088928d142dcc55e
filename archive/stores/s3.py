"""An S3 server as a site: MinIO, versitygw and their like, through `minio` 7.2 (the only module that speaks to it).

Written against the promises of `archive.stores.port`; servers differ in their error codes, in the order and the
decimals of their listings, so errors are translated by meaning and listings are read here. Rights are the server's:
the three credentials are users with the policies in `deploy/policies/`.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import BinaryIO, Final
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree as ET

import urllib3
from minio import Minio
from minio.commonconfig import COMPLIANCE, ENABLED, GOVERNANCE
from minio.error import InvalidResponseError, S3Error, ServerError
from minio.retention import Retention

from archive.stores.keys import checked_key, whole_second
from archive.stores.port import (
    Away,
    Bucket,
    Credential,
    NoSuchObject,
    NotAllowed,
    OutOfSpace,
    StillLocked,
    StoreRefused,
    Upload,
    Version,
)

CHUNK: Final = 1 << 20
ONE_PUT: Final = 16 << 20
"""Up to here one request with the whole digest, checked by the server; above, parts of this size, one at a time."""

PAGE: Final = 1000
"""How many names one listing request asks for."""
ANSWER_WITHIN: Final = 15
"""Seconds between two bytes of an answer; a server that is silent for longer is Away."""

_CHECKSUM: Final = "x-amz-checksum-sha256"
_ABSENT: Final = {"NoSuchKey", "NoSuchVersion", "NotFound", "MethodNotAllowed", "NoSuchUpload"}
_FULL: Final = {"XMinioStorageFull", "QuotaExceeded", "XMinioAdminBucketQuotaExceeded", "InsufficientStorage"}
_DENIED: Final = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"}
_AWAY: Final = {"InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown", "SlowDownRead", "SlowDownWrite"}
_LOCK_WORDS: Final = ("worm protected", "object lock")
_MODES: Final = {Bucket.RECORDS: GOVERNANCE, Bucket.RENDITIONS: GOVERNANCE, Bucket.EVIDENCE: COMPLIANCE}


class S3Store:
    """A site on an S3 server, seen with one credential. `url`: `s3+http(s)://ACCESS:SECRET@HOST:PORT/PREFIX`."""

    def __init__(self, url: str, credential: Credential, site: str = "primary") -> None:
        parts = urlsplit(url)
        if not (parts.scheme in {"s3+http", "s3+https"} and parts.hostname and parts.username and parts.password):
            raise ValueError("The store's address must read s3+http(s)://ACCESS:SECRET@HOST:PORT/PREFIX.")
        self.site = site
        self.credential = credential
        self._prefix = parts.path.strip("/") or "anjuan"
        self._client = Minio(
            parts.netloc.rpartition("@")[2],
            access_key=unquote(parts.username),
            secret_key=unquote(parts.password),
            secure=parts.scheme == "s3+https",
            region=parse_qs(parts.query).get("region", ["us-east-1"])[0],
            http_client=_pool(),
        )

    def _name(self, bucket: Bucket) -> str:
        return f"{self._prefix}-{bucket}"

    def prepare(self) -> None:
        """Make the missing buckets, with object lock, which also keeps versioning from being suspended."""
        for bucket in Bucket:
            name = self._name(bucket)
            with _translated():
                if not self._client.bucket_exists(bucket_name=name):
                    self._client.make_bucket(bucket_name=name, object_lock=True)
                if self._client.get_bucket_versioning(bucket_name=name).status != ENABLED:
                    raise StoreRefused(f"The bucket {name} keeps no versions; make it anew with object lock.")
            if bucket is not Bucket.RENDITIONS:
                self._ask(bucket, {"object-lock": ""})

    def put(self, bucket: Bucket, key: str, body: BinaryIO, *, length: int, sha256: str) -> Version:
        """One request up to `ONE_PUT` bytes, else parts; the server checks each request's digest before it keeps it.

        A server that says what digest it kept has proved it; of one that does not, the object is asked for.
        """
        source = _Measured(body, length, sha256)
        whole = length <= ONE_PUT
        proof = {_CHECKSUM: base64.b64encode(bytes.fromhex(sha256)).decode("ascii")}
        with _translated(key):
            written = self._client.put_object(
                bucket_name=self._name(bucket),
                object_name=checked_key(key),
                data=io.BytesIO(source.all()) if whole else source,
                length=length,
                metadata=proof if whole else None,
                part_size=ONE_PUT,
                num_parallel_uploads=1,
            )
        if whole and written.version_id and (written.http_headers or {}).get(_CHECKSUM) == proof[_CHECKSUM]:
            return Version(key, written.version_id, length)
        version = self.stat(bucket, key, version=written.version_id)
        if version is None or version.size != length:
            raise StoreRefused(f"{self.site} took {key} but does not show it with its {length} bytes.")
        return version

    def get(self, bucket: Bucket, key: str, *, version: str | None = None, start: int = 0) -> Iterator[bytes]:
        """Opened before this returns, so that an absent object is told at once."""
        with _translated(key):
            try:
                answer = self._client.get_object(
                    bucket_name=self._name(bucket), object_name=checked_key(key), version_id=version, offset=start
                )
            except S3Error as fault:
                if fault.code != "InvalidRange":
                    raise
                return iter(())
        return _chunks(answer, key)

    def stat(self, bucket: Bucket, key: str, *, version: str | None = None) -> Version | None:
        """By HEAD; whether the bucket itself is gone is asked before absence is believed."""
        name = self._name(bucket)
        try:
            with _translated(key):
                found = self._client.stat_object(bucket_name=name, object_name=checked_key(key), version_id=version)
        except NoSuchObject:
            self._need_bucket(name)
            return None
        except StoreRefused:
            if version is None or any(one.version == version for one in self.versions(bucket, key)):
                raise
            return None  # HEAD answers 400 to a version id that this make of server could not have given
        return Version(key, found.version_id, found.size)

    def _need_bucket(self, name: str) -> None:
        with _translated():
            if not self._client.bucket_exists(bucket_name=name):
                raise StoreRefused(_NO_BUCKET.format(name))

    def versions(self, bucket: Bucket, key: str) -> list[Version]:
        """The listing of a prefix begins with the key itself; it ends at the first neighbour that is longer."""
        exact = [entry for entry in self._entries(bucket, checked_key(key)) if entry.version.key == key]
        newest_first = sorted(exact, key=_Entry.age)
        return list(dict.fromkeys(entry.version for entry in newest_first))  # pages of versitygw may overlap

    def keys(self, bucket: Bucket, prefix: str = "") -> Iterator[Version]:
        """The newest versions, without those hidden by a marker."""
        last = ""
        for entry in self._entries(bucket, prefix):
            if entry.latest and entry.version.key != last:
                last = entry.version.key
                if not entry.version.marker:
                    yield entry.version

    def _entries(self, bucket: Bucket, prefix: str) -> Iterator[_Entry]:
        query = {"versions": "", "prefix": prefix, "max-keys": str(PAGE)}
        for page in self._pages(bucket, query, "KeyMarker", "VersionIdMarker"):
            for element in page:
                if _tag(element) in {"Version", "DeleteMarker"}:
                    yield _Entry(element)

    def _pages(self, bucket: Bucket, query: dict[str, str], *markers: str) -> Iterator[ET.Element]:
        """Every page of a listing; `markers` are the elements that lead from one to the next."""
        more = True
        while more:
            page = self._ask(bucket, query)
            more = _text(page, "IsTruncated") == "true"
            yield page
            following = {_PARAMETERS[marker]: _text(page, f"Next{marker}") for marker in markers}
            if more and following.items() <= query.items():
                raise StoreRefused(f"The listing of {self._name(bucket)} does not get past {following}.")
            query.update(following)

    def _ask(self, bucket: Bucket, query: dict[str, str], key: str | None = None) -> ET.Element:
        """A GET whose answer minio 7.2 cannot parse from every server (times with nine decimals)."""
        with _translated(key or ""):
            answer = self._client._execute(  # noqa: SLF001 - signs and sends; the public calls parse too strictly
                "GET", bucket_name=self._name(bucket), object_name=key, query_params=dict(query)
            )
            return ET.fromstring(answer.data)  # noqa: S314 - the answer of our own, configured store

    def hide(self, bucket: Bucket, key: str) -> None:
        """Add a marker."""
        with _translated(key):
            self._client.remove_object(bucket_name=self._name(bucket), object_name=checked_key(key))

    def purge(self, bucket: Bucket, key: str, version: str) -> None:
        """Never with the header that bypasses a lock. What is gone already is no error."""
        if not version:
            raise StoreRefused(f"Purging {key} needs a version: without one a server would only add a marker.")
        try:
            with _translated(key):
                self._client.remove_object(
                    bucket_name=self._name(bucket), object_name=checked_key(key), version_id=version
                )
        except NoSuchObject:
            return

    def uploads(self, bucket: Bucket, key: str) -> list[Upload]:
        """Asked with the whole key as prefix, the one question that MinIO answers."""
        query = {"uploads": "", "prefix": checked_key(key), "max-uploads": str(PAGE)}
        found = [
            Upload(_text(element, "Key"), _text(element, "UploadId"))
            for page in self._pages(bucket, query, "KeyMarker", "UploadIdMarker")
            for element in page
            if _tag(element) == "Upload"
        ]
        return [upload for upload in found if upload.key == key]

    def unfinished(self, bucket: Bucket, prefix: str = "") -> Iterator[Upload]:
        """MinIO answers this question for whole keys only, that is with nothing."""
        query = {"uploads": "", "prefix": prefix, "max-uploads": str(PAGE)}
        for page in self._pages(bucket, query, "KeyMarker", "UploadIdMarker"):
            for element in page:
                if _tag(element) == "Upload":
                    yield Upload(_text(element, "Key"), _text(element, "UploadId"))

    def abort(self, bucket: Bucket, upload: Upload) -> None:
        """What is gone already is no error."""
        try:
            with _translated(upload.key):
                self._client._abort_multipart_upload(  # noqa: SLF001 - minio has no public call for it
                    self._name(bucket), checked_key(upload.key), upload.upload
                )
        except NoSuchObject:
            return

    def absent(self, bucket: Bucket, key: str) -> bool:
        """Asked from two listings."""
        return not self.versions(bucket, key) and not self.uploads(bucket, key)

    def set_hold(self, bucket: Bucket, key: str, version: str, *, on: bool) -> None:
        """By version."""
        change = self._client.enable_object_legal_hold if on else self._client.disable_object_legal_hold
        with _translated(key):
            change(bucket_name=self._name(bucket), object_name=checked_key(key), version_id=version)

    def held(self, bucket: Bucket, key: str, version: str) -> bool:
        """By version; without any hold ever set servers answer with an error, which means no."""
        return self._lock(bucket, key, version, "legal-hold", "Status") == "ON"

    def retain(self, bucket: Bucket, key: str, version: str, until: datetime) -> None:
        """StillLocked when the version is locked for longer already."""
        wanted = whole_second(until)
        now = self.retained_until(bucket, key, version)
        if now is not None and wanted < now:
            raise StillLocked(f"{key} is locked until {now:%Y-%m-%d %H:%M:%S}Z; a lock is never shortened.")
        with _translated(key):
            self._client.set_object_retention(
                bucket_name=self._name(bucket),
                object_name=checked_key(key),
                config=Retention(_MODES[bucket], wanted),
                version_id=version,
            )

    def retained_until(self, bucket: Bucket, key: str, version: str) -> datetime | None:
        """None too when the date has passed."""
        text = self._lock(bucket, key, version, "retention", "RetainUntilDate")
        if not text:
            return None
        until = datetime.fromisoformat(text.partition(".")[0].rstrip("Z")).replace(tzinfo=UTC)
        return until if until > datetime.now(UTC) else None

    def _lock(self, bucket: Bucket, key: str, version: str, question: str, element: str) -> str:
        try:
            answer = self._ask(bucket, {question: "", "versionId": version}, checked_key(key))
        except _NeverLocked:
            return ""
        return _text(answer, element)


_NO_BUCKET: Final = "The store has no bucket {}; make it with the root user, see deploy/policies/README.md."
_PARAMETERS: Final = {
    "KeyMarker": "key-marker",
    "VersionIdMarker": "version-id-marker",
    "UploadIdMarker": "upload-id-marker",
}


class _NeverLocked(StoreRefused):
    """The version has no hold or retention, and never had."""


class _Measured:
    """A body that must have the given length and digest: told apart before its last part is sent."""

    def __init__(self, body: BinaryIO, length: int, sha256: str) -> None:
        self._body = body
        self._left = length
        self._sha256 = sha256
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes; StoreRefused at the end when length or digest differ."""
        data = self._body.read(min(size, self._left) if size >= 0 else self._left)
        self._left -= len(data)
        self._digest.update(data)
        if not data and self._left:
            raise StoreRefused(f"The body ended {self._left} bytes early.")
        if not self._left and self._digest.hexdigest() != self._sha256:
            raise StoreRefused("The body does not have the digest that was announced.")
        if not self._left and self._body.read(1):
            raise StoreRefused("The body is longer than announced.")
        return data

    def all(self) -> bytes:
        """The whole body."""
        chunks = []
        while self._left:
            chunks.append(self.read(CHUNK))
        return b"".join(chunks) or self.read(0)


class _Entry:
    """One line of a listing of versions."""

    def __init__(self, element: ET.Element) -> None:
        marker = _tag(element) == "DeleteMarker"
        size = 0 if marker else int(_text(element, "Size"))
        self.version = Version(_text(element, "Key"), _text(element, "VersionId"), size, marker)
        self.latest = _text(element, "IsLatest") == "true"
        self._second, _, fraction = _text(element, "LastModified").rstrip("Z").partition(".")
        self._fraction = fraction.ljust(9, "0")

    def age(self) -> tuple[bool, list[int]]:
        """Sorts the newest first: the server's own word on which is the latest, then its times."""
        instant = f"{self._second}{self._fraction}".encode("ascii")
        return not self.latest, [-digit for digit in instant]


def _pool() -> urllib3.PoolManager:
    """A dead server is noticed in seconds; nothing but the connecting is tried again, for a put may have happened."""
    return urllib3.PoolManager(
        maxsize=16,
        timeout=urllib3.Timeout(connect=3, read=ANSWER_WITHIN),
        retries=urllib3.Retry(total=1, connect=1, read=0, redirect=0, status=0, other=0, backoff_factor=0.2),
    )


def _chunks(answer: urllib3.BaseHTTPResponse, key: str) -> Iterator[bytes]:
    """Chunks of at most 1 MiB; a body that ends early is Away, never a shorter file."""
    whole = False
    try:
        with _translated(key):
            yield from answer.stream(CHUNK)
        whole = True
    finally:
        if not whole:  # the rest would be taken for the next answer; a connection that is read to the end is kept
            answer.close()
        answer.release_conn()


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: ET.Element, name: str) -> str:
    for child in element:
        if _tag(child) == name:
            return child.text or ""
    return ""


@contextmanager
def _translated(key: str = "") -> Iterator[None]:
    """The client's and the server's errors, by what they mean."""
    try:
        yield
    except S3Error as fault:
        raise _meaning(fault, key) from fault
    except (urllib3.exceptions.HTTPError, InvalidResponseError, ServerError, ET.ParseError, OSError) as fault:
        raise Away(f"The object store did not answer: {fault}") from fault


def _meaning(fault: S3Error, key: str) -> Exception:
    code, words = fault.code or "", (fault.message or "").lower()
    sentence = f"{key}: {code}: {fault.message}"
    if any(lock in words for lock in _LOCK_WORDS) and code in {"InvalidRequest", "AccessDenied"}:
        return StillLocked(sentence)
    if code in {"NoSuchObjectLockConfiguration", "ObjectLockConfigurationNotFoundError"}:
        return _NeverLocked(sentence)
    if code == "NoSuchBucket":
        return StoreRefused(_NO_BUCKET.format(fault.bucket_name))
    for codes, error in ((_ABSENT, NoSuchObject), (_FULL, OutOfSpace), (_DENIED, NotAllowed), (_AWAY, Away)):
        if code in codes:
            return error(sentence)
    if "version id" in words:
        return NoSuchObject(sentence)
    return StoreRefused(sentence)
