"""The promises of `archive.stores.port`, one test each, over every adapter and real servers."""

from __future__ import annotations

import hashlib
import io
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from archive.stores import s3 as s3_module
from archive.stores.port import Bucket, NoSuchObject, NotAllowed, ObjectStore, StillLocked, StoreRefused, Version
from tests.contract.conftest import Site
from tests.contract.naughty import FlipStore, NaughtyStore

SIZES = {
    "nothing": 0,
    "one byte": 1,
    "more than a chunk": s3_module.CHUNK + 7,
    "more than one request": s3_module.ONE_PUT + 7,
}


def sample(size: int, seed: int = 1) -> bytes:
    """Bytes that do not repeat in step with any chunk."""
    block = hashlib.shake_256(seed.to_bytes(8, "big")).digest(65537)
    return (block * (size // len(block) + 1))[:size]


def put(store: ObjectStore, key: str, data: bytes, bucket: Bucket = Bucket.RECORDS) -> Version:
    return store.put(bucket, key, io.BytesIO(data), length=len(data), sha256=hashlib.sha256(data).hexdigest())


def read(store: ObjectStore, key: str, version: str | None = None, start: int = 0) -> bytes:
    return b"".join(store.get(Bucket.RECORDS, key, version=version, start=start))


def test_preparing_twice_changes_nothing(site: Site) -> None:
    put(site.write, site.key, b"kept")
    site.write.prepare()
    assert read(site.verify, site.key) == b"kept"


@pytest.mark.parametrize("bucket", Bucket)
def test_every_bucket_takes_objects(site: Site, bucket: Bucket) -> None:
    put(site.write, site.key, b"page", bucket)
    assert b"".join(site.verify.get(bucket, site.key)) == b"page"


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_what_is_put_is_read_at_once(site: Site, size: int) -> None:
    data = sample(size)
    version = put(site.write, site.key, data)
    assert read(site.verify, site.key) == data
    assert site.verify.stat(Bucket.RECORDS, site.key) == version == Version(site.key, version.version, size)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_a_wrong_digest_is_refused_and_leaves_nothing(site: Site, size: int) -> None:
    wrong = hashlib.sha256(b"other").hexdigest()
    with pytest.raises(StoreRefused):
        site.write.put(Bucket.RECORDS, site.key, io.BytesIO(sample(size)), length=size, sha256=wrong)
    assert site.verify.absent(Bucket.RECORDS, site.key)


@pytest.mark.parametrize("off", [-1, 1], ids=["longer than announced", "shorter than announced"])
@pytest.mark.parametrize("size", [10, SIZES["more than one request"]])
def test_a_wrong_length_is_refused_and_leaves_nothing(site: Site, size: int, off: int) -> None:
    data = sample(size)
    digest = hashlib.sha256(data[: size + off]).hexdigest()
    with pytest.raises(StoreRefused):
        site.write.put(Bucket.RECORDS, site.key, io.BytesIO(data), length=size + off, sha256=digest)
    assert site.verify.absent(Bucket.RECORDS, site.key)


def test_a_body_that_fails_leaves_nothing(site: Site) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() >= s3_module.ONE_PUT:
                raise ZeroDivisionError
            return super().read(size)

    size = SIZES["more than one request"]
    with pytest.raises(ZeroDivisionError):
        site.write.put(Bucket.RECORDS, site.key, Broken(sample(size)), length=size, sha256="0" * 64)
    assert site.verify.absent(Bucket.RECORDS, site.key)


def test_a_second_put_makes_a_second_version(site: Site) -> None:
    old, new = put(site.write, site.key, b"old"), put(site.write, site.key, b"newer")
    assert site.verify.versions(Bucket.RECORDS, site.key) == [new, old]
    assert read(site.verify, site.key) == b"newer"
    assert read(site.verify, site.key, old.version) == b"old"
    assert site.verify.stat(Bucket.RECORDS, site.key, version=old.version) == old


def test_many_versions_are_listed_newest_first(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_module, "PAGE", 2)
    made = [put(site.write, site.key, bytes([number])) for number in range(7)]
    assert site.verify.versions(Bucket.RECORDS, site.key) == made[::-1]


@pytest.mark.parametrize("start", [0, 1, s3_module.CHUNK, s3_module.CHUNK + 6, s3_module.CHUNK + 7, 1 << 30])
def test_reading_begins_at_an_offset_and_ends_at_the_end(site: Site, start: int) -> None:
    data = sample(s3_module.CHUNK + 7)
    put(site.write, site.key, data)
    assert read(site.verify, site.key, start=start) == data[start:]


def test_chunks_are_of_a_mebibyte_at_most(site: Site) -> None:
    put(site.write, site.key, sample(3 * s3_module.CHUNK))
    assert max(map(len, site.verify.get(Bucket.RECORDS, site.key))) <= s3_module.CHUNK


@pytest.mark.parametrize("version", [None, "0c3f5a52-5f5c-4b0e-8a53-b6d1d2b1f3aa", "01ARZ3NDEKTSV4RRFFQ69G5FAV"])
def test_what_is_absent_is_told_at_once(site: Site, version: str | None) -> None:
    assert site.verify.stat(Bucket.RECORDS, site.key, version=version) is None
    with pytest.raises(NoSuchObject):
        site.verify.get(Bucket.RECORDS, site.key, version=version)


def test_versions_of_neighbours_are_never_listed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_module, "PAGE", 2)
    inner = () if site.name == "versitygw" else ("/inner",)  # over a folder no key can begin with another and a slash
    for ending in ("0", ".x", "-y", "_z", *inner):
        put(site.write, f"{site.folder}near{ending}", b"neighbour")
    mine = [put(site.write, f"{site.folder}near", b"mine") for _ in range(2)]
    assert site.verify.versions(Bucket.RECORDS, f"{site.folder}near") == mine[::-1]
    assert site.verify.versions(Bucket.RECORDS, f"{site.folder}nea") == []
    assert site.verify.absent(Bucket.RECORDS, f"{site.folder}nea")


def test_keys_come_in_order_with_their_newest_versions(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_module, "PAGE", 2)
    names = ["0/b", "1/a", "1/b", "1/c/d", "2", "3"]
    newest = {
        name: [put(site.write, site.folder + name, b"old"), put(site.write, site.folder + name, b"new")][1]
        for name in reversed(names)
    }
    site.destroy.hide(Bucket.RECORDS, f"{site.folder}2")
    seen = list(site.verify.keys(Bucket.RECORDS, site.folder))
    assert seen == [newest[name] for name in names if name != "2"]
    assert [one.key for one in site.verify.keys(Bucket.RECORDS, f"{site.folder}1/")] == [
        f"{site.folder}1/{name}" for name in ("a", "b", "c/d")
    ]


def test_hiding_adds_a_marker_and_erases_nothing(site: Site) -> None:
    version = put(site.write, site.key, b"hidden")
    site.destroy.hide(Bucket.RECORDS, site.key)
    marker, kept = site.verify.versions(Bucket.RECORDS, site.key)
    assert marker.marker
    assert kept == version
    assert site.verify.stat(Bucket.RECORDS, site.key) is None
    assert site.verify.stat(Bucket.RECORDS, site.key, version=marker.version) is None
    assert read(site.verify, site.key, version.version) == b"hidden"
    with pytest.raises(NoSuchObject):
        site.verify.get(Bucket.RECORDS, site.key)


def test_purging_a_marker_shows_the_object_again(site: Site) -> None:
    put(site.write, site.key, b"hidden")
    site.destroy.hide(Bucket.RECORDS, site.key)
    site.destroy.purge(Bucket.RECORDS, site.key, site.verify.versions(Bucket.RECORDS, site.key)[0].version)
    assert read(site.verify, site.key) == b"hidden"


def test_purging_erases_one_version_and_no_other(site: Site) -> None:
    old, new = put(site.write, site.key, b"old"), put(site.write, site.key, b"new")
    site.destroy.purge(Bucket.RECORDS, site.key, new.version)
    assert site.verify.versions(Bucket.RECORDS, site.key) == [old]
    assert read(site.verify, site.key) == b"old"
    assert not site.verify.absent(Bucket.RECORDS, site.key)


def test_a_key_is_absent_when_versions_and_markers_are_purged(site: Site) -> None:
    put(site.write, site.key, b"old")
    put(site.write, site.key, b"new")
    site.destroy.hide(Bucket.RECORDS, site.key)
    left = site.verify.versions(Bucket.RECORDS, site.key)
    assert len(left) == 3
    for version in left:
        assert not site.verify.absent(Bucket.RECORDS, site.key)
        site.destroy.purge(Bucket.RECORDS, site.key, version.version)
    assert site.verify.absent(Bucket.RECORDS, site.key)
    assert list(site.verify.keys(Bucket.RECORDS, site.folder)) == []


def test_purging_what_is_gone_is_no_error(site: Site) -> None:
    version = put(site.write, site.key, b"once")
    for _ in range(2):
        site.destroy.purge(Bucket.RECORDS, site.key, version.version)
    assert site.verify.absent(Bucket.RECORDS, site.key)


def test_purging_needs_a_version(site: Site) -> None:
    put(site.write, site.key, b"kept")
    with pytest.raises(StoreRefused):
        site.destroy.purge(Bucket.RECORDS, site.key, "")
    assert read(site.verify, site.key) == b"kept"


@pytest.mark.parametrize("who", ["write", "destroy"])
def test_an_unfinished_upload_is_no_absence_until_it_is_aborted(site: Site, who: str) -> None:
    for ending in ("", "0", "/inner"):
        site.begin_upload(Bucket.RECORDS, site.key + ending)
    assert not site.verify.absent(Bucket.RECORDS, site.key)
    (upload,) = site.verify.uploads(Bucket.RECORDS, site.key)
    assert upload.key == site.key
    store: ObjectStore = getattr(site, who)
    store.abort(Bucket.RECORDS, upload)
    store.abort(Bucket.RECORDS, upload)
    assert site.verify.absent(Bucket.RECORDS, site.key)
    assert len(site.verify.uploads(Bucket.RECORDS, f"{site.key}0")) == 1


@pytest.mark.parametrize("bucket", [Bucket.RECORDS, Bucket.EVIDENCE])
def test_a_held_version_cannot_be_purged_until_the_hold_is_lifted(site: Site, bucket: Bucket) -> None:
    version = put(site.write, site.key, b"held", bucket).version
    assert not site.verify.held(bucket, site.key, version)
    site.write.set_hold(bucket, site.key, version, on=True)
    assert site.verify.held(bucket, site.key, version)
    with pytest.raises(StillLocked):
        site.destroy.purge(bucket, site.key, version)
    assert b"".join(site.verify.get(bucket, site.key)) == b"held"
    site.write.set_hold(bucket, site.key, version, on=False)
    site.destroy.purge(bucket, site.key, version)
    assert site.verify.absent(bucket, site.key)


def test_a_hold_is_on_one_version_and_does_not_hinder_a_marker(site: Site) -> None:
    old, new = put(site.write, site.key, b"old"), put(site.write, site.key, b"new")
    site.write.set_hold(Bucket.RECORDS, site.key, old.version, on=True)
    site.destroy.purge(Bucket.RECORDS, site.key, new.version)
    site.destroy.hide(Bucket.RECORDS, site.key)
    assert site.verify.held(Bucket.RECORDS, site.key, old.version)
    assert read(site.verify, site.key, old.version) == b"old"
    site.destroy.set_hold(Bucket.RECORDS, site.key, old.version, on=False)


def test_a_retained_version_cannot_be_purged_before_its_day(site: Site) -> None:
    version = put(site.write, site.key, b"kept").version
    until = datetime.now(UTC) + timedelta(seconds=3)
    assert site.verify.retained_until(Bucket.RECORDS, site.key, version) is None
    site.write.retain(Bucket.RECORDS, site.key, version, until)
    shown = site.verify.retained_until(Bucket.RECORDS, site.key, version)
    assert shown is not None
    assert timedelta(0) <= shown - until < timedelta(seconds=1)
    with pytest.raises(StillLocked):
        site.destroy.purge(Bucket.RECORDS, site.key, version)
    time.sleep((shown - datetime.now(UTC)).total_seconds() + 0.2)
    assert site.verify.retained_until(Bucket.RECORDS, site.key, version) is None
    site.destroy.purge(Bucket.RECORDS, site.key, version)
    assert site.verify.absent(Bucket.RECORDS, site.key)


@pytest.mark.parametrize("who", ["write", "destroy"])
def test_retention_is_lengthened_and_never_shortened(site: Site, who: str) -> None:
    version = put(site.write, site.key, b"kept").version
    store: ObjectStore = getattr(site, who)
    day = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=2)
    for until in (day, day + timedelta(minutes=1)):
        store.retain(Bucket.RECORDS, site.key, version, until)
    with pytest.raises(StillLocked):
        store.retain(Bucket.RECORDS, site.key, version, day)
    assert site.verify.retained_until(Bucket.RECORDS, site.key, version) == day + timedelta(minutes=1)


