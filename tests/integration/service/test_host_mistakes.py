"""What people mistype or forget on the host is refused in a line, and nothing is made in the wrong place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from indexes import open_engine
from tests.commands import Ended, Run
from tests.houses import Home, png


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


def test_an_index_that_cannot_be_written_is_not_called_damaged(run: Run, home: Home) -> None:
    home.person("boss")
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
