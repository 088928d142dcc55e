"""A set of which the description was damaged at its site: named, passed over, sent anew (F25, R27)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from archive.errors import Conflict
from archive.jobs import OPEN, Job, Kind
from archive.restoring import nobody
from archive.set_harm import harmed, newest_harm, of_set
from archive.set_sending import need_alone, replace_set, send_set
from archive.site_sets import SiteSet, sets_at
from archive.site_verification import verify_at
from service.commands.from_site import list_sets, restore_from
from service.sites import Sites
from tests.houses import Home
from tests.integration.test_failover import machine
from tests.sites import add_folder
from workers.offsite import ask_for_sets


def bend(folder: Path, part: str, epoch: str) -> None:
    """Flip two bits of one part of a set."""
    [path] = folder.glob(f"*/*sets/{epoch}/{part}@*")
    path.chmod(0o600)
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    body[len(body) // 3] ^= 1
    path.write_bytes(body)


@pytest.fixture
def nas(home: Home, tmp_path: Path) -> Path:
    add_folder(home.house, "nas", tmp_path / "nas")
    for _ in range(2):
        send_set(home.house, "nas")
    return tmp_path / "nas"


def findings(home: Home) -> list[tuple[str, str]]:
    return [(one.finding.fault, one.finding.key) for one in verify_at(home.house, "nas", full=True) if one.finding]


def test_the_others_are_listed_and_restored(
    home: Home, nas: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bend(nas, "set.json", "0001-00000002")
    list_sets(str(nas), as_json=True)
    newest, older = json.loads(capsys.readouterr().out)
    assert newest["epoch"] == "0001-00000002"
    assert newest["harmed"]
    assert older["keys"]
    settings = machine(home, tmp_path / "new")
    with pytest.raises(Conflict, match=r"0001-00000002, which is damaged.*--accept"):
        restore_from(settings, str(nas), None, accept=False, told=nobody, as_json=True)
    restore_from(settings, str(nas), None, accept=True, told=nobody, as_json=True)
    assert json.loads(capsys.readouterr().out)["epoch"] == "0001-00000001"


def test_sending_goes_on_and_the_harm_is_told_until_it_does(home: Home, nas: Path) -> None:
    bend(nas, "set.json", "0001-00000002")
    need_alone(home.house, "nas")
    [seen] = Sites(home.house, wait=5.0).seen()
    assert not seen.well
    assert "0001-00000002/set.json is damaged" in seen.in_words
    assert "site send" in seen.in_words
    assert harmed(home.house) == set(), "a moment ago it was read back"
    with home.house.database.transaction() as session:
        session.get_one(SiteSet, ("nas", "0001-00000002")).made_at -= timedelta(minutes=30)
    assert harmed(home.house) == {"nas"}
    ask_for_sets(home.house)
    with home.house.database.reading() as session:
        asked = session.scalars(select(Job.subject).where(Job.kind == Kind.SEND_SET.value, Job.state.in_(OPEN)))
        assert list(asked) == ["nas"], "though none is due for half an hour"
    row = send_set(home.house, "nas")
    assert row is not None
    assert row.epoch == "0001-00000003"
    assert newest_harm(home.house, "nas") == ""
    [seen] = Sites(home.house, wait=5.0).seen()
    assert seen.well


def test_every_byte_of_a_set_is_verified_and_a_new_one_takes_the_place(home: Home, nas: Path) -> None:
    assert findings(home) == []
    bend(nas, "rows.sealed", "0001-00000002")
    bend(nas, "keys.sealed", "0001-00000001")
    found = [one.finding for one in verify_at(home.house, "nas", full=True) if one.finding]
    assert {(one.fault, one.key) for one in found} == {
        ("damaged", "sets/0001-00000002/rows.sealed"), ("damaged", "key-sets/0001-00000001/keys.sealed"),
    }  # fmt: skip
    for finding in found:
        epoch = of_set(finding)
        assert epoch is not None
        assert replace_set(home.house, "nas", epoch, keys_alone=finding.key == epoch.keys)
    assert findings(home) == []
    with home.house.database.reading() as session:
        standing = [(one.epoch, one.keys_gone_at is None) for one in sets_at(session, "nas")]
    assert standing == [("0001-00000003", True), ("0001-00000001", False)]


def test_a_part_that_went_makes_the_newest_set_no_set(home: Home, nas: Path) -> None:
    next(nas.glob("*/key-sets/0001-00000002/*")).unlink()
    assert "keys.sealed is missing" in newest_harm(home.house, "nas")
    assert findings(home) == [("missing", "key-sets/0001-00000002/keys.sealed")]


def test_harmed_keys_give_way_to_older_ones_that_open_the_rows(
    home: Home, nas: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bend(nas, "keys.sealed", "0001-00000002")
    settings = machine(home, tmp_path / "new")
    list_sets(str(nas), as_json=True)
    at = datetime.fromisoformat(json.loads(capsys.readouterr().out)[1]["made_at"])
    with pytest.raises(Conflict, match="no sound keys"):
        restore_from(settings, str(nas), None, accept=True, told=nobody, as_json=True)
    restore_from(settings, str(nas), at, accept=True, told=nobody, as_json=True)
    assert json.loads(capsys.readouterr().out)["epoch"] == "0001-00000001"