def test_locks_of_what_is_absent_are_told(site: Site) -> None:
    version = put(site.write, site.key, b"gone").version
    site.destroy.purge(Bucket.RECORDS, site.key, version)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    for call in (
        lambda: site.verify.held(Bucket.RECORDS, site.key, version),
        lambda: site.verify.retained_until(Bucket.RECORDS, site.key, version),
        lambda: site.write.set_hold(Bucket.RECORDS, site.key, version, on=True),
        lambda: site.write.retain(Bucket.RECORDS, site.key, version, tomorrow),
    ):
        with pytest.raises(NoSuchObject):
            call()


def test_the_writing_credential_neither_hides_nor_erases(site: Site) -> None:
    version = put(site.write, site.key, b"kept").version
    with pytest.raises(NotAllowed):
        site.write.purge(Bucket.RECORDS, site.key, version)
    with pytest.raises(NotAllowed):
        site.write.hide(Bucket.RECORDS, site.key)
    assert [one.version for one in site.verify.versions(Bucket.RECORDS, site.key)] == [version]


def test_the_destroying_credential_does_not_put(site: Site) -> None:
    with pytest.raises(NotAllowed):
        put(site.destroy, site.key, b"forged")
    assert site.verify.absent(Bucket.RECORDS, site.key)


def test_the_verifying_credential_only_reads(site: Site) -> None:
    version = put(site.write, site.key, b"kept").version
    site.begin_upload(Bucket.RECORDS, site.key)
    (upload,) = site.verify.uploads(Bucket.RECORDS, site.key)
    for call in (
        lambda: put(site.verify, site.key, b"forged"),
        lambda: site.verify.hide(Bucket.RECORDS, site.key),
        lambda: site.verify.purge(Bucket.RECORDS, site.key, version),
        lambda: site.verify.abort(Bucket.RECORDS, upload),
        lambda: site.verify.set_hold(Bucket.RECORDS, site.key, version, on=True),
        lambda: site.verify.retain(Bucket.RECORDS, site.key, version, datetime.now(UTC) + timedelta(days=1)),
    ):
        with pytest.raises(NotAllowed):
            call()
    assert [one.version for one in site.verify.versions(Bucket.RECORDS, site.key)] == [version]
    assert not site.verify.held(Bucket.RECORDS, site.key, version)
    assert site.verify.uploads(Bucket.RECORDS, site.key) == [upload]


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/a",
        "a/",
        "a//b",
        "..",
        "a/../b",
        "a/./b",
        "a@b",
        "a\\b",
        "a\nb",
        "a\0b",
        "档案",
        "a" * 201,
        "a/" * 300 + "b",
    ],
)
def test_a_key_cannot_lead_out_of_its_bucket(site: Site, key: str) -> None:
    for call in (
        lambda: put(site.write, key, b"out"),
        lambda: site.write.get(Bucket.RECORDS, key),
        lambda: site.write.stat(Bucket.RECORDS, key),
        lambda: site.destroy.purge(Bucket.RECORDS, key, "1"),
        lambda: site.verify.absent(Bucket.RECORDS, key),
    ):
        with pytest.raises(StoreRefused):
            call()


