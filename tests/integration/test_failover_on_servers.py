"""PostgreSQL and an S3 server lost, another left: restored into empty databases and buckets, promoted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.audit import OPERATOR
from archive.errors import Conflict
from archive.homecoming import ask_to_fetch, fetch_turn, lacking_here
from archive.house import open_house
from archive.jobs import Kind, claim, due
from archive.masterkey import MasterKey
from archive.reigns import promote
from archive.restoring import nobody
from archive.set_sending import know_sets, need_alone, send_set, thin
from archive.sites import SiteOrder
from archive.verification import verify
from service.commands.from_site import restore_from
from tests.houses import Home, buckets, png
from tests.servers import postgres_database
from tests.sites import add_site, copy_all


@pytest.fixture
def north(tmp_path: Path) -> Iterator[dict[str, Path]]:
    """The three credential files of the site."""
    names = {"write": "STORE_URL", "destroy": "STORE_DESTROY_URL", "verify": "STORE_VERIFY_URL"}
    with buckets() as urls:
        for name, setting in names.items():
            (tmp_path / name).write_text(f"{urls[setting]}\n", "utf-8")
        yield {name: tmp_path / name for name in names}


def test_another_server_brings_everything_back(cluster: Home, north: dict[str, Path], tmp_path: Path) -> None:
    add_site(cluster.house, SiteOrder("north", **north))
    papers = [cluster.put(png(number)).id for number in range(3)]
    copy_all(cluster.house, "north")
    first = send_set(cluster.house, "north")
    assert first
    assert first.epoch
    with postgres_database() as rows, postgres_database() as keys, buckets() as stores:
        update = {"data": tmp_path / "new", "database_url": rows, "keys_url": keys, "witness": None}
        update |= {name.lower(): value for name, value in stores.items()}
        settings = cluster.house.settings.model_copy(update=update)
        settings.master_key.parent.mkdir(parents=True, exist_ok=True)
        if not settings.master_key.exists():
            shutil.copy(cluster.house.settings.master_key, settings.master_key)
        assert MasterKey.load(settings.master_key).id
        restore_from(settings, str(north["verify"]), None, accept=False, told=nobody, as_json=True)
        house = open_house(settings)
        try:
            with house.database.transaction() as session:
                ask_to_fetch(session)
            with house.database.reading() as session:
                [(job, _)] = due(session, [Kind.FETCH_OBJECTS.value])
            with house.database.transaction() as session:
                held = claim(session, job, "test")
            assert held
            assert fetch_turn(house, held) == len(papers)
            with house.database.reading() as session:
                assert lacking_here(session) == 0
            assert [one.finding for one in verify(house, full=True) if one.finding] == []
            know_sets(house, "north")
            with house.database.transaction() as session:
                promote(session, OPERATOR, "the house burnt", above=1)
            second = send_set(house, "north")
            assert second
            assert second.epoch > first.epoch
            with pytest.raises(Conflict):
                need_alone(cluster.house, "north")
            assert thin(house, "north") == 0
        finally:
            house.close()
