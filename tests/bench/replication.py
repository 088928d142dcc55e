"""Copying to a second site beside `mc mirror` of the same objects between the same servers, and gaps by the row.

Ours reads back every byte that it wrote, and names it; `mc mirror` does neither. Both ways are taken in turn, the
better of each counts. MinIO is the primary, versitygw the site, PostgreSQL holds the rows.
"""

from __future__ import annotations

import io
import os
import random
import secrets
import subprocess
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from sqlalchemy import delete, insert, select

from archive.base import new_id, now
from archive.documents import Copy, Document, File, FileRole, object_key
from archive.house import House
from archive.owed import Owed, count_owed, owe_missing
from archive.reconcile import unnamed
from archive.site_figures import site_figures
from archive.sites import PRIMARY, SiteOrder
from archive.stores import open_site
from archive.stores.port import Bucket, Credential, ObjectStore, Upload, Version
from deploy.local.places import BIN
from tests.bench.figures import Figure
from tests.houses import Home, distributed, migrated_database, png
from tests.servers import SiteUrls, s3_site
from tests.sites import add_site, copy_all

PART: Final = "replication"
ASKED: Final = 0.7
WITHIN: Final = 60.0
RECONCILED: Final = 15 * 60 / 1_000_000
ROUNDS: Final = 2
IN_ONE: Final = 5
"""Objects of one document: its original and what was made of it."""

DICE = random.Random(16)  # noqa: S311 - dice, no secret


def measure(objects: int = 1500, size: int = 60_000, rows: int = 100_000) -> list[Figure]:
    """The rate for so many objects of about that many bytes, then the gaps of so many rows."""
    with (
        tempfile.TemporaryDirectory() as folder,
        migrated_database() as template,
        distributed(Path(folder) / "data", template) as home,
        _second(Path(folder)) as (order, site),
    ):
        _lay(home, objects, size)
        add_site(home.house, order)
        both = [(_ours(home.house, site), _theirs(home.house, site, Path(folder))) for _ in range(ROUNDS)]
        ours, theirs = (min(each) for each in zip(*both, strict=True))
        what = f"{objects} objects of {size} bytes, copied, read back, named"
        return [
            Figure(PART, what, objects / ours, "objects/s", f"mc mirror: {objects / theirs:.0f} objects/s"),
            Figure(PART, "rate", theirs / ours, "x", "mc mirror, which reads nothing back", floor=ASKED),
            *_gaps(home, rows),
        ]


@contextmanager
def _second(folder: Path) -> Iterator[tuple[SiteOrder, SiteUrls]]:
    """A site in buckets of its own; what was put there is taken away afterwards."""
    root = f"{s3_site('versitygw').root.rpartition('/')[0]}/anjuan-b{secrets.token_hex(5)}"
    own = SiteUrls(root, root, root, root)  # its users know one prefix alone; no right is tried here
    open_site(own.root, Credential.WRITE).prepare()
    files = {name: folder / name for name in ("write", "destroy", "verify")}
    for name, path in files.items():
        path.write_text(getattr(own, name), "utf-8")
    try:
        yield SiteOrder("second", **files), own
    finally:
        _empty(own)


def _empty(site: SiteUrls) -> None:
    store = open_site(site.root, Credential.DESTROY)
    for bucket in (Bucket.RECORDS, Bucket.RENDITIONS):
        for found in list(store.keys(bucket)):
            for version in store.versions(bucket, found.key):
                store.purge(bucket, found.key, version.version)