def test_a_missing_bucket_is_a_fault_and_no_absence(site: Site) -> None:
    for call in (
        lambda: site.elsewhere.stat(Bucket.RECORDS, site.key),
        lambda: site.elsewhere.absent(Bucket.RECORDS, site.key),
        lambda: site.elsewhere.get(Bucket.RECORDS, site.key),
        lambda: list(site.elsewhere.keys(Bucket.RECORDS)),
    ):
        with pytest.raises(StoreRefused):
            call()


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_a_put_that_fails_anywhere_can_be_done_again(site: Site, late: bool) -> None:  # noqa: FBT001 - a parameter
    naughty = NaughtyStore(site.write, {1: ConnectionResetError("on purpose")}, late=late)
    with suppress(ConnectionResetError):
        put(naughty, site.key, b"page")
    assert len(site.verify.versions(Bucket.RECORDS, site.key)) == late
    put(naughty, site.key, b"page")
    assert naughty.calls == ["put", "put"]
    assert read(site.verify, site.key) == b"page"


@pytest.mark.parametrize("at", [0, s3_module.CHUNK - 1, s3_module.CHUNK, s3_module.CHUNK + 6])
def test_a_flipped_bit_is_one_bit(site: Site, at: int) -> None:
    data = sample(s3_module.CHUNK + 7)
    put(site.write, site.key, data)
    turned = b"".join(FlipStore(site.verify, at).get(Bucket.RECORDS, site.key))
    assert [n for n, (one, other) in enumerate(zip(data, turned, strict=True)) if one != other] == [at]
    assert turned[at] ^ data[at] == 1
