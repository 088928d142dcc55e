"""Sets of rows and keys at a site: sealed, proved, thinned; a second copy that sends there closes the first (R27)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from archive.audit import OPERATOR
from archive.base import now
from archive.errors import Conflict, Damaged
from archive.house import House
from archive.masterkey import MasterKey
from archive.reigns import present, promote
from archive.set_fetching import choose, fetch, sets_in, store_of
from archive.set_sending import due, know_sets, send_set, thin
from archive.site_figures import site_figures
from archive.site_sets import Epoch, SiteSet, kept, keys_kept, sets_at
from archive.stores.port import Bucket
from tests.houses import Home, embedded, png
from tests.sites import add_folder


def sent(house: House, site: str = "nas") -> SiteSet:
    row = send_set(house, site)
    assert row is not None
    return row


def stored(folder: Path) -> dict[str, Path]:
    """What lies of sets in a site's folder, by the end of its key."""
    return {path.name.partition("@")[0]: path for path in folder.rglob("*set*/*/*") if "@" in path.name}


@pytest.fixture
def site(home: Home, tmp_path: Path) -> Path:
    add_folder(home.house, "nas", tmp_path / "nas")
    return tmp_path / "nas"


def test_a_set_arrives_sealed_and_is_told_of(home: Home, site: Path, tmp_path: Path) -> None:
    home.put(png(1))
    home.house.witness.destroyed({"gone": "XH-2026-0001"})
    first, second = sent(home.house), sent(home.house)
    assert (first.epoch, second.epoch) == ("0001-00000001", "0001-00000002")
    assert set(stored(site)) == {"rows.sealed", "keys.sealed", "set.json"}
    assert not any(b"SQLite" in path.read_bytes() for path in stored(site).values())
    with home.house.database.reading() as session:
        [seen] = site_figures(session, 60)
        assert (seen.set_epoch, seen.sets, seen.key_sets, seen.set_late) == (second.epoch, 2, 2, False)
        assert not due(session, home.house, "nas", 60)
    store = store_of(str(site))
    found = list(sets_in(store))
    chosen, keys = choose(found, found[1].made_at)
    assert (str(chosen.epoch), str(keys.epoch)) == (first.epoch, second.epoch), "any newer keys open it"
    got = fetch(store, chosen, keys, home.house.settings.master_key, tmp_path)
    assert {path.name for path in got.rows.iterdir()} == {"rows", "settings.json", "manifest.json"}
    assert b"XH-2026-0001" in (got.witness / "destroyed.jsonl").read_bytes()


def test_a_destruction_makes_a_set_due_at_once(home: Home, site: Path) -> None:
    sent(home.house)
    home.house.witness.destroyed({"gone": "XH-2026-0001"})
    with home.house.database.reading() as session:
        assert due(session, home.house, "nas", 60)


@pytest.mark.parametrize("part", ["rows.sealed", "keys.sealed", "set.json"])
def test_a_set_of_which_a_bit_differs_is_refused(home: Home, site: Path, tmp_path: Path, part: str) -> None:
    sent(home.house)
    path = stored(site)[part]
    path.chmod(0o600)
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(body)
    store = store_of(str(site))
    with pytest.raises((Damaged, Conflict)):
        fetch(store, *choose(list(sets_in(store)), None), home.house.settings.master_key, tmp_path / "out")


def test_without_the_right_master_key_nothing_is_opened(home: Home, site: Path, tmp_path: Path) -> None:
    sent(home.house)
    store, missing = store_of(str(site)), tmp_path / "master.key"
    chosen = choose(list(sets_in(store)), None)
    with pytest.raises(Conflict, match="keys restore"):
        fetch(store, *chosen, missing, tmp_path)
    MasterKey.load(missing, create=True)
    with pytest.raises(Conflict, match="Put the right one there"):
        fetch(store, *chosen, missing, tmp_path)


def test_keys_go_after_seven_days_and_the_rest_by_the_rule(home: Home, site: Path) -> None:
    old, newest = sent(home.house), sent(home.house)
    with home.house.database.transaction() as session:
        session.get_one(SiteSet, ("nas", old.epoch)).made_at = now() - timedelta(days=8)
    assert thin(home.house, "nas") == 1
    assert len(list(home.house.verifier_at("nas").keys(Bucket.RENDITIONS, "key-sets/"))) == 1
    with home.house.database.reading() as session:
        assert [bool(one.keys_gone_at) for one in sets_at(session, "nas")] == [False, True]
    assert thin(home.house, "nas", now() + timedelta(days=500)) == 1, "the older one, which has no keys any more"
    assert thin(home.house, "nas", now() + timedelta(days=500)) == 0, "the newest stays with its keys"
    store = home.house.verifier_at("nas")
    assert [one.key.split("/")[1] for one in store.keys(Bucket.RECORDS, "sets/")] == [newest.epoch] * 2


def test_sets_of_a_sender_that_is_lost_are_known_again_and_what_it_left_half_goes(home: Home, site: Path) -> None:
    first, half = sent(home.house), sent(home.house)
    with home.house.database.transaction() as session:
        for row in sets_at(session, "nas"):
            session.delete(row)
        promote(session, OPERATOR, "restored from older rows", above=1)
    next(site.glob(f"records/sets/{half.epoch}/set.json@*")).unlink()
    assert know_sets(home.house, "nas") == 1
    last = sent(home.house)
    assert thin(home.house, "nas") == 2, "rows and keys of the half set"
    names = {one.key.split("/")[1] for one in home.house.verifier_at("nas").keys(Bucket.RENDITIONS, "key-sets/")}
    assert names == {first.epoch, last.epoch}


def test_what_the_rule_keeps() -> None:
    at = now().replace(day=20, hour=12)
    hourly = [(str(Epoch(1, 90_000 - hours)), at - timedelta(hours=hours)) for hours in range(24 * 420)]
    staying = kept(hourly, at)
    assert 48 + 33 + 12 <= len(staying) <= 49 + 34 + 13
    assert len(keys_kept(hourly, at)) == 7 * 24
    assert keys_kept([("a", at - timedelta(days=30))], at) == {"a"}
    assert (kept([], at), keys_kept([], at)) == (set(), set())


def test_a_copy_that_was_superseded_writes_nothing_there(home: Home, site: Path) -> None:
    sent(home.house)
    with home.house.database.transaction() as session:
        session.delete(session.get_one(SiteSet, ("nas", "0001-00000001")))
    with pytest.raises(Conflict) as refusal:
        send_set(home.house, "nas")
    assert refusal.value.code == "rows_older", "the site holds a set that these rows never sent"
    with home.house.database.transaction() as session:
        assert present(session).state == "superseded"
        assert promote(session, OPERATOR, "the other one is gone", above=1).number == 2
    assert sent(home.house).epoch == "0002-00000002"


def test_the_sets_of_another_archive_close_nobody(home: Home, site: Path, tmp_path: Path) -> None:
    with embedded(tmp_path / "stranger") as stranger:
        add_folder(stranger.house, "theirs", site)
        with stranger.house.database.transaction() as session:
            promote(session, OPERATOR, "a higher reign", above=7)
        send_set(stranger.house, "theirs")
    with pytest.raises(Conflict) as refusal:
        send_set(home.house, "nas")
    assert refusal.value.code == "site_foreign"
    with home.house.database.reading() as session:
        assert present(session).state == "open"
