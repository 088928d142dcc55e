"""What was destroyed stays destroyed when rows, or everything, are set back to an older copy (R13; F20, F33)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from archive import anchors, backup
from archive.canonical import canonical
from archive.errors import Conflict, Damaged, Fault, Gone, Refusal
from archive.house import House, open_house
from archive.jobs import Job, claim
from archive.log import checkpoint, sequence_all, verify_log
from archive.masterkey import MasterKey
from archive.readable import the_document
from archive.reconcile import reconcile
from archive.restoring import Step, restore
from archive.signing import Purpose, SigningKey
from archive.stores.port import Bucket
from archive.verification import verify
from retention import replay
from tests.integration.retention.world import Shelf, World, open_distributed_world, open_world
from tests.servers import postgres_database


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path / "data", WITNESS=str(tmp_path / "witness")) as made:
        made.approved_class()
        yield made


def destroyed(world: World, doc: str) -> None:
    batch = world.signed([doc])
    world.begin(batch.id)
    world.execute(batch.id)
    assert world.row(doc).destroyed_at


def anchored(house: House) -> None:
    with house.database.transaction() as session:
        sequence_all(session)
        checkpoint(session, house.signing.installation(Purpose.CHECKPOINT))
    anchors.anchor(house)


def objects(house: House, doc: str) -> list[str]:
    buckets = (Bucket.RECORDS, Bucket.RENDITIONS)
    return [found.key for bucket in buckets for found in house.verifier.keys(bucket, f"documents/{doc}/")]


def replayed(world: World, doc: str) -> None:
    """Hidden when the installation opens, erased when the worker comes to it."""
    assert replay.condemn_again(world.house) == 1
    assert replay.condemn_again(world.house) == 0
    with world.as_("officer") as (session, _, scope):
        with pytest.raises(Gone):
            the_document(session, scope, doc)
        job = session.scalars(select(Job).where(Job.subject == doc, Job.kind == "replay_destruction")).one().id
    assert reconcile(world.house).erased == 0, "nothing is cleaned up in that state"
    with world.house.database.transaction() as session:
        held = claim(session, job, "test")
    assert held
    replay.carry_out(world.house, world.shelf, held)
    assert (bool(world.row(doc).destroyed_at), world.row(doc).title, objects(world.house, doc)) == (True, None, [])
    assert world.house.vault.absent(doc)


@contextmanager
def rows_set_back(world: World, copy: Path) -> Iterator[World]:
    """The same keys and objects with the rows of the copy: in their place (SQLite), or beside them (PostgreSQL)."""
    settings = world.house.settings
    with ExitStack() as held:
        if settings.embedded_rows:
            world.house.close()
            rows = settings.data / "rows"
            shutil.rmtree(rows)
        else:
            settings = settings.model_copy(update={"database_url": held.enter_context(postgres_database())})
        backup.bring_back(copy, settings.rows_url)
        house = open_house(settings)
        held.callback(house.close)
        yield World(house, world.people, Shelf(set(world.shelf.found)))


@pytest.mark.parametrize("opened", [open_world, open_distributed_world], ids=["embedded", "distributed"])
def test_rows_of_an_older_day_start_with_what_was_destroyed_hidden(
    opened: Callable[[Path], ExitStack], tmp_path: Path
) -> None:
    with opened(tmp_path / "data") as world:
        assert isinstance(world, World)
        world.approved_class()
        gone, kept = world.due_documents(2)
        backup.copy_database(world.house.settings.rows_url, tmp_path / "copy")
        destroyed(world, gone)
        number = world.row(gone).certificate_no
        with rows_set_back(world, tmp_path / "copy") as older:
            assert older.row(gone).title is not None, "the copy shows it"
            replayed(older, gone)
            assert older.row(gone).certificate_no == number
            assert (older.row(kept).destroyed_at, len(objects(older.house, kept))) == (None, 3)
            destroyed(older, kept)
            assert older.row(kept).certificate_no != number, "no number is given twice"


def test_a_set_in_an_empty_place_opens_without_what_was_destroyed_since(world: World, tmp_path: Path) -> None:
    gone, kept = world.due_documents(2)
    anchored(world.house)
    made = backup.make(world.house, tmp_path / "sets", tmp_path / "keys")
    destroyed(world, gone)
    anchored(world.house)
    settings = world.house.settings.model_copy(update={"data": tmp_path / "box"})
    with pytest.raises(Conflict, match="master key"):
        restore(settings, made.folder, made.keys)
    settings.master_key.parent.mkdir(parents=True)
    shutil.copy(world.house.settings.master_key, settings.master_key)
    with pytest.raises(Conflict, match=r"The witness knows \d+ entries of the log") as refusal:
        restore(settings, made.folder, made.keys)
    assert (refusal.value.code, (settings.data / "rows").exists()) == ("backup_older", False)
    seen: dict[Step, tuple[int, int]] = {}
    put = restore(settings, made.folder, made.keys, accept_older=True,
                  told=lambda step, done, total: seen.update({step: (done, total)}))  # fmt: skip
    assert put.entries_lost > 0
    assert list(seen) == list(Step)
    assert all(done == total > 0 for done, total in seen.values())
    with pytest.raises(Conflict, match="stands there already"):
        restore(settings, made.folder, made.keys, accept_older=True)
    house = open_house(settings)
    house.prepare()
    restored = World(house, world.people, Shelf({gone, kept}))
    assert not house.vault.absent(gone), "the set's keys would open it"
    replayed(restored, gone)
    assert [seen.finding for seen in verify(house, full=True) if seen.finding] == []
    assert anchors.set_back(house) > 0
    with house.database.transaction() as session:
        sequence_all(session)
        key = house.signing.installation(Purpose.CHECKPOINT)
        checkpoint(session, key)
        assert verify_log(session, key, house.vault, anchors.anchored(house)).ok
    house.close()


def test_a_log_that_was_set_back_by_nobody_is_told(world: World, tmp_path: Path) -> None:
    """Records-rules §7.8: an old copy in place of the database, by who has no key to call it a restore."""
    world.due_documents(1, renditions=0)
    anchored(world.house)
    backup.copy_database(world.house.settings.rows_url, tmp_path / "copy")
    world.due_documents(1, renditions=0)
    anchored(world.house)
    with rows_set_back(world, tmp_path / "copy") as older:
        key = older.house.signing.installation(Purpose.CHECKPOINT)
        with older.house.database.reading() as session:
            assert verify_log(session, key, older.house.vault).ok, "by itself it looks whole"
            found = verify_log(session, key, older.house.vault, anchors.anchored(older.house))
        assert "was signed; there are" in found.problem
        older.house.witness.set_back(found.size, "00" * 64)
        with pytest.raises(Damaged, match="did not sign"):
            anchors.anchored(older.house)


def test_the_log_is_verified_from_its_last_anchor_on(world: World) -> None:
    world.due_documents(1, renditions=0)
    anchored(world.house)
    world.due_documents(1, renditions=0)
    with world.house.database.transaction() as session:
        sequence_all(session)
        key = world.house.signing.installation(Purpose.CHECKPOINT)
        [last] = anchors.anchored(world.house)
        whole = verify_log(session, key, world.house.vault, [last])
        tail = verify_log(session, key, world.house.vault, [last], since=last)
    assert whole.ok
    assert (tail.ok, tail.size, tail.root) == (True, whole.size, whole.root)
    [stored] = list(world.house.verifier.keys(Bucket.EVIDENCE, "checkpoints/"))
    assert world.house.verifier.retained_until(Bucket.EVIDENCE, stored.key, stored.version)


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)


HARMS = (
    "rows", "keys", "object", "lock", "settings", "manifest", "key manifest", "missing", "extra", "mixed",
)  # fmt: skip


@pytest.mark.parametrize("harm", HARMS)
def test_a_set_that_does_not_verify_is_refused_and_nothing_is_touched(world: World, tmp_path: Path, harm: str) -> None:
    anchored(world.house)  # evidence lies under a lock, in a file of its own
    world.due_documents(1)
    made = backup.make(world.house, tmp_path / "sets", tmp_path / "keys")
    keys = made.keys
    held = sorted(path for path in (made.folder / "objects").rglob("*") if path.is_file())
    some = next(path for path in held if not path.name.endswith("@lock"))
    if harm == "missing":
        some.unlink()
    elif harm == "extra":
        some.with_name("nobody").write_bytes(b"x")
    elif harm == "mixed":
        keys = backup.make(world.house, tmp_path / "sets", tmp_path / "keys").keys
    else:
        lock = next(path for path in held if path.name.endswith("@lock"))
        flipped({
            "rows": made.folder / "rows", "keys": keys / "keys", "object": some, "lock": lock,
            "settings": made.folder / "settings.json", "manifest": made.folder / backup.MANIFEST,
            "key manifest": keys / backup.MANIFEST,
        }[harm])  # fmt: skip
    settings = world.house.settings.model_copy(update={"data": tmp_path / "box"})
    settings.master_key.parent.mkdir(parents=True)
    shutil.copy(world.house.settings.master_key, settings.master_key)
    with pytest.raises((Fault, Refusal)) as refusal:
        restore(settings, made.folder, keys)
    assert isinstance(refusal.value, Damaged) or refusal.value.code == "backup_mixed"  # type: ignore[attr-defined]
    assert not (settings.data / "rows").exists()


def test_a_set_is_not_made_inside_the_data(world: World, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="another disk"):
        backup.make(world.house, world.house.settings.data / "sets", tmp_path / "keys")


def test_a_set_opens_with_its_own_master_key_alone(world: World, tmp_path: Path) -> None:
    """F34: another installation's key is found before any row is there, and what was brought is taken away again."""
    world.due_documents(1, renditions=0)
    made = backup.make(world.house, tmp_path / "sets", tmp_path / "keys")
    settings = world.house.settings.model_copy(update={"data": tmp_path / "box"})
    settings.master_key.parent.mkdir(parents=True)
    MasterKey.load(settings.master_key, create=True)
    with pytest.raises(Conflict) as refusal:
        restore(settings, made.folder, made.keys)
    assert refusal.value.code == "master_key_other"
    assert sorted(path.name for path in settings.data.rglob("*") if path.is_file()) == ["master.key"]
    shutil.copy(world.house.settings.master_key, settings.master_key)
    assert restore(settings, made.folder, made.keys).entries_lost == 0


def test_a_manifest_that_somebody_else_signed_is_refused(world: World, tmp_path: Path) -> None:
    world.due_documents(1, renditions=0)
    made = backup.make(world.house, tmp_path / "sets", tmp_path / "keys")
    forger = SigningKey("forger", Ed25519PrivateKey.generate())
    for folder in (made.folder, made.keys):
        told = json.loads((folder / backup.MANIFEST).read_bytes())
        del told["signature"]
        body = told | {"key": forger.public.hex()}
        signed = body | {"signature": forger.sign_value(body).hex()}
        (folder / backup.MANIFEST).write_bytes(canonical(signed))
    settings = world.house.settings.model_copy(update={"data": tmp_path / "box"})
    settings.master_key.parent.mkdir(parents=True)
    shutil.copy(world.house.settings.master_key, settings.master_key)
    with pytest.raises(Damaged, match="somebody else wrote"):
        restore(settings, made.folder, made.keys)
    assert not (settings.data / "keys" / "keys.sqlite").exists()
