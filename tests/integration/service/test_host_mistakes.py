"""What people mistype or forget on the host is refused in a line, and nothing is made in the wrong place."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from archive.audit import OPERATOR, AuditEntry
from archive.base import now
from archive.ending import BROKEN, ending
from archive.readable import readable_scope
from archive.rights import Role
from archive.signin import Unauthorised, sign_in, signed_in
from archive.stores.port import OutOfSpace
from indexes import open_engine
from retention.bundle import verify
from retention.inbox import inbox
from tests.commands import Ended, Run
from tests.houses import Home, png
from tests.servers import postgres_database


def refused(ended: Ended, *words: str) -> None:
    """Status 2, one line, nothing printed."""
    assert (ended.status, ended.out, len(ended.err.splitlines())) == (2, "", 1), ended.err
    for word in words:
        assert word in ended.err


@contextmanager
def shut(folder: Path) -> Iterator[None]:
    """A folder on a disk that is mounted read-only, as far as this process asks."""
    may = os.access

    def access(path: Any, mode: int) -> bool:  # noqa: ANN401 - what `os.access` takes
        return may(path, mode) and not (mode & os.W_OK and Path(path).is_relative_to(folder))

    with mock.patch("os.access", access):
        yield


@pytest.mark.parametrize("there", [False, True], ids=["mistyped", "unmounted"])
def test_no_command_but_a_beginning_makes_an_archive(run: Run, tmp_path: Path, *, there: bool) -> None:
    data = tmp_path / "data"
    if there:
        data.mkdir()
    adding = ("--department", "it")
    for words in (
        ("backup", str(tmp_path / "sets"), "--keys", str(tmp_path / "keys")), ("verify",), ("status",), ("worker",),
        ("search", "x", "--as", "boss"), ("ingest", str(tmp_path), "--as", "boss"), ("keys", "export"), ("reindex",),
        ("user", "add", "boss", "--role", "officer", *adding), ("token", "create", "boss"), ("audit", "verify"),
        ("site", "list"), ("upgrade", str(tmp_path / "sets"), "--keys", str(tmp_path / "keys")), ("drill",),
    ):  # fmt: skip
        refused(run(*words), f"no archive in {data}", "ANJUAN_DATA", "mounted")
    checked = run("check")
    assert checked.status == 3
    assert f"MISSING installation       There is no archive in {data}" in checked.out
    assert [path.name for path in tmp_path.rglob("*")] == ["data"] * there


def test_the_first_administrators_account_begins_an_archive_and_says_so(run: Run, tmp_path: Path) -> None:
    begun = run("user", "add", "root", "--role", "admin", "--department", "it")
    assert begun.status == 0
    assert f"A new archive begins in {tmp_path / 'data'}" in begun.err
    again = run("user", "add", "boss", "--role", "admin", "--department", "it")
    assert (again.status, "begins" in again.err) == (0, False)


def test_an_empty_database_of_a_server_is_no_archive_either(run: Run) -> None:
    with postgres_database() as url:
        assert run("keys", "create").status == 0
        refused(run("status", DATABASE_URL=url), "ANJUAN_DATABASE_URL", "empty")
        begun = run("user", "add", "root", "--role", "admin", "--department", "it", DATABASE_URL=url)
        assert (begun.status, "A new archive begins in the database" in begun.err) == (0, True)
        assert run("status", DATABASE_URL=url).status == 0


def test_an_index_that_cannot_be_written_is_not_called_damaged(run: Run, home: Home) -> None:
    home.person("boss", Role.SEARCHER)
    folder = home.house.settings.index_folder
    open_engine("", folder, "", writer=True).close()
    with shut(folder), mock.patch("indexes.embedded.engine.opened", side_effect=OSError(30, "Read-only file system")):
        checked, found = run("check"), run("search", "x", "--as", "boss")
    [line] = [line for line in checked.out.splitlines() if "search" in line]
    assert line.startswith("MISSING search")
    refused(found, "mounted read-only")
    for told in (line, found.err):
        assert str(folder) in told
        assert "reindex" not in told


def test_a_master_key_is_not_made_beside_keys_that_another_wrapped(run: Run, home: Home) -> None:
    settings = home.house.settings
    settings.master_key.rename(settings.master_key.with_suffix(".lost"))
    refused(run("keys", "create"), "«anjuan keys restore»")
    assert not settings.master_key.exists()
    started = run("status")
    assert (started.status, "keys create" in started.err) == (3, False)


def test_a_new_installation_on_servers_is_told_to_make_its_key(run: Run) -> None:
    started = run(
        "status",
        DATABASE_URL="postgresql+psycopg://u:pw@127.0.0.1:9/x",
        KEYS_URL="postgresql+psycopg://u:pw@127.0.0.1:9/k",
    )
    assert started.status == 3
    for word in ("«anjuan keys restore»", "«anjuan keys create»"):
        assert word in started.err


def test_a_site_below_a_folder_that_is_missing_is_refused_and_one_on_the_same_disk_warned_of(
    run: Run, home: Home, tmp_path: Path
) -> None:
    home.put(png(1))
    refused(
        run("site", "add", "nas", "--folder", str(tmp_path / "missing" / "nas")), f"no folder {tmp_path / 'missing'}"
    )
    assert not (tmp_path / "missing").exists()
    added = run("site", "add", "nas", "--folder", str(tmp_path / "nas"))
    assert added.status == 0
    assert "Beware" in added.err
    assert "on the disk of the data folder" in added.err


def test_a_set_and_its_keys_in_each_others_place_are_told_apart(run: Run, home: Home, tmp_path: Path) -> None:
    home.put(png(1))
    made = json.loads(run("backup", str(tmp_path / "b"), "--keys", str(tmp_path / "k"), "--json").out)
    rows, keys, box = made["set"], made["keys"], str(tmp_path / "box")
    refused(run("restore", keys, "--keys", rows, DATA=box), f"anjuan restore {rows} --keys {keys}")
    refused(run("restore", rows, "--keys", rows, DATA=box), "both a set", "anjuan-….keys")
    refused(run("restore", keys, "--keys", keys, DATA=box), "both wrapped keys", "anjuan-….keys")


def test_what_is_restored_is_for_its_owner_alone(run: Run, home: Home, tmp_path: Path) -> None:
    home.put(png(1))
    made = json.loads(run("backup", str(tmp_path / "b"), "--keys", str(tmp_path / "k"), "--json").out)
    box = tmp_path / "box"
    (box / "keys").mkdir(mode=0o700, parents=True)
    box.chmod(0o700)
    shutil.copy(home.house.settings.master_key, box / "keys" / "master.key")
    assert run("restore", made["set"], "--keys", made["keys"], DATA=str(box)).status == 0
    folders = [path for place in (box, tmp_path / "b") for path in place.rglob("*") if path.is_dir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
    assert "others of this machine" not in run("check", DATA=str(box)).out


def test_a_backup_that_fails_leaves_nothing_and_the_next_takes_away_what_a_killed_one_left(
    run: Run, home: Home, tmp_path: Path
) -> None:
    sets, keys = tmp_path / "b", tmp_path / "k"
    with mock.patch("archive.backup._sealed", side_effect=OSError(28, "No space left on device")):
        failed = run("backup", str(sets), "--keys", str(keys))
    assert (failed.status, list(sets.iterdir()), list(keys.iterdir())) == (3, [], [])
    old, young = "anjuan-20261101T020000000000Z", "anjuan-20261124T020000000000Z"
    for part in (
        sets / f"{old}.part",
        keys / f"{old}.keys.part",
        keys / f"{young}.keys.part",
        keys / "anjuan-mine.part",
    ):
        part.mkdir()
        (part / "keys").write_bytes(b"wrapped")
        if young not in part.name:
            os.utime(part, (0, 0))
    assert run("backup", str(sets), "--keys", str(keys)).status == 0
    assert [path.name for path in [*sets.iterdir(), *keys.iterdir()] if path.name.endswith("part")] == [
        path.name for path in keys.iterdir() if path.name in {f"{young}.keys.part", "anjuan-mine.part"}
    ]


def test_what_is_no_file_of_a_tree_is_skipped_by_name(run: Run, home: Home, tmp_path: Path) -> None:
    home.person("clerk", Role.SCANNER)
    tree = tmp_path / "tree"
    (tree / "deep" / ".cache").mkdir(parents=True)
    (tree / "deep" / "one.png").write_bytes(png(1))
    (tree / "deep" / ".cache" / "two.png").write_bytes(png(2))
    (tree / ".three.png").write_bytes(png(3))
    (tree / "link").symlink_to(tmp_path)
    (tree / "four.png").symlink_to(tree / "deep" / "one.png")
    taken = run("ingest", str(tree), "--as", "clerk", "--json")
    told = json.loads(taken.out)
    assert (taken.status, told["taken"], told["skipped"]) == (0, 1, 4)
    names = {Path(one["path"]).name: one["reason"].partition(":")[0] for one in told["skipped_files"]}
    assert names == {".cache": "hidden", ".three.png": "hidden", "link": "a link", "four.png": "a link"}
    assert f"skipped: {tree / '.three.png'}: hidden" in run("ingest", str(tree), "--as", "clerk").out


def test_who_lacks_the_right_is_told_so_once(run: Run, home: Home, tmp_path: Path) -> None:
    home.person("boss", Role.ADMIN)
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(png(number))
    refused(run("search", "x", "--as", "boss"), "the right «read»")
    refused(run("ingest", *map(str, tmp_path.glob("*.png")), "--as", "boss"), "the right «capture»")


def test_a_full_disk_is_called_full() -> None:
    full = sqlite3.OperationalError("database or disk is full")
    for error in (full, OperationalError("INSERT", {}, full), OutOfSpace("No space left on device")):
        told = ending(error)
        assert told is not None
        assert "The disk is full" in told[0]
        assert told[1] == BROKEN


def test_a_witness_that_can_never_be_made_is_missed_and_one_that_can_is_not_made(
    run: Run, home: Home, tmp_path: Path
) -> None:
    home.house.vault.note_export()
    checked = run("check", WITNESS="/proc/witness")
    assert checked.status == 3
    assert "MISSING witness" in checked.out
    assert "warn    witness" in run("check", WITNESS=str(tmp_path / "later" / "witness")).out
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_who_is_locked_out_is_let_in_again_on_the_host(run: Run, home: Home) -> None:
    guard = home.person("guard", Role.SECURITY)
    database = home.house.database
    opened = sign_in(database, name="guard", password="a pass phrase of guard", address="a")
    code = json.loads(run("user", "reset", "guard", "--json").out)["initial_password"]
    with database.reading() as session, pytest.raises(Unauthorised):
        signed_in(session, opened.secret)
    assert sign_in(database, name="guard", password=code, address="a").person.must_change
    with database.reading() as session:
        [told] = inbox(session, guard, readable_scope(session, guard), now().date())
        assert told.title == OPERATOR.id
    assert "guard is disabled" in run("user", "disable", "guard").out
    assert [(one["name"], one["active"]) for one in json.loads(run("user", "list", "--json").out)] == [("guard", False)]
    assert "disabled" in run("user", "list").out
    assert run("user", "enable", "guard").status == 0
    refused(run("user", "reset", "nobody"), "nobody", "user list")
    with database.reading() as session:
        acts = session.execute(select(AuditEntry.action, AuditEntry.actor).where(AuditEntry.subject == guard.id))
        told_of = [tuple(act) for act in acts if act[1] == OPERATOR.id]
    assert [act for act, _ in told_of] == ["person.created", "password.reset", "person.disabled", "person.enabled"]


def test_ctrl_c_is_the_services_to_hear_and_not_its_workers() -> None:
    asked = [sys.executable, "-c", "import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"]
    words = [sys.executable, "-m", "service.lifeline", *asked]
    assert subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout.strip() == "True"


def test_ctrl_c_before_a_command_began_ends_without_a_traceback(run: Run) -> None:
    with mock.patch("service.cli.import_module", side_effect=KeyboardInterrupt):
        ended = run("serve")
    assert (ended.status, ended.out, ended.err) == (130, "", "")


def test_a_bundle_that_is_still_packed_is_to_be_unpacked_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bundle.zip").write_bytes(b"PK")
    assert verify.main([str(tmp_path / "bundle.zip")]) == 1
    assert "unzip it first" in capsys.readouterr().out
