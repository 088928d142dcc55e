"""Fingerprints are published by page and by API: a bundle forged whole with other keys is found with one of them."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.signing import Purpose
from retention import evidence
from retention.certificate import the_certificate
from retention.published import PublishedKey, published_keys
from retention.supervision import confirm
from tests.integration.retention.world import World, open_world


def certified(folder: Path) -> Iterator[tuple[World, str]]:
    """A world in which a record was destroyed, and the certificate's number."""
    with open_world(folder / "data") as world:
        world.approved_class()
        [doc] = world.due_documents(renditions=0)
        batch = world.signed([doc])
        world.begin(batch.id)
        world.execute(batch.id)
        for name in ("clerk", "sales"):
            with world.as_(name) as (session, actor, _):
                confirm(session, actor, world.house, batch_id=batch.id, observed="ledger seen")
        yield world, str(world.row(doc).certificate_no)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, str]]:
    yield from certified(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def forged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, str]]:
    """The same story told by another installation, whose keys agree with each other and are not ours."""
    yield from certified(tmp_path_factory.mktemp("forged"))


def keys_of(world: World) -> list[PublishedKey]:
    with world.house.database.reading() as session:
        return published_keys(session, world.house)


def checked(told: tuple[World, str], folder: Path, *words: str) -> int:
    """What the program of the bundle says to these words."""
    world, number = told
    with world.as_("auditor") as (session, auditor, _):
        inside = evidence.contents(session, world.house, the_certificate(session, auditor, number))
    zipfile.ZipFile(io.BytesIO(inside.zipped())).extractall(folder)
    command = [sys.executable, "-I", str(folder / "verify.py"), *words]
    return subprocess.run(command, cwd=folder, env={}, capture_output=True, check=False).returncode


def test_who_signed_is_listed_with_their_key_also_after_they_left(ours: tuple[World, str]) -> None:
    world, _ = ours
    with world.house.database.transaction() as session:
        session.merge(world.people["second"]).disabled_at = world.people["second"].created_at
    people = {key.name: key for key in keys_of(world) if key.use == "person"}
    assert people.keys() == {"first", "second", "clerk", "sales"}
    for name, key in people.items():
        assert key.fingerprint == world.house.signing.person(world.people[name].id).fingerprint
        assert key.active is (name != "second")
        assert key.first


def test_the_installations_keys_and_its_seal_are_listed(ours: tuple[World, str]) -> None:
    world, _ = ours
    listed = {key.use: key.fingerprint for key in keys_of(world) if not key.name}
    assert listed["seal"] == world.house.seal.fingerprint
    assert listed["certificate"] == world.house.signing.installation(Purpose.CERTIFICATE).fingerprint
    assert "backup" not in listed, "no backup was made, so there is no such key"


def test_a_bundle_forged_whole_is_found_with_a_published_fingerprint(
    ours: tuple[World, str], forged: tuple[World, str], tmp_path: Path
) -> None:
    published = next(key.fingerprint for key in keys_of(ours[0]) if key.use == "certificate")
    assert checked(ours, tmp_path / "ours", "--fingerprint", published) == 0
    assert checked(forged, tmp_path / "forged") == 0, "its own keys agree: that alone proves nothing"
    assert checked(forged, tmp_path / "again", "--fingerprint", published) == 1
