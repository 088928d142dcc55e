"""The folder store under kill -9, failing disks and full ones: nothing kept is lost, nothing else is left over.

Faults F01, F05, F07 of the reliability matrix: a real process, struck by the kernel at enumerated system calls.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.stores.folder import FolderStore
from archive.stores.port import Bucket, Credential
from tests.contract.folder_writer import LATER, body_of

KEYS = ["documents/first/page", "documents/second/page"]
PUT_STEPS = [
    *(("mkdir", nth) for nth in range(1, 4)),
    *(("write", nth) for nth in range(1, 9)),
    *(("fchmod", nth) for nth in range(1, 3)),
    *(("fsync", nth) for nth in range(1, 8)),
    *(("rename", nth) for nth in range(1, 3)),
]
OWN_WORDS = {("write", 4), ("write", 8)}  # what the process says on standard output is no step of the store
PURGE_STEPS = [*(("unlink", nth) for nth in range(1, 7)), *(("fsync", nth) for nth in range(1, 5)), ("rmdir", 1)]
PATIENT = pytest.mark.timeout(60)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = tmp_path / "objects"
    FolderStore(place, Credential.WRITE).prepare()
    return place


def strike(root: Path, act: str, call: str, fault: str, nth: int) -> list[list[str]]:
    """Run the writer, strike its n-th call of one kind with a signal or an error; what it said before and after."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed, so no process can be struck at a chosen step: apt-get install strace")
    tracing = [strace, "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}"]
    tracing += ["-e", f"inject={call}:{fault}:when={nth}"]
    done = subprocess.run(
        [*tracing, sys.executable, "-m", "tests.contract.folder_writer", act, str(root), *KEYS],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=30,
    )
    assert "strace:" not in done.stderr, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def fill(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.contract.folder_writer", "put", str(root), *KEYS],
        check=True,
        capture_output=True,
        cwd=Path(__file__).parents[2],
        timeout=30,
    )
    assert done.stdout.count(b"kept") == len(KEYS)


def is_whole(store: FolderStore, key: str, version: str) -> bool:
    return b"".join(store.get(Bucket.RECORDS, key, version=version)) == body_of(key)


def clean(root: Path, key: str) -> None:
    """Take away what reconciliation would: named parts and versions."""
    store = FolderStore(root, Credential.DESTROY)
    for upload in store.uploads(Bucket.RECORDS, key):
        store.abort(Bucket.RECORDS, upload)
    for version in store.versions(Bucket.RECORDS, key):
        store.purge(Bucket.RECORDS, key, version.version)


