"""Uploads of a real process, struck by the kernel: killed, its disk failing or full (F01, F02, F03, F05–F07)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.houses import Home, png
from tests.integration.faults.sender import LENGTH
from tests.integration.faults.wholeness import assert_whole

ROOT = Path(__file__).parents[3]
COUNT = 3
STEPS = [("fdatasync", 1), ("fdatasync", 5), ("fsync", 2), ("rename", 1), ("pwrite64", 9)]
MACHINE = {name: value for name, value in os.environ.items() if not name.startswith("ANJUAN_")}


def send(home: Home, *before: str) -> list[list[str]]:
    """What a sender said, run behind these words of a command line."""
    done = subprocess.run(
        [*before, sys.executable, "-m", "tests.integration.faults.sender", str(COUNT)],
        check=False, capture_output=True, text=True, cwd=ROOT, env=MACHINE | home.env, timeout=60,
    )  # fmt: skip
    assert "strace:" not in done.stderr, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def struck(home: Home, call: str, fault: str, nth: int) -> list[list[str]]:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed, so no process can be struck at a chosen call: apt-get install strace")
    tracing = [strace, "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}"]
    return send(home, *tracing, "-e", f"inject={call}:{fault}:when={nth}")


def kept_of(said: list[list[str]]) -> dict[str, bytes]:
    return {words[2]: png(int(words[1]), LENGTH) for words in said if words[0] == "kept"}


@pytest.mark.parametrize(("call", "nth"), STEPS, ids=str)
def test_a_sender_killed_in_the_kernel_loses_nothing_it_acknowledged(home: Home, call: str, nth: int) -> None:
    assert home.clerk
    first = kept_of(struck(home, call, "signal=KILL", nth))
    assert len(first) < COUNT
    again = kept_of(send(home))
    assert len(again) == COUNT
    assert first.items() <= again.items()
    assert_whole(home.house, again)


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
@pytest.mark.parametrize(("call", "nth"), [("fdatasync", 1), ("fsync", 2)], ids=str)
def test_what_could_not_be_synced_is_not_acknowledged(home: Home, call: str, nth: int, error: str) -> None:
    assert home.clerk
    said = struck(home, call, f"error={error}", nth)
    assert len(said) == COUNT
    assert [words[0] for words in said].count("failed") == 1
    again = kept_of(send(home))
    assert kept_of(said).items() <= again.items()
    assert_whole(home.house, again)


FILLING = """
import io, sys
from pathlib import Path
from archive.stores.port import OutOfSpace
from tests.houses import home_of, png
from tests.integration.faults.wholeness import assert_whole
data, small = Path(sys.argv[1]), Path(sys.argv[2])
with home_of({"DATA": str(data), "STORE_URL": small.as_uri()}) as home:
    kept = {}
    try:
        for number in range(200):
            kept[home.put(png(number, 300_000)).id] = png(number, 300_000)
        raise SystemExit("the disk did not fill")
    except OutOfSpace:
        pass
    assert len(kept) > 3
    assert_whole(home.house, kept)
    (small / "ballast").unlink()
    kept[home.put(png(number, 300_000)).id] = png(number, 300_000)
    assert_whole(home.house, kept)
print("healed")
"""


def test_a_full_object_disk_refuses_and_heals_without_a_restart(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = (
        'mount -t tmpfs -o size=6m none "$2" && head -c 2000000 /dev/zero > "$2/ballast" && exec "$3" -c "$4" "$1" "$2"'
    )
    order = ["unshare", "-Urm", "sh", "-c", mount, "sh", str(tmp_path / "data"), str(small), sys.executable, FILLING]
    if subprocess.run([*order[:2], "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a small disk of their own (unshare -Urm)")
    done = subprocess.run(order, check=False, capture_output=True, text=True, cwd=ROOT, env=MACHINE, timeout=90)
    assert done.stdout.endswith("healed\n"), done.stderr


FULL_ROWS = """
import sys
from pathlib import Path
from sqlalchemy.exc import OperationalError
from tests.houses import home_of, png
from tests.integration.faults.wholeness import assert_whole
objects, small = Path(sys.argv[1]), Path(sys.argv[2])
with home_of({"DATA": str(small), "STORE_URL": objects.as_uri()}) as home:
    kept = {}
    try:
        for number in range(2000):
            kept[home.put(png(number)).id] = png(number)
        raise SystemExit("the disk did not fill")
    except Exception as error:
        print(type(error).__name__, file=sys.stderr)
    (small / "ballast").unlink()
    kept[home.put(png(number + 1)).id] = png(number + 1)
    assert_whole(home.house, kept)
print("healed")
"""


def test_a_full_disk_of_rows_refuses_and_heals_without_a_restart(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = (
        'mount -t tmpfs -o size=8m none "$2" && head -c 5000000 /dev/zero > "$2/ballast" && exec "$3" -c "$4" "$1" "$2"'
    )
    order = [
        "unshare",
        "-Urm",
        "sh",
        "-c",
        mount,
        "sh",
        str(tmp_path / "objects"),
        str(small),
        sys.executable,
        FULL_ROWS,
    ]
    if subprocess.run([*order[:2], "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a small disk of their own (unshare -Urm)")
    done = subprocess.run(order, check=False, capture_output=True, text=True, cwd=ROOT, env=MACHINE, timeout=120)
    assert done.stdout.endswith("healed\n"), done.stderr