def _lay(home: Home, objects: int, size: int) -> None:
    """Objects at the primary, five of a document, with their rows."""
    pattern = home.put(png(1))
    for _ in range(objects // IN_ONE):
        document_id = new_id()
        files = [_put(home.house, document_id, size) for _ in range(IN_ONE)]
        with home.house.database.transaction() as session:
            session.execute(insert(Document), [_like(pattern, document_id)])
            session.add_all(files)


def _like(pattern: Document, document_id: str) -> dict[str, Any]:
    columns = {column.key: getattr(pattern, column.key) for column in Document.__table__.columns}
    return columns | {"id": document_id, "archival_code": None}


def _put(house: House, document_id: str, size: int) -> File:
    body, file_id = DICE.randbytes(size + DICE.randrange(1000)), new_id()
    digest, key = sha256(body).hexdigest(), object_key(document_id, file_id)
    stored = house.site.put(Bucket.RENDITIONS, key, io.BytesIO(body), length=len(body), sha256=digest)
    copy = Copy(site=PRIMARY, version=stored.version, sealed_size=len(body), sealed_sha256=digest, verified_at=now())
    return File(
        id=file_id, document_id=document_id, role=FileRole.PAGE.value, page=1, reading=1, media_type="image/jpeg",
        bucket=Bucket.RENDITIONS.value, size=len(body), sha256=digest, created_at=now(), copies=[copy],
    )  # fmt: skip


def _ours(house: House, site: SiteUrls) -> float:
    """Seconds to an empty list of debts; the site is emptied before."""
    _empty(site)
    with house.database.transaction() as session:
        session.execute(delete(Copy).where(Copy.site == "second"))
        session.execute(delete(Owed))
        owed = owe_missing(session, "second")
    began = time.perf_counter()
    copied = copy_all(house, "second")
    if copied < owed:
        raise SystemExit(f"bench: {copied} of {owed} objects were copied")
    return time.perf_counter() - began


def _theirs(house: House, site: SiteUrls, folder: Path) -> float:
    """Seconds of `mc mirror` into a bucket of the site that is new each time."""
    source = f"{urlsplit(house.settings.store_url).path.strip('/')}-{Bucket.RENDITIONS}"
    target = f"mirrored-{secrets.token_hex(5)}"
    environment = os.environ | {
        "MC_CONFIG_DIR": str(folder / "mc"),
        "MC_HOST_here": house.settings.store_url.removeprefix("s3+").rpartition("/")[0],
        "MC_HOST_there": site.root.removeprefix("s3+").rpartition("/")[0],
    }

    def mc(*words: str) -> None:
        subprocess.run([str(BIN / "mc"), "--quiet", *words], env=environment, check=True, stdout=subprocess.DEVNULL)

    mc("mb", f"there/{target}")
    began = time.perf_counter()
    mc("mirror", f"here/{source}", f"there/{target}")
    took = time.perf_counter() - began
    mc("rb", "--force", f"there/{target}")
    return took


def _gaps(home: Home, rows: int) -> list[Figure]:
    """What a site lacks of so many objects, by set difference, and the figures of it."""
    pattern, at = home.put(png(2)), now()
    with home.house.database.transaction() as session:
        for _ in range(rows // 1000):
            ids = [new_id() for _ in range(1000)]
            session.execute(insert(File), [_row(pattern.id, file_id) for file_id in ids])
            session.execute(insert(Copy), [
                {"file_id": each, "site": PRIMARY, "version": "1", "sealed_size": 1, "sealed_sha256": "0" * 64,
                 "verified_at": at, "held": False} for each in ids
            ])  # fmt: skip
    began = time.perf_counter()
    with home.house.database.transaction() as session:
        owe_missing(session, "second")
        waiting = site_figures(session, 0)[0].waiting
        if waiting != count_owed(session, "second") or waiting < rows:
            raise SystemExit(f"bench: {waiting} gaps of {rows}")
    took = time.perf_counter() - began
    return [Figure(PART, f"gaps of {rows} objects", took, "s", ceiling=WITHIN), *_reconciled(home, pattern.id, rows)]


def _reconciled(home: Home, document_id: str, rows: int) -> list[Figure]:
    """Rows and a listing of as many objects compared, one of them without a row; the memory that it took at most."""
    store = _Listing(home.house, document_id)
    began = time.perf_counter()
    found = list(unnamed(home.house, cast("ObjectStore", store), Bucket.RENDITIONS))
    took = time.perf_counter() - began
    tracemalloc.start()  # which slows it manyfold: a look of its own
    list(unnamed(home.house, cast("ObjectStore", store), Bucket.RENDITIONS))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    if found != [store.strange]:
        raise SystemExit(f"bench: {len(found)} objects without a row instead of one")
    return [
        Figure(PART, f"{rows} rows against a listing", took, "s", "of 1,000,000 in 15 min", ceiling=RECONCILED * rows),
        Figure(PART, "memory of that at most", peak / 2**20, "MiB", ceiling=32),
    ]


class _Listing:
    """A store's answer to what it holds: what the rows name, in the order of keys, and one object more."""

    def __init__(self, house: House, document_id: str) -> None:
        self._house, self.strange = house, f"documents/{document_id}/zzz"

    def keys(self, bucket: Bucket, prefix: str) -> Iterator[Version]:
        """As rows come from a cursor, so that nothing is held here either."""
        del prefix
        document_id = self.strange.split("/")[1]
        asked = select(File.id).where(File.document_id == document_id, File.bucket == bucket.value).order_by(File.id)
        with self._house.database.reading() as session:
            for file_id in session.scalars(asked.execution_options(yield_per=1000)):
                yield Version(object_key(document_id, file_id), "1", 1)
        yield Version(self.strange, "1", 1)

    def unfinished(self, bucket: Bucket, prefix: str) -> Iterator[Upload]:
        """None."""
        del bucket, prefix
        return iter(())


def _row(document_id: str, file_id: str) -> dict[str, Any]:
    return {
        "id": file_id, "document_id": document_id, "role": FileRole.PAGE.value, "page": 1, "reading": 1,
        "media_type": "image/jpeg", "bucket": Bucket.RENDITIONS.value, "size": 1, "sha256": "0" * 64,
        "created_at": now(),
    }  # fmt: skip
