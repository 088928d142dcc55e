"""MinIO as primary, versitygw as second site: copied, held, destroyed and verified there by its own credentials."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from archive.credentials import credentials_of, shared
from archive.owed import ask_to_replicate, owe_missing
from archive.site_verification import verify_at
from archive.sites import SiteOrder, standing
from archive.stores import open_site
from archive.stores.port import Bucket, Credential, NotAllowed
from retention.batches import targets_of
from retention.mirror import mirror_holds
from tests.integration.retention.world import World, open_distributed_world
from tests.servers import s3_site
from tests.sites import add_site, copy_all, objects


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    urls = s3_site("versitygw")
    files = {name: tmp_path / name for name in ("write", "destroy", "verify")}
    for name, path in files.items():
        path.write_text(f"{getattr(urls, name)}\n", "utf-8")
    with open_distributed_world(tmp_path / "data") as made:
        made.approved_class()
        add_site(made.house, SiteOrder("north", **files))
        yield made


def owe_new(world: World) -> None:
    with world.house.database.transaction() as session:
        owe_missing(session, "north")
        ask_to_replicate(session, "north")


def test_a_record_is_copied_held_and_destroyed_at_a_server_of_another_make(world: World) -> None:
    [doc] = world.due_documents(renditions=1)
    owe_new(world)
    copy_all(world.house, "north")
    assert objects(world.house, "north", doc) == objects(world.house, "primary", doc) != {}
    hold = world.hold(doc)
    assert mirror_holds(world.house).placed == 2
    store = world.house.verifier_at("north")
    [original] = store.keys(Bucket.RECORDS, f"documents/{doc}/")
    assert store.held(Bucket.RECORDS, original.key, original.version)
    world.lift(hold)
    checked = [one for one in verify_at(world.house, "north", full=True) if doc in one.key]
    assert [one.finding for one in checked] == [None, None]
    batch = world.signed([doc])
    world.begin(batch.id)
    world.execute(batch.id)
    assert world.state(batch.id) == "executed"
    assert objects(world.house, "north", doc) == objects(world.house, "primary", doc) == {}
    with world.house.database.reading() as session:
        there = [line for line in targets_of(session, batch.id) if line.site == "north"]
    assert len(there) == 3
    assert all(line.verified_at and line.verifier == "store:verify" for line in there)


def test_what_was_stolen_at_one_site_erases_nothing_at_the_other(world: World) -> None:
    [doc] = world.due_documents(renditions=0)
    owe_new(world)
    copy_all(world.house, "north")
    store = world.house.verifier_at("north")
    [original] = store.keys(Bucket.RECORDS, f"documents/{doc}/")
    settings = world.house.settings
    there = urlsplit(s3_site("versitygw").verify)
    for address in (settings.objects_url, settings.store_destroy_url, settings.store_verify_url):
        stolen = urlsplit(address)
        host = f"{stolen.netloc.rpartition('@')[0]}@{there.netloc.rpartition('@')[2]}"
        thief = open_site(urlunsplit(there._replace(netloc=host)), Credential.DESTROY, "north")
        with pytest.raises(NotAllowed):
            thief.purge(Bucket.RECORDS, original.key, original.version)
    assert store.stat(Bucket.RECORDS, original.key, version=original.version)
    world.house.destroyer_at("north").purge(Bucket.RECORDS, original.key, original.version)


def test_credentials_that_can_do_more_than_they_should_are_named(world: World, tmp_path: Path) -> None:
    for site in ("primary", "north"):
        assert [(one.trouble, one.excess) for one in credentials_of(world.house, site)] == [("", ())] * 3, site
    with world.house.database.reading() as session:
        assert shared(world.house, standing(session)) == []
    (tmp_path / "write").write_text(s3_site("versitygw").destroy, "utf-8")
    (tmp_path / "verify").write_text(s3_site("versitygw").root, "utf-8")
    found = {one.credential: one.excess for one in credentials_of(world.house, "north")}
    assert found == {"write": ("erase",), "verify": ("erase", "set holds", "abort uploads"), "destroy": ()}
    with world.house.database.reading() as session:
        [told] = shared(world.house, standing(session))
    assert told == "«destroy» of north is the same user as «write» of north"
