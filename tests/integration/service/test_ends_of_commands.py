"""How commands end that cannot go on: one line that says what to do, nothing on standard output, a status that counts.

In this process: `main` reads the words and the settings of the environment as it does in one of its own.
"""

from __future__ import annotations

import io
import json
import os
import socket
import stat
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from archive.masterkey import MasterKey
from archive.settings import Settings
from indexes import open_engine
from service.serving import alone
from tests.commands import Ended, Run
from tests.houses import Home, embedded, png
from tests.sites import add_folder
from workers import main as worker

NOWHERE = "postgresql+psycopg://u:pw@127.0.0.1:9/x"


def refused(ended: Ended, *words: str) -> None:
    """Status 2, one line, nothing printed."""
    assert (ended.status, ended.out, len(ended.err.splitlines())) == (2, "", 1), ended.err
    for word in words:
        assert word in ended.err


def test_a_setting_that_cannot_be_used_is_refused(run: Run) -> None:
    refused(run("status", STORE_URL="ftp://x"), "ANJUAN_STORE_URL", "file:///")
    refused(run("serve", PORT="x"), "ANJUAN_PORT")
    refused(run("status", SECRETS_DIR="/nowhere"), "ANJUAN_SECRETS_DIR")
    refused(run("worker", "--queues", "reed"), "reed", "read, light, destroy")