def files_in(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


@PATIENT
@pytest.mark.parametrize(("call", "nth"), PUT_STEPS, ids=str)
def test_a_put_killed_at_any_step_loses_nothing_kept_and_leaves_nothing_unnamed(
    root: Path, call: str, nth: int
) -> None:
    said = strike(root, "put", call, "signal=KILL", nth)
    store = FolderStore(root, Credential.VERIFY)
    for _, key, version in said:
        assert is_whole(store, key, version)
    for key in KEYS:
        found = store.versions(Bucket.RECORDS, key)
        assert len(found) <= 1
        assert all(is_whole(store, key, one.version) for one in found)
        clean(root, key)
        assert store.absent(Bucket.RECORDS, key)
    assert files_in(root) == []


def test_the_steps_of_a_put_are_all_struck(root: Path) -> None:
    """The kills above reach past the last step: were a put to take more, more would have to be listed."""
    for call in {call for call, _ in PUT_STEPS}:
        beyond = max(nth for one, nth in PUT_STEPS if one == call) + 1
        said = strike(root, "put", call, "signal=KILL", beyond)
        assert [word for word, *_ in said] == ["kept", "kept"], call
        for key in KEYS:
            clean(root, key)


@PATIENT
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
@pytest.mark.parametrize(("call", "nth"), [step for step in PUT_STEPS if step not in OWN_WORDS], ids=str)
def test_a_put_that_meets_an_error_fails_and_leaves_nothing(root: Path, call: str, nth: int, error: str) -> None:
    said = strike(root, "put", call, f"error={error}", nth)
    assert [word for word, *_ in said].count("failed") == 1
    store = FolderStore(root, Credential.VERIFY)
    for word, key, rest in said:
        if word == "kept":
            assert is_whole(store, key, rest)
        else:
            assert rest == {"EIO": "Away", "ENOSPC": "OutOfSpace"}[error]
            assert store.absent(Bucket.RECORDS, key)


@PATIENT
@pytest.mark.parametrize(("call", "nth"), PURGE_STEPS, ids=str)
def test_a_purge_killed_at_any_step_is_finished_by_purging_again(root: Path, call: str, nth: int) -> None:
    fill(root)
    write, verify = FolderStore(root, Credential.WRITE), FolderStore(root, Credential.VERIFY)
    for key in KEYS:
        version = verify.versions(Bucket.RECORDS, key)[0].version
        write.set_hold(Bucket.RECORDS, key, version, on=True)
        write.set_hold(Bucket.RECORDS, key, version, on=False)
    said = strike(root, "purge", call, "signal=KILL", nth)
    for _, key in said:
        assert verify.absent(Bucket.RECORDS, key)
    for key in KEYS:
        for one in verify.versions(Bucket.RECORDS, key):
            assert is_whole(verify, key, one.version)
        clean(root, key)
        assert verify.absent(Bucket.RECORDS, key)
    assert files_in(root) == []


@PATIENT
@pytest.mark.parametrize("fault", ["signal=KILL", "error=EIO"])
@pytest.mark.parametrize(("call", "nth"), [("write", 1), ("fsync", 1), ("fsync", 2), ("rename", 1)], ids=str)
def test_a_lock_is_old_or_new_whatever_happens_while_it_changes(root: Path, call: str, nth: int, fault: str) -> None:
    fill(root)
    write, verify = FolderStore(root, Credential.WRITE), FolderStore(root, Credential.VERIFY)
    version = verify.versions(Bucket.RECORDS, KEYS[0])[0].version
    sooner = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    write.retain(Bucket.RECORDS, KEYS[0], version, sooner)
    said = strike(root, "lengthen", call, fault, nth)
    expected = {LATER} if ["locked", KEYS[0]] in said else {sooner, LATER}
    assert verify.retained_until(Bucket.RECORDS, KEYS[0], version) in expected


DISK = """
import hashlib, io, sys
from pathlib import Path
from archive.stores.folder import FolderStore
from archive.stores.port import Bucket, Credential, OutOfSpace
root = Path(sys.argv[1]) / "objects"
write, destroy = FolderStore(root, Credential.WRITE), FolderStore(root, Credential.DESTROY)
write.prepare()
def put(number, size):
    data = hashlib.shake_256(bytes([number])).digest(size)
    write.put(Bucket.RECORDS, f"documents/{number}/page", io.BytesIO(data), length=size,
              sha256=hashlib.sha256(data).hexdigest())
    return data
kept = {}
try:
    for number in range(200):
        kept[number] = put(number, 100_000 + 7_919 * number % 300_000)
    raise SystemExit("the disk did not fill")
except OutOfSpace:
    pass
assert write.absent(Bucket.RECORDS, f"documents/{number}/page")
assert len(kept) > 3
for one, data in kept.items():
    assert b"".join(write.get(Bucket.RECORDS, f"documents/{one}/page")) == data
for one in (0, 1):
    key = f"documents/{one}/page"
    destroy.purge(Bucket.RECORDS, key, destroy.versions(Bucket.RECORDS, key)[0].version)
assert put(250, 100_000)
print("healed")
"""


@PATIENT
@pytest.mark.parametrize("size", ["2m", "5m"])
def test_a_full_disk_refuses_the_put_keeps_the_rest_and_heals(tmp_path: Path, size: str) -> None:
    mount = f'mount -t tmpfs -o size={size} none "$1" && exec "$2" -c "$3" "$1"'
    order = ["unshare", "-Urm", "sh", "-c", mount, "sh", str(tmp_path), sys.executable, DISK]
    if subprocess.run([*order[:2], "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a small disk of their own (unshare -Urm)")
    done = subprocess.run(order, check=False, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=50)
    assert (done.stdout, done.stderr) == ("healed\n", "")


def test_a_stray_link_is_not_followed_out_of_the_store(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"not ours")
    place = root / "records" / "documents"
    place.mkdir()
    (place / "a@0000000001-0000000000000000").symlink_to(outside)
    store = FolderStore(root, Credential.VERIFY)
    assert store.versions(Bucket.RECORDS, "documents/a") == []
    assert list(store.keys(Bucket.RECORDS)) == []
    assert not store.absent(Bucket.RECORDS, "documents/a")


def test_a_prefix_opens_no_folder_beside_its_own_and_none_outside(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Destroying one document does not list all others."""
    places = root / "records" / "documents"
    for name in ("one", "two", "three"):
        (places / name).mkdir(parents=True)
        (places / name / "a@0000000001-0000000000000000").write_bytes(b"x")
    (root / "beside").mkdir()
    store, opened = FolderStore(root, Credential.VERIFY), list[str]()
    scan = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: [opened.append(str(path)), scan(path)][1])
    assert [found.key for found in store.keys(Bucket.RECORDS, "documents/two/")] == ["documents/two/a"]
    assert set(opened) == {str(places / "two")}
    for strange in ("../beside/", "documents/../../beside/", "//", "documents/two/a/b/"):
        assert list(store.keys(Bucket.RECORDS, strange)) == []
    assert not [path for path in opened if "beside" in path]
