"""The command line on an installation of its own: data on standard output and nothing else there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Run, runner
from tests.houses import png


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty data folder that the module's commands share."""
    return tmp_path_factory.mktemp("command line")


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands on that folder, in this process."""
    return runner(folder / "data", monkeypatch, capsys)


def told(run: Run, *words: str, **settings: str) -> Any:  # noqa: ANN401 - any JSON value
    """What a command prints; it must be one JSON value and the status 0."""
    done = run(*words, "--json", **settings)
    assert done.status == 0, done.err
    return json.loads(done.out)


def test_people_tokens_and_the_log_are_had_on_the_host(run: Run) -> None:
    first = run("user", "add", "keeper", "--role", "admin", "--department", "it")
    assert (first.status, "A new archive begins" in first.err) == (0, True)
    roles = ("--role", "scanner", "--role", "searcher", "--department", "sales", "--clearance", "internal")
    made = told(run, "user", "add", "clerk", *roles)
    assert set(made) == {"id", "name", "initial_password"}
    token = told(run, "token", "create", "clerk", "--scope", "read")
    assert set(token) == {"token", "expires_at"}
    verified = told(run, "audit", "verify")
    assert verified["ok"] is True
    assert verified["size"] >= 2


def test_a_key_that_lies_in_no_safe_is_a_standing_warning(run: Run) -> None:
    assert "warn    keys" in run("check").out


def test_a_tree_is_taken_in_once_and_what_is_no_scan_is_named(run: Run, folder: Path) -> None:
    tree = folder / "tree" / "deep"
    tree.mkdir(parents=True)
    for number in range(3):
        (tree / f"{number}.png").write_bytes(png(number))
    first = told(run, "ingest", str(folder / "tree"), "--as", "clerk", "--batch", "box 1")
    assert (first["taken"], first["known"], first["refused"]) == (3, 0, 0)
    (tree / "notes.txt").write_text("no scan")
    again = run("ingest", str(folder / "tree"), "--as", "clerk", "--json")
    assert again.status == 1
    counted = json.loads(again.out)
    assert (counted["taken"], counted["known"], counted["refused"]) == (0, 3, 1)
    assert counted["files"][0]["reason"].startswith("unsupported_type")
    assert told(run, "status")["documents"] == {"received": 3}


def test_every_byte_is_verified_and_a_flipped_one_is_named(run: Run, folder: Path) -> None:
    assert told(run, "verify", "--full")["objects"] == 3
    stored = max((path for path in (folder / "data" / "objects").rglob("*") if path.is_file()), key=size_of)
    body = bytearray(stored.read_bytes())
    body[-1] ^= 1
    stored.chmod(0o644)
    stored.write_bytes(body)
    found = run("verify", "--full", "--json")
    assert found.status == 1
    assert [one["fault"] for one in json.loads(found.out)["findings"]] == ["damaged"]


def size_of(path: Path) -> int:
    return path.stat().st_size


def test_the_exported_key_stops_the_warning(run: Run) -> None:
    assert told(run, "status")["keys_exported"] is False
    parts = told(run, "keys", "export")
    assert set(parts) == {"part1", "part2"}
    assert told(run, "status")["keys_exported"] is True


def test_what_is_missing_is_said_by_name_also_in_a_process_of_its_own(folder: Path) -> None:
    words = [sys.executable, "-c", "from service.cli import main; main()", "check", "--json"]
    env = os.environ | {"ANJUAN_DATA": str(folder / "data")}
    asked = subprocess.run(words, env=env, capture_output=True, text=True, timeout=120, check=True)
    parts = {part["name"]: part for part in json.loads(asked.stdout)}
    assert {"database", "schema", "keys", "store", "store, verify", "store, destroy", "sandbox"} <= set(parts)


def test_refusals_go_to_standard_error_with_their_status(run: Run) -> None:
    refused = run("token", "create", "nobody", "--json")
    assert (refused.status, refused.out) == (2, "")
    assert "nobody" in refused.err


def test_help_lists_every_command_and_loads_none(run: Run) -> None:
    shown = run("--help")
    assert shown.status == 0
    for name in ("serve", "worker", "ingest", "search", "status", "check", "verify", "reindex", "demo", "audit"):
        assert name in shown.out
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, service.cli; print({'uvicorn', 'sqlalchemy'} & set(sys.modules))"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert loaded.stdout.strip() == "set()"


def test_the_service_loads_nothing_heavy() -> None:
    heavy = ["pymupdf", "rapidocr", "openvino", "celery", "numpy", "cv2", "PIL"]
    code = f"import sys, service.commands.serve; print([name for name in {heavy!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert loaded.stdout.strip() == "[]"


def test_a_backup_is_made_and_restored_into_an_empty_place(run: Run, folder: Path, tmp_path: Path) -> None:
    made = told(run, "backup", str(tmp_path / "sets"), "--keys", str(tmp_path / "keys"))
    assert made["files"] > 2
    there = str(tmp_path / "data")
    key = tmp_path / "data" / "keys" / "master.key"
    key.parent.mkdir(parents=True)
    key.write_bytes((folder / "data" / "keys" / "master.key").read_bytes())
    key.chmod(0o600)
    restored = told(run, "restore", made["set"], "--keys", made["keys"], DATA=there)
    assert (restored["documents"], restored["log_entries_lost"]) == (told(run, "status")["documents"]["received"], 0)
    assert told(run, "audit", "verify", "--since-checkpoint", DATA=there)["ok"] is True
    again = run("restore", made["set"], "--keys", made["keys"], DATA=there)
    assert (again.status, again.out) == (2, "")
    assert "empty folder" in again.err