def test_where_nothing_can_listen_is_told_by_host_or_by_port(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused(run("serve", "--port", str(taken.getsockname()[1])), "--port N", "ANJUAN_PORT=9000 make run")
    refused(run("serve", "--host", "192.0.2.7"), "192.0.2.7 is no address of this machine", "ANJUAN_HOST")
    assert not (tmp_path / "data").exists()


def test_rows_that_do_not_answer_are_a_line_and_status_3(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    MasterKey.load(tmp_path / "data" / "keys" / "master.key", create=True)
    for words in (("status",), ("verify",), ("user", "add", "x", "--role", "backup", "--department", "it")):
        away = run(*words, DATABASE_URL=NOWHERE)
        assert (away.status, away.out, len(away.err.splitlines())) == (3, "", 1), away.err
        assert "ANJUAN_DATABASE_URL" in away.err
    checked = run("check", "--json", DATABASE_URL=NOWHERE)
    [rows] = [part for part in json.loads(checked.out) if part["name"] == "database"]
    assert (checked.status, rows["ok"]) == (3, False)
    assert "MISSING database" in run("check", DATABASE_URL=NOWHERE).out
    monkeypatch.setenv("ANJUAN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ANJUAN_DATABASE_URL", NOWHERE)
    assert worker.main(["--queues", "reed"]) == 2
    assert "reed" in capsys.readouterr().err


def parts(ended: Ended) -> dict[str, dict[str, Any]]:
    return {part["name"]: part for part in json.loads(ended.out)}


def test_a_site_that_is_gone_with_nothing_to_copy_is_missed(run: Run, tmp_path: Path) -> None:
    with embedded(tmp_path / "data") as home:
        home.house.vault.note_export()
        add_folder(home.house, "nas", tmp_path / "nas")
    assert run("check").status == 0
    (tmp_path / "nas").rename(tmp_path / "unmounted")
    checked, shown = run("check", "--json"), run("site", "status")
    assert (checked.status, shown.status) == (1, 1)
    assert parts(checked)["site nas"]["ok"] is False
    assert "Mount its disk" in shown.out


def test_what_settings_name_is_looked_at(run: Run, tmp_path: Path) -> None:
    with embedded(tmp_path / "data"):
        (tmp_path / "data").chmod(0o700)
        (tmp_path / "data" / "rows").chmod(0o755)
    found = run(
        "check", "--json", WATCH=str(tmp_path / "none"), WITNESS=str(tmp_path / "later"), DATABSE_URL="x",
        TSA_URL="http://127.0.0.1:9/",
    )  # fmt: skip
    told = parts(found)
    assert found.status == 1
    assert "ANJUAN_DATABASE_URL meant" in told["settings"]["detail"]
    assert "make it" in told["watched folder"]["detail"]
    assert told["witness"]["warns"] is True
    assert "did not answer" in told["time stamps"]["detail"]
    assert told["folders"]["detail"].endswith(f"chmod 700 {tmp_path / 'data' / 'rows'}")


def test_everything_that_is_made_is_for_its_owner_alone(run: Run, tmp_path: Path) -> None:
    assert run("keys", "create").status == 0
    with embedded(tmp_path / "data") as home:
        home.put(png(1))
        open_engine("", home.house.settings.index_folder, "", writer=True).close()
    folders = [tmp_path / "data", *(path for path in (tmp_path / "data").rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


def test_a_data_folder_is_served_once_and_neither_upgraded_nor_restored_meanwhile(
    run: Run, home: Home, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    settings: Settings = home.house.settings
    with alone(settings, ""):
        refused(run("serve", "--port", port), f"in use by process {os.getpid()}", "ANJUAN_DATA")
        refused(run("upgrade", str(tmp_path / "b"), "--keys", str(tmp_path / "k")), "End the service")
        refused(run("restore", str(tmp_path / "b"), "--keys", str(tmp_path / "k")), "End the service")
        assert run("status").status == 0
    with alone(settings, ""):
        pass


def test_what_is_no_set_and_what_is_no_place_for_one_are_refused(run: Run, home: Home, tmp_path: Path) -> None:
    home.put(png(1))
    refused(run("backup", str(tmp_path / "b"), "--keys", str(tmp_path / "b" / "k")), "lie apart")
    made = json.loads(run("backup", str(tmp_path / "b"), "--keys", str(tmp_path / "k"), "--json").out)
    box = tmp_path / "box"
    assert run("restore", str(tmp_path / "none"), "--keys", made["keys"], DATA=str(box)).status == 2
    above = run("restore", str(tmp_path / "b"), "--keys", made["keys"], DATA=str(box))
    refused(above, "is no backup set", Path(made["set"]).name, "anjuan-….keys")
    (box / "papers").mkdir()
    (box / "papers" / "only copy.pdf").write_bytes(b"%PDF")
    stray = run("restore", made["set"], "--keys", made["keys"], DATA=str(box))
    refused(stray, f"{box / 'papers'} stands there already", "ANJUAN_DATA")
    assert not (box / "rows").exists()


def test_both_parts_of_the_key_are_labelled_and_read_quietly_from_a_pipe(
    run: Run, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts_told = run("keys", "export").out.splitlines()
    assert [line.partition(": ")[0] for line in parts_told] == ["Part 1 of 2", "Part 2 of 2"]
    typed = "".join(line.partition(": ")[2] + "\n" for line in parts_told)
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    back = run("keys", "restore", DATA=str(tmp_path / "box"))
    assert (back.status, back.err) == (0, "")
    assert (tmp_path / "box" / "keys" / "master.key").read_bytes() == home.house.settings.master_key.read_bytes()
    refused(run("keys", "restore", DATA=str(tmp_path / "box")), "exists already")


def test_rows_of_a_folder_that_cannot_be_written_are_still_told(run: Run, home: Home) -> None:
    home.put(png(1))
    home.house.database.close()
    shut = home.house.settings.data
    may = os.access

    def read_only(path: Any, mode: int) -> bool:  # noqa: ANN401 - what `os.access` takes
        return may(path, mode) and not (mode & os.W_OK and Path(path).is_relative_to(shut))

    with mock.patch("os.access", read_only):
        told, found = run("status", "--json"), run("verify", "--json")
        assert json.loads(told.out)["documents"] == {"received": 1}
        assert json.loads(found.out)["objects"] == 1
        assert "cannot be written" in told.err
        assert run("user", "add", "bo", "--role", "backup", "--department", "it").status == 3
