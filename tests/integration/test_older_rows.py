"""Rows put back from a backup that is older than the sites' newest set: told apart from a promotion (F33, R27)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from archive import backup
from archive.audit import OPERATOR, Act, record
from archive.errors import Conflict
from archive.house import House, open_house
from archive.leaving import leave
from archive.people import Person
from archive.reigns import OUT, need_open, out_of, present, promote
from archive.restoring import restore
from archive.set_sending import highest_reign, send_set
from service.commands import token, user
from service.commands.counting import need_counting, tell_of_newer
from tests.houses import Home, png
from tests.integration.test_failover import machine
from tests.sites import add_folder


@pytest.fixture
def older(home: Home, tmp_path: Path) -> Iterator[House]:
    add_folder(home.house, "nas", tmp_path / "nas")
    made = backup.make(home.house, tmp_path / "backup", tmp_path / "keys")
    home.put(png(1))
    send_set(home.house, "nas")
    settings = machine(home, tmp_path / "new")
    restored = restore(settings, made.folder, made.keys, accept_older=False)
    house = open_house(settings)
    with house.database.transaction() as session:
        record(session, OPERATOR, Act.BACKUP_RESTORED, "set", detail={"of": restored.of.isoformat()})
    yield house
    house.close()


def test_it_is_told_beforehand_and_says_what_it_is(
    home: Home, older: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tell_of_newer(older) == ["nas"]
    assert "set 0001-00000001 of" in capsys.readouterr().err
    with older.database.reading() as session:
        need_open(session)
    with pytest.raises(Conflict) as refusal:
        need_counting(older)
    assert refusal.value.code == "rows_older"
    assert "Nobody was promoted" in str(refusal.value.detail)
    with older.database.transaction() as session:
        held = promote(session, OPERATOR, "the old machine burnt", above=highest_reign(older, ["nas"]))
        assert held.base_at, "what it was restored from, so that the other knows what stands only there"
    need_counting(older)
    row = send_set(older, "nas")
    assert row is not None
    assert row.epoch.startswith("0002-")
    with pytest.raises(Conflict):
        need_counting(home.house)
    assert leave(home.house, OPERATOR, tmp_path / "left", "it came back").papers == 1, "what the backup has not"


def test_the_sender_is_not_told_of_its_own_set_and_closes_once_another_counts(
    home: Home, older: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tell_of_newer(home.house) == []
    with older.database.transaction() as session:
        promote(session, OPERATOR, "a drill", above=1)
    send_set(older, "nas")
    before = _people(home.house)
    monkeypatch.setenv("ANJUAN_DATA", str(home.house.settings.data))
    for words, group in (
        (["add", "li", "--role", "scanner", "--department", "d"], user.group),
        (["create", "x"], token.group),
    ):
        result = CliRunner().invoke(group, words)
        assert isinstance(result.exception, Conflict)
        assert result.exception.code == "superseded", "asked of the site: no service ran here meanwhile"
    assert _people(home.house) == before
    with home.house.database.reading() as session:
        assert out_of(present(session)) in OUT


def _people(house: House) -> int:
    with house.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Person)) or 0
