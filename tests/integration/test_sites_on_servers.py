"""MinIO as primary, versitygw as second site: copied, held, destroyed and verified there by its own credentials."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from sqlalchemy import select

from archive.audit import OPERATOR
from archive.contents import plain
from archive.credentials import credentials_of, shared
from archive.documents import File
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


@pytest.fixture(scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The three files of the second site."""
    folder, urls = tmp_path_factory.mktemp("credentials"), s3_site("versitygw")
    files = {name: folder / name for name in ("write", "destroy", "verify")}
    for name, path in files.items():
        path.write_text(f"{getattr(urls, name)}\n", "utf-8")
    return files


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, credentials: dict[str, Path]) -> Iterator[World]:
    with open_distributed_world(tmp_path_factory.mktemp("world") / "data") as made:
        made.approved_class()
        add_site(made.house, SiteOrder("north", **credentials))
        yield made


@contextmanager
def written(credentials: dict[str, Path], addresses: dict[str, str]) -> Iterator[None]:
    """Other addresses in the files for a while."""
    kept = {name: credentials[name].read_text("utf-8") for name in addresses}
    for name, address in addresses.items():
        credentials[name].write_text(address, "utf-8")
    yield
    for name, address in kept.items():
        credentials[name].write_text(address, "utf-8")


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


def _erased_at_the_primary(world: World, key: str) -> None:
    """What a thief can do there with all three of its credentials."""
    for version in world.house.destroyer.versions(Bucket.RECORDS, key):
        world.house.destroyer.purge(Bucket.RECORDS, key, version.version)
    assert world.house.verifier.absent(Bucket.RECORDS, key)


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
        for harm in (
            lambda thief=thief: thief.purge(Bucket.RECORDS, original.key, original.version),
            lambda thief=thief: thief.hide(Bucket.RECORDS, original.key),
            lambda thief=thief: thief.set_hold(Bucket.RECORDS, original.key, original.version, on=False),
            lambda thief=thief: list(thief.keys(Bucket.RECORDS)),
        ):
            with pytest.raises(NotAllowed):
                harm()
    _erased_at_the_primary(world, original.key)
    copy_all(world.house, "north")
    assert store.stat(Bucket.RECORDS, original.key, version=original.version)
    with world.house.database.reading() as session:
        file = session.scalars(select(File).where(File.document_id == doc)).one()
    key = world.house.vault.key(doc)
    assert sha256(b"".join(plain(world.house, OPERATOR, key, file))).hexdigest() == file.sha256
    world.house.destroyer_at("north").purge(Bucket.RECORDS, original.key, original.version)


def test_credentials_that_can_do_more_than_they_should_are_named(world: World, credentials: dict[str, Path]) -> None:
    for site in ("primary", "north"):
        assert [(one.trouble, one.excess) for one in credentials_of(world.house, site)] == [("", ())] * 3, site
    with world.house.database.reading() as session:
        assert shared(world.house, standing(session)) == []
    urls = s3_site("versitygw")
    with written(credentials, {"write": urls.destroy, "verify": urls.root}):
        found = {one.credential: one.excess for one in credentials_of(world.house, "north")}
        with world.house.database.reading() as session:
            told = shared(world.house, standing(session))
    assert found == {"write": ("erase",), "verify": ("erase", "set holds", "abort uploads"), "destroy": ()}
    assert told == ["«destroy» of north is the same user as «write» of north"]


def test_a_server_that_does_not_answer_is_asked_once_in_a_run_and_emptied_when_it_is_back(
    world: World, credentials: dict[str, Path]
) -> None:
    found = world.due_documents(3, renditions=1)
    owe_new(world)
    copy_all(world.house, "north")
    batch = world.signed(found)
    world.begin(batch.id)
    with written(credentials, {name: nobody(path.read_text("utf-8")) for name, path in credentials.items()}):
        began = time.monotonic()
        world.execute(batch.id)
        assert time.monotonic() - began < 10
    assert world.state(batch.id) == "partial"
    assert all(world.house.vault.absent(doc) for doc in found)
    assert all(objects(world.house, "north", doc) for doc in found)
    world.begin(batch.id)
    world.execute(batch.id)
    assert world.state(batch.id) == "executed"
    assert not any(objects(world.house, "north", doc) for doc in found)


def nobody(address: str) -> str:
    """The same credential at a port where nothing listens."""
    parts = urlsplit(address.strip())
    return urlunsplit(parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:1"))
