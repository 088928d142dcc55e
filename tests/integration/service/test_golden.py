"""What an earlier release left is opened by this one, whole: rows, objects, log, proofs, and found again (F32)."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from archive import anchors
from archive.documents import Document, page_text
from archive.house import House, open_house
from archive.log import size_of, verify_log
from archive.masking import find_sensitive
from archive.people import Person, actor_for
from archive.readable import readable_scope
from archive.settings import Settings
from archive.signing import Purpose
from archive.stores.port import Bucket
from archive.upgrade import upgrade
from archive.verification import verify
from indexes.open import open_engine
from indexes.orders import Asked
from indexes.search import Finder
from indexes.sync import reindex
from retention.replay import condemn_again

FOLDERS = sorted((Path(__file__).resolve().parents[2] / "golden").glob("*.tar.gz"))
LARGEST = 300_000


@dataclass
class Golden:
    """The installation of an earlier release after its upgrade, and what has to be in it."""

    house: House
    told: dict[str, Any]


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda path: path.name)
def golden(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Golden]:
    place = tmp_path_factory.mktemp("golden")
    with tarfile.open(request.param) as packed:
        packed.extraction_filter = getattr(tarfile, "tar_filter", None)  # Python before 3.11.4 has none
        packed.extractall(place)  # noqa: S202 - our own, as it was written, keys and locks with their modes
    house = open_house(Settings(data=place / "golden"))
    upgrade(house, place / "sets", place / "keys")
    yield Golden(house, json.loads((place / "golden" / "golden.json").read_text("utf-8")))
    house.close()


def test_there_is_one_and_it_is_small() -> None:
    assert FOLDERS
    assert all(path.stat().st_size < LARGEST for path in FOLDERS)


def test_every_object_opens_and_is_what_was_stored(golden: Golden) -> None:
    checked = list(verify(golden.house, full=True))
    assert len(checked) > 6
    assert [one.finding for one in checked if one.finding] == []


def test_the_log_holds_with_everything_that_was_in_it(golden: Golden) -> None:
    house = golden.house
    key = house.signing.installation(Purpose.CHECKPOINT)
    with house.database.reading() as session:
        assert size_of(session) >= golden.told["log_size"]
        assert verify_log(session, key, house.vault, anchors.anchored(house)).ok


def test_every_document_stands_where_it_stood_and_says_what_it_said(golden: Golden) -> None:
    with golden.house.database.reading() as session:
        states = {one: session.get_one(Document, one).state for one in golden.told["states"]}
        document = session.get_one(Document, golden.told["found_in"])
        text = "".join(page_text(golden.house.vault.key(document.id), page) for page in document.pages)
        gone = session.get_one(Document, golden.told["destroyed"])
    assert states == golden.told["states"]
    assert set(states.values()) == {"filed", "review", "quarantined"}
    assert golden.told["sentence"] in "".join(text.split())
    assert gone.destroyed_at is not None
    assert gone.certificate_no == golden.told["certificate"]
    assert condemn_again(golden.house) == 0


def test_it_is_found_again(golden: Golden, tmp_path: Path) -> None:
    house = golden.house
    engine = open_engine("", tmp_path / "index", "golden", writer=True)
    reindex(house.database, engine, house.vault)
    with house.database.reading() as session:
        officer = session.scalars(select(Person).where(Person.name == "officer")).one()
        scope = readable_scope(session, actor_for(officer, scopes=frozenset({"read"}), fresh_until=None))
        found = Finder(session, engine, house.vault, find_sensitive).search(scope, Asked(golden.told["sentence"]))
    engine.close()
    assert [hit.document_id for hit in found.hits] == [golden.told["found_in"]]


def test_its_certificate_proves_itself(golden: Golden, tmp_path: Path) -> None:
    key = f"certificates/{golden.told['certificate']}/bundle.zip"
    body = b"".join(golden.house.verifier.get(Bucket.EVIDENCE, key))
    with zipfile.ZipFile(io.BytesIO(body)) as bundle:
        bundle.extractall(tmp_path)  # noqa: S202 - a zip of our own
    done = subprocess.run(
        [sys.executable, "-I", "verify.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
